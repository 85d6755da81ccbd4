"""Removes deleted channels and roles from the servers' rules."""

import asyncio
import logging
from collections.abc import Collection

import discord

from bot.channel_lookup import ChannelLookup, Missing
from bot.storage.servers import ServerRules, ServerStore

_log = logging.getLogger(__name__)

_TIMEOUT_SECONDS = 5.0
"""The time limit of a reconciliation that a user waits for, in seconds."""


class RulesReconciler:
    """Removes channels and roles from the servers' rules once Discord reports that they are deleted.

    A channel that the bot merely cannot see stays in the rules.

    Args:
        client: The bot's client.
        servers: The store of the rules.
        lookup: Finds out whether a channel or role still exists.
    """

    def __init__(self, *, client: discord.Client, servers: ServerStore, lookup: ChannelLookup) -> None:
        self._client = client
        self._servers = servers
        self._lookup = lookup

    async def reconcile_all(self) -> None:
        """Reconcile the rules of every server that the gateway has announced so far."""
        for server in tuple(self._client.guilds):
            await self.reconcile(server.id)

    async def reconcile(self, server_id: int) -> ServerRules:
        """Remove the channels and roles that were deleted while the bot was offline.

        Args:
            server_id: The server.

        Returns:
            The server's remaining rules.
        """
        rules = await self._servers.rules(server_id)
        if self._lookup.available_server(server_id) is None:
            return rules
        deleted = [
            *[channel for channel in rules.channels if await self._is_deleted_channel(server_id, channel)],
            *[role for role in {*rules.roles, *rules.exempt} if await self._is_deleted_role(server_id, role)],
        ]
        return await self.remove(server_id, deleted) if deleted else rules

    async def reconcile_with_timeout(self, server_id: int) -> ServerRules:
        """Reconcile while a user waits; if Discord takes too long, return the rules unchanged."""
        try:
            async with asyncio.timeout(_TIMEOUT_SECONDS):
                return await self.reconcile(server_id)
        except TimeoutError:
            return await self._servers.rules(server_id)

    async def remove(self, server_id: int, ids: Collection[int]) -> ServerRules:
        """Remove deleted channels and roles from a server's rules.

        Args:
            server_id: The server.
            ids: The channels and roles.

        Returns:
            The remaining rules.
        """
        before = await self._servers.rules(server_id)
        after = await self._servers.remove(server_id, ids)
        if removed := before.named_ids - after.named_ids:
            _log.info(
                "Removed %s from the rules of server %d, because Discord has deleted them.",
                ", ".join(map(str, sorted(removed))),
                server_id,
            )
        return after

    async def _is_deleted_channel(self, server_id: int, channel_id: int) -> bool:
        return await self._lookup.channel(server_id, channel_id) is Missing.DELETED

    async def _is_deleted_role(self, server_id: int, role_id: int) -> bool:
        return await self._lookup.role(server_id, role_id) is Missing.DELETED

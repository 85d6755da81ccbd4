"""Takes out of the servers' rules what Discord has deleted."""

import asyncio
import logging
from collections.abc import Collection

import discord

from bot.channel_lookup import ChannelLookup, Missing
from bot.storage.servers import ServerRules, ServerStore

_log = logging.getLogger(__name__)


_BRIEFLY = 5.0
"""So many seconds a person waits at most while it is looked for what was deleted."""


class RulesReconciler:
    """Keeps deleted channels and roles out of the servers' rules.

    A channel that the bot merely cannot see stays: only Discord's word that it is deleted counts.

    Args:
        client: The bot.
        servers: Keeps the rules.
        lookup: Tells whether something was deleted.
    """

    def __init__(self, client: discord.Client, servers: ServerStore, lookup: ChannelLookup) -> None:
        self._client = client
        self._servers = servers
        self._lookup = lookup

    async def reconcile_all(self) -> None:
        """Look through the rules of every server that the gateway has told of so far."""
        for server in tuple(self._client.guilds):
            await self.reconcile(server.id)

    async def reconcile(self, server_id: int) -> ServerRules:
        """Look for what was deleted while the bot was away.

        Args:
            server_id: The server.

        Returns:
            The server's rules, without what was deleted.
        """
        rules = await self._servers.rules(server_id)
        if self._lookup.available_server(server_id) is None:
            return rules
        deleted = [
            *[one for one in rules.channels if await self._is_deleted_channel(server_id, one)],
            *[one for one in {*rules.roles, *rules.exempt} if await self._is_deleted_role(server_id, one)],
        ]
        return await self.remove(server_id, deleted) if deleted else rules

    async def reconcile_briefly(self, server_id: int) -> ServerRules:
        """The same while a person waits: where Discord takes long, the rules stay as they are."""
        try:
            async with asyncio.timeout(_BRIEFLY):
                return await self.reconcile(server_id)
        except TimeoutError:
            return await self._servers.rules(server_id)

    async def remove(self, server_id: int, ids: Collection[int]) -> ServerRules:
        """Take channels and roles that Discord has deleted out of a server's rules.

        Args:
            server_id: The server.
            ids: The channels and roles.

        Returns:
            The rules that are left.
        """
        before = await self._servers.rules(server_id)
        after = await self._servers.remove(server_id, ids)
        if dropped := before.named_ids - after.named_ids:
            _log.info("Discord has deleted %s of the server %d; the rules no longer name it.",
                      ", ".join(map(str, sorted(dropped))), server_id)  # fmt: skip
        return after

    async def _is_deleted_channel(self, server_id: int, channel_id: int) -> bool:
        return await self._lookup.channel(server_id, channel_id) is Missing.DELETED

    async def _is_deleted_role(self, server_id: int, role_id: int) -> bool:
        return await self._lookup.role(server_id, role_id) is Missing.DELETED

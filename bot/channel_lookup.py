"""Looks up channels and roles, in the gateway's cache and over the REST API."""

import asyncio
import logging
from collections.abc import Awaitable, Callable
from enum import Enum, auto
from typing import Any, TypeAlias

import discord

from bot.clock import now

_log = logging.getLogger(__name__)

_CACHE_SECONDS = 600.0
"""How long a response is cached; Discord limits the number of refused requests."""
_CACHE_SIZE = 1000
_TIMEOUT_SECONDS = 5.0
"""The time limit of a request, because a person may be waiting for it."""
_UNKNOWN_CHANNEL, _UNKNOWN_ROLE = 10003, 10011


class Missing(Enum):
    """Why something was not found."""

    DELETED = auto()
    """Discord says that it does not exist."""
    HIDDEN = auto()
    """It may exist, but the bot cannot see it now."""


Found: TypeAlias = discord.abc.GuildChannel | discord.Thread | discord.abc.PrivateChannel


class ChannelLookup:
    """Finds channels and roles, first in the gateway's cache and then over the REST API.

    It asks the REST API only about available servers that the bot is in.

    Args:
        client: The bot's client, logged in.
        clock: Returns the time in Unix seconds.
    """

    def __init__(self, client: discord.Client, clock: Callable[[], float] = now) -> None:
        self._client = client
        self._clock = clock
        self._cache: dict[int, tuple[float, Any]] = {}

    async def channel(self, server_id: int, channel_id: int) -> Found | Missing:
        """Find a server's channel or thread.

        Args:
            server_id: The server.
            channel_id: The channel or thread.
        """
        if (known := self._client.get_channel(channel_id)) is not None:
            return known
        if self.available_server(server_id) is None:
            return Missing.HIDDEN
        found: Found | Missing = await self._fetch(
            channel_id, lambda: self._client.fetch_channel(channel_id), _UNKNOWN_CHANNEL
        )
        return found

    async def role(self, server_id: int, role_id: int) -> discord.Role | Missing:
        """Find a server's role.

        Args:
            server_id: The server.
            role_id: The role.
        """
        server = self.available_server(server_id)
        if server is None:
            return Missing.HIDDEN
        if (known := server.get_role(role_id)) is not None:
            return known
        found: discord.Role | Missing = await self._fetch(
            role_id, lambda: server.fetch_role(role_id), _UNKNOWN_ROLE
        )
        return found

    async def age_restriction(self, server_id: int, channel_id: int | None) -> bool | None:
        """Return whether a channel is age-restricted; ``None`` if that is unknown.

        Args:
            server_id: The server.
            channel_id: The channel or thread.
        """
        if channel_id is None:
            return None
        found = await self.channel(server_id, channel_id)
        if isinstance(found, discord.Thread):  # its parent decides
            found = await self.channel(server_id, found.parent_id)
        is_nsfw = getattr(found, "is_nsfw", None)
        return None if is_nsfw is None else bool(is_nsfw())

    def available_server(self, server_id: int) -> discord.Guild | None:
        """Return a server that the bot is in and that has no outage."""
        server = self._client.get_guild(server_id)
        return None if server is None or server.unavailable else server

    async def _fetch(self, number: int, fetch: Callable[[], Awaitable[Any]], unknown: int) -> Any:
        until, found = self._cache.get(number, (0.0, None))
        if self._clock() < until:
            return found
        try:
            async with asyncio.timeout(_TIMEOUT_SECONDS):
                found = await fetch()
        except (discord.NotFound, discord.Forbidden) as error:
            # A proxy may not know this endpoint, which says nothing about the channel.
            found = Missing.DELETED if error.code == unknown else Missing.HIDDEN
        except (discord.DiscordException, KeyError, TypeError, OSError) as error:
            _log.info("Discord did not answer whether %d exists: %r", number, error)
            return Missing.HIDDEN
        if len(self._cache) >= _CACHE_SIZE:
            self._cache.clear()
        self._cache[number] = self._clock() + _CACHE_SECONDS, found
        return found

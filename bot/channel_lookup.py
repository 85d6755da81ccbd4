"""Looks up channels and roles, also those that the gateway did not tell of."""

import asyncio
import logging
from collections.abc import Awaitable, Callable
from enum import Enum, auto
from typing import Any, TypeAlias

import discord

from bot.clock import now

_log = logging.getLogger(__name__)

_REMEMBERED_SECONDS = 600.0
"""So long an answer of the REST API is believed: refused requests count towards a limit of Discord's."""
_MOST_REMEMBERED = 1000
_SECONDS = 5.0
"""So long an answer is waited for, as a person may be waiting for it, too."""
_UNKNOWN_CHANNEL, _UNKNOWN_ROLE = 10003, 10011


class Missing(Enum):
    """Why something was not found."""

    DELETED = auto()
    """Discord says that there is no such thing."""
    HIDDEN = auto()
    """It may be there, but the bot cannot see it now."""


Found: TypeAlias = discord.abc.GuildChannel | discord.Thread | discord.abc.PrivateChannel


class ChannelLookup:
    """Finds channels and roles, in what the gateway told first, and by the REST API else.

    The REST API is asked only about servers that the bot is in and that are available.

    Args:
        client: The bot, logged in.
        clock: Tells the Unix seconds.
    """

    def __init__(self, client: discord.Client, clock: Callable[[], float] = now) -> None:
        self._client = client
        self._clock = clock
        self._remembered: dict[int, tuple[float, Any]] = {}

    async def channel(self, server_id: int, channel_id: int) -> Found | Missing:
        """A server's channel or thread.

        Args:
            server_id: The server.
            channel_id: The channel or thread.
        """
        if (known := self._client.get_channel(channel_id)) is not None:
            return known
        if self.available_server(server_id) is None:
            return Missing.HIDDEN
        found: Found | Missing = await self._fetched(
            channel_id, lambda: self._client.fetch_channel(channel_id), _UNKNOWN_CHANNEL
        )
        return found

    async def role(self, server_id: int, role_id: int) -> discord.Role | Missing:
        """A server's role.

        Args:
            server_id: The server.
            role_id: The role.
        """
        server = self.available_server(server_id)
        if server is None:
            return Missing.HIDDEN
        if (known := server.get_role(role_id)) is not None:
            return known
        found: discord.Role | Missing = await self._fetched(
            role_id, lambda: server.fetch_role(role_id), _UNKNOWN_ROLE
        )
        return found

    async def age_restriction(self, server_id: int, channel_id: int | None) -> bool | None:
        """Whether a channel is for adults only; ``None`` where that cannot be known.

        Args:
            server_id: The server.
            channel_id: The channel or thread.
        """
        if channel_id is None:
            return None
        found = await self.channel(server_id, channel_id)
        if isinstance(found, discord.Thread):  # for which its parent decides
            found = await self.channel(server_id, found.parent_id)
        is_nsfw = getattr(found, "is_nsfw", None)
        return None if is_nsfw is None else bool(is_nsfw())

    def available_server(self, server_id: int) -> discord.Guild | None:
        """A server that the bot is in and that Discord has told everything of."""
        server = self._client.get_guild(server_id)
        return None if server is None or server.unavailable else server

    async def _fetched(self, number: int, fetch: Callable[[], Awaitable[Any]], unknown: int) -> Any:
        until, found = self._remembered.get(number, (0.0, None))
        if self._clock() < until:
            return found
        try:
            async with asyncio.timeout(_SECONDS):
                found = await fetch()
        except (discord.NotFound, discord.Forbidden) as error:
            # A proxy may know no such address, which says nothing about the channel.
            found = Missing.DELETED if error.code == unknown else Missing.HIDDEN
        except (discord.DiscordException, KeyError, TypeError, OSError) as error:
            _log.info("Discord did not answer whether there is a %d: %r", number, error)
            return Missing.HIDDEN
        if len(self._remembered) >= _MOST_REMEMBERED:
            self._remembered.clear()
        self._remembered[number] = self._clock() + _REMEMBERED_SECONDS, found
        return found

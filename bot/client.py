"""The client: the connection to Discord's gateway, and what the bot does at its events."""

from __future__ import annotations

import asyncio
import functools
import logging
from collections.abc import Callable, Mapping
from contextvars import ContextVar
from types import MappingProxyType
from typing import TYPE_CHECKING, Any

import discord
from discord import app_commands
from yarl import URL

from bot.errors import UnavailableError
from bot.recent_interactions import RecentInteractions
from bot.settings import BotSettings
from bot.telemetry.metrics import Metrics
from bot.texts import CommandTranslator

if TYPE_CHECKING:
    from bot.services import Services

_log = logging.getLogger(__name__)

# The bot has no voice, and wants no warning of what it would need for one.
discord.VoiceClient.warn_nacl = False
discord.VoiceClient.warn_dave = False


channel_as_told: ContextVar[Mapping[str, Any]] = ContextVar("channel_as_told", default=MappingProxyType({}))
"""The raw channel of the current interaction; discord.py drops some of its fields."""

_FIRST_CONTACT = 15.0
"""So many seconds the gateway may take to answer at all."""


class DreamBot(discord.AutoShardedClient):
    """The bot as Discord sees it; what it does is done by its parts.

    Attributes:
        tree: Its commands; ``bot.app.new_client`` installs them.
        services: What commands work with.
        metrics: Counts, also what Discord's REST API answers.
        recent_interactions: Those that are answered already.

    Args:
        register: Whether to register the commands after logging in.
        gateway: Where the gateway is reached, if not where Discord says.
        **options: As discord.py has them.
    """

    tree: app_commands.CommandTree[DreamBot]
    services: Services
    metrics: Metrics

    def __init__(self, *, register: bool = True, gateway: URL | None = None, **options: Any) -> None:
        self.metrics = Metrics()
        super().__init__(
            http_trace=self.metrics.rest_trace(),
            intents=discord.Intents(guilds=True),  # no privileged one, and no message is read
            allowed_mentions=discord.AllowedMentions.none(),
            member_cache_flags=discord.MemberCacheFlags.none(),
            chunk_guilds_at_startup=False,
            max_messages=None,
            **options,
        )
        self.recent_interactions = RecentInteractions()
        self._register = register
        self._gateway = gateway
        self._keep_the_channels_of_interactions()
        self._skip_what_cannot_be_read()

    async def setup_hook(self) -> None:
        """Register the commands, in every language; without it, those of before stay as they are."""
        if not self._register:
            return
        await self.tree.set_translator(CommandTranslator())
        try:
            registered = await self.tree.sync()
        except (discord.HTTPException, KeyError, TypeError) as error:
            _log.error("The commands could not be registered; those of before stay: %s", error)
        else:
            _log.info("%d commands are registered.", len(registered))

    async def launch_shards(self) -> None:
        """Connect as many shards as Discord advises; one, where a proxy before it cannot say."""
        if self._gateway is not None and not self.shard_count:
            try:
                self.shard_count, *_ = await self.http.get_bot_gateway()
            except (discord.GatewayNotFound, KeyError):
                self.shard_count = 1
        await super().launch_shards()

    async def launch_shard(self, gateway: URL, shard_id: int, *, initial: bool = False) -> None:
        """Connect a shard for the first time, by the gateway that is set.

        Raises:
            UnavailableError: Nobody answers there; left to itself, discord.py would try for ever.
        """
        gateway = self._gateway or gateway
        try:
            async with asyncio.timeout(_FIRST_CONTACT):
                _, writer = await asyncio.open_connection(gateway.host, gateway.port)
            writer.close()
        except OSError as error:  # and TimeoutError, which is one
            reason = f"Discord's gateway cannot be reached at {gateway}: {error or type(error).__name__}"
            raise UnavailableError(reason) from error
        await super().launch_shard(gateway, shard_id, initial=initial)

    def is_owner(self, user_id: int) -> bool:
        """Whether somebody runs the bot: as is set, or else as the developer portal has it."""
        if owners := self.services.settings.owners:
            return user_id in owners
        if self.application is None:
            return False
        if team := self.application.team:
            return user_id == team.owner_id or user_id in {one.id for one in team.members if _may_run_it(one)}
        return user_id == self.application.owner.id

    def _keep_the_channels_of_interactions(self) -> None:
        """Let whoever answers an interaction see all that Discord told of its channel."""
        parse = self._connection.parsers["INTERACTION_CREATE"]

        def parse_and_keep(data: Any) -> None:
            before = channel_as_told.set(data.get("channel") or {})
            try:
                parse(data)  # starts a task for the answer, which sees the channel
            finally:
                channel_as_told.reset(before)

        self._connection.parsers["INTERACTION_CREATE"] = parse_and_keep

    def _skip_what_cannot_be_read(self) -> None:
        """Let an event that discord.py stumbles over be lost, and not the connection."""

        def guarded(parse: Callable[[Any], None]) -> Callable[[Any], None]:
            @functools.wraps(parse)
            def parse_or_skip(data: Any) -> None:
                try:
                    parse(data)
                except (AttributeError, KeyError, TypeError, ValueError):
                    _log.exception("An event of the gateway could not be read, and is skipped.")

            return parse_or_skip

        parsers = self._connection.parsers
        parsers.update({event: guarded(parse) for event, parse in parsers.items()})

    async def on_ready(self) -> None:
        """The gateway is connected."""
        _log.info("Connected as %s, in %d servers.", self.user, len(self.guilds))

    async def on_guild_available(self, guild: discord.Guild) -> None:
        """A server is there, after a start or an outage: something may have been deleted meanwhile."""
        if self._serves:
            await self.services.reconciler.reconcile(guild.id)

    async def on_guild_join(self, guild: discord.Guild) -> None:
        """A server has invited the bot, perhaps not for the first time."""
        await self.on_guild_available(guild)

    async def on_guild_channel_delete(self, channel: discord.abc.GuildChannel) -> None:
        """Somebody has deleted a channel."""
        await self._remove_from_rules(channel.guild.id, channel.id)

    async def on_guild_role_delete(self, role: discord.Role) -> None:
        """Somebody has deleted a role."""
        await self._remove_from_rules(role.guild.id, role.id)

    async def on_raw_thread_delete(self, payload: discord.RawThreadDeleteEvent) -> None:
        """Somebody has deleted a thread."""
        await self._remove_from_rules(payload.guild_id, payload.thread_id)

    async def _remove_from_rules(self, server_id: int, deleted_id: int) -> None:
        if self._serves:
            await self.services.reconciler.remove(server_id, [deleted_id])

    @property
    def _serves(self) -> bool:
        """Whether the store is open: the gateway may tell something before the start and after the end."""
        return hasattr(self, "services") and self.services.submissions.is_open

    async def on_error(self, event: str, /, *_: Any, **__: Any) -> None:
        """Log what went wrong where nobody is waiting for an answer."""
        _log.exception("Handling %s failed.", event)


def _may_run_it(member: discord.TeamMember) -> bool:
    has_joined = member.membership_state is discord.TeamMembershipState.accepted
    return has_joined and member.role is not discord.TeamMemberRole.read_only


def point_to(settings: BotSettings) -> None:
    """Let discord.py speak with the addresses that are set, also where it begins a new session by itself."""
    discord.http.Route.BASE = settings.api_base
    if settings.gateway_url is not None:
        discord.gateway.DiscordWebSocket.DEFAULT_GATEWAY = URL(settings.gateway_url)

"""The Discord client: the connection to the gateway, and the handlers of its events."""

from __future__ import annotations

import asyncio
import contextlib
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

# The bot does not use voice, so discord.py need not warn about missing voice libraries.
discord.VoiceClient.warn_nacl = False
discord.VoiceClient.warn_dave = False


raw_channel: ContextVar[Mapping[str, Any]] = ContextVar("raw_channel", default=MappingProxyType({}))
"""The raw channel of the current interaction; discord.py drops some of its fields."""

_CONNECT_SECONDS = 15.0
"""The time limit for the first connection to the gateway."""
_REGISTRATION_ERRORS = (discord.HTTPException, KeyError, TypeError)


class DreamBot(discord.AutoShardedClient):
    """The bot's client.

    Attributes:
        tree: The commands; ``bot.app.new_client`` installs them.
        services: The services that commands use.
        metrics: The metrics, which also count the responses of Discord's REST API.
        recent_interactions: The interactions that are answered already.
        command_ids: The ids of the registered commands, by their English names.

    Args:
        register: Whether to register the commands after logging in.
        gateway: The address of the gateway; by default the one that Discord names.
        **options: The options of ``discord.AutoShardedClient``.
    """

    tree: app_commands.CommandTree[DreamBot]
    services: Services
    metrics: Metrics

    def __init__(self, *, register: bool = True, gateway: URL | None = None, **options: Any) -> None:
        self.metrics = Metrics()
        super().__init__(
            http_trace=self.metrics.rest_trace(),
            intents=discord.Intents(guilds=True),  # no privileged intent; the bot reads no messages
            allowed_mentions=discord.AllowedMentions.none(),
            member_cache_flags=discord.MemberCacheFlags.none(),
            chunk_guilds_at_startup=False,
            max_messages=None,
            **options,
        )
        self.recent_interactions = RecentInteractions()
        self.command_ids: dict[str, int] = {}
        self._register = register
        self._gateway = gateway
        self._keep_raw_channels()
        self._skip_unreadable_events()

    async def setup_hook(self) -> None:
        """Register the commands in every language; if that fails, the registered ones stay."""
        if not self._register:
            return
        await self.tree.set_translator(CommandTranslator())
        try:
            registered = await self.tree.sync()
        except _REGISTRATION_ERRORS as error:
            _log.error("The commands could not be registered; the earlier ones stay: %s", error)
            registered = []
            with contextlib.suppress(*_REGISTRATION_ERRORS):
                registered = await self.tree.fetch_commands()
        else:
            _log.info("%d commands are registered.", len(registered))
        slash = discord.AppCommandType.chat_input
        self.command_ids.update({command.name: command.id for command in registered if command.type is slash})

    async def launch_shards(self) -> None:
        """Connect as many shards as Discord recommends, or one if a gateway proxy does not tell."""
        if self._gateway is not None and not self.shard_count:
            try:
                self.shard_count, *_ = await self.http.get_bot_gateway()
            except (discord.GatewayNotFound, KeyError):
                self.shard_count = 1
        await super().launch_shards()

    async def launch_shard(self, gateway: URL, shard_id: int, *, initial: bool = False) -> None:
        """Connect a shard for the first time, over the configured gateway.

        Raises:
            UnavailableError: The gateway does not answer. discord.py alone would retry for ever.
        """
        gateway = self._gateway or gateway
        try:
            async with asyncio.timeout(_CONNECT_SECONDS):
                _, writer = await asyncio.open_connection(gateway.host, gateway.port)
            writer.close()
        except OSError as error:  # TimeoutError is a subclass
            reason = f"Discord's gateway cannot be reached at {gateway}: {error or type(error).__name__}"
            raise UnavailableError(reason) from error
        await super().launch_shard(gateway, shard_id, initial=initial)

    def is_owner(self, user_id: int) -> bool:
        """Return whether a user operates the bot, by the settings or else by the developer portal."""
        if owners := self.services.settings.owners:
            return user_id in owners
        if self.application is None:
            return False
        if team := self.application.team:
            return user_id == team.owner_id or user_id in {
                member.id for member in team.members if _may_operate(member)
            }
        return user_id == self.application.owner.id

    def _keep_raw_channels(self) -> None:
        """Keep the raw channel of each interaction, because discord.py drops some of its fields."""
        parse = self._connection.parsers["INTERACTION_CREATE"]

        def parse_and_keep(data: Any) -> None:
            before = raw_channel.set(data.get("channel") or {})
            try:
                parse(data)  # starts the task of the answer, which inherits the context variable
            finally:
                raw_channel.reset(before)

        self._connection.parsers["INTERACTION_CREATE"] = parse_and_keep

    def _skip_unreadable_events(self) -> None:
        """Skip events that discord.py cannot parse, so that the connection survives them."""

        def guarded(parse: Callable[[Any], None]) -> Callable[[Any], None]:
            @functools.wraps(parse)
            def parse_or_skip(data: Any) -> None:
                try:
                    parse(data)
                except (AttributeError, KeyError, TypeError, ValueError):
                    _log.exception("A gateway event could not be read and is skipped.")

            return parse_or_skip

        parsers = self._connection.parsers
        parsers.update({event: guarded(parse) for event, parse in parsers.items()})

    async def on_ready(self) -> None:
        """Log the connection."""
        _log.info("Connected as %s, in %d servers.", self.user, len(self.guilds))

    async def on_guild_available(self, guild: discord.Guild) -> None:
        """Reconcile a server's rules after a start or an outage, when channels may have been deleted."""
        if self._is_serving:
            await self.services.reconciler.reconcile(guild.id)

    async def on_guild_join(self, guild: discord.Guild) -> None:
        """Reconcile the rules of a server that has invited the bot, perhaps once more."""
        await self.on_guild_available(guild)

    async def on_guild_channel_delete(self, channel: discord.abc.GuildChannel) -> None:
        """Remove a deleted channel from the rules."""
        await self._remove_from_rules(channel.guild.id, channel.id)

    async def on_guild_role_delete(self, role: discord.Role) -> None:
        """Remove a deleted role from the rules."""
        await self._remove_from_rules(role.guild.id, role.id)

    async def on_raw_thread_delete(self, payload: discord.RawThreadDeleteEvent) -> None:
        """Remove a deleted thread from the rules."""
        await self._remove_from_rules(payload.guild_id, payload.thread_id)

    async def _remove_from_rules(self, server_id: int, deleted_id: int) -> None:
        if self._is_serving:
            await self.services.reconciler.remove(server_id, [deleted_id])

    @property
    def _is_serving(self) -> bool:
        """Whether the store is open; gateway events may arrive before the start and after the end."""
        return hasattr(self, "services") and self.services.submissions.is_open

    async def on_error(self, event: str, /, *_: Any, **__: Any) -> None:
        """Log the failure of an event handler."""
        _log.exception("Handling %s failed.", event)


def _may_operate(member: discord.TeamMember) -> bool:
    has_joined = member.membership_state is discord.TeamMembershipState.accepted
    return has_joined and member.role is not discord.TeamMemberRole.read_only


def set_addresses(settings: BotSettings) -> None:
    """Set the addresses of the API and the gateway in discord.py, also for its own reconnects."""
    discord.http.Route.BASE = settings.api_base
    if settings.gateway_url is not None:
        discord.gateway.DiscordWebSocket.DEFAULT_GATEWAY = URL(settings.gateway_url)

"""A fake Discord on loopback sockets, for tests of what goes over the wire."""

from collections.abc import Callable
from dataclasses import replace
from pathlib import Path
from typing import Any, Self

from aiohttp import web

from fake_discord.attachments import Attachment, FileStore
from fake_discord.calls import Call
from fake_discord.change_notifier import PATIENCE_SECONDS, ChangeNotifier
from fake_discord.commands import MESSAGE_MENU, USER_MENU, Commands, Resolved, fill_options
from fake_discord.components import BUTTON, STRING_SELECT
from fake_discord.fault_injection import FaultControls
from fake_discord.faults import Faults
from fake_discord.forms import fill_form
from fake_discord.gateway import Gateway
from fake_discord.interactions import (
    AUTOCOMPLETE,
    COMMAND,
    COMPONENT,
    FORM,
    MODAL,
    Interaction,
    InteractionContext,
    Limits,
)
from fake_discord.messages import Message, State, first
from fake_discord.rest import RestApi
from fake_discord.world import Channel, Guild, Payload, User, World

TOKEN = "MTA.loop.back"
MAX_BODY_BYTES = 1 << 30


class DiscordServer(FaultControls):
    """Discord as the bot's process sees it, with users who interact with the bot.

    Methods that send an interaction take ``overrides``, the fields of ``InteractionContext``: ``user``,
    ``channel``, ``locale``, ``permissions``, ``app_permissions``, ``attachment_size_limit``, ``age`` and
    ``user_installed``.

    Args:
        port: The port to listen on, or 0 for any free one.
        shards: How many shards Discord tells the bot to use.
    """

    def __init__(self, *, port: int = 0, shards: int = 1, token: str = TOKEN) -> None:
        self.port, self.token = port, token
        self.world = World()
        self.user, self.guild, self.channel = self.world.user, self.world.guild, self.world.guild.channel
        self._changes = ChangeNotifier()
        self.store = FileStore()
        self.commands = Commands(self._changes, self.world.application_id)
        self.gateway = Gateway(self.world, self._changes, token)
        self._faults = Faults(self._changes)
        self._rest = RestApi(
            self.world, self.commands, self.store, self._faults, self._changes, token, shards
        )
        self._runner: web.AppRunner | None = None

    async def __aenter__(self) -> Self:
        app = web.Application(client_max_size=MAX_BODY_BYTES)
        app.router.add_get("/gateway", self.gateway.connect)
        self._rest.add_to(app.router)
        self._runner = web.AppRunner(app, shutdown_timeout=1, access_log=None)
        await self._runner.setup()
        site = web.TCPSite(self._runner, "127.0.0.1", self.port)
        await site.start()
        self.port = self._runner.addresses[0][1]
        self.store.host = self.cdn_host
        self.gateway.url = self._rest.gateway_url = self.gateway_url
        return self

    async def __aexit__(self, *_: object) -> None:
        self._faults.cancel()
        await self.gateway.close()
        assert self._runner is not None
        await self._runner.cleanup()

    # Addresses and received requests.

    @property
    def api_base(self) -> str:
        return f"http://{self.cdn_host}/api/v10"

    @property
    def gateway_url(self) -> str:
        return f"ws://{self.cdn_host}/gateway"

    @property
    def cdn_host(self) -> str:
        return f"127.0.0.1:{self.port}"

    def environment(self, data_dir: Path) -> dict[str, str]:
        """The environment variables that point the bot's process to this server."""
        return {
            "DISCORD_TOKEN": self.token,
            "DISCORD_API_BASE": self.api_base,
            "DISCORD_GATEWAY_URL": self.gateway_url,
            "DREAM_CDN_HOSTS": self.cdn_host,
            "DREAM_DATA_DIR": str(data_dir),
            "DREAM_HTTP_PORT": "0",
            "DREAM_ENV_FILE": "",  # a developer's own file must not affect tests
        }

    @property
    def interaction_tokens(self) -> list[str]:
        """The secrets that allow anybody to answer in the bot's name."""
        return list(self._rest.interactions)

    @property
    def limits(self) -> Limits:
        return self._rest.limits

    def calls(self, method: str | None = None, path: str = "") -> list[Call]:
        """The requests so far, filtered by method and by a part of the path."""
        return [call for call in self._rest.calls if method in (None, call.method) and path in call.path]

    async def called(self, method: str, path: str, times: int = 1, within: float = 10) -> list[Call]:
        """Wait until this many such requests are answered."""

        def enough() -> list[Call] | None:
            answered = [call for call in self.calls(method, path) if call.status]
            return answered if len(answered) >= times else None

        calls = self.calls
        return await self._changes.until(
            enough, within, lambda: f"{len(calls(method, path))} of {times} came"
        )

    # Commands and components.

    async def slash(self, name: str, options: dict[str, Any] | None = None, **overrides: Any) -> Interaction:
        """Use a slash command. Subcommands follow its name after spaces."""
        return await self._command(COMMAND, name, options or {}, None, overrides)

    async def autocomplete(
        self, name: str, option: str, typed: str, options: dict[str, Any] | None = None, **overrides: Any
    ) -> Interaction:
        """Type into an option of a slash command, with other options filled in."""
        return await self._command(AUTOCOMPLETE, name, (options or {}) | {option: typed}, option, overrides)

    async def _command(
        self, kind: int, name: str, values: dict[str, Any], focused: str | None, overrides: dict[str, Any]
    ) -> Interaction:
        root, *path = name.split()
        command = await self.commands.find(root)
        context = self._context(overrides)
        resolved = Resolved(context.channel.guild is not None)
        options = fill_options(command, path, values, resolved, focused)
        return await self._send(context, kind, _invoked(command, resolved) | {"options": options})

    async def context_menu(self, name: str, target: Message | User, **overrides: Any) -> Interaction:
        """Use a command from the menu of a message or a user."""
        menu = MESSAGE_MENU if isinstance(target, Message) else USER_MENU
        command = await self.commands.find(name, menu)
        context = self._context(overrides)
        resolved = Resolved(context.channel.guild is not None)
        if isinstance(target, Message):
            resolved.add("messages", target.id, target.payload())
        else:
            resolved.add_user(target)
        data = _invoked(command, resolved) | {"target_id": str(target.id)}
        return await self._send(context, COMMAND, data)

    async def click(self, message: Message, button: str, **overrides: Any) -> Interaction:
        """Press the button with this custom id or label."""
        return await self._use(message, button, {"component_type": BUTTON}, overrides)

    async def select(
        self, message: Message, custom_id: str, values: list[str], **overrides: Any
    ) -> Interaction:
        """Choose from the select with this custom id."""
        offered = [option["value"] for option in message.state.control(custom_id)["options"]]
        assert set(values) <= set(offered), f"{custom_id!r} offers {offered}"
        used = {"component_type": STRING_SELECT, "values": values}
        return await self._use(message, custom_id, used, overrides)

    async def submit(
        self, opened: Interaction, values: dict[str, Any] | None = None, **overrides: Any
    ) -> Interaction:
        """Submit the form that a click opened, with some of its fields filled in or changed."""
        acknowledgement = await opened.acknowledged()
        assert acknowledgement.type == MODAL, "no form was opened"
        context = replace(opened.context, **overrides)
        data = fill_form(acknowledgement.data, values or {}, Resolved(context.channel.guild is not None))
        return await self._send(context, FORM, data, opened.component)

    async def _use(
        self, message: Message, name: str, used: Payload, overrides: dict[str, Any]
    ) -> Interaction:
        assert not message.deleted, "the message is deleted"
        control = message.state.control(name)
        data = used | {"custom_id": control["custom_id"], "id": control["id"]}
        context = self._context({"channel": message.channel} | overrides)
        return await self._send(context, COMPONENT, data, message)

    def _context(self, overrides: dict[str, Any]) -> InteractionContext:
        usual: dict[str, Any] = {"user": self.user, "channel": self.channel}
        return InteractionContext(**usual | overrides)

    async def _send(
        self, context: InteractionContext, kind: int, data: Payload, component: Message | None = None
    ) -> Interaction:
        interaction = Interaction(self.world, self._changes, context, kind, data, component)
        self._rest.interactions[interaction.token] = interaction
        await self.gateway.dispatch("INTERACTION_CREATE", interaction.event(), context.channel.guild)
        return interaction

    # Users, guilds, messages and files.

    def add_user(self, name: str) -> User:
        return self.world.add_user(name)

    def add_guild(
        self, name: str, *, joined: bool = True, locale: str = "en-US", age_restricted: bool = False
    ) -> Guild:
        """Add another guild. A bot that identifies later receives it.

        Args:
            joined: Whether the bot is in it.
            age_restricted: Whether its channel is age-restricted.
        """
        return self.world.add_guild(name, joined=joined, locale=locale, age_restricted=age_restricted)

    def direct_channel(self, user: User) -> Channel:
        return self.world.direct_channel(user)

    def attach(
        self,
        data: bytes,
        filename: str,
        content_type: str | None = None,
        *,
        spoiler: bool = False,
        width: int | None = None,
        height: int | None = None,
        declared_size: int | None = None,
    ) -> Attachment:
        """Upload a file for a command's option or a user's message. The bot fetches it from ``url``.

        Args:
            declared_size: The declared size in bytes, if it differs from the real one.
        """
        name = f"SPOILER_{filename}" if spoiler else filename
        attachment = self.store.keep(data, name, content_type, width=width, height=height)
        return replace(attachment, declared_size=declared_size)

    def say(
        self,
        content: str = "",
        *attachments: Attachment,
        user: User | None = None,
        channel: Channel | None = None,
    ) -> Message:
        """Post a message as a user. The bot is not told, because it lacks the intent."""
        state = State(content=content, attachments=attachments)
        message = Message(channel or self.channel, user or self.user, state)
        self.world.post(message)
        return message

    def forward(
        self, message: Message, *, user: User | None = None, channel: Channel | None = None
    ) -> Message:
        """Forward a message as a user, in its current state."""
        copy = Message(channel or self.channel, user or self.user, State(), forwarded=message)
        self.world.post(copy)
        return copy

    def delete(self, message: Message) -> None:
        """Delete a message as a moderator."""
        message.delete()
        self._changes.notify()

    async def posted(
        self, channel: Channel, predicate: Callable[[State], Any] = bool, within: float = PATIENCE_SECONDS
    ) -> Message:
        """Wait for a message of the bot in a channel that answers no interaction."""

        def own() -> list[Message]:
            written = [message for message in channel.messages if message.author == self.world.bot]
            return [message for message in written if message.interaction is None]

        return await self._changes.until(
            lambda: next((message for message in own() if first(message.states, predicate)), None),
            within,
            lambda: f"the bot posted {[message.state for message in own()]}",
        )


def _invoked(command: Payload, resolved: Resolved) -> Payload:
    invoked = {"id": command["id"], "name": command["name"], "type": command["type"]}
    place = {"guild_id": command["guild_id"]} if "guild_id" in command else {}
    return invoked | place | {"resolved": resolved.things}

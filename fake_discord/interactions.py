"""An interaction from its sending to its last edit, for the test that sends it."""

import secrets
import time
from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

from fake_discord.answers import (
    ALREADY_ACKNOWLEDGED,
    EXPIRED_TOKEN,
    UNKNOWN_INTERACTION,
    UNKNOWN_MESSAGE,
    UNKNOWN_WEBHOOK,
    Refused,
    invalid_form,
)
from fake_discord.attachments import FileStore
from fake_discord.calls import Call, UploadedFile
from fake_discord.change_notifier import PATIENCE_SECONDS, ChangeNotifier
from fake_discord.forms import check_form
from fake_discord.messages import (
    EPHEMERAL,
    LOADING,
    NEW_MESSAGE_FLAGS,
    Message,
    State,
    check_file_sizes,
    first,
)
from fake_discord.world import MEMBER, Channel, Payload, User, World, snowflake

COMMAND, COMPONENT, AUTOCOMPLETE, FORM = 2, 3, 4, 5
REPLY, DEFERRED_REPLY, DEFERRED_UPDATE, UPDATE, CHOICES, MODAL = 4, 5, 6, 7, 8, 9
TOKEN_LIFETIME_MINUTES = 15
UPLOAD_LIMIT = 10 * 1024 * 1024


@dataclass
class Limits:
    """Discord's limits.

    Args:
        upload: The largest file in bytes, or None for the limit in the interaction itself.
        acknowledge_within: Seconds until an interaction without an answer has failed.
    """

    upload: int | None = None
    acknowledge_within: float = 3.0


@dataclass(frozen=True)
class InteractionContext:
    """The user and the channel of an interaction, and what Discord tells the bot about them.

    Args:
        age: The age of the interaction in seconds. Its token expires after 15 minutes.
        user_installed: Whether the user has installed the bot too, beside the guild.
    """

    user: User
    channel: Channel
    locale: str = "en-US"
    permissions: int = MEMBER
    app_permissions: int = MEMBER
    attachment_size_limit: int = UPLOAD_LIMIT
    age: float = 0.0
    user_installed: bool = False


@dataclass(frozen=True)
class Acknowledgement:
    """The bot's first answer, and how many seconds after the interaction it came.

    Args:
        refused: Whether it came too late.
    """

    type: int
    data: Payload
    files: tuple[UploadedFile, ...]
    seconds: float
    refused: bool

    @property
    def ephemeral(self) -> bool:
        return bool(self.data.get("flags", 0) & EPHEMERAL)

    @property
    def choices(self) -> dict[str, Any]:
        """The values that an autocompletion offers, by their names."""
        return {choice["name"]: choice["value"] for choice in self.data["choices"]}


class Interaction:
    """A command or a component that a user used.

    Args:
        kind: The interaction's type.
        data: The command or component, and its values.
        component: The message that the used component belongs to.
    """

    def __init__(
        self,
        world: World,
        changes: ChangeNotifier,
        context: InteractionContext,
        kind: int,
        data: Payload,
        component: Message | None = None,
    ) -> None:
        self.id = snowflake(context.age)
        self.token = secrets.token_urlsafe(32)
        self.context, self.kind, self.data, self.component = context, kind, data, component
        self.sent_at = time.monotonic()
        self.acknowledgement: Acknowledgement | None = None
        self.message: Message | None = None
        self.followups: list[Message] = []
        self._world, self._changes = world, changes
        self._first_state = self._first_edit = 0

    @property
    def states(self) -> list[State]:
        """The states of its original message since the first answer."""
        return self.message.states[self._first_state :] if self.message else []

    @property
    def edits(self) -> list[State]:
        """The states of its original message after the first answer."""
        return self.message.states[self._first_edit :] if self.message else []

    async def acknowledged(self, within: float = 10) -> Acknowledgement:
        return await self._changes.until(
            lambda: self.acknowledgement, within, lambda: f"the bot did not answer {self.data}"
        )

    async def until(self, predicate: Callable[[State], Any], within: float = PATIENCE_SECONDS) -> State:
        """Wait for a state of its original message that satisfies a predicate."""
        return await self._changes.until(
            lambda: first(self.states, predicate),
            within,
            lambda: f"after {len(self.states)} states there is {self.states[-1:] or self.acknowledgement}",
        )

    async def followed_up(self, times: int = 1, within: float = PATIENCE_SECONDS) -> list[Message]:
        """Wait until this many follow-up messages have arrived, and return them."""
        return await self._changes.until(
            lambda: self.followups if len(self.followups) >= times else None,
            within,
            lambda: f"{len(self.followups)} came, and of the original {self.states[-1:]}",
        )

    def seconds_until(self, state: State) -> float:
        """How long after the interaction a state came."""
        return state.at - self.sent_at

    # Requests of the bot.

    def acknowledge(self, call: Call, store: FileStore, limits: Limits) -> None:
        if self.acknowledgement is not None:
            raise Refused(ALREADY_ACKNOWLEDGED)
        kind, data = call.payload["type"], call.payload.get("data") or {}
        seconds = call.at - self.sent_at
        late = seconds > limits.acknowledge_within
        acknowledgement = Acknowledgement(kind, data, tuple(call.files.values()), seconds, late)
        if late:
            self.acknowledgement = acknowledgement
            raise Refused(UNKNOWN_INTERACTION)
        self._check_file_sizes(call, limits)
        if kind == MODAL:
            check_form(data)
        if self.component and kind in (DEFERRED_UPDATE, UPDATE):
            self._first_state = len(self.component.states)
        self.message = self._answered(kind, data, call, store)
        self.acknowledgement = acknowledgement
        if self.message:
            self._first_edit = len(self.message.states)

    def _answered(self, kind: int, data: Payload, call: Call, store: FileStore) -> Message | None:
        if kind == REPLY:
            return self._post(State().edited(call, data, store, flags=NEW_MESSAGE_FLAGS))
        if kind == DEFERRED_REPLY:
            ephemeral = data.get("flags", 0) & EPHEMERAL
            return self._post(State(flags=LOADING | ephemeral, sent=data, at=call.at))
        if kind in (DEFERRED_UPDATE, UPDATE):
            if self.component is None:
                raise Refused(invalid_form("type", "there is no message to update"))
            if kind == UPDATE:
                self.component.edit(call, data, store)
            return self.component
        return None

    def edit(self, call: Call, message: Message, store: FileStore, limits: Limits) -> None:
        self._check_file_sizes(call, limits)
        message.edit(call, call.payload or {}, store)

    def follow_up(self, call: Call, store: FileStore, limits: Limits) -> Message:
        """Post another message. The first one replaces the loading state."""
        original = self._original()
        if original.state.loading and not original.deleted:
            self.edit(call, original, store, limits)
            return original
        self._check_file_sizes(call, limits)
        message = self._post(State().edited(call, call.payload, store, flags=NEW_MESSAGE_FLAGS))
        self.followups.append(message)
        return message

    def message_of(self, name: str) -> Message:
        """The message that the bot names, if this token may still change it."""
        original = self._original()
        messages = {str(message.id): message for message in (original, *self.followups)}
        message = (messages | {"@original": original}).get(name)
        if message is None or message.deleted:
            raise Refused(UNKNOWN_MESSAGE)
        return message

    def _original(self) -> Message:
        if time.monotonic() - self.sent_at + self.context.age > TOKEN_LIFETIME_MINUTES * 60:
            raise Refused(EXPIRED_TOKEN)
        if self.message is None:
            raise Refused(UNKNOWN_WEBHOOK)
        return self.message

    def _check_file_sizes(self, call: Call, limits: Limits) -> None:
        check_file_sizes(call.files.values(), limits.upload or self.context.attachment_size_limit)

    def _post(self, state: State) -> Message:
        kind = 20 if self.kind == COMMAND else 0
        where = self.context.channel
        message = Message(where, self._world.bot, state, kind=kind, interaction=self._metadata())
        self._world.post(message)
        return message

    # Payloads that Discord sends.

    def event(self) -> Payload:
        """The interaction as the gateway sends it."""
        context = self.context
        event = {
            "id": str(self.id),
            "application_id": str(self._world.application_id),
            "type": self.kind,
            "data": self.data,
            "channel": context.channel.payload() | {"permissions": str(context.permissions)},
            "channel_id": str(context.channel.id),
            "token": self.token,
            "version": 1,
            "app_permissions": str(context.app_permissions),
            "locale": context.locale,
            "entitlements": [],
            "authorizing_integration_owners": self._owners(),
            "context": 0 if context.channel.guild else 2 if context.channel.group else 1,
            "attachment_size_limit": context.attachment_size_limit,
        }
        if self.component is not None:
            event["message"] = self.component.payload()
        if context.channel.guild is None:
            return event | {"user": context.user.payload()}
        guild = context.channel.guild
        member = context.user.member(context.permissions) | {"user": context.user.payload()}
        partial = {"id": str(guild.id), "locale": guild.locale, "features": []}
        return event | {
            "guild_id": str(guild.id),
            "guild": partial,
            "guild_locale": guild.locale,
            "member": member,
        }

    def callback(self) -> Payload:
        """The response to the bot's first answer, if the bot asks for one."""
        assert self.acknowledgement is not None
        interaction = {"id": str(self.id), "type": self.kind}
        resource: Payload = {"type": self.acknowledgement.type}
        if self.message is not None:
            interaction |= {
                "response_message_id": str(self.message.id),
                "response_message_loading": self.message.state.loading,
                "response_message_ephemeral": self.message.state.ephemeral,
            }
            if self.acknowledgement.type in (REPLY, UPDATE):
                resource["message"] = self.message.payload()
        return {"interaction": interaction, "resource": resource}

    def _owners(self) -> Payload:
        """The installation that the interaction belongs to: the guild's, the user's or both."""
        context = self.context
        user = {"1": str(context.user.id)}
        if context.channel.group or (context.channel.guild and not context.channel.guild.joined):
            return user
        guild = {"0": str(context.channel.guild.id) if context.channel.guild else "0"}
        return guild | (user if context.user_installed else {})

    def _metadata(self) -> Payload:
        used = {"interacted_message_id": str(self.component.id)} if self.component else {}
        return {
            "id": str(self.id),
            "type": self.kind,
            "user": self.context.user.payload(),
            "authorizing_integration_owners": self._owners(),
        } | used

"""Messages with their whole history of states."""

import time
from collections.abc import Callable, Iterable
from dataclasses import dataclass, field, replace
from typing import Any

from fake_discord import components
from fake_discord.answers import EMPTY_MESSAGE, TOO_LARGE, Refused, invalid_form
from fake_discord.attachments import Attachment, FileStore
from fake_discord.calls import Call, UploadedFile
from fake_discord.components import BUTTON, STRING_SELECT, V2_TYPES, Component
from fake_discord.world import Channel, Payload, User, created_at, snowflake

SUPPRESS_EMBEDS, EPHEMERAL, LOADING, SUPPRESS_NOTIFICATIONS, COMPONENTS_V2 = (
    1 << bit for bit in (2, 6, 7, 12, 15)
)
NEW_MESSAGE_FLAGS = SUPPRESS_EMBEDS | EPHEMERAL | SUPPRESS_NOTIFICATIONS | COMPONENTS_V2
EDIT_FLAGS = SUPPRESS_EMBEDS | COMPONENTS_V2
MAX_CONTENT_LENGTH = 2000
REPLY = 19
HAS_SNAPSHOT = 1 << 14
_SNAPSHOT_FIELDS = (
    "type", "content", "embeds", "attachments", "timestamp", "edited_timestamp", "flags", "mentions",
    "mention_roles", "components",
)  # fmt: skip


@dataclass(frozen=True)
class State:
    """A message from one request until the next.

    Args:
        sent: The bot's payload, unchanged.
        uploads: The files that came with it.
        at: When it had arrived, by ``time.monotonic``.
    """

    content: str = ""
    embeds: tuple[Payload, ...] = ()
    components: tuple[Component, ...] = ()
    attachments: tuple[Attachment, ...] = ()
    flags: int = 0
    deleted: bool = False
    sent: Payload = field(default_factory=dict, repr=False)
    uploads: tuple[UploadedFile, ...] = ()
    at: float = field(default_factory=time.monotonic)

    @property
    def ephemeral(self) -> bool:
        return bool(self.flags & EPHEMERAL)

    @property
    def loading(self) -> bool:
        """Whether it shows that the bot is thinking."""
        return bool(self.flags & LOADING)

    @property
    def text(self) -> str:
        """All its text without embeds, without what keeps numbers on one line."""
        text = "\n".join(filter(None, [self.content, *components.texts(self.components)]))
        return text.replace("\u00a0", " ").replace("\u2060", "")

    @property
    def media(self) -> list[Payload]:
        """The media in its galleries, thumbnails and files."""
        return list(components.media(self.components))

    @property
    def buttons(self) -> list[Component]:
        return [part for part in components.walk(self.components) if part["type"] == BUTTON]

    @property
    def selects(self) -> list[Component]:
        return [part for part in components.walk(self.components) if part["type"] == STRING_SELECT]

    def control(self, name: str) -> Component:
        """The button or select with this custom id or label. Fails if a user could not use it."""
        for part in (*self.buttons, *self.selects):
            if name in (part.get("custom_id"), part.get("label")):
                assert not part.get("disabled"), f"{name!r} is disabled"
                return part
        names = [(part.get("label"), part.get("custom_id")) for part in (*self.buttons, *self.selects)]
        raise LookupError(f"the message has no {name!r}, only {names}")

    def edited(self, call: Call, sent: Payload, store: FileStore, *, flags: int) -> "State":
        """The state after a payload of the bot. Fields that it does not mention stay."""
        attachments = self._attachments(sent.get("attachments"), call.files, store)
        parts = sent.get("components", self.components)
        if "components" in sent:
            parts = components.normalised(parts or [], attachments)
        state = State(
            content=sent.get("content", self.content) or "",
            embeds=tuple(sent.get("embeds", self.embeds) or ()),
            components=tuple(parts),
            attachments=attachments,
            flags=self.flags & ~LOADING | (sent.get("flags") or 0) & flags,
            sent=sent,
            uploads=tuple(call.files.values()),
            at=call.at,
        )
        state._check()
        return state

    def _attachments(
        self, listed: list[Payload] | None, files: dict[int, UploadedFile], store: FileStore
    ) -> tuple[Attachment, ...]:
        if listed is None:
            return (*self.attachments, *(store.keep(file.data, file.filename) for file in files.values()))
        kept = {attachment.id: attachment for attachment in self.attachments}
        attachments = []
        for entry in listed:
            number = int(entry["id"])
            description = entry.get("description")
            if number in files:
                data, name = files[number].data, entry.get("filename", files[number].filename)
                attachments.append(store.keep(data, name, description=description))
            elif number in kept:
                attachment = kept[number]
                attachments.append(replace(attachment, description=description or attachment.description))
            else:
                raise Refused(invalid_form("attachments", f"nothing was uploaded as {number}"))
        return tuple(attachments)

    def _check(self) -> None:
        second_version = bool(self.flags & COMPONENTS_V2)
        if second_version and (self.content or self.embeds):
            raise Refused(invalid_form("content", "cannot be combined with components of version 2"))
        if not second_version and any(part["type"] in V2_TYPES for part in self.components):
            raise Refused(invalid_form("flags", "lack the flag for components of version 2"))
        if len(self.content) > MAX_CONTENT_LENGTH:
            raise Refused(invalid_form("content", f"is longer than {MAX_CONTENT_LENGTH} characters"))
        if len(self.attachments) > 10:
            raise Refused(invalid_form("attachments", "are more than 10"))
        if not (self.content or self.embeds or self.components or self.attachments):
            raise Refused(EMPTY_MESSAGE)


class Message:
    """A message in a channel.

    Args:
        interaction: The metadata of the interaction that it answers.
        answers: The message that it replies to.
        forwarded: The message that this one forwards. It has no content of its own.
    """

    def __init__(
        self,
        channel: Channel,
        author: User,
        state: State,
        *,
        kind: int = 0,
        interaction: Payload | None = None,
        answers: "Message | None" = None,
        forwarded: "Message | None" = None,
    ) -> None:
        self.id = snowflake()
        self.forwarded = None if forwarded is None else forwarded.forward()
        self.channel, self.author, self.kind, self.interaction = channel, author, kind, interaction
        self.answers = answers
        self.states = [state]

    @property
    def state(self) -> State:
        return self.states[-1]

    @property
    def deleted(self) -> bool:
        return self.state.deleted

    def edit(self, call: Call, sent: Payload, store: FileStore) -> None:
        self.states.append(self.state.edited(call, sent, store, flags=EDIT_FLAGS))

    def delete(self) -> None:
        self.states.append(replace(self.state, deleted=True, sent={}, uploads=(), at=time.monotonic()))

    def payload(self) -> Payload:
        state = self.state
        payload = {
            "id": str(self.id),
            "channel_id": str(self.channel.id),
            "author": self.author.payload(),
            "content": state.content,
            "timestamp": created_at(self.id),
            "edited_timestamp": created_at(snowflake()) if len(self.states) > 1 else None,
            "tts": False,
            "mention_everyone": False,
            "mentions": [],
            "mention_roles": [],
            "attachments": [attachment.payload() for attachment in state.attachments],
            "embeds": list(state.embeds),
            "components": list(state.components),
            "pinned": False,
            "type": self.kind,
            "flags": state.flags,
        }
        if self.interaction is not None:
            application = str(self.author.id)
            payload |= {"webhook_id": application, "application_id": application}
            payload["interaction_metadata"] = self.interaction
        if self.answers is not None:
            where = {"message_id": str(self.answers.id), "channel_id": str(self.answers.channel.id)}
            payload |= {"type": REPLY, "message_reference": where | {"type": 0}}
            payload["referenced_message"] = None if self.answers.deleted else self.answers.payload()
        return payload if self.forwarded is None else payload | self.forwarded

    def forward(self) -> Payload:
        """The fields of a message that forwards this one: a snapshot, which does not name the author."""
        whole = self.payload()
        snapshot = {name: whole[name] for name in _SNAPSHOT_FIELDS}
        if self.state.flags & COMPONENTS_V2:  # the components list its files, and nothing else does
            snapshot["attachments"] = []
        reference = {"type": 1, "channel_id": str(self.channel.id), "message_id": str(self.id)}
        if self.channel.guild is not None:
            reference["guild_id"] = str(self.channel.guild.id)
        forwarded = {"message_reference": reference, "message_snapshots": [{"message": snapshot}]}
        return forwarded | {"flags": HAS_SNAPSHOT}


def check_file_sizes(files: Iterable[UploadedFile], limit: int) -> None:
    if any(len(file.data) > limit for file in files):
        raise Refused(TOO_LARGE)


def first(states: Iterable[State], predicate: Callable[[State], Any]) -> State | None:
    return next((state for state in states if predicate(state)), None)

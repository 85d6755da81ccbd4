"""Who and where: users, guilds and channels, and their ids."""

import itertools
import time
from dataclasses import dataclass, field
from datetime import UTC, datetime
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from tests.wire.messages import Message

Payload = dict[str, Any]

DISCORD_EPOCH = 1_420_070_400_000
MANAGE_GUILD = 1 << 5
VIEW_CHANNEL, SEND_MESSAGES, EMBED_LINKS, ATTACH_FILES, READ_HISTORY = (
    1 << bit for bit in (10, 11, 14, 15, 16)
)
MEMBER = VIEW_CHANNEL | SEND_MESSAGES | EMBED_LINKS | ATTACH_FILES | READ_HISTORY
JOINED_AT = "2024-05-17T12:00:00.000000+00:00"

_serial = itertools.count()


def snowflake(age: float = 0.0) -> int:
    """A new id, made so many seconds ago: clients read the time from it."""
    milliseconds = int((time.time() - age) * 1000) - DISCORD_EPOCH
    return milliseconds << 22 | next(_serial) & 0x3FFFFF


def made_at(number: int) -> str:
    """When the thing with this id was made."""
    return datetime.fromtimestamp(((number >> 22) + DISCORD_EPOCH) / 1000, UTC).isoformat()


@dataclass(frozen=True)
class User:
    name: str
    bot: bool = False
    id: int = field(default_factory=snowflake)

    def payload(self) -> Payload:
        return {
            "id": str(self.id),
            "username": self.name,
            "global_name": self.name.capitalize(),
            "discriminator": "0",
            "avatar": None,
            "bot": self.bot,
            "public_flags": 0,
        }

    def member(self, permissions: int | None = None) -> Payload:
        """The user in a guild, without the user: interactions give the two together or apart."""
        member: Payload = {
            "nick": None,
            "avatar": None,
            "roles": [],
            "joined_at": JOINED_AT,
            "premium_since": None,
            "deaf": False,
            "mute": False,
            "flags": 0,
            "pending": False,
            "communication_disabled_until": None,
        }
        return member if permissions is None else member | {"permissions": str(permissions)}


@dataclass(eq=False)
class Channel:
    """A guild's text channel, or a direct message with the bot."""

    name: str = ""
    guild: "Guild | None" = None
    recipient: User | None = None
    age_restricted: bool = False
    id: int = field(default_factory=snowflake)
    messages: "list[Message]" = field(default_factory=list, repr=False)

    def payload(self) -> Payload:
        if self.guild is None:
            assert self.recipient is not None
            recipients = [self.recipient.payload()]
            return {
                "id": str(self.id),
                "type": 1,
                "recipients": recipients,
                "last_message_id": None,
                "flags": 0,
            }
        return {
            "id": str(self.id),
            "type": 0,
            "guild_id": str(self.guild.id),
            "name": self.name,
            "position": 0,
            "permission_overwrites": [],
            "topic": None,
            "nsfw": self.age_restricted,
            "rate_limit_per_user": 0,
            "parent_id": None,
            "last_message_id": None,
            "flags": 0,
        }


@dataclass(eq=False)
class Guild:
    """A guild with one channel; where the bot has not joined, users bring it with them."""

    name: str
    joined: bool = True
    locale: str = "en-US"
    age_restricted: bool = False
    id: int = field(default_factory=snowflake)
    channel: Channel = field(init=False)

    def __post_init__(self) -> None:
        self.channel = Channel("dreams", self, age_restricted=self.age_restricted)

    def shard(self, count: int) -> int:
        return (self.id >> 22) % count

    def payload(self, bot: User) -> Payload:
        everyone = {
            "id": str(self.id),
            "name": "@everyone",
            "permissions": str(MEMBER),
            "position": 0,
            "color": 0,
            "hoist": False,
            "managed": False,
            "mentionable": False,
            "flags": 0,
        }
        return {
            "id": str(self.id),
            "name": self.name,
            "owner_id": str(snowflake()),
            "preferred_locale": self.locale,
            "features": [],
            "verification_level": 0,
            "default_message_notifications": 1,
            "explicit_content_filter": 0,
            "premium_tier": 0,
            "member_count": 2,
            "large": False,
            "unavailable": False,
            "joined_at": JOINED_AT,
            "roles": [everyone],
            "emojis": [],
            "stickers": [],
            "channels": [self.channel.payload()],
            "threads": [],
            "members": [bot.member() | {"user": bot.payload()}],
            "presences": [],
            "voice_states": [],
        }


class World:
    """The bot, somebody to talk with it, and every place there is."""

    def __init__(self) -> None:
        self.bot = User("dreamer", bot=True)
        self.application_id = self.bot.id
        self.user = User("ada")
        self.users = {user.id: user for user in (self.bot, self.user)}
        self.guilds: list[Guild] = []
        self.channels: dict[int, Channel] = {}
        self.messages: dict[int, Message] = {}
        self.guild = self.add_guild("Loopback")

    def add_user(self, name: str) -> User:
        user = User(name)
        self.users[user.id] = user
        return user

    def add_guild(
        self, name: str, *, joined: bool = True, locale: str = "en-US", age_restricted: bool = False
    ) -> Guild:
        guild = Guild(name, joined, locale, age_restricted)
        self.guilds.append(guild)
        self.channels[guild.channel.id] = guild.channel
        return guild

    def direct_channel(self, user: User) -> Channel:
        for channel in self.channels.values():
            if channel.recipient == user:
                return channel
        channel = Channel(recipient=user)
        self.channels[channel.id] = channel
        return channel

    def post(self, message: "Message") -> None:
        self.messages[message.id] = message
        message.channel.messages.append(message)

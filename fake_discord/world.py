"""Users, guilds and channels, and their ids."""

import itertools
import time
from dataclasses import dataclass, field
from datetime import UTC, datetime
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from fake_discord.messages import Message

Payload = dict[str, Any]

DISCORD_EPOCH = 1_420_070_400_000
MANAGE_GUILD, MANAGE_MESSAGES = 1 << 5, 1 << 13
VIEW_CHANNEL, SEND_MESSAGES, EMBED_LINKS, ATTACH_FILES, READ_HISTORY = (
    1 << bit for bit in (10, 11, 14, 15, 16)
)
MEMBER = VIEW_CHANNEL | SEND_MESSAGES | EMBED_LINKS | ATTACH_FILES | READ_HISTORY
MODERATOR = MEMBER | MANAGE_MESSAGES
JOINED_AT = "2024-05-17T12:00:00.000000+00:00"

_serial = itertools.count()


def snowflake(age: float = 0.0) -> int:
    """Make a new id of a given age in seconds. Clients read the time from it."""
    milliseconds = int((time.time() - age) * 1000) - DISCORD_EPOCH
    return milliseconds << 22 | next(_serial) & 0x3FFFFF


def created_at(number: int) -> str:
    """The creation time that an id contains."""
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
        """The user's guild member, without the user itself, as interactions need it in both forms."""
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
    """A guild's text channel, a thread, a direct message with the bot, or a group without the bot.

    Args:
        recipient: The user of a direct message with the bot.
        parent: The channel that a thread belongs to.
        group: The members of a group direct message. The bot cannot be one of them.
    """

    name: str = ""
    guild: "Guild | None" = None
    recipient: User | None = None
    age_restricted: bool = False
    parent: "Channel | None" = None
    group: tuple[User, ...] = ()
    id: int = field(default_factory=snowflake)
    messages: "list[Message]" = field(default_factory=list, repr=False)

    def payload(self) -> Payload:
        if self.group:
            return {
                "id": str(self.id),
                "type": 3,
                "name": self.name,
                "icon": None,
                "owner_id": str(self.group[0].id),
                "recipients": [user.payload() for user in self.group],
                "last_message_id": None,
                "flags": 0,
            }
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
        if self.parent is not None:
            return self._thread(self.parent, self.guild)
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

    def _thread(self, parent: "Channel", guild: "Guild") -> Payload:
        """A public thread. Only its parent says whether it is age-restricted."""
        return {
            "id": str(self.id),
            "type": 11,
            "guild_id": str(guild.id),
            "name": self.name,
            "parent_id": str(parent.id),
            "owner_id": str(snowflake()),
            "last_message_id": None,
            "rate_limit_per_user": 0,
            "message_count": 0,
            "member_count": 1,
            "total_message_sent": 0,
            "thread_metadata": {
                "archived": False,
                "archive_timestamp": created_at(self.id),
                "auto_archive_duration": 1440,
                "locked": False,
                "create_timestamp": created_at(self.id),
            },
            "flags": 0,
        }


@dataclass(eq=False)
class Guild:
    """A guild with one channel. Where the bot has not joined, users bring their own installation."""

    name: str
    joined: bool = True
    locale: str = "en-US"
    age_restricted: bool = False
    id: int = field(default_factory=snowflake)
    channel: Channel = field(init=False)
    threads: list[Channel] = field(default_factory=list)

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
            "threads": [thread.payload() for thread in self.threads],
            "members": [bot.member() | {"user": bot.payload()}],
            "presences": [],
            "voice_states": [],
        }


class World:
    """The bot, a first user, and all guilds, channels and messages."""

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

    def add_thread(self, parent: Channel, name: str) -> Channel:
        """Add a thread to a guild's channel."""
        assert parent.guild is not None
        thread = Channel(name, parent.guild, age_restricted=parent.age_restricted, parent=parent)
        parent.guild.threads.append(thread)
        self.channels[thread.id] = thread
        return thread

    def add_group(self, name: str, *members: User) -> Channel:
        """Add a group direct message, in which only its members' own installation of the bot works."""
        group = Channel(name, group=members)
        self.channels[group.id] = group
        return group

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

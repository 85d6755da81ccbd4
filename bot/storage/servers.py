"""The rules that a server's managers set, and the allowance that they give to a member."""

import contextlib
import json
import logging
from collections.abc import Callable, Collection, Sequence
from typing import Any, Literal

from pydantic import BaseModel, ConfigDict, ValidationError, field_validator

from bot.errors import ChannelRefusal, SwitchedOffRefusal
from bot.rate_limit import UNLIMITED, Allowance
from bot.storage.database import Database
from dream_engine.presets import PRESETS

_log = logging.getLogger(__name__)

MAX_MENTIONS = 25
"""The maximum number of channels or roles that one message lists."""


_SHARED_BUCKET = 0
"""The bucket that all places without an allowance of their own share. No server has this id."""


class AllowanceRules(BaseModel):
    """Overrides of an allowance; ``None`` keeps the base value.

    The attributes are those of :class:`~bot.rate_limit.Allowance`.
    """

    model_config = ConfigDict(frozen=True)

    dreams: int | None = None
    minutes: int | None = None
    burst: int | None = None
    waiting: int | None = None
    running: int | None = None

    def applied_to(self, base: Allowance) -> Allowance:
        """Return the base allowance with these overrides."""
        return Allowance(
            dreams=self.dreams or base.dreams,
            minutes=self.minutes or base.minutes,
            burst=self.burst or base.burst,
            waiting=self.waiting or base.waiting,
            running=self.running or base.running,
        )

    def updated(self, changes: "AllowanceRules") -> "AllowanceRules":
        """Return a copy in which the given overrides replace these."""
        return self.model_copy(update=changes.model_dump(exclude_none=True))


class ServerRules(BaseModel):
    """The rules of one server.

    Attributes:
        enabled: Whether members may dream in this server.
        channels: The ids of the allowed channels; empty allows all.
        preset: The default preset; ``None`` means the bot's.
        largest_size: The maximum longest side of a dream, in pixels; ``None`` means the bot's.
        allowance: Overrides for every member.
        roles: Overrides for the members with a role, by the role's id; they apply on top of ``allowance``.
        exempt: The ids of the roles without any rate limit.
        joining: Whether members may make dreams of their own out of the dreams of others.
    """

    model_config = ConfigDict(frozen=True)

    enabled: bool = True
    channels: tuple[int, ...] = ()
    preset: str | None = None
    largest_size: int | None = None
    allowance: AllowanceRules = AllowanceRules()
    roles: dict[int, AllowanceRules] = {}
    exempt: tuple[int, ...] = ()
    joining: bool = True

    @field_validator("preset")
    @classmethod
    def _drop_unknown_preset(cls, preset: str | None) -> str | None:
        """Fall back to the bot's preset if an update has removed this one."""
        return preset if preset in PRESETS else None

    @property
    def named_ids(self) -> frozenset[int]:
        """The ids of all channels and roles in the rules."""
        return frozenset((*self.channels, *self.roles, *self.exempt))

    def without(self, ids: Collection[int]) -> "ServerRules":
        """Return a copy without the given channels and roles."""
        return self.model_copy(
            update={
                "channels": tuple(channel for channel in self.channels if channel not in ids),
                "roles": {role: limits for role, limits in self.roles.items() if role not in ids},
                "exempt": tuple(role for role in self.exempt if role not in ids),
            }
        )

    def check_channel(self, channels: Collection[int]) -> None:
        """Check that the rules allow dreams in a channel.

        Args:
            channels: The id of the channel; for a thread, also the id of its parent.

        Raises:
            SwitchedOffRefusal: Dreams are switched off in the whole server.
            ChannelRefusal: Dreams are allowed in other channels only.
        """
        if not self.enabled:
            raise SwitchedOffRefusal
        if self.channels and not set(channels) & set(self.channels):
            raise ChannelRefusal(channels=mentions("#", self.channels))

    def allowance_of(self, roles: Collection[int], base: Allowance) -> Allowance | None:
        """Return a member's allowance. Of several roles' values, the most generous one applies.

        Args:
            roles: The ids of the member's roles.
            base: The bot's own allowance.

        Returns:
            The allowance, or :data:`~bot.rate_limit.UNLIMITED`.
        """
        if set(roles) & set(self.exempt):
            return UNLIMITED
        everyone = self.allowance.applied_to(base)
        of_roles = [rules.applied_to(everyone) for role, rules in self.roles.items() if role in roles]
        if not of_roles:
            return everyone
        fastest = min(of_roles, key=lambda allowance: allowance.seconds_per_dream)
        return Allowance(
            fastest.dreams,
            fastest.minutes,
            burst=max(allowance.burst for allowance in of_roles),
            waiting=max(allowance.waiting for allowance in of_roles),
            running=max(allowance.running for allowance in of_roles),
        )

    def allowed_size(self, largest: int) -> int:
        """Return the largest size of a dream in this server, in pixels.

        Args:
            largest: The operator's largest size, which no server exceeds.
        """
        return min(self.largest_size or largest, largest)

    @property
    def has_own_limits(self) -> bool:
        """Whether this server has rate limits, and therefore rate buckets, of its own."""
        return self.allowance != AllowanceRules() or bool(self.roles)

    def bucket_of(self, server_id: int | None) -> int:
        """Return the number of the rate bucket that pays in this server: its own, or the shared one."""
        return server_id if self.has_own_limits and server_id is not None else _SHARED_BUCKET


_NO_RULES = ServerRules()


class ServerStore:
    """Keeps every server's rules.

    Args:
        database: Holds the rules.
    """

    def __init__(self, database: Database) -> None:
        self._database = database
        self._damaged: set[int | None] = set()
        self._restricting: dict[int, ServerRules] = {}

    async def load(self) -> None:
        """Read all rules, so that :meth:`known_rules` knows those that forbid something."""
        for row in await self._database.rows("SELECT server_id, rules FROM servers"):
            self._note(row["server_id"], self._read(row["server_id"], row["rules"]))

    def may_join_at(self, server_id: int | None) -> bool:
        """Return at once whether members may join in on the dreams of others, as far as is in memory.

        Args:
            server_id: The server; ``None`` outside of servers, where everybody may.
        """
        return self.known_rules(server_id).joining

    def known_rules(self, server_id: int | None) -> ServerRules:
        """Return at once what a server's rules forbid, as far as is in memory; the other rules are missing.

        Args:
            server_id: The server; ``None`` outside of servers.
        """
        return _NO_RULES if server_id is None else self._restricting.get(server_id, _NO_RULES)

    async def rules(self, server_id: int | None) -> ServerRules:
        """Return a server's rules, or the default rules, which forbid nothing, if it has none.

        Args:
            server_id: The server; ``None`` outside of servers.
        """
        row = await self._database.row("SELECT rules FROM servers WHERE server_id = ?", (server_id,))
        return self._read(server_id, row["rules"]) if row else ServerRules()

    async def change(self, server_id: int, change: Callable[[ServerRules], dict[str, Any]]) -> ServerRules:
        """Change some of a server's rules; returns the resulting rules.

        Args:
            server_id: The server.
            change: Takes the current rules, and returns the new values of the fields that change.
        """
        async with self._database.transaction() as connection:
            query = "SELECT rules FROM servers WHERE server_id = ?"
            rows = tuple(await connection.execute_fetchall(query, (server_id,)))
            current = self._read(server_id, rows[0]["rules"]) if rows else ServerRules()
            rules = ServerRules(**{**dict(current), **change(current)})
            statement = "INSERT OR REPLACE INTO servers (server_id, rules) VALUES (?, ?)"
            await connection.execute(statement, (server_id, rules.model_dump_json()))
        self._note(server_id, rules)
        return rules

    async def remove(self, server_id: int, ids: Collection[int]) -> ServerRules:
        """Remove channels and roles from a server's rules; returns the remaining rules.

        Writes nothing if the rules contain none of them, so that a server without rules gets no row.
        """
        rules = await self.rules(server_id)
        if rules.named_ids.isdisjoint(ids):
            return rules
        return await self.change(server_id, lambda rules: dict(rules.without(ids)))

    def _note(self, server_id: int, rules: ServerRules) -> None:
        forbidding = ServerRules(enabled=rules.enabled, channels=rules.channels, joining=rules.joining)
        if forbidding == _NO_RULES:
            self._restricting.pop(server_id, None)
        else:
            self._restricting[server_id] = forbidding

    def _read(self, server_id: int | None, text: Any) -> ServerRules:
        """Parse a server's rules. Of a damaged row, the readable fields apply."""
        try:
            return ServerRules.model_validate_json(text)
        except ValueError as error:
            if server_id not in self._damaged:
                _log.error(
                    "The rules of server %s are partly unreadable: %.500r (%s)", server_id, text, error
                )
                self._damaged.add(server_id)
        return _readable_rules(text)


def _readable_rules(text: Any) -> ServerRules:
    try:
        values = json.loads(text)
    except (TypeError, ValueError, RecursionError):
        return ServerRules()
    rules: dict[str, Any] = {}
    for name in ServerRules.model_fields:
        if isinstance(values, dict) and name in values:
            with contextlib.suppress(ValidationError):
                rules[name] = getattr(ServerRules.model_validate({name: values[name]}), name)
    return ServerRules(**rules)


def mentions(sign: Literal["#", "@&"], ids: Sequence[int]) -> str:
    """Mention channels (``#``) or roles (``@&``), and append how many exceed :data:`MAX_MENTIONS`."""
    listed = [f"<{sign}{number}>" for number in ids[:MAX_MENTIONS]]
    omitted = len(ids) - MAX_MENTIONS
    return " ".join([*listed, f"… +{omitted}"] if omitted > 0 else listed)

"""What a server's managers decided, and what it means for a member."""

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

MOST_NAMED = 25
"""Of many channels or roles, so many are named to people."""


class AllowanceRules(BaseModel):
    """What takes the place of the bot's own allowance; ``None`` leaves it."""

    model_config = ConfigDict(frozen=True)

    dreams: int | None = None
    minutes: int | None = None
    burst: int | None = None
    waiting: int | None = None
    running: int | None = None

    def over(self, base: Allowance) -> Allowance:
        """The base allowance with these numbers in place of its own."""
        return Allowance(
            dreams=self.dreams or base.dreams,
            minutes=self.minutes or base.minutes,
            burst=self.burst or base.burst,
            waiting=self.waiting or base.waiting,
            running=self.running or base.running,
        )

    def updated(self, given: "AllowanceRules") -> "AllowanceRules":
        """These numbers, with those that are given in place of their own."""
        return self.model_copy(update=given.model_dump(exclude_none=True))


class ServerRules(BaseModel):
    """How the bot behaves in one server.

    Attributes:
        enabled: Whether anybody may dream here.
        channels: Where; everywhere if none is named.
        preset: The preset of who names none; ``None`` for the bot's.
        largest_size: The longest side, in pixels, that may be had; ``None`` for the bot's.
        allowance: For every member.
        roles: For members with a role, in place of it.
        exempt: The roles that have no limit at all.
    """

    model_config = ConfigDict(frozen=True)

    enabled: bool = True
    channels: tuple[int, ...] = ()
    preset: str | None = None
    largest_size: int | None = None
    allowance: AllowanceRules = AllowanceRules()
    roles: dict[int, AllowanceRules] = {}
    exempt: tuple[int, ...] = ()

    @field_validator("preset")
    @classmethod
    def _drop_unknown_preset(cls, preset: str | None) -> str | None:
        """Leave the choice to the bot where an update has taken the preset away."""
        return preset if preset in PRESETS else None

    @property
    def named_ids(self) -> frozenset[int]:
        """The ids of all channels and roles that are set."""
        return frozenset((*self.channels, *self.roles, *self.exempt))

    def without(self, ids: Collection[int]) -> "ServerRules":
        """The same rules without these channels and roles."""
        return self.model_copy(
            update={
                "channels": tuple(channel for channel in self.channels if channel not in ids),
                "roles": {role: limits for role, limits in self.roles.items() if role not in ids},
                "exempt": tuple(role for role in self.exempt if role not in ids),
            }
        )

    def check_place(self, channels: Collection[int]) -> None:
        """Make sure that one may dream here.

        Args:
            channels: The channel, and where it is a thread, its parent as well.

        Raises:
            SwitchedOffRefusal: Nowhere in this server.
            ChannelRefusal: Elsewhere in this server.
        """
        if not self.enabled:
            raise SwitchedOffRefusal
        if self.channels and not set(channels) & set(self.channels):
            raise ChannelRefusal(channels=mentions("#", self.channels))

    def allowance_of(self, roles: Collection[int], base: Allowance) -> Allowance | None:
        """What a member may: of several roles' allowances, the most generous number of each kind.

        Args:
            roles: The member's roles.
            base: The bot's own allowance.

        Returns:
            The allowance, or :data:`~bot.rate_limit.UNLIMITED`.
        """
        if set(roles) & set(self.exempt):
            return UNLIMITED
        everyone = self.allowance.over(base)
        theirs = [rules.over(everyone) for role, rules in self.roles.items() if role in roles]
        if not theirs:
            return everyone
        quickest = min(theirs, key=lambda allowance: allowance.seconds_each)
        return Allowance(
            quickest.dreams,
            quickest.minutes,
            burst=max(allowance.burst for allowance in theirs),
            waiting=max(allowance.waiting for allowance in theirs),
            running=max(allowance.running for allowance in theirs),
        )

    @property
    def counts_for_itself(self) -> bool:
        """Whether dreams here are counted apart from those elsewhere."""
        return self.allowance != AllowanceRules() or bool(self.roles)


class ServerStore:
    """Keeps every server's rules.

    Args:
        database: Where.
    """

    def __init__(self, database: Database) -> None:
        self._database = database
        self._damaged: set[int | None] = set()

    async def rules(self, server_id: int | None) -> ServerRules:
        """A server's rules; those of a server that has none, or of no server, forbid nothing."""
        row = await self._database.row("SELECT rules FROM servers WHERE server_id = ?", (server_id,))
        return self._read(server_id, row["rules"]) if row else ServerRules()

    async def change(self, server_id: int, change: Callable[[ServerRules], dict[str, Any]]) -> ServerRules:
        """Change some of a server's rules; returns all of them.

        Args:
            server_id: The server.
            change: What changes, told the rules as they are.
        """
        async with self._database.transaction() as connection:
            query = "SELECT rules FROM servers WHERE server_id = ?"
            rows = tuple(await connection.execute_fetchall(query, (server_id,)))
            before = self._read(server_id, rows[0]["rules"]) if rows else ServerRules()
            rules = ServerRules(**{**dict(before), **change(before)})
            statement = "INSERT OR REPLACE INTO servers (server_id, rules) VALUES (?, ?)"
            await connection.execute(statement, (server_id, rules.model_dump_json()))
        return rules

    async def remove(self, server_id: int, ids: Collection[int]) -> ServerRules:
        """Take channels and roles out of a server's rules; returns what is left.

        Where none of them is set, nothing is written, so that a server without rules stays without.
        """
        rules = await self.rules(server_id)
        if rules.named_ids.isdisjoint(ids):
            return rules
        return await self.change(server_id, lambda rules: dict(rules.without(ids)))

    def _read(self, server_id: int | None, text: Any) -> ServerRules:
        """A server's rules; of a row that is damaged, those that can be read."""
        try:
            return ServerRules.model_validate_json(text)
        except ValueError as error:
            if server_id not in self._damaged:
                _log.error("The rules of server %s cannot all be read: %.500r (%s)", server_id, text, error)
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
    """Channels (``#``) or roles (``@&``) as Discord links them; of very many, the first and how many more."""
    named = [f"<{sign}{number}>" for number in ids[:MOST_NAMED]]
    left_out = len(ids) - MOST_NAMED
    return " ".join([*named, f"… +{left_out}"] if left_out > 0 else named)

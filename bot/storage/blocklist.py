"""The users and servers that the operator has blocked."""

from collections.abc import Callable, Sequence
from typing import Literal, TypeAlias

from bot.clock import now
from bot.errors import BlockedRefusal, BlockedServerRefusal
from bot.storage.database import Database

Kind: TypeAlias = Literal["user", "server"]


class Blocklist:
    """Keeps the ids of blocked users and servers.

    Args:
        database: Holds the list.
        clock: Returns the current Unix time in seconds.
    """

    def __init__(self, database: Database, clock: Callable[[], float] = now) -> None:
        self._database = database
        self._clock = clock
        self._known: set[tuple[Kind, int]] = set()

    async def load(self) -> None:
        """Read the whole list, so that :meth:`surely_blocks` knows it."""
        rows = await self._database.rows("SELECT kind, id FROM blocked")
        self._known = {(row["kind"], row["id"]) for row in rows}

    def surely_blocks(self, user_id: int, server_id: int | None) -> bool:
        """Return at once whether a user or their server is blocked, as far as is in memory."""
        return ("user", user_id) in self._known or ("server", server_id) in self._known

    async def check(self, user_id: int, server_id: int | None) -> None:
        """Check that a user may request dreams.

        Args:
            user_id: The user.
            server_id: The server of the request; ``None`` outside of servers.

        Raises:
            BlockedRefusal: The user is blocked.
            BlockedServerRefusal: The server is blocked.
        """
        if await self.has("user", user_id):
            raise BlockedRefusal
        if server_id is not None and await self.has("server", server_id):
            raise BlockedServerRefusal

    async def has(self, kind: Kind, number: int) -> bool:
        """Whether a user or server is blocked.

        Args:
            kind: Whether the id is a user's or a server's.
            number: The Discord id.
        """
        query = "SELECT 1 FROM blocked WHERE kind = ? AND id = ?"
        return await self._database.row(query, (kind, number)) is not None

    async def add(self, kind: Kind, number: int) -> None:
        """Block a user or server."""
        statement = "INSERT OR IGNORE INTO blocked (kind, id, since) VALUES (?, ?, ?)"
        await self._database.execute(statement, (kind, number, self._clock()))
        self._known.add((kind, number))

    async def remove(self, kind: Kind, number: int) -> None:
        """Unblock a user or server."""
        await self._database.execute("DELETE FROM blocked WHERE kind = ? AND id = ?", (kind, number))
        self._known.discard((kind, number))

    async def all(self, kind: Kind) -> Sequence[int]:
        """Return the ids of all blocked users or servers, most recently blocked first."""
        query = "SELECT id FROM blocked WHERE kind = ? ORDER BY since DESC, id"
        return [row["id"] for row in await self._database.rows(query, (kind,))]

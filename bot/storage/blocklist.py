"""Whom the operator does not serve: people, and whole servers."""

from collections.abc import Callable, Sequence
from typing import Literal, TypeAlias

from bot.clock import now
from bot.errors import BlockedRefusal, BlockedServerRefusal
from bot.storage.database import Database

Kind: TypeAlias = Literal["user", "server"]


class Blocklist:
    """Keeps who is blocked.

    Args:
        database: Where.
        clock: Tells the Unix seconds.
    """

    def __init__(self, database: Database, clock: Callable[[], float] = now) -> None:
        self._database = database
        self._clock = clock

    async def check(self, user_id: int, server_id: int | None) -> None:
        """Make sure that somebody may ask for dreams.

        Args:
            user_id: Who asks.
            server_id: The server where that is; ``None`` outside of any.

        Raises:
            BlockedRefusal: They may not, anywhere.
            BlockedServerRefusal: Nobody may in that server.
        """
        if await self.has("user", user_id):
            raise BlockedRefusal
        if server_id is not None and await self.has("server", server_id):
            raise BlockedServerRefusal

    async def has(self, kind: Kind, number: int) -> bool:
        """Whether somebody is blocked.

        Args:
            kind: What is meant.
            number: Its id, as Discord numbers it.
        """
        query = "SELECT 1 FROM blocked WHERE kind = ? AND id = ?"
        return await self._database.row(query, (kind, number)) is not None

    async def add(self, kind: Kind, number: int) -> None:
        """Serve somebody no longer."""
        statement = "INSERT OR IGNORE INTO blocked (kind, id, since) VALUES (?, ?, ?)"
        await self._database.execute(statement, (kind, number, self._clock()))

    async def remove(self, kind: Kind, number: int) -> None:
        """Serve somebody again."""
        await self._database.execute("DELETE FROM blocked WHERE kind = ? AND id = ?", (kind, number))

    async def all(self, kind: Kind) -> Sequence[int]:
        """The ids of everybody of a kind who is blocked, the latest first."""
        query = "SELECT id FROM blocked WHERE kind = ? ORDER BY since DESC, id"
        return [row["id"] for row in await self._database.rows(query, (kind,))]

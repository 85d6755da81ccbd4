"""The SQLite file that outlives a restart, brought to its newest schema when it is opened."""

import asyncio
import contextlib
import re
import sqlite3
from collections.abc import AsyncIterator, Iterable, Sequence
from importlib import resources
from pathlib import Path
from typing import Any, Self

import aiosqlite

Row = aiosqlite.Row


_BUSY_MILLISECONDS = 5000
_SPARE_BYTES = 2**20
"""So much may lie unused: the next jobs will need it."""


class NewerSchemaError(Exception):
    """The file was written by a newer version of the bot."""


class Database:
    """One connection, and one transaction at a time on it.

    Args:
        connection: An open connection.
    """

    def __init__(self, connection: aiosqlite.Connection) -> None:
        self._connection = connection
        self._lock = asyncio.Lock()

    @classmethod
    async def open(cls, path: Path) -> Self:
        """Open the file, or begin one, and bring its schema up to date.

        Raises:
            NewerSchemaError: A newer version of the bot has written it.
            OSError: It cannot be opened.
        """
        # In it are tokens that answer people.
        await asyncio.to_thread(path.touch, mode=0o600, exist_ok=True)
        connection = await aiosqlite.connect(path, isolation_level=None)
        connection.row_factory = aiosqlite.Row
        database = cls(connection)
        try:
            await connection.execute("PRAGMA journal_mode = WAL")
            await connection.execute(
                "PRAGMA synchronous = FULL"
            )  # what was accepted outlives a power cut, too
            await database._migrate()
        except BaseException:
            await connection.close()
            raise
        return database

    async def close(self) -> None:
        """Finish what is under way, and close."""
        async with self._lock:
            await self._connection.close()

    @contextlib.asynccontextmanager
    async def transaction(self) -> AsyncIterator[aiosqlite.Connection]:
        """All of it, or nothing: ``async with database.transaction() as connection``."""
        async with self._lock:
            try:
                await self._connection.execute("BEGIN IMMEDIATE")
                yield self._connection
                await self._connection.execute("COMMIT")
            except BaseException:
                # A statement whose waiter was cancelled still runs, so there may be nothing to roll back.
                with contextlib.suppress(sqlite3.OperationalError):
                    await self._connection.execute("ROLLBACK")
                raise

    async def execute(self, statement: str, values: Iterable[Any] = ()) -> int:
        """Change something in a transaction of its own; returns how many rows that met."""
        async with self.transaction() as connection:
            cursor = await connection.execute(statement, tuple(values))
            return cursor.rowcount

    async def rows(self, query: str, values: Iterable[Any] = ()) -> Sequence[Row]:
        """All rows of a query."""
        async with self._lock:
            return tuple(await self._connection.execute_fetchall(query, tuple(values)))

    async def row(self, query: str, values: Iterable[Any] = ()) -> Row | None:
        """The first row of a query."""
        rows = await self.rows(query, values)
        return rows[0] if rows else None

    async def compact(self) -> int:
        """Give back to the disk what deleted rows leave, where that is worth it; returns how many bytes."""
        before = await self._bytes()
        unused = await self._pragma("freelist_count") * await self._pragma("page_size")
        async with self._lock:
            if unused > max(_SPARE_BYTES, before / 4):
                await self._connection.execute("VACUUM")
            # While somebody copies the file, it is left for another time, and nobody waits.
            await self._connection.execute("PRAGMA busy_timeout = 0")
            try:
                await self._connection.execute_fetchall("PRAGMA wal_checkpoint(TRUNCATE)")
            finally:
                await self._connection.execute(f"PRAGMA busy_timeout = {_BUSY_MILLISECONDS}")
        return before - await self._bytes()

    async def _bytes(self) -> int:
        return await self._pragma("page_count") * await self._pragma("page_size")

    async def _pragma(self, name: str) -> int:
        row = await self.row(f"PRAGMA {name}")
        return int(row[0]) if row else 0

    async def _migrate(self) -> None:
        known = migrations()
        version = await self._pragma("user_version")
        if version > max(known):
            raise NewerSchemaError(
                f"the store's schema is number {version}; this version of the bot knows {max(known)}"
            )
        for number, script in known.items():
            if number > version:
                # executescript() would commit what is open, so the script brings its own transaction.
                whole = f"BEGIN IMMEDIATE;\n{script}\nPRAGMA user_version = {number};\nCOMMIT;"
                await self._connection.executescript(whole)


def migrations() -> dict[int, str]:
    """The numbered scripts, in order."""
    found = {}
    for file in (resources.files("bot") / "migrations").iterdir():
        if match := re.fullmatch(r"(\d{4})_\w+\.sql", file.name):
            found[int(match[1])] = file.read_text("utf-8")
    return dict(sorted(found.items()))

"""The SQLite file that outlives a restart, brought to its newest schema when it is opened."""

import asyncio
import contextlib
import logging
import re
import shutil
import sqlite3
from collections.abc import AsyncIterator, Awaitable, Callable, Iterable, Sequence
from importlib import resources
from pathlib import Path
from typing import Any, Self, TypeVar

import aiosqlite

from bot.storage.disk_errors import is_locked

Row = aiosqlite.Row
_log = logging.getLogger(__name__)

_BUSY_MILLISECONDS = 100
"""For so long SQLite itself waits for a lock; the connection serves nobody meanwhile, so it is short …"""
_BUSY_SECONDS = 10.0
"""… and for so long it is tried again in all, while others are served in between …"""
_OPENING_SECONDS = 60.0
"""… or, when the store is opened, for so long: a backup may copy it just then."""
_BUSY_PAUSE = 0.05
_SPARE_BYTES = 2**20
"""So much may lie unused: the next jobs will need it."""
_PAGES_AT_ONCE = 1000
"""So many unused pages are given back in one step, and then others have their turn."""
_ROOM_FOR_COPY = 2.0
"""The store is copied only where the free disk space is this many times its size."""
_INCREMENTAL = 2
"""SQLite's number of the mode in which unused pages can be given back step by step."""

_Result = TypeVar("_Result")


class NewerSchemaError(Exception):
    """The file was written by a newer version of the bot."""


class Database:
    """One connection, and one transaction at a time on it.

    A lock that another process holds is waited out for some seconds, and meanwhile others can read.

    Args:
        connection: An open connection.
        folder: Where the file lies.
    """

    def __init__(self, connection: aiosqlite.Connection, folder: Path) -> None:
        self._connection = connection
        self._folder = folder
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
        connection = await aiosqlite.connect(path, isolation_level=None, timeout=_BUSY_MILLISECONDS / 1000)
        connection.row_factory = aiosqlite.Row
        database = cls(connection, path.parent)
        try:
            await _while_locked(database._prepare, _OPENING_SECONDS)
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
        await _while_locked(self._begin, _BUSY_SECONDS)
        try:
            try:
                yield self._connection
                await self._connection.execute("COMMIT")
            except BaseException:
                await self._roll_back()
                raise
        finally:
            self._lock.release()

    @contextlib.asynccontextmanager
    async def undisturbed(self) -> AsyncIterator[aiosqlite.Connection]:
        """Read, and act on it, while nobody else changes anything, without a transaction.

        So that it works on a full disk, too. One process at a time works with the store.
        """
        async with self._lock:
            yield self._connection

    async def execute(self, statement: str, values: Iterable[Any] = ()) -> int:
        """Change something in a transaction of its own; returns how many rows that met."""
        async with self.transaction() as connection:
            cursor = await connection.execute(statement, tuple(values))
            return cursor.rowcount

    async def rows(self, query: str, values: Iterable[Any] = ()) -> Sequence[Row]:
        """All rows of a query."""

        async def fetch() -> Sequence[Row]:
            async with self._lock:
                return tuple(await self._connection.execute_fetchall(query, values))

        values = tuple(values)
        return await _while_locked(fetch, _BUSY_SECONDS)

    async def row(self, query: str, values: Iterable[Any] = ()) -> Row | None:
        """The first row of a query."""
        rows = await self.rows(query, values)
        return rows[0] if rows else None

    async def compact(self) -> int:
        """Give back to the disk what deleted rows leave, where that is worth it; returns how many bytes."""
        before = await self._bytes()
        page = await self._pragma("page_size")
        unused = await self._pragma("freelist_count") * page
        if unused > max(_SPARE_BYTES, before / 4):
            if await self._pragma("auto_vacuum") == _INCREMENTAL:
                await self._give_back_step_by_step(unused // page)
            else:
                await self._rebuild(before - unused)
        async with self._lock:
            # While somebody copies the file, it is left for another time, and nobody waits.
            await self._connection.execute("PRAGMA busy_timeout = 0")
            try:
                await self._connection.execute_fetchall("PRAGMA wal_checkpoint(TRUNCATE)")
            finally:
                await self._connection.execute(f"PRAGMA busy_timeout = {_BUSY_MILLISECONDS}")
        return before - await self._bytes()

    async def _give_back_step_by_step(self, pages: int) -> None:
        """Cut unused pages off the end of the file, a few at a time, which needs no room elsewhere."""
        for _ in range(0, pages, _PAGES_AT_ONCE):
            async with self._lock:
                # Python's execute() would stop after the first page, as no column comes back.
                await self._connection.executescript(f"PRAGMA incremental_vacuum({_PAGES_AT_ONCE})")

    async def _rebuild(self, used: int) -> None:
        """Copy a store of an earlier version, so that it can shrink page by page from now on.

        SQLite makes the copy beside the store: a container's /tmp may be smaller than the store.
        """
        free = (await asyncio.to_thread(shutil.disk_usage, self._folder)).free
        if free < _ROOM_FOR_COPY * used:
            _log.warning("The store is compacted another time: there is no room for a copy of it.")
            return
        folder = str(self._folder.absolute()).replace("'", "''")
        async with self._lock:
            await self._connection.execute(f"PRAGMA temp_store_directory = '{folder}'")
            await self._connection.execute(f"PRAGMA auto_vacuum = {_INCREMENTAL}")
            await self._connection.execute("VACUUM")

    async def _begin(self) -> None:
        """Have the connection alone, and begin a transaction on it."""
        await self._lock.acquire()
        try:
            await self._connection.execute("BEGIN IMMEDIATE")
        except BaseException:
            try:
                await self._roll_back()
            finally:
                self._lock.release()
            raise

    async def _roll_back(self) -> None:
        # A statement whose waiter was cancelled still runs, so there may be nothing to roll back.
        with contextlib.suppress(sqlite3.OperationalError):
            await self._connection.execute("ROLLBACK")

    async def _prepare(self) -> None:
        """Set the connection up, and bring the schema up to date."""
        await self._connection.execute(f"PRAGMA auto_vacuum = {_INCREMENTAL}")  # heeded by a new store only
        await self._connection.execute("PRAGMA journal_mode = WAL")
        # What was accepted outlives a power cut, too.
        await self._connection.execute("PRAGMA synchronous = FULL")
        await self._migrate()

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
                try:
                    await self._connection.executescript(whole)
                except BaseException:
                    await self._roll_back()
                    raise


def migrations() -> dict[int, str]:
    """The numbered scripts, in order."""
    found = {}
    for file in (resources.files("bot") / "migrations").iterdir():
        if match := re.fullmatch(r"(\d{4})_\w+\.sql", file.name):
            found[int(match[1])] = file.read_text("utf-8")
    return dict(sorted(found.items()))


async def _while_locked(attempt: Callable[[], Awaitable[_Result]], seconds: float) -> _Result:
    """Repeat a call while another process holds the store's lock, up to a limit in seconds."""
    clock = asyncio.get_running_loop().time
    deadline = clock() + seconds
    while True:
        try:
            return await attempt()
        except sqlite3.Error as error:
            if not is_locked(error) or clock() >= deadline:
                raise
        await asyncio.sleep(_BUSY_PAUSE)

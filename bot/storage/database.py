"""The SQLite database, which is migrated to the newest schema when it is opened."""

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
"""How long SQLite itself waits for a lock. It is short, because the connection is blocked meanwhile."""
_BUSY_SECONDS = 10.0
"""How long a locked operation is retried in all. Other operations can run between two attempts."""
_OPENING_SECONDS = 60.0
"""How long opening a locked database is retried; it is long, because a backup may be copying the database."""
_BUSY_PAUSE = 0.05
_MIN_UNUSED_BYTES = 2**20
"""Less unused space than this is not reclaimed, since the next jobs will need it."""
_PAGES_PER_STEP = 1000
"""How many unused pages one step of a vacuum reclaims before other operations can run."""
_COPY_SPACE_FACTOR = 2.0
"""The database is rebuilt only if the free disk space is at least this many times its used size."""
_AUTO_VACUUM_INCREMENTAL = 2
"""The value of ``PRAGMA auto_vacuum`` that allows incremental vacuums."""

_Result = TypeVar("_Result")


class NewerSchemaError(Exception):
    """A newer version of the bot wrote the file."""


class Database:
    """One connection that runs one transaction at a time.

    An operation that finds the database locked by another process is retried for some seconds. Other
    operations can read in the meantime.

    Args:
        connection: An open connection.
        folder: The folder that contains the database file.
    """

    def __init__(self, connection: aiosqlite.Connection, folder: Path) -> None:
        self._connection = connection
        self._folder = folder
        self._lock = asyncio.Lock()

    @classmethod
    async def open(cls, path: Path) -> Self:
        """Open or create the file, and migrate its schema.

        Raises:
            NewerSchemaError: A newer version of the bot wrote the file.
            OSError: The file cannot be opened.
        """
        # Only the bot's user may read the file, because it contains interaction tokens.
        await asyncio.to_thread(path.touch, mode=0o600, exist_ok=True)
        connection = await aiosqlite.connect(path, isolation_level=None, timeout=_BUSY_MILLISECONDS / 1000)
        connection.row_factory = aiosqlite.Row
        database = cls(connection, path.parent)
        try:
            await _retry_while_locked(database._prepare, _OPENING_SECONDS)
        except BaseException:
            await connection.close()
            raise
        return database

    async def close(self) -> None:
        """Wait for the running operation, and close the connection."""
        async with self._lock:
            await self._connection.close()

    @contextlib.asynccontextmanager
    async def transaction(self) -> AsyncIterator[aiosqlite.Connection]:
        """Run the body in a transaction, which is rolled back if the body raises."""
        await _retry_while_locked(self._begin, _BUSY_SECONDS)
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
    async def exclusive(self) -> AsyncIterator[aiosqlite.Connection]:
        """Reserve the connection for the body without a transaction, so that it works on a full disk.

        Nothing changes the database meanwhile, because only one process at a time uses the data directory.
        """
        async with self._lock:
            yield self._connection

    async def execute(self, statement: str, values: Iterable[Any] = ()) -> int:
        """Run one statement in a transaction of its own; returns the number of affected rows."""
        async with self.transaction() as connection:
            cursor = await connection.execute(statement, tuple(values))
            return cursor.rowcount

    async def rows(self, query: str, values: Iterable[Any] = ()) -> Sequence[Row]:
        """Return all rows of a query."""

        async def fetch() -> Sequence[Row]:
            async with self._lock:
                return tuple(await self._connection.execute_fetchall(query, values))

        values = tuple(values)
        return await _retry_while_locked(fetch, _BUSY_SECONDS)

    async def row(self, query: str, values: Iterable[Any] = ()) -> Row | None:
        """Return the first row of a query."""
        rows = await self.rows(query, values)
        return rows[0] if rows else None

    async def compact(self) -> int:
        """Reclaim the disk space of deleted rows if there is much of it.

        Returns:
            The number of bytes by which the file shrank.
        """
        size_before = await self._bytes()
        page_size = await self._pragma("page_size")
        unused = await self._pragma("freelist_count") * page_size
        if unused > max(_MIN_UNUSED_BYTES, size_before / 4):
            if await self._pragma("auto_vacuum") == _AUTO_VACUUM_INCREMENTAL:
                await self._vacuum_incrementally(unused // page_size)
            else:
                await self._rebuild(size_before - unused)
        async with self._lock:
            # The checkpoint does not wait for a backup that copies the file: the next call repeats it.
            await self._connection.execute("PRAGMA busy_timeout = 0")
            try:
                await self._connection.execute_fetchall("PRAGMA wal_checkpoint(TRUNCATE)")
            finally:
                await self._connection.execute(f"PRAGMA busy_timeout = {_BUSY_MILLISECONDS}")
        return size_before - await self._bytes()

    async def _vacuum_incrementally(self, pages: int) -> None:
        """Cut unused pages off the end of the file in small steps, which needs no extra disk space."""
        for _ in range(0, pages, _PAGES_PER_STEP):
            async with self._lock:
                # Python's execute() would stop after the first page, because the pragma returns no column.
                await self._connection.executescript(f"PRAGMA incremental_vacuum({_PAGES_PER_STEP})")

    async def _rebuild(self, used: int) -> None:
        """Rebuild a database that an earlier version created, so that it supports incremental vacuums.

        SQLite writes the copy next to the database, because a container's /tmp may be too small for it.

        Args:
            used: The used size of the database in bytes.
        """
        free = (await asyncio.to_thread(shutil.disk_usage, self._folder)).free
        if free < _COPY_SPACE_FACTOR * used:
            _log.warning("The database was not compacted: the disk has no space for a copy of it.")
            return
        folder = str(self._folder.absolute()).replace("'", "''")
        async with self._lock:
            await self._connection.execute(f"PRAGMA temp_store_directory = '{folder}'")
            await self._connection.execute(f"PRAGMA auto_vacuum = {_AUTO_VACUUM_INCREMENTAL}")
            await self._connection.execute("VACUUM")

    async def _begin(self) -> None:
        """Acquire the connection, and begin a transaction on it."""
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
        # A statement still runs after its caller was cancelled, so there may be nothing to roll back.
        with contextlib.suppress(sqlite3.OperationalError):
            await self._connection.execute("ROLLBACK")

    async def _prepare(self) -> None:
        """Configure the connection, and migrate the schema."""
        # SQLite applies this to new databases only.
        await self._connection.execute(f"PRAGMA auto_vacuum = {_AUTO_VACUUM_INCREMENTAL}")
        await self._connection.execute("PRAGMA journal_mode = WAL")
        # Accepted jobs have to survive a power cut.
        await self._connection.execute("PRAGMA synchronous = FULL")
        await self._migrate()

    async def _bytes(self) -> int:
        return await self._pragma("page_count") * await self._pragma("page_size")

    async def _pragma(self, name: str) -> int:
        row = await self.row(f"PRAGMA {name}")
        return int(row[0]) if row else 0

    async def _migrate(self) -> None:
        scripts = migrations()
        version, newest = await self._pragma("user_version"), max(scripts)
        if version > newest:
            raise NewerSchemaError(
                f"the database has schema {version}, and this version of the bot supports up to {newest}"
            )
        for number, script in scripts.items():
            if number > version:
                # executescript() would commit an open transaction, so the script contains its own.
                migration = f"BEGIN IMMEDIATE;\n{script}\nPRAGMA user_version = {number};\nCOMMIT;"
                try:
                    await self._connection.executescript(migration)
                except BaseException:
                    await self._roll_back()
                    raise


def migrations() -> dict[int, str]:
    """Return the migration scripts by schema number, in ascending order."""
    found = {}
    for file in (resources.files("bot") / "migrations").iterdir():
        if match := re.fullmatch(r"(\d{4})_\w+\.sql", file.name):
            found[int(match[1])] = file.read_text("utf-8")
    return dict(sorted(found.items()))


async def _retry_while_locked(attempt: Callable[[], Awaitable[_Result]], seconds: float) -> _Result:
    """Retry a call while another process has locked the database, for a limited time in seconds."""
    clock = asyncio.get_running_loop().time
    deadline = clock() + seconds
    while True:
        try:
            return await attempt()
        except sqlite3.Error as error:
            if not is_locked(error) or clock() >= deadline:
                raise
        await asyncio.sleep(_BUSY_PAUSE)

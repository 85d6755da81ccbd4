"""The stored pictures: sources, guides, masks, dreams and originals, each kept once under its SHA-256."""

import asyncio
import contextlib
import errno
import itertools
import logging
import math
from collections import Counter
from collections.abc import AsyncIterator, Callable, Coroutine, Iterable, Iterator, Sequence
from pathlib import Path
from typing import Any, TypeVar

from bot.clock import now
from bot.errors import NoLongerKeptRefusal
from bot.models import OPEN, State
from bot.storage.database import Database
from bot.storage.disk_errors import describe_storage_error, is_storage_error
from bot.storage.eviction import KeptPicture, choose_evictions
from bot.storage.picture_files import delete_files, delete_stray_files, digest_of, is_digest, write_file

_Result = TypeVar("_Result")
_log = logging.getLogger(__name__)

# The queries contain no user input. The parameter ?1 is a digest.
_NEEDING_STATES = ", ".join(f"'{state}'" for state in (*OPEN, State.KEPT))
_COLUMNS = ("source", "guide", "mask", "dream", "original")
_REFERENCING_JOBS = f"SELECT 1 FROM jobs WHERE ({' OR '.join(f'{column} = ?1' for column in _COLUMNS)})"  # noqa: S608
_IS_REFERENCED = f"SELECT EXISTS ({_REFERENCING_JOBS})"
_IS_NEEDED = f"SELECT EXISTS ({_REFERENCING_JOBS} AND state IN ({_NEEDING_STATES}))"
_NEVER = "SELECT ?1 ISNULL"
_REFERENCES = " UNION ALL ".join(
    f"SELECT {column} AS digest, user_id, state IN ({_NEEDING_STATES}) AS needed "  # noqa: S608
    f"FROM jobs WHERE {column} NOTNULL"
    for column in _COLUMNS
)
_ALL = (
    "SELECT pictures.digest, CAST(bytes AS INTEGER) AS bytes, CAST(used_at AS REAL) AS used_at, "  # noqa: S608
    f"user_id, needed FROM pictures LEFT JOIN ({_REFERENCES}) AS referenced USING (digest) "
    "ORDER BY pictures.digest"
)

_RECENT_SECONDS = 60.0
"""Housekeeping never deletes a picture that was used within this time."""
_FILES_PER_BATCH = 20
"""How many files are deleted before other tasks can change the store."""


class PictureStore:
    """Keeps the contents of pictures in files next to the database, within a limit on their total size.

    Args:
        folder: The folder of the files.
        database: Holds the index of the files, and the jobs that reference them.
        clock: Returns the current Unix time in seconds.
        keep_bytes: The maximum total size in bytes.
    """

    def __init__(
        self,
        folder: Path,
        database: Database,
        clock: Callable[[], float] = now,
        keep_bytes: float = math.inf,
    ) -> None:
        self._folder = folder
        self._database = database
        self._clock = clock
        self._keep_bytes = keep_bytes
        self._write_lock = asyncio.Lock()  # keeps a picture from being deleted while it is stored again
        self._held: Counter[str] = Counter()

    @contextlib.asynccontextmanager
    async def keeping(self, content: bytes, user_id: int | None = None) -> AsyncIterator[str]:
        """Store a picture, and delete it at the end of the block unless a job references it by then.

        No other task deletes the picture during the block, although no job references it yet.

        Args:
            content: The file's content.
            user_id: The owner of the job.

        Yields:
            The picture's digest.

        Raises:
            OSError: There is no space for it.
        """
        digest = await asyncio.to_thread(digest_of, content)
        try:
            with self._holding(digest):
                await self.put(content, user_id)
                yield digest
        finally:
            try:
                await _run_to_completion(self.delete_unreferenced((digest,)))
            except Exception as error:
                if not is_storage_error(error):
                    raise
                _log.error("An unreferenced picture will be deleted later. %s", describe_storage_error(error))

    async def put(self, content: bytes, user_id: int | None = None) -> str:
        """Store a picture; returns its digest.

        Args:
            content: The file's content.
            user_id: The picture's owner, if known. Determines which pictures are evicted for it.

        Raises:
            OSError: There is no space for it.
        """
        return await _run_to_completion(self._put(content, user_id))

    async def get(self, digest: str | None) -> bytes:
        """Read a picture, and update its time of use.

        Raises:
            NoLongerKeptRefusal: The picture is no longer stored.
        """
        if digest is None or not is_digest(digest):
            raise NoLongerKeptRefusal
        with self._holding(digest):
            try:
                await self.touch(digest)
            except Exception as error:
                if not is_storage_error(error):  # reading does not require that the disk is writable
                    raise
            try:
                return await asyncio.to_thread((self._folder / digest).read_bytes)
            except FileNotFoundError:
                raise NoLongerKeptRefusal from None

    async def touch(self, digest: str) -> None:
        """Set a picture's time of use to now.

        Raises:
            NoLongerKeptRefusal: The picture is no longer stored.
        """
        statement = "UPDATE pictures SET used_at = ? WHERE digest = ?"
        if not await self._database.execute(statement, (self._clock(), digest)):
            raise NoLongerKeptRefusal

    async def delete_stray_files(self) -> None:
        """Delete the files that a killed process left behind. No picture may be written meanwhile.

        Files that do not belong to the bot are skipped.
        """
        known = {row["digest"] for row in await self._database.rows("SELECT digest FROM pictures")}
        await asyncio.to_thread(delete_stray_files, self._folder, known)

    async def delete_orphans(self) -> None:
        """Delete all pictures that no job references, which a killed process left behind."""
        rows = await self._database.rows(
            f"SELECT digest FROM pictures WHERE digest NOT IN (SELECT digest FROM ({_REFERENCES}))"  # noqa: S608
        )
        await self.delete_unreferenced([row["digest"] for row in rows])

    async def expire(self, keep_seconds: float, keep_bytes: float) -> int:
        """Delete the pictures that were not used for long, then evict others until the rest fits the limit.

        A picture that a job still needs stays, however old it is.

        Args:
            keep_seconds: How long a picture is kept after its last use, in seconds.
            keep_bytes: The maximum total size in bytes.

        Returns:
            The number of deleted pictures.
        """
        current_time = self._clock()
        used_before = current_time - _RECENT_SECONDS
        pictures = await self._all(used_before=used_before)
        expired = {
            one.digest for one in pictures if one.is_free and one.used_at <= current_time - keep_seconds
        }
        remaining = [one for one in pictures if one.digest not in expired]
        evicted, _ = choose_evictions(remaining, sum(one.size for one in remaining) - keep_bytes)
        return await self._delete([*expired, *evicted], unless=_IS_NEEDED, used_before=used_before)

    async def bytes_kept(self) -> int:
        """Return the total size of all pictures in bytes."""
        total = await self._database.row("SELECT COALESCE(SUM(CAST(bytes AS INTEGER)), 0) FROM pictures")
        return int(total[0]) if total else 0

    async def delete_unreferenced(self, digests: Iterable[str]) -> None:
        """Delete those of the given pictures that no job references and no task holds."""
        await self._delete(list(digests), unless=_IS_REFERENCED)

    async def _put(self, content: bytes, user_id: int | None) -> str:
        digest = await asyncio.to_thread(digest_of, content)
        async with self._write_lock:
            query = "SELECT 1 FROM pictures WHERE digest = ?"
            is_new = await self._database.row(query, (digest,)) is None
            if is_new:
                await self._free_space(len(content), user_id)
            await asyncio.to_thread(self._write, digest, content)
            try:
                await self._database.execute(
                    "INSERT INTO pictures (digest, bytes, used_at) VALUES (?, ?, ?) "
                    "ON CONFLICT (digest) DO UPDATE SET used_at = excluded.used_at",
                    (digest, len(content), self._clock()),
                )
            except BaseException:
                if is_new:  # without a row, the file would not count towards the limit
                    await asyncio.to_thread(delete_files, self._folder, [digest])
                raise
        return digest

    async def _free_space(self, size: int, user_id: int | None) -> None:
        """Evict pictures for a new one; evicts none if that would not free enough space.

        Args:
            size: The size of the new picture in bytes.
            user_id: Its owner, if known.

        Raises:
            OSError: There is not enough space.
        """
        excess = await self.bytes_kept() + size - self._keep_bytes
        if excess <= 0:
            return
        evicted, remaining_excess = choose_evictions(await self._all(), excess, user_id, size)
        if remaining_excess <= 0:
            for batch in _batches(evicted):
                await self._delete_batch(batch, _IS_NEEDED, math.inf)
            remaining_excess = await self.bytes_kept() + size - self._keep_bytes
        if remaining_excess > 0:
            raise OSError(errno.EDQUOT, f"DREAM_KEEP_MEGABYTES leaves no room for {size / 1e6:.1f} MB more")

    async def _all(self, used_before: float = math.inf) -> Sequence[KeptPicture]:
        """Return all pictures, and which of them may be deleted.

        Args:
            used_before: A picture that was used at or after this time may not be deleted.
        """
        pictures = []
        rows = await self._database.rows(_ALL)
        for digest, group in itertools.groupby(rows, key=lambda row: row["digest"]):
            uses = list(group)
            used_at = uses[0]["used_at"]
            is_needed = any(use["needed"] for use in uses) or digest in self._held
            users = {use["user_id"] for use in uses if use["user_id"] is not None}
            is_free = not is_needed and used_at < used_before
            pictures.append(KeptPicture(digest, uses[0]["bytes"], used_at, users, is_free))
        return pictures

    async def _delete(
        self, digests: Sequence[str], unless: str = _NEVER, used_before: float = math.inf
    ) -> int:
        """Delete pictures in small batches, between which other tasks can run; returns how many.

        Args:
            digests: The pictures.
            unless: The query that tells whether a picture has to stay.
            used_before: A picture that was used at or after this time stays.
        """
        deleted = 0
        for batch in _batches(digests):
            async with self._write_lock:
                deleted += await self._delete_batch(batch, unless, used_before)
        return deleted

    async def _delete_batch(self, digests: Sequence[str], unless: str, used_before: float) -> int:
        is_old_query = "SELECT CAST(used_at AS REAL) < ? FROM pictures WHERE digest = ?"
        async with self._database.exclusive() as connection:
            deleted, indexed = [], []
            for digest in digests:
                ((stays,),) = await connection.execute_fetchall(unless, (digest,))
                ages = await connection.execute_fetchall(is_old_query, (used_before, digest))
                if not stays and digest not in self._held and all(is_old for (is_old,) in ages):
                    deleted.append(digest)
                    if ages:
                        indexed.append(digest)
            # The files go first: on a full disk, that frees the space that the database needs.
            await asyncio.to_thread(delete_files, self._folder, deleted)
        if indexed:
            marks = ", ".join("?" * len(indexed))
            await self._database.execute(f"DELETE FROM pictures WHERE digest IN ({marks})", indexed)  # noqa: S608
        return len(deleted)

    @contextlib.contextmanager
    def _holding(self, digest: str) -> Iterator[None]:
        """Keep a picture from being deleted during the block."""
        self._held[digest] += 1
        try:
            yield
        finally:
            self._held[digest] -= 1
            if not self._held[digest]:
                del self._held[digest]

    def _write(self, digest: str, content: bytes) -> None:
        write_file(self._folder, digest, content)


def _batches(digests: Sequence[str]) -> Iterator[Sequence[str]]:
    for start in range(0, len(digests), _FILES_PER_BATCH):
        yield digests[start : start + _FILES_PER_BATCH]


async def _run_to_completion(work: Coroutine[Any, Any, _Result]) -> _Result:
    """Finish a coroutine even if its caller is cancelled, because its thread would go on anyway."""
    task = asyncio.create_task(work)
    try:
        return await asyncio.shield(task)
    except asyncio.CancelledError:
        await asyncio.wait([task])
        raise

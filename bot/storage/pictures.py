"""The pictures that the bot keeps: sources, guides and dreams, each once, under its SHA-256."""

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
from bot.storage.disk_errors import is_storage_trouble, what_is_wrong
from bot.storage.eviction import KeptPicture, choose_evictions
from bot.storage.picture_files import delete_files, delete_unknown_files, digest_of, is_digest, write_file

_Result = TypeVar("_Result")
_log = logging.getLogger(__name__)

_NEEDING = ", ".join(f"'{state}'" for state in (*OPEN, State.KEPT))
_COLUMNS = ("source", "guide", "dream", "original")
_NAMES_IT = "SELECT 1 FROM jobs WHERE (source = ?1 OR guide = ?1 OR dream = ?1 OR original = ?1)"
_MENTIONED = f"SELECT EXISTS ({_NAMES_IT})"
_NEEDED = f"SELECT EXISTS ({_NAMES_IT} AND state IN ({_NEEDING}))"
_NOTHING = "SELECT ?1 ISNULL"
_NAMED = " UNION ALL ".join(
    f"SELECT {column} AS digest, user_id, state IN ({_NEEDING}) AS needed FROM jobs WHERE {column} NOTNULL"  # noqa: S608 - names of our own
    for column in _COLUMNS
)
_ALL = (  # nothing from outside is in it
    "SELECT pictures.digest, CAST(bytes AS INTEGER) AS bytes, CAST(used_at AS REAL) AS used_at, "  # noqa: S608
    f"user_id, needed FROM pictures LEFT JOIN ({_NAMED}) AS named USING (digest) "
    "ORDER BY pictures.digest"
)

_JUST_NOW = 60.0
"""Housekeeping spares a picture that was used so many seconds ago."""
_FILES_AT_ONCE = 20
"""So many files are deleted in one go, and then others have their turn."""


class PictureStore:
    """Keeps files' contents beside the database, for as long as they are wanted and there is room.

    Args:
        folder: Where the files lie.
        database: Where it is noted what lies there, and which jobs need it.
        clock: Tells the Unix seconds.
        keep_bytes: How much all of them may take at any time.
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
        self._changing = asyncio.Lock()  # or a picture could be deleted while it is put here once more
        self._held: Counter[str] = Counter()

    @contextlib.asynccontextmanager
    async def keeping(self, content: bytes, user_id: int | None = None) -> AsyncIterator[str]:
        """Keep a picture for a job that names it before the block ends; otherwise it is deleted then.

        Nobody else deletes the picture meanwhile, although no job names it yet.

        Args:
            content: The file's content.
            user_id: Whose job that is.

        Raises:
            OSError: There is no room for it.
        """
        digest = await asyncio.to_thread(digest_of, content)
        try:
            with self._holding(digest):
                await self.put(content, user_id)
                yield digest
        finally:
            try:
                await _to_the_end(self.delete_unmentioned((digest,)))
            except Exception as error:
                if not is_storage_trouble(error):
                    raise
                _log.error("A picture that no job names is deleted later. %s", what_is_wrong(error))

    async def put(self, content: bytes, user_id: int | None = None) -> str:
        """Keep a picture; returns its digest.

        Args:
            content: The file's content.
            user_id: Whose picture it is, if that is known; where there is no room, it decides who gives way.

        Raises:
            OSError: There is no room for it.
        """
        return await _to_the_end(self._put(content, user_id))

    async def get(self, digest: str | None) -> bytes:
        """Read a picture, which counts as a use of it.

        Raises:
            NoLongerKeptRefusal: It is not here any more.
        """
        if digest is None or not is_digest(digest):
            raise NoLongerKeptRefusal
        with self._holding(digest):
            try:
                await self.use(digest)
            except Exception as error:
                if not is_storage_trouble(error):  # a picture can be read, whether that is noted or not
                    raise
            try:
                return await asyncio.to_thread((self._folder / digest).read_bytes)
            except FileNotFoundError:
                raise NoLongerKeptRefusal from None

    async def use(self, digest: str) -> None:
        """Note that a picture is wanted still.

        Raises:
            NoLongerKeptRefusal: It is not here any more.
        """
        statement = "UPDATE pictures SET used_at = ? WHERE digest = ?"
        if not await self._database.execute(statement, (self._clock(), digest)):
            raise NoLongerKeptRefusal

    async def tidy(self) -> None:
        """Delete what a process left when it was killed; nothing may be written meanwhile.

        What is not the bot's own is left alone.
        """
        known = {row["digest"] for row in await self._database.rows("SELECT digest FROM pictures")}
        await asyncio.to_thread(delete_unknown_files, self._folder, known)

    async def delete_unnamed(self) -> None:
        """Delete the pictures that no job names: the bot was killed before one did."""
        rows = await self._database.rows(
            f"SELECT digest FROM pictures WHERE digest NOT IN (SELECT digest FROM ({_NAMED}))"  # noqa: S608
        )
        await self.delete_unmentioned([row["digest"] for row in rows])

    async def expire(self, keep_seconds: float, keep_bytes: float) -> int:
        """Let go of what nobody used for long, then of what gives way until the rest fits.

        What a job still needs stays, whatever its age.

        Args:
            keep_seconds: How long after its last use a picture is kept.
            keep_bytes: How much all of them may take.

        Returns:
            How many were deleted.
        """
        moment = self._clock()
        pictures = await self._all(used_before=moment - _JUST_NOW)
        old = [one for one in pictures if one.is_free and one.used_at <= moment - keep_seconds]
        gone = {one.digest for one in old}
        left = [one for one in pictures if one.digest not in gone]
        more, _ = choose_evictions(left, sum(one.size for one in left) - keep_bytes)
        return await self._delete([*gone, *more], unless=_NEEDED, used_before=moment - _JUST_NOW)

    async def bytes_kept(self) -> int:
        """How much all pictures take."""
        total = await self._database.row("SELECT COALESCE(SUM(CAST(bytes AS INTEGER)), 0) FROM pictures")
        return int(total[0]) if total else 0

    async def delete_unmentioned(self, digests: Iterable[str]) -> None:
        """Delete those of the given pictures that no job, open or over, names or is about to name."""
        await self._delete(list(digests), unless=_MENTIONED)

    async def _put(self, content: bytes, user_id: int | None) -> str:
        digest = await asyncio.to_thread(digest_of, content)
        async with self._changing:
            query = "SELECT 1 FROM pictures WHERE digest = ?"
            is_new = await self._database.row(query, (digest,)) is None
            if is_new:
                await self._make_room(len(content), user_id)
            await asyncio.to_thread(self._write, digest, content)
            try:
                await self._database.execute(
                    "INSERT INTO pictures (digest, bytes, used_at) VALUES (?, ?, ?) "
                    "ON CONFLICT (digest) DO UPDATE SET used_at = excluded.used_at",
                    (digest, len(content), self._clock()),
                )
            except BaseException:
                if is_new:  # what is not noted down would not be counted
                    await asyncio.to_thread(delete_files, self._folder, [digest])
                raise
        return digest

    async def _make_room(self, size: int, user_id: int | None) -> None:
        """Delete what gives way to a new picture; nothing, where that would not be enough.

        Raises:
            OSError: There is no room.
        """
        excess = await self.bytes_kept() + size - self._keep_bytes
        if excess <= 0:
            return
        gone, lacking = choose_evictions(await self._all(), excess, user_id, size)
        if lacking <= 0:
            for batch in _batches(gone):
                await self._delete_batch(batch, _NEEDED, math.inf)
            lacking = await self.bytes_kept() + size - self._keep_bytes
        if lacking > 0:
            raise OSError(errno.EDQUOT, f"DREAM_KEEP_MEGABYTES leaves no room for {size / 1e6:.1f} MB more")

    async def _all(self, used_before: float = math.inf) -> Sequence[KeptPicture]:
        """All pictures, and which of them may be deleted.

        Args:
            used_before: Only one that was used last before this time may be.
        """
        pictures = []
        rows = await self._database.rows(_ALL)
        for digest, named in itertools.groupby(rows, key=lambda row: row["digest"]):
            uses = list(named)
            used_at = uses[0]["used_at"]
            is_needed = any(use["needed"] for use in uses) or digest in self._held
            users = {use["user_id"] for use in uses if use["user_id"] is not None}
            is_free = not is_needed and used_at < used_before
            pictures.append(KeptPicture(digest, uses[0]["bytes"], used_at, users, is_free))
        return pictures

    async def _delete(
        self, digests: Sequence[str], unless: str = _NOTHING, used_before: float = math.inf
    ) -> int:
        """Delete pictures, a few at a time, so that nobody waits long; returns how many.

        Args:
            digests: Which.
            unless: The query that tells, of a digest, whether it has to stay.
            used_before: One that was used again meanwhile stays.
        """
        deleted = 0
        for batch in _batches(digests):
            async with self._changing:
                deleted += await self._delete_batch(batch, unless, used_before)
        return deleted

    async def _delete_batch(self, digests: Sequence[str], unless: str, used_before: float) -> int:
        used = "SELECT CAST(used_at AS REAL) < ? FROM pictures WHERE digest = ?"
        async with self._database.undisturbed() as connection:
            gone, noted = [], []
            for digest in digests:
                ((stays,),) = await connection.execute_fetchall(unless, (digest,))
                old = await connection.execute_fetchall(used, (used_before, digest))
                if not stays and digest not in self._held and all(is_old for (is_old,) in old):
                    gone.append(digest)
                    if old:
                        noted.append(digest)
            # The files first: on a full disk, that makes room for the rest.
            await asyncio.to_thread(delete_files, self._folder, gone)
        if noted:
            marks = ", ".join("?" * len(noted))
            await self._database.execute(f"DELETE FROM pictures WHERE digest IN ({marks})", noted)  # noqa: S608
        return len(gone)

    @contextlib.contextmanager
    def _holding(self, digest: str) -> Iterator[None]:
        """Let a picture not be deleted meanwhile."""
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
    for start in range(0, len(digests), _FILES_AT_ONCE):
        yield digests[start : start + _FILES_AT_ONCE]


async def _to_the_end(work: Coroutine[Any, Any, _Result]) -> _Result:
    """Do some work to its end, even where its caller is cancelled: its thread would go on all the same."""
    task = asyncio.create_task(work)
    try:
        return await asyncio.shield(task)
    except asyncio.CancelledError:
        await asyncio.wait([task])
        raise

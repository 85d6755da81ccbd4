"""The pictures that the bot keeps: sources, guides and dreams, each once, under its SHA-256."""

import asyncio
import hashlib
import os
from collections.abc import Callable, Container, Iterable
from pathlib import Path

from bot.clock import now
from bot.database import Database
from bot.errors import NoLongerKeptRefusal
from bot.jobs.record import OPEN, State
from bot.storage import is_storage_trouble

_NEEDING = ", ".join(f"'{state}'" for state in (*OPEN, State.KEPT))
_PICTURES = "SELECT {0} FROM jobs WHERE {0} NOTNULL"
_MENTIONED = " UNION ".join(_PICTURES.format(column) for column in ("source", "guide", "dream"))
_NEEDED = " UNION ".join(
    f"{_PICTURES.format(column)} AND state IN ({_NEEDING})" for column in ("source", "guide", "dream")
)

_JUST_NOW = 60.0
"""A picture that was used so many seconds ago may be about to be mentioned by a job."""


class PictureStore:
    """Keeps files' contents beside the database, for as long as they are wanted and there is room.

    Args:
        folder: Where the files lie.
        database: Where it is noted what lies there, and which jobs need it.
        clock: Tells the Unix seconds.
    """

    def __init__(self, folder: Path, database: Database, clock: Callable[[], float] = now) -> None:
        self._folder = folder
        self._database = database
        self._clock = clock
        self._changing = asyncio.Lock()  # or a picture could be deleted while it is put here once more

    async def put(self, content: bytes) -> str:
        """Keep a picture; returns its digest."""
        async with self._changing:
            digest = await asyncio.to_thread(self._write, content)
            await self._database.execute(
                "INSERT INTO pictures (digest, bytes, used_at) VALUES (?, ?, ?) "
                "ON CONFLICT (digest) DO UPDATE SET used_at = excluded.used_at",
                (digest, len(content), self._clock()),
            )
        return digest

    async def get(self, digest: str | None) -> bytes:
        """Read a picture, which counts as a use of it.

        Raises:
            NoLongerKeptRefusal: It is not here any more.
        """
        if digest is None:
            raise NoLongerKeptRefusal
        try:
            await self.use(digest)
        except Exception as error:
            if not is_storage_trouble(error):  # a picture is there to be read, whether that is noted or not
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
        """Delete the files that a process left when it was killed; nothing may be written meanwhile."""
        known = {row["digest"] for row in await self._database.rows("SELECT digest FROM pictures")}
        await asyncio.to_thread(self._delete_all_but, known)

    async def expire(self, keep_seconds: float, keep_bytes: float) -> int:
        """Let go of what nobody used for long, then of the oldest until the rest fits.

        What a job still needs stays, whatever its age.

        Args:
            keep_seconds: How long after its last use a picture is kept.
            keep_bytes: How much all of them may take.

        Returns:
            How many were deleted.
        """
        async with self._changing:
            free = await self._database.rows(
                "SELECT digest, bytes, used_at FROM pictures "  # noqa: S608 - nothing from outside is in it
                f"WHERE digest NOT IN ({_NEEDED}) AND used_at < ? ORDER BY used_at",
                (self._clock() - _JUST_NOW,),
            )
            excess = await self.bytes_kept() - keep_bytes
            gone = []
            for row in free:
                if row["used_at"] > self._clock() - keep_seconds and excess <= 0:
                    break
                gone.append(row["digest"])
                excess -= row["bytes"]
            await self._delete(gone)
        return len(gone)

    async def bytes_kept(self) -> int:
        """How much all pictures take."""
        total = await self._database.row("SELECT COALESCE(SUM(bytes), 0) FROM pictures")
        return int(total[0]) if total else 0

    async def delete_unmentioned(self, digests: Iterable[str]) -> None:
        """Delete those of the given pictures that no job, open or over, speaks of."""
        async with self._changing:
            rows = await self._database.rows(_MENTIONED)
            await self._delete(set(digests) - {row[0] for row in rows})

    async def _delete(self, digests: Iterable[str]) -> None:
        for digest in digests:
            # The file first: on a full disk, that makes room for the rest.
            await asyncio.to_thread((self._folder / digest).unlink, missing_ok=True)
            await self._database.execute("DELETE FROM pictures WHERE digest = ?", (digest,))

    def _delete_all_but(self, known: Container[str]) -> None:
        if self._folder.exists():
            for file in self._folder.iterdir():
                if file.name not in known:
                    file.unlink()

    def _write(self, content: bytes) -> str:
        digest = hashlib.sha256(content).hexdigest()
        file = self._folder / digest
        if not file.exists():
            self._folder.mkdir(mode=0o700, parents=True, exist_ok=True)
            begun = file.with_suffix(f".{os.urandom(4).hex()}")
            try:
                with begun.open("xb") as writing:
                    writing.write(content)
                    writing.flush()
                    os.fsync(writing.fileno())
                begun.replace(file)  # all of it, or nothing, whenever the process ends
            finally:
                begun.unlink(missing_ok=True)
        return digest

"""The pictures that the bot keeps: sources, guides and dreams, each once, under its SHA-256."""

import asyncio
import hashlib
import os
from collections.abc import Callable, Iterable
from pathlib import Path

from bot.clock import now
from bot.database import Database
from bot.errors import NoLongerKeptRefusal

_OPEN = "state IN ('received', 'queued', 'running', 'dreamed', 'kept')"
_NEEDED = f"""
    SELECT source FROM jobs WHERE source NOTNULL AND {_OPEN}
    UNION SELECT guide FROM jobs WHERE guide NOTNULL AND {_OPEN}
    UNION SELECT dream FROM jobs WHERE dream NOTNULL AND {_OPEN}
"""  # noqa: S608 - nothing in it comes from outside
_MENTIONED = """
    SELECT source FROM jobs WHERE source NOTNULL
    UNION SELECT guide FROM jobs WHERE guide NOTNULL
    UNION SELECT dream FROM jobs WHERE dream NOTNULL
"""


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

    async def put(self, content: bytes) -> str:
        """Keep a picture; returns its digest."""
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
        await self.use(digest)
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

    async def expire(self, keep_seconds: float, keep_bytes: float) -> int:
        """Let go of what nobody used for long, then of the oldest until the rest fits.

        What a job still needs stays, whatever its age.

        Args:
            keep_seconds: How long after its last use a picture is kept.
            keep_bytes: How much all of them may take.

        Returns:
            How many were deleted.
        """
        free = await self._database.rows(
            f"SELECT digest, bytes, used_at FROM pictures WHERE digest NOT IN ({_NEEDED}) ORDER BY used_at"  # noqa: S608
        )
        total = await self._database.row("SELECT COALESCE(SUM(bytes), 0) AS bytes FROM pictures")
        excess = (total["bytes"] if total else 0) - keep_bytes
        gone = []
        for row in free:
            if row["used_at"] > self._clock() - keep_seconds and excess <= 0:
                break
            gone.append(row["digest"])
            excess -= row["bytes"]
        await self.delete(gone)
        return len(gone)

    async def delete_unmentioned(self, digests: Iterable[str]) -> None:
        """Delete those of the given pictures that no job, open or over, speaks of."""
        rows = await self._database.rows(_MENTIONED)
        await self.delete(set(digests) - {row[0] for row in rows})

    async def delete(self, digests: Iterable[str]) -> None:
        """Delete pictures."""
        for digest in digests:
            await self._database.execute("DELETE FROM pictures WHERE digest = ?", (digest,))
            await asyncio.to_thread((self._folder / digest).unlink, missing_ok=True)

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

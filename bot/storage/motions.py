"""The folders in which running motions keep their frames, within a limit on their total size."""

import asyncio
import contextlib
import json
import logging
import shutil
from collections.abc import Collection, Iterator
from pathlib import Path

from bot.errors import MotionSpaceRefusal, NoRoomRefusal
from bot.models import OPEN
from bot.storage.database import Database
from bot.storage.disk_errors import is_storage_error
from dream_engine.errors import FileError
from dream_engine.frames import Chunk, Frame
from dream_engine.motion.store import FrameStore

_log = logging.getLogger(__name__)

_ATTEMPTS = "attempts.json"
_STATES = ", ".join(f"'{state}'" for state in OPEN)
_UNFINISHED = f"SELECT id FROM jobs WHERE motion NOTNULL AND state IN ({_STATES})"  # noqa: S608


class MotionFolders:
    """Keeps one folder for each unfinished motion.

    All methods but :meth:`delete_leftovers` block.

    Args:
        root: The folder of the folders.
        database: Holds the jobs.
        keep_bytes: The maximum total size of all folders in bytes.
    """

    def __init__(self, root: Path, database: Database, keep_bytes: float) -> None:
        self._root = root
        self._database = database
        self._keep_bytes = keep_bytes
        self._sizes: dict[str, int] = {}

    def open(self, job_id: str) -> "BoundedFrameStore":
        """Open the folder of a motion, with what an earlier run of the bot left in it.

        Raises:
            NoRoomRefusal: The folder cannot be made.
        """
        folder = self.folder(job_id)
        try:
            self._root.mkdir(mode=0o700, parents=True, exist_ok=True)
            self._sizes[job_id] = _bytes_in(folder)
            store = BoundedFrameStore(self, job_id)
            self._count_attempt(folder)
        except OSError as error:
            _log.error("The folder of job %s cannot be made: %s", job_id, error)
            raise NoRoomRefusal from error
        return store

    def folder(self, job_id: str) -> Path:
        """The folder of a motion."""
        return self._root / job_id

    def is_stuck(self, job_id: str, max_attempts: int) -> bool:
        """Whether a motion was opened a number of times in a row without finishing another chunk."""
        attempts, chunks = _attempts(self.folder(job_id))
        return attempts >= max_attempts and _finished_chunks(self.folder(job_id)) <= chunks

    def fraction(self, job_id: str) -> float:
        """The share of a motion's frames in finished chunks, from 0 to 1; 0 if the motion is not planned."""
        folder = self.folder(job_id)
        saved = FrameStore(folder).plan() if folder.exists() else None
        if saved is None:
            return 0.0
        chunks = saved[0].chunks
        done = sum(chunk.count for chunk in chunks[: _finished_chunks(folder)])
        return done / max(1, saved[0].frames)

    def delete(self, job_id: str) -> None:
        """Delete the folder of a motion, if there is one."""
        self._sizes.pop(job_id, None)
        shutil.rmtree(self.folder(job_id), ignore_errors=True)

    async def delete_leftovers(self) -> None:
        """Delete the folders of motions that are over, which a killed bot or a slow thread left behind."""
        found = await asyncio.to_thread(self._names)
        if found:
            unfinished = {row["id"] for row in await self._database.rows(_UNFINISHED)}
            await asyncio.to_thread(self._delete_all, found - unfinished)
            await asyncio.to_thread(self._count, found & unfinished)

    def reserve(self, job_id: str, size: int) -> None:
        """Count bytes that are about to be written.

        Args:
            job_id: The motion's job.
            size: The number of bytes.

        Raises:
            MotionSpaceRefusal: The motion alone exceeds the limit.
            NoRoomRefusal: All motions together exceed it, or the folder was deleted.
        """
        if job_id not in self._sizes:  # a thread goes on after its job was cancelled
            raise NoRoomRefusal
        total = self._sizes[job_id] = self._sizes[job_id] + size
        if total > self._keep_bytes:
            raise MotionSpaceRefusal(limit=round(self._keep_bytes / 1e6))
        if sum(tuple(self._sizes.values())) > self._keep_bytes:
            raise NoRoomRefusal

    def _names(self) -> set[str]:
        try:
            return {folder.name for folder in self._root.iterdir() if folder.is_dir()}
        except FileNotFoundError:
            return set()

    def _count(self, names: Collection[str]) -> None:
        """Count the folders that an earlier run of the bot has written."""
        for name in names:
            self._sizes.setdefault(name, _bytes_in(self.folder(name)))

    def _count_attempt(self, folder: Path) -> None:
        attempts, chunks = _attempts(folder)
        finished = _finished_chunks(folder)
        text = json.dumps({"attempts": attempts + 1 if finished <= chunks else 1, "chunks": finished})
        (folder / _ATTEMPTS).write_text(text)

    def _delete_all(self, names: Collection[str]) -> None:
        for name in names:
            self.delete(name)
        if names:
            _log.info("Deleted the frames of %d motions that are over.", len(names))


class BoundedFrameStore(FrameStore):
    """A frame store that counts what it writes towards the limit.

    Every method that writes raises ``NoRoomRefusal`` if the disk is full or the motions together exceed
    the limit, and ``MotionSpaceRefusal`` if the motion alone does.

    Args:
        folders: Knows the limit.
        job_id: The motion's job.
    """

    def __init__(self, folders: MotionFolders, job_id: str) -> None:
        super().__init__(folders.folder(job_id))
        self._folders = folders
        self._job_id = job_id

    def put_source(self, index: int, picture: bytes) -> None:
        """Save a frame of the source."""
        self._folders.reserve(self._job_id, len(picture))
        with translating_full_disks():
            super().put_source(index, picture)

    def put_frame(self, frame: Frame) -> None:
        """Save a finished frame."""
        self._folders.reserve(self._job_id, len(frame.picture))
        with translating_full_disks():
            super().put_frame(frame)

    def finish_chunk(self, number: int, chunk: Chunk) -> None:
        """Save the state in which a chunk ended."""
        self._folders.reserve(self._job_id, len(chunk.state))
        with translating_full_disks():
            super().finish_chunk(number, chunk)


@contextlib.contextmanager
def translating_full_disks() -> Iterator[None]:
    """Turn an error of the file system into the sentence that its job's owner can understand.

    Raises:
        NoRoomRefusal: A file cannot be written.
    """
    try:
        yield
    except (FileError, OSError) as error:
        if isinstance(error, OSError) and not is_storage_error(error):
            raise
        _log.error("A motion cannot be stored: %s", error)
        raise NoRoomRefusal from error


def _attempts(folder: Path) -> tuple[int, int]:
    """How often a motion was opened in a row, and how many of its chunks were finished each time."""
    try:
        saved = json.loads((folder / _ATTEMPTS).read_text())
        return int(saved["attempts"]), int(saved["chunks"])
    except (OSError, ValueError, KeyError, TypeError):
        return 0, 0


def _finished_chunks(folder: Path) -> int:
    return sum(1 for _ in folder.glob("chunks/*.state"))


def _bytes_in(folder: Path) -> int:
    return sum(file.stat().st_size for file in folder.rglob("*") if file.is_file())

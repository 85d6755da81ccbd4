"""Polls the bot's store from outside while the bot runs."""

import asyncio
import json
import os
import sqlite3
import time
from collections.abc import Callable, Iterable, Mapping
from contextlib import closing, suppress
from dataclasses import dataclass, replace
from pathlib import Path

from bot.models import OPEN, State
from bot.storage.data_dir import MOTIONS

_INTERVAL = 0.5
_PICTURE_NAME_LENGTH = 64
"""A stored picture is named by its SHA-256 digest. A file that is still being written has a longer name."""


@dataclass(frozen=True)
class StoredJob:
    """A job as the store has shown it.

    Attributes:
        job_id: The job's id.
        state: Its last seen state.
        seed: The seed of its dream.
        user_id: Its owner.
        token: The token of its interaction, if the store ever held one.
        message_id: The message that answers it.
        pictures: The digests of all pictures that it ever referred to.
        pending_message: Whether its owner has yet to be told how it ended.
        price: How many dreams it costs.
        motion: How it moves; ``None`` for a still.
        seen: When it was first and last seen, on the monotonic clock.
    """

    job_id: str
    state: State
    seed: int | None = None
    user_id: int = 0
    token: str = ""
    message_id: int | None = None
    pictures: frozenset[str] = frozenset()
    pending_message: bool = False
    price: int = 1
    motion: str | None = None
    seen: tuple[float, float] = (0.0, 0.0)

    def merged_with(self, before: "StoredJob") -> "StoredJob":
        """Add what an earlier poll showed and the store no longer holds."""
        return replace(
            self,
            token=self.token or before.token,
            pictures=self.pictures | before.pictures,
            seen=(before.seen[0], self.seen[1]),
        )


class StoreMonitor:
    """Polls a bot's store, and remembers every job.

    Args:
        data_dir: The bot's data directory.
        clock: Returns the monotonic time in seconds.
    """

    def __init__(self, data_dir: Path, clock: Callable[[], float] = time.monotonic) -> None:
        self._data_dir = data_dir
        self._motions = data_dir / MOTIONS
        self._clock = clock
        self._seen: dict[str, StoredJob] = {}
        self._recent_unneeded = (0, 0)
        self.present: frozenset[str] = frozenset()
        """The jobs in the store at the last poll."""
        self.polled_at = 0.0
        """When the last successful poll began."""
        self.max_unneeded_bytes = 0
        """The peak size of pictures that no open job needed, in two consecutive polls."""
        self.max_motion_bytes = 0
        """The peak size of the frames of all motions."""

    @property
    def jobs(self) -> tuple[StoredJob, ...]:
        """Every job that was ever seen."""
        return tuple(self._seen.values())

    def is_settled(self) -> bool:
        """Whether every job is over, and every owner told."""
        jobs = (self._seen[job] for job in self.present)
        return all(job.state not in OPEN and not job.pending_message for job in jobs)

    def files(self) -> dict[str, int]:
        """The size of each stored picture in bytes, by its digest."""
        try:
            files = [file for file in (self._data_dir / "pictures").iterdir() if file.is_file()]
        except FileNotFoundError:
            return {}
        sizes: dict[str, int] = {}
        for file in files:
            try:
                sizes[file.name] = file.stat().st_size
            except FileNotFoundError:  # deleted meanwhile
                continue
        return {name: size for name, size in sizes.items() if len(name) == _PICTURE_NAME_LENGTH}

    def motion_folders(self) -> list[str]:
        """The names of the folders that keep the frames of motions."""
        try:
            return [folder.name for folder in self._motions.iterdir()]
        except FileNotFoundError:
            return []

    def poll(self) -> None:
        """Poll once. If the store cannot be read now, the next poll reads it."""
        began = self._clock()
        try:
            needed = self._poll_jobs()
            files = self.files()
            needed |= self._poll_jobs()
        except sqlite3.Error:
            return
        finally:
            self.max_motion_bytes = max(self.max_motion_bytes, self._motion_bytes())
        self.polled_at = began
        unneeded = sum(size for name, size in files.items() if name not in needed)
        self._recent_unneeded = (self._recent_unneeded[1], unneeded)
        self.max_unneeded_bytes = max(self.max_unneeded_bytes, min(self._recent_unneeded))

    async def run(self) -> None:
        """Poll until cancelled."""
        while True:
            await asyncio.to_thread(self.poll)
            await asyncio.sleep(_INTERVAL)

    def spent_tokens(self, burst: float) -> Mapping[int, float]:
        """How many dreams each user was charged for, if each bucket held ``burst`` at first."""
        with closing(self._connection()) as connection:
            rows = connection.execute("SELECT user_id, tokens FROM buckets WHERE server_id >= 0").fetchall()
        spent: dict[int, float] = {}
        for user_id, tokens in rows:
            spent[user_id] = spent.get(user_id, 0.0) + burst - tokens
        return spent

    def _motion_bytes(self) -> int:
        size = 0
        for folder, _, names in os.walk(self._motions):  # it passes over folders that were deleted meanwhile
            for name in names:
                with suppress(FileNotFoundError):
                    size += (Path(folder) / name).stat().st_size
        return size

    def _poll_jobs(self) -> set[str]:
        """Read all jobs. Returns the digests of the pictures that open jobs need."""
        now = self._clock()
        found = [replace(job, seen=(now, now)) for job in self._jobs()]
        for job in found:
            self._seen[job.job_id] = job.merged_with(self._seen.get(job.job_id, job))
        self.present = frozenset(job.job_id for job in found)
        return {digest for job in found if job.state in (*OPEN, State.KEPT) for digest in job.pictures}

    def _jobs(self) -> Iterable[StoredJob]:
        with closing(self._connection()) as connection:
            rows = connection.execute(
                "SELECT id, state, options, reply, pending_message NOTNULL, user_id, "
                "price, motion, source, guide, mask, dream, original FROM jobs"
            ).fetchall()
        for job_id, state, options, reply, pending_message, user_id, price, motion, *pictures in rows:
            reply_fields = json.loads(reply)
            yield StoredJob(
                job_id,
                State(state),
                json.loads(options)["seed"],
                user_id,
                reply_fields["token"],
                reply_fields["message_id"],
                frozenset(filter(None, pictures)),
                bool(pending_message),
                price,
                motion,
            )

    def _connection(self) -> sqlite3.Connection:
        path = self._data_dir / "bot.sqlite3"
        return sqlite3.connect(f"{path.as_uri()}?mode=ro", uri=True)

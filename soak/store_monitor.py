"""What the bot's store holds, looked at again and again from outside while the bot runs."""

import asyncio
import json
import sqlite3
import time
from collections.abc import Callable, Iterable, Mapping
from contextlib import closing
from dataclasses import dataclass, replace
from pathlib import Path

from bot.models import OPEN, State

_INTERVAL = 0.5
_PICTURE_NAME_LENGTH = 64
"""A kept picture is called by its SHA-256; a file that is being written has a longer name."""


@dataclass(frozen=True)
class StoredJob:
    """What the store has said of a job.

    Attributes:
        job_id: The job.
        state: Where it was on its way when it was last seen.
        seed: The seed of its dream.
        user_id: Whose it is.
        token: The token of the interaction that asked for it, as long as one was kept.
        message_id: The message that is its answer.
        pictures: The digests of its pictures that were ever named.
        pending_message: Whether its owner has yet to be reply_fields how it ended.
        seen: When it was seen first and last, on the monotonic clock.
    """

    job_id: str
    state: State
    seed: int | None = None
    user_id: int = 0
    token: str = ""
    message_id: int | None = None
    pictures: frozenset[str] = frozenset()
    pending_message: bool = False
    seen: tuple[float, float] = (0.0, 0.0)

    def merged_with(self, before: "StoredJob") -> "StoredJob":
        """The same with what was known before and is forgotten by now."""
        return replace(
            self,
            token=self.token or before.token,
            pictures=self.pictures | before.pictures,
            seen=(before.seen[0], self.seen[1]),
        )


class StoreMonitor:
    """Looks into a bot's store, and remembers what it has seen.

    Args:
        data_dir: Where the bot keeps what it must remember.
        clock: Tells the monotonic seconds.
    """

    def __init__(self, data_dir: Path, clock: Callable[[], float] = time.monotonic) -> None:
        self._data_dir = data_dir
        self._clock = clock
        self._seen: dict[str, StoredJob] = {}
        self._recent_unneeded = (0, 0)
        self.present: frozenset[str] = frozenset()
        """The jobs that were there at the last look."""
        self.polled_at = 0.0
        """When the last look began that could be finished."""
        self.max_unneeded_bytes = 0
        """The most bytes of pictures, in any two looks in a row, that no job on its way needed."""

    @property
    def jobs(self) -> tuple[StoredJob, ...]:
        """Every job that was ever seen."""
        return tuple(self._seen.values())

    def is_settled(self) -> bool:
        """Whether every job is over, and everybody reply_fields."""
        jobs = (self._seen[job] for job in self.present)
        return all(job.state not in OPEN and not job.pending_message for job in jobs)

    def files(self) -> dict[str, int]:
        """The bytes of each kept picture, by its digest."""
        try:
            files = [file for file in (self._data_dir / "pictures").iterdir() if file.is_file()]
        except FileNotFoundError:
            return {}
        sizes: dict[str, int] = {}
        for file in files:
            try:
                sizes[file.name] = file.stat().st_size
            except FileNotFoundError:  # it was deleted between the two
                continue
        return {name: size for name, size in sizes.items() if len(name) == _PICTURE_NAME_LENGTH}

    def poll(self) -> None:
        """Look once; what cannot be read now is read the next time."""
        began = self._clock()
        try:
            needed = self._poll_jobs()
            files = self.files()
            needed |= self._poll_jobs()
        except sqlite3.Error:
            return
        self.polled_at = began
        unneeded = sum(size for name, size in files.items() if name not in needed)
        self._recent_unneeded = (self._recent_unneeded[1], unneeded)
        self.max_unneeded_bytes = max(self.max_unneeded_bytes, min(self._recent_unneeded))

    async def run(self) -> None:
        """Look until cancelled."""
        while True:
            await asyncio.to_thread(self.poll)
            await asyncio.sleep(_INTERVAL)

    def spent_tokens(self, burst: float) -> Mapping[int, float]:
        """How many dreams each person has paid for, of so many that they had at first."""
        with closing(self._connection()) as connection:
            rows = connection.execute("SELECT user_id, tokens FROM buckets WHERE server_id >= 0").fetchall()
        spent: dict[int, float] = {}
        for user_id, tokens in rows:
            spent[user_id] = spent.get(user_id, 0.0) + burst - tokens
        return spent

    def _poll_jobs(self) -> set[str]:
        """Look at all jobs; returns the digests of the pictures that jobs on their way need."""
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
                "source, guide, dream, original FROM jobs"
            ).fetchall()
        for job_id, state, options, reply, pending_message, user_id, *pictures in rows:
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
            )

    def _connection(self) -> sqlite3.Connection:
        path = self._data_dir / "bot.sqlite3"
        return sqlite3.connect(f"{path.as_uri()}?mode=ro", uri=True)

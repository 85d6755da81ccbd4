"""The record of a job while it is being dreamed."""

import asyncio
import time
from dataclasses import dataclass

from bot.models import Job, Reply


class AnswerGoneError(Exception):
    """The message with the answer was deleted."""


@dataclass(slots=True)
class ActiveJob:
    """A job while it is being dreamed.

    Attributes:
        job: The job.
        estimate: The estimated seconds left at ``since``; ``None`` while they are unknown.
        since: The time of the estimate, on the monotonic clock, in seconds.
        fraction: The share of the dream that is done, from 0 to 1.
        chunk_seconds: How long a chunk of a motion takes; 0 for a still, and while that is unknown.
        resumed: Whether the job was accepted before a restart, and may have been delivered then.
        task: The task that dreams and ends the job.
        stopped: Whether a user has cancelled the job.
        forgotten: Whether the job is about to be deleted, so that nobody can try it again.
        told_at: The address at which to confirm the cancellation.
        is_unencoded: Whether only the encoding of the dream is left, so that the next job can begin.
        settled: Whether the outcome of the job is fixed. It can no longer be cancelled then.
    """

    job: Job
    estimate: float | None
    since: float
    fraction: float = 0.0
    chunk_seconds: float = 0.0
    resumed: bool = False
    task: asyncio.Task[None] | None = None
    stopped: bool = False
    forgotten: bool = False
    told_at: Reply | None = None
    is_unencoded: bool = False
    settled: bool = False

    def seconds_left(self) -> float | None:
        """Estimate the seconds until the dream is done; ``None`` while they are unknown."""
        return None if self.estimate is None else max(0.0, self.estimate - (time.monotonic() - self.since))

    def update(self, fraction: float, seconds_left: float | None) -> None:
        """Take a progress report of the executor into account.

        Args:
            fraction: The share of the dream that is done; at 1, only its file is left.
            seconds_left: The estimated seconds left, if the executor has an estimate.
        """
        self.fraction = fraction
        self.is_unencoded = fraction >= 1.0
        if seconds_left is not None:
            self.estimate, self.since = seconds_left, time.monotonic()

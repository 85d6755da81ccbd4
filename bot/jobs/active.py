"""A job while it is being dreamed."""

import asyncio
import time
from dataclasses import dataclass

from bot.models import Job, Reply
from dream_engine.dreams import Progress


@dataclass(slots=True)
class Active:
    """A job while it is being dreamed.

    Attributes:
        job: The job.
        estimate: How many seconds it still takes …
        since: … from when on, on the monotonic clock.
        task: Sees it through.
        stopped: Whether somebody has cancelled it.
        told_at: Where that is told.
        grown: Whether nothing but its file is missing, so that the next can begin.
        settled: Whether it is decided how it ends; nothing changes that any more.
    """

    job: Job
    estimate: float | None
    since: float
    task: asyncio.Task[None] | None = None
    stopped: bool = False
    told_at: Reply | None = None
    grown: bool = False
    settled: bool = False

    def seconds_left(self) -> float | None:
        """Until it is done, estimated; ``None`` while too little is known."""
        return None if self.estimate is None else max(0.0, self.estimate - (time.monotonic() - self.since))

    def heard(self, progress: Progress) -> None:
        """Take into account how far it is."""
        self.grown = progress.fraction >= 1.0
        if progress.seconds_left is not None:
            self.estimate, self.since = progress.seconds_left, time.monotonic()

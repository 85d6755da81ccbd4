"""Adds up the progress of many dreams that run in parallel, and estimates the remaining time."""

import time
from collections import deque
from collections.abc import Callable

from dream_engine.cli.tasks import FileTask
from dream_engine.dreams import Progress

_MEASURED_SECONDS = 60.0
"""The time over which the speed is measured, because the number of workers changes."""
_MIN_SECONDS = 5.0


class BatchProgress:
    """Adds up the progress of many dreams.

    Args:
        pictures: The number of pictures to dream.
        clock: Returns the time in seconds.

    Attributes:
        pictures: The number of pictures to dream.
        ended: The number of pictures that are dreamed or failed.
    """

    def __init__(self, pictures: int, clock: Callable[[], float] = time.monotonic) -> None:
        self.pictures = pictures
        self.ended = 0
        self._clock = clock
        self._running: dict[FileTask, tuple[float, Progress]] = {}
        self._work_of_ended = 0.0
        self._measured: deque[tuple[float, float]] = deque()

    @property
    def running(self) -> int:
        """The number of dreams whose steps are running."""
        return sum(progress.fraction < 1.0 for _, progress in self._running.values())

    @property
    def fraction(self) -> float:
        """The mean of all dreams' fractions; a failed picture counts as done."""
        return (self.ended + self._work_of_running) / self.pictures

    def update(self, task: FileTask, progress: Progress) -> None:
        """Record a dream's progress."""
        self._running[task] = self._clock(), progress
        self._measure()

    def finish(self, task: FileTask) -> None:
        """Record that a dream is saved."""
        self._running.pop(task, None)
        self.ended += 1
        self._work_of_ended += 1.0
        self._measure()

    def fail(self, task: FileTask) -> None:
        """Record that a picture failed. Only the work done for it counts in the measured speed."""
        self.ended += 1
        if task in self._running:
            self._work_of_ended += self._running.pop(task)[1].fraction

    def seconds_left(self) -> float | None:
        """Estimate from the speed of the last minute, assuming that all pictures take equally long.

        Returns:
            Seconds, or ``None`` while there is too little progress for an estimate.
        """
        if not self._measured:
            return None
        now = self._clock()
        since, before = self._measured[0]
        done = self._work - before
        if done <= 0 or now - since < _MIN_SECONDS:
            return None
        at_this_speed = (self.pictures - self.ended - self._work_of_running) * (now - since) / done
        # In the end there are fewer dreams than workers, and the slowest determines the time.
        slowest = max(
            (reported - now + (p.seconds_left or 0.0) for reported, p in self._running.values()), default=0.0
        )
        return max(at_this_speed, slowest)

    @property
    def _work_of_running(self) -> float:
        return sum(progress.fraction for _, progress in self._running.values())

    @property
    def _work(self) -> float:
        """The work done, in pictures."""
        return self._work_of_ended + self._work_of_running

    def _measure(self) -> None:
        now = self._clock()
        if not self._measured or now - self._measured[-1][0] >= 1.0:
            self._measured.append((now, self._work))
        while len(self._measured) > 1 and now - self._measured[1][0] >= _MEASURED_SECONDS:
            self._measured.popleft()

"""Where many dreams stand that grow side by side, and how long the rest of them will take."""

import time
from collections import deque
from collections.abc import Callable

from dream_engine.cli.files import FileTask
from dream_engine.dreams import Progress

_MEASURED_SECONDS = 60.0
"""The speed is that of the last minute: workers come and go."""
_LEAST_SECONDS = 5.0


class BatchProgress:
    """Adds up what many dreams tell.

    Args:
        pictures: How many are to be dreamed.
        clock: Tells the seconds.

    Attributes:
        pictures: How many are to be dreamed.
        ended: How many of them are, or never will be.
    """

    def __init__(self, pictures: int, clock: Callable[[], float] = time.monotonic) -> None:
        self.pictures = pictures
        self.ended = 0
        self._clock = clock
        self._growing: dict[FileTask, tuple[float, Progress]] = {}
        self._work_of_ended = 0.0
        self._measured: deque[tuple[float, float]] = deque()

    @property
    def growing(self) -> int:
        """How many take their steps now."""
        return sum(progress.fraction < 1.0 for _, progress in self._growing.values())

    @property
    def fraction(self) -> float:
        """The mean of all dreams' fractions; a picture that cannot be dreamed is done with."""
        return (self.ended + self._work_of_growing) / self.pictures

    def go_on(self, errand: FileTask, progress: Progress) -> None:
        """A dream has come further."""
        self._growing[errand] = self._clock(), progress
        self._measure()

    def finish(self, errand: FileTask) -> None:
        """A dream is written."""
        self._growing.pop(errand, None)
        self.ended += 1
        self._work_of_ended += 1.0
        self._measure()

    def give_up(self, errand: FileTask) -> None:
        """A picture cannot be dreamed; what was done for it was work, and what is not done is none."""
        self.ended += 1
        if errand in self._growing:
            self._work_of_ended += self._growing.pop(errand)[1].fraction

    def seconds_left(self) -> float | None:
        """An estimate from the speed of the last minute, as if the pictures to come were like these.

        Returns:
            Seconds, or ``None`` while too little is done to tell.
        """
        if not self._measured:
            return None
        now = self._clock()
        since, before = self._measured[0]
        gained = self._work - before
        if gained <= 0 or now - since < _LEAST_SECONDS:
            return None
        at_this_speed = (self.pictures - self.ended - self._work_of_growing) * (now - since) / gained
        # At the end there are fewer dreams than workers, and the slowest is waited for.
        slowest = max(
            (told - now + (p.seconds_left or 0.0) for told, p in self._growing.values()), default=0.0
        )
        return max(at_this_speed, slowest)

    @property
    def _work_of_growing(self) -> float:
        return sum(progress.fraction for _, progress in self._growing.values())

    @property
    def _work(self) -> float:
        """What is done, in pictures."""
        return self._work_of_ended + self._work_of_growing

    def _measure(self) -> None:
        now = self._clock()
        if not self._measured or now - self._measured[-1][0] >= 1.0:
            self._measured.append((now, self._work))
        while len(self._measured) > 1 and now - self._measured[1][0] >= _MEASURED_SECONDS:
            self._measured.popleft()

"""Estimates how long a motion still takes."""

from collections import deque
from collections.abc import Callable

from dream_engine.motion.plan import MotionPlan, PlannedChunk

_WINDOW = 24
"""The number of the last frames from which the speed is measured."""

_WHOLE_FRAME = 3.0
"""How many times as long as another the first frame of a scene takes, until both are measured."""


class Pace:
    """Measures how long frames take: the first of a scene is dreamed as a whole, others continue.

    Args:
        plan: The frames.
        clock: Returns the time in seconds.
    """

    def __init__(self, plan: MotionPlan, clock: Callable[[], float]) -> None:
        self._clock = clock
        self._frames = plan.frames
        self._whole = {chunk.first for chunk in plan.chunks if chunk.begins_scene}
        self._whole_done = self._done = 0
        self._whole_seconds: deque[float] = deque(maxlen=_WINDOW)
        self._seconds: deque[float] = deque(maxlen=_WINDOW)
        self._last = clock()

    @property
    def fraction(self) -> float:
        """The share of the frames that is done, from 0 to 1."""
        return min(1.0, self._done / max(1, self._frames))

    @property
    def seconds_left(self) -> float | None:
        """The time left; ``None`` before the first frame is finished."""
        if not self._seconds and not self._whole_seconds:
            return None
        mean = _mean(self._seconds) or (_mean(self._whole_seconds) or 0.0) / _WHOLE_FRAME
        whole = _mean(self._whole_seconds) or mean * _WHOLE_FRAME
        whole_left = len(self._whole) - self._whole_done
        return whole * whole_left + mean * max(0, self._frames - self._done - whole_left)

    def skip(self, chunk: PlannedChunk) -> None:
        """Count the frames of a chunk that was finished before this run."""
        self._done += chunk.count
        self._whole_done += chunk.begins_scene

    def finish(self, index: int) -> None:
        """Count a frame that is finished now."""
        now = self._clock()
        seconds, self._last = now - self._last, now
        self._done += 1
        if index in self._whole:
            self._whole_done += 1
            self._whole_seconds.append(seconds)
        else:
            self._seconds.append(seconds)


def _mean(seconds: deque[float]) -> float | None:
    return sum(seconds) / len(seconds) if seconds else None

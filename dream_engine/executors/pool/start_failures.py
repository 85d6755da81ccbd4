"""Decides when to start a worker again after failures, and when to stop waiting for one."""

import math
import time
from collections.abc import Callable

from dream_engine.errors import DreamError
from dream_engine.executors.base import NoWorkerError

_FIRST_PAUSE = 1.0
_LONGEST_PAUSE = 60.0

_LASTING_FAILURES = 5
"""After this many failures in a row, another start is not expected to succeed."""


class StartFailures:
    """Counts the starts that failed in a row, and doubles the pause after each.

    When the machine is in trouble, all workers that are starting fail together. Such failures count once.

    Args:
        clock: Returns the time in seconds.
    """

    def __init__(self, clock: Callable[[], float] = time.monotonic) -> None:
        self._clock = clock
        self._count = 0
        self._next_pause = _FIRST_PAUSE
        self._failed_at = -math.inf
        self._retry_at = -math.inf

    @property
    def may_start(self) -> bool:
        """Whether the pause after the last failure is over."""
        return self._clock() >= self._retry_at

    def now(self) -> float:
        """The current time, to be passed to :meth:`failed` if the start that begins now fails."""
        return self._clock()

    def succeeded(self) -> None:
        """Reset the count and the pause after a successful start."""
        self._count = 0
        self._next_pause = _FIRST_PAUSE

    def failed(self, began: float) -> float:
        """Count a failed start, unless it began before the last failure.

        Args:
            began: The time at which the start began.

        Returns:
            The seconds until the next start.
        """
        now = self._clock()
        if began >= self._failed_at:
            self._count += 1
            self._failed_at = now
            self._retry_at = now + self._next_pause
            self._next_pause = min(2 * self._next_pause, _LONGEST_PAUSE)
        return max(0.0, self._retry_at - now)

    def is_lasting(self, error: Exception) -> bool:
        """Whether another start is not expected to succeed.

        Args:
            error: The last failure. One that only the operator can fix is lasting at once. A full cluster is
                never lasting. Anything else, such as a worker that the system killed, is lasting after
                several failures in a row.
        """
        if isinstance(error, NoWorkerError):
            return False
        return isinstance(error, DreamError) or self._count >= _LASTING_FAILURES

"""When to start another worker after starts have failed, and when to tell whoever waits for one."""

import math
import time
from collections.abc import Callable

from dream_engine.errors import DreamError
from dream_engine.executors.base import NoWorkerError

_FIRST_PAUSE = 1.0
_LONGEST_PAUSE = 60.0

_TRIES = 5
"""After so many failures in a row, another start is not expected to help."""


class StartFailures:
    """Counts the starts that failed in a row, and puts off the next one a little longer each time.

    Workers that start at the same time fail together when the machine is in trouble. That counts once.

    Args:
        clock: Tells the seconds.
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
        """The time at which a start begins, for :meth:`failed`."""
        return self._clock()

    def succeeded(self) -> None:
        """A worker got warm: forget the failures before it."""
        self._count = 0
        self._next_pause = _FIRST_PAUSE

    def failed(self, began: float) -> float:
        """Count a start that failed, unless it began before another one failed.

        Args:
            began: The time at which that start began.

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
        """Whether another start is not expected to help.

        Args:
            error: Why the last start failed. Another start does not help against what only the operator can
                mend. It always may where a cluster has no room. Anything else, such as a worker that the
                system killed, has to happen several times in a row.
        """
        if isinstance(error, NoWorkerError):
            return False
        return isinstance(error, DreamError) or self._count >= _TRIES

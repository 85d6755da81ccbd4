"""Measurement of the event loop's lag."""

import asyncio
import logging
from collections.abc import Callable

_log = logging.getLogger(__name__)

_INTERVAL = 0.05
_WARNING_SECONDS = 0.1


class LagWatch:
    """Sleeps repeatedly, and measures how late the event loop wakes it.

    Args:
        observe: Called with each measured delay, in seconds.

    Attributes:
        worst: The longest delay so far, in seconds.
    """

    def __init__(self, observe: Callable[[float], None] = lambda _: None) -> None:
        self.worst = 0.0
        self._observe = observe

    async def run(self) -> None:
        """Measure until cancelled."""
        loop = asyncio.get_running_loop()
        while True:
            due = loop.time() + _INTERVAL
            await asyncio.sleep(_INTERVAL)
            delay = loop.time() - due
            self.worst = max(self.worst, delay)
            self._observe(delay)
            if delay > _WARNING_SECONDS:
                _log.warning("The event loop kept its tasks waiting for %.0f ms.", delay * 1000)

"""Measures how long the event loop keeps its tasks waiting."""

import asyncio
import logging
from collections.abc import Callable

_log = logging.getLogger(__name__)

_INTERVAL = 0.05
_TOO_LONG = 0.1


class LagWatch:
    """Sleeps, again and again, and sees how late it wakes.

    Args:
        observe: Is told how late that was, in seconds.

    Attributes:
        worst: The longest that a task was kept waiting, in seconds.
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
            late = loop.time() - due
            self.worst = max(self.worst, late)
            self._observe(late)
            if late > _TOO_LONG:
                _log.warning("The event loop kept its tasks waiting for %.0f ms.", late * 1000)

"""Waits for changes in the fake server without sleeping."""

import asyncio
from collections.abc import Callable
from typing import TypeVar

T = TypeVar("T")

PATIENCE_SECONDS = 60.0
"""How long tests wait for what a process does. Beside other tests, the start of one has taken over 30 s."""


class ChangeNotifier:
    """Wakes all waiting tasks each time anything in the fake server changes."""

    def __init__(self) -> None:
        self._changed = asyncio.Event()

    def notify(self) -> None:
        """Wake all waiting tasks."""
        changed, self._changed = self._changed, asyncio.Event()
        changed.set()

    async def until(self, find: Callable[[], T | None], within: float, missing: Callable[[], str]) -> T:
        """Wait until ``find`` returns a truthy value. ``missing`` describes the state after a timeout."""
        try:
            async with asyncio.timeout(within):
                while not (found := find()):
                    await self._changed.wait()
        except TimeoutError:
            raise TimeoutError(f"not within {within} s: {missing()}") from None
        return found

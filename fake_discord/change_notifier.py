"""Waiting for something to happen in the stand-in, without sleeping."""

import asyncio
from collections.abc import Callable
from typing import TypeVar

T = TypeVar("T")


class ChangeNotifier:
    """Wakes whoever waits each time anything in the stand-in has changed."""

    def __init__(self) -> None:
        self._changed = asyncio.Event()

    def notify(self) -> None:
        """Let all who wait look again."""
        changed, self._changed = self._changed, asyncio.Event()
        changed.set()

    async def until(self, find: Callable[[], T | None], within: float, missing: Callable[[], str]) -> T:
        """The first truthy thing that ``find`` returns; ``missing`` says what there was instead."""
        try:
            async with asyncio.timeout(within):
                while not (found := find()):
                    await self._changed.wait()
        except TimeoutError:
            raise TimeoutError(f"not within {within} s: {missing()}") from None
        return found

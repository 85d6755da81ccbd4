"""Faults that tests inject into requests."""

import asyncio
from collections.abc import Callable
from types import TracebackType
from typing import Self

from fake_discord.answers import Answer
from fake_discord.calls import Call
from fake_discord.change_notifier import ChangeNotifier


class Fault:
    """A fault that affects the next matching requests. As a context manager, it ends with the block.

    Args:
        method: The requests' method.
        path: A part of the requests' path.
        answer: The response, or None to serve them normally once they are released.
        times: How many requests it affects, or None for all.
        when: Selects the affected requests.
        stalled: Whether requests wait for ``release`` before they are served.
        held: Whether requests are served at once, and only the responses wait for ``release``.
    """

    def __init__(
        self,
        changes: ChangeNotifier,
        method: str,
        path: str,
        answer: Answer | None,
        times: int | None,
        when: Callable[[Call], object],
        *,
        stalled: bool = False,
        held: bool = False,
    ) -> None:
        self.method, self.path, self.answer, self.held = method, path, answer, held
        self.calls: list[Call] = []
        self._times, self._when, self._changes = times, when, changes
        self._cancelled = False
        self._released = asyncio.Event()
        if not (stalled or held):
            self._released.set()

    def matches(self, call: Call) -> bool:
        exhausted = self._cancelled or (self._times is not None and len(self.calls) >= self._times)
        fits = call.method == self.method and self.path in call.path
        return not exhausted and fits and bool(self._when(call))

    async def answer_to(self, call: Call) -> Answer | None:
        self.calls.append(call)
        self._changes.notify()
        await self._released.wait()
        return self.answer

    async def matched(self, times: int = 1, within: float = 10) -> list[Call]:
        """Wait until it has affected this many requests, and return them."""
        return await self._changes.until(
            lambda: self.calls if len(self.calls) >= times else None,
            within,
            lambda: f"{len(self.calls)} of {times} requests {self.method} {self.path} came",
        )

    def release(self) -> None:
        """Let the delayed requests continue."""
        self._released.set()

    def cancel(self) -> None:
        """Affect no further request."""
        self._cancelled = True
        self.release()

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self.cancel()


class Faults:
    """All faults. The first that matches affects a request."""

    def __init__(self, changes: ChangeNotifier) -> None:
        self._changes = changes
        self._faults: list[Fault] = []

    def add(
        self,
        method: str,
        path: str,
        answer: Answer | None,
        times: int | None,
        when: Callable[[Call], object],
        *,
        stalled: bool = False,
        held: bool = False,
    ) -> Fault:
        fault = Fault(self._changes, method, path, answer, times, when, stalled=stalled, held=held)
        self._faults.append(fault)
        return fault

    async def answer_to(self, call: Call) -> Answer | None:
        for fault in self._faults:
            if not fault.held and fault.matches(call):
                return await fault.answer_to(call)
        return None

    async def hold(self, call: Call) -> None:
        """Delay the response to a served request for as long as a fault says."""
        for fault in self._faults:
            if fault.held and fault.matches(call):
                await fault.answer_to(call)
                return

    def cancel(self) -> None:
        for fault in self._faults:
            fault.cancel()

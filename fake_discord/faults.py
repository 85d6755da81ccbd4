"""Requests that go wrong, because a test says so."""

import asyncio
from collections.abc import Callable
from types import TracebackType
from typing import Self

from fake_discord.answers import Answer
from fake_discord.calls import Call
from fake_discord.change_notifier import ChangeNotifier


class Fault:
    """What the next requests of a kind meet; as a context manager, only while the block lasts.

    Args:
        method: The requests' method.
        path: Part of the requests' path.
        answer: What they are answered; None serves them as ever, once they are released.
        times: How many requests meet it; None for all.
        when: Which of these requests meet it.
        stalled: Whether they wait for ``release`` before they are answered.
        held: Whether they are served at once, and only their answers wait for ``release``.
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
        """The requests that have met it, once there are so many."""
        return await self._changes.until(
            lambda: self.calls if len(self.calls) >= times else None,
            within,
            lambda: f"{len(self.calls)} of {times} requests {self.method} {self.path} came",
        )

    def release(self) -> None:
        """Let the stalled go on."""
        self._released.set()

    def cancel(self) -> None:
        """Meet no further request."""
        self._cancelled = True
        self.release()

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self.cancel()


class Faults:
    """All that is to go wrong; a request meets the first that concerns it."""

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
        """Keep the answer to a request that was served for as long as a fault says."""
        for fault in self._faults:
            if fault.held and fault.matches(call):
                await fault.answer_to(call)
                return

    def cancel(self) -> None:
        for fault in self._faults:
            fault.cancel()

"""The queue in which dreams wait for a free worker."""

import asyncio
from collections import deque
from collections.abc import Callable


class SlotQueue:
    """Assigns workers' slots to waiting dreams, first come, first served.

    A released slot goes directly to the first waiter, so that a newcomer cannot take it first. Among several
    free slots, the one released last is acquired first, so that unneeded workers stay idle.
    """

    def __init__(self) -> None:
        self._free: dict[int, float] = {}  # slot to the time of its release, oldest first
        self._retrying: deque[asyncio.Future[int]] = deque()
        self._waiting: deque[asyncio.Future[int]] = deque()

    @property
    def length(self) -> int:
        """How many wait."""
        return sum(not waiter.done() for waiter in (*self._retrying, *self._waiting))

    async def acquire(self, *, retry: bool = False) -> int:
        """Wait for a slot.

        Args:
            retry: Wait before all who do not retry.

        Raises:
            Exception: The error that :meth:`fail_all` was given.
        """
        if self._free:
            slot, _ = self._free.popitem()
            return slot
        waiter: asyncio.Future[int] = asyncio.get_running_loop().create_future()
        (self._retrying if retry else self._waiting).append(waiter)
        try:
            return await waiter
        except asyncio.CancelledError:
            if waiter.done() and not waiter.cancelled() and waiter.exception() is None:
                self.release(waiter.result())  # the slot was assigned just before the cancellation
            raise

    def release(self, slot: int) -> None:
        """Assign a slot to the first waiter, or keep it free."""
        waiter = self._next_waiter()
        if waiter is None:
            self._free[slot] = asyncio.get_running_loop().time()
        else:
            waiter.set_result(slot)

    def withdraw(self, matches: Callable[[int, float], bool]) -> int | None:
        """Take a free slot out of the queue.

        Args:
            matches: Decides by the slot and the seconds for which it has been free.

        Returns:
            The matching slot that has been free longest; ``None`` if none matches.
        """
        now = asyncio.get_running_loop().time()
        for slot, since in self._free.items():
            if matches(slot, now - since):
                del self._free[slot]
                return slot
        return None

    def fail_all(self, error: Exception) -> None:
        """Raise an error in everyone who waits."""
        while (waiter := self._next_waiter()) is not None:
            waiter.set_exception(error)

    def _next_waiter(self) -> asyncio.Future[int] | None:
        for waiting in (self._retrying, self._waiting):
            while waiting:
                waiter = waiting.popleft()
                if not waiter.done():  # a cancelled waiter stays in the deque
                    return waiter
        return None

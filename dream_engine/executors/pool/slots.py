"""Those who wait for a free worker, in order."""

import asyncio
from collections import deque
from collections.abc import Callable


class SlotQueue:
    """Hands places at the workers to those who wait, first come, first served.

    A place goes straight from hand to hand: whoever comes in that moment cannot take it away. Of several that
    are free, the one that was freed last is taken first, so that what is not needed stays free.
    """

    def __init__(self) -> None:
        self._free: dict[int, float] = {}  # since when, in the order in which they were freed
        self._again: deque[asyncio.Future[int]] = deque()
        self._waiting: deque[asyncio.Future[int]] = deque()

    @property
    def length(self) -> int:
        """How many wait."""
        return sum(not turn.done() for turn in (*self._again, *self._waiting))

    async def take(self, *, again: bool = False) -> int:
        """Wait for a place.

        Args:
            again: It is not the first time: wait before those whose first time it is.

        Raises:
            Exception: What :meth:`send_away` was given.
        """
        if self._free:
            place, _ = self._free.popitem()
            return place
        turn: asyncio.Future[int] = asyncio.get_running_loop().create_future()
        (self._again if again else self._waiting).append(turn)
        try:
            return await turn
        except asyncio.CancelledError:
            if turn.done() and not turn.cancelled() and turn.exception() is None:
                self.give(turn.result())  # it came in the very moment of leaving
            raise

    def give(self, place: int) -> None:
        """Hand a place to the first who waits, or keep it for the next who comes."""
        turn = self._next()
        if turn is None:
            self._free[place] = asyncio.get_running_loop().time()
        else:
            turn.set_result(place)

    def withdraw(self, is_to_go: Callable[[int, float], bool]) -> int | None:
        """Take back a place that is free.

        Args:
            is_to_go: Says whether to take it, of a place, and of the seconds that it has been free.

        Returns:
            The one that has been free longest of those that are to go; ``None`` where none is.
        """
        now = asyncio.get_running_loop().time()
        for place, since in self._free.items():
            if is_to_go(place, now - since):
                del self._free[place]
                return place
        return None

    def send_away(self, reason: Exception) -> None:
        """Raise an error for everyone who waits."""
        while (turn := self._next()) is not None:
            turn.set_exception(reason)

    def _next(self) -> asyncio.Future[int] | None:
        for waiting in (self._again, self._waiting):
            while waiting:
                turn = waiting.popleft()
                if not turn.done():  # it left the line
                    return turn
        return None

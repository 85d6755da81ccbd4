"""Those who wait for a free worker, in order."""

import asyncio
from collections import deque


class Line:
    """Hands places at the workers to those who wait, first come, first served.

    A place goes straight from hand to hand: whoever comes in that moment cannot take it away.
    """

    def __init__(self) -> None:
        self._free: deque[int] = deque()
        self._again: deque[asyncio.Future[int]] = deque()
        self._waiting: deque[asyncio.Future[int]] = deque()

    async def take(self, *, again: bool = False) -> int:
        """Wait for a place.

        Args:
            again: It is not the first time: wait before those whose first time it is.

        Raises:
            Exception: What :meth:`send_away` was given.
        """
        if self._free:
            return self._free.popleft()
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
            self._free.append(place)
        else:
            turn.set_result(place)

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

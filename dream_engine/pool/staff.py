"""The workers of a pool: as many as are wanted, and another for each that is lost."""

import asyncio
import logging
from collections.abc import Callable, Coroutine

from dream_engine.executor import ExecutorClosedError, ExecutorError, NoWorkerError
from dream_engine.pool.line import Line
from dream_engine.pool.worker import Worker

_log = logging.getLogger(__name__)

_ROUND_SECONDS = 0.5
_LONGEST_PAUSE = 60.0
_FAILURES = 2
"""So many in a row are no chance."""
_CLOSE_SECONDS = 2.0


class Staff:
    """Keeps a warm worker in each place, and makes the places more and fewer as the line needs them.

    Args:
        line: Those who wait for a place, and the places that are free.
        make_worker: Makes the worker for a place, not started yet.
        fewest: How many places there are at least.
        most: How many there are at most; ``None`` for as many as there is room for.
        room: Tells for how many there is room now.
        needed: How many have to be warm for the start to be over.
        idle_seconds: How long a place beyond the fewest may be free until it is given up.
        start_seconds: The seconds a worker may take to get warm.
    """

    def __init__(
        self,
        line: Line,
        make_worker: Callable[[int], Worker],
        *,
        fewest: int,
        most: int | None,
        room: Callable[[], int],
        needed: int,
        idle_seconds: float,
        start_seconds: float,
    ) -> None:
        self._line = line
        self._make_worker = make_worker
        self._fewest = fewest
        self._most = most
        self._room = room
        self._needed = needed
        self._idle_seconds = idle_seconds
        self._start_seconds = start_seconds
        self._workers: dict[int, Worker] = {}
        self._coming = 0
        self._chores: set[asyncio.Task[None]] = set()
        self._failures = 0
        self._pause_until = 0.0
        self._closed = False
        self.restarts = 0

    @property
    def workers(self) -> tuple[Worker, ...]:
        """Those that are warm."""
        return tuple(worker for worker in self._workers.values() if worker.alive)

    @property
    def capacity(self) -> int:
        """How many dreams can be worked on: where there is room for a worker, it comes when it is wanted.

        Where there may be more workers than there is room for, somebody else may make room for those that are
        waited for. So as many dreams more are taken as there are workers, and wait.
        """
        room = self._room()
        most = room if self._most is None else self._most
        return max(self._fewest, min(most, max(room, 2 * len(self.workers))))

    def at(self, place: int) -> Worker:
        """The worker in a place that the line gave."""
        return self._workers[place]

    async def start(self) -> None:
        """Start as many workers as are needed, and wait until they are warm; the others follow.

        Raises:
            DreamError: Something that the operator can mend.
            ExecutorError: One did not get warm.
        """
        try:
            async with asyncio.TaskGroup() as group:
                for place in range(self._needed):
                    self._workers[place] = self._make_worker(place)
                    group.create_task(self._warm(place))
        except BaseExceptionGroup as group_error:
            raise group_error.exceptions[0] from None
        self._begin(self._follow())

    async def renew(self, place: int) -> None:
        """Give a place back to the line; or, where its worker is gone, give it up, for another to come."""
        worker = self._workers[place]
        if worker.alive:
            self._line.give(place)
            return
        await worker.kill()
        del self._workers[place]
        self.restarts += 1
        self._hire()

    async def close(self) -> None:
        """Let every worker end, or kill it."""
        self._closed = True
        for chore in tuple(self._chores):
            chore.cancel()
        await asyncio.gather(*self._chores, return_exceptions=True)
        closings = (worker.close(_CLOSE_SECONDS) for worker in self._workers.values())
        await asyncio.gather(*closings, return_exceptions=True)

    async def _follow(self) -> None:
        """Make the places fit the line, again and again."""
        while True:
            try:
                self._replace_the_dead()
                self._hire()
                self._let_go()
            except Exception:  # noqa: BLE001 - whatever it is, the next round comes
                _log.exception("The workers could not be looked after.")
            await asyncio.sleep(_ROUND_SECONDS)

    def _replace_the_dead(self) -> None:
        """Workers that ended while their place was free; of the others, those who use them take care."""
        while (place := self._line.withdraw(lambda place, _: not self._workers[place].alive)) is not None:
            self._begin(self.renew(place))

    def _hire(self) -> None:
        """Have workers come: the fewest, and one for each who waits, as far as that is possible."""
        if self._closed or asyncio.get_running_loop().time() < self._pause_until:
            return
        here = len(self._workers)
        possible = (self._room() if self._most is None else self._most) - here
        for _ in range(max(self._fewest - here, min(possible, self._line.length - self._coming))):
            place = next(number for number in range(len(self._workers) + 1) if number not in self._workers)
            self._workers[place] = self._make_worker(place)
            self._coming += 1
            self._begin(self._try_to_warm(place))

    async def _try_to_warm(self, place: int) -> None:
        try:
            await self._warm(place)
        except Exception as error:  # noqa: BLE001 - whatever it is, a server keeps trying
            del self._workers[place]
            self._put_off(error)
        else:
            self._failures = 0
        finally:
            self._coming -= 1

    def _put_off(self, error: Exception) -> None:
        """Try later, and let those who wait go where that would hardly help."""
        pause = min(2.0**self._failures, _LONGEST_PAUSE)
        self._failures += 1
        self._pause_until = asyncio.get_running_loop().time() + pause
        # That no worker is to be had is no bug, and needs no traceback.
        trace = None if isinstance(error, ExecutorError) else error
        _log.error(
            "No worker could be started; the next try comes in %.0f seconds: %s", pause, error, exc_info=trace
        )
        may_help = isinstance(error, NoWorkerError) or self._failures < _FAILURES
        if not self.workers and not may_help:
            self._line.send_away(ExecutorError(f"No worker could be started: {error}"))

    def _let_go(self) -> None:
        """Give up one place that nobody has needed for long."""
        if len(self.workers) <= self._fewest:
            return
        place = self._line.withdraw(lambda _, seconds: seconds >= self._idle_seconds)
        if place is not None:
            _log.info("A worker was not needed for %.0f seconds, and is let go.", self._idle_seconds)
            self._begin(self._dismiss(self._workers.pop(place)))

    async def _dismiss(self, worker: Worker) -> None:
        try:
            await worker.files()
            await worker.close(_CLOSE_SECONDS)
        finally:
            await worker.kill()

    async def _warm(self, place: int) -> None:
        worker = self._workers[place]
        await worker.start(self._start_seconds)
        if self._closed:
            await worker.kill()
            raise ExecutorClosedError
        self._line.give(place)

    def _begin(self, chore: Coroutine[None, None, None]) -> None:
        task = asyncio.create_task(chore)
        self._chores.add(task)
        task.add_done_callback(self._chores.discard)

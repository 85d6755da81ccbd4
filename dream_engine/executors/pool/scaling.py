"""The workers of a pool: as many as are wanted, and another for each that is lost."""

import asyncio
import logging
from collections.abc import Callable, Coroutine

from dream_engine.errors import DreamError
from dream_engine.executors.base import ExecutorClosedError, ExecutorError, WorkerLostError
from dream_engine.executors.pool.slots import SlotQueue
from dream_engine.executors.pool.start_failures import StartFailures
from dream_engine.executors.pool.worker import Worker

_log = logging.getLogger(__name__)

_ROUND_SECONDS = 0.5
_START_TRIES = 3
"""So often a worker is started before the pool's own start fails."""
_FIRST_PAUSE = 1.0
"""The seconds until the second of these; they double for each one after it."""
_CLOSE_SECONDS = 2.0


class WorkerScaler:
    """Keeps a warm worker in each place, and makes the places more and fewer as the line needs them.

    A worker that holds more memory between dreams than it may is replaced: the next one gets warm while it
    goes on dreaming, and takes its place between two dreams. Where there is no memory for both, it ends
    first.

    Args:
        line: Those who wait for a place, and the places that are free.
        make_worker: Makes the worker for a place, not started yet.
        fewest: How many places there are at least.
        most: How many there are at most; ``None`` for as many as there is room for.
        room: Tells for how many there is room now.
        needed: How many have to be warm for the start to be over.
        idle_seconds: How long a place beyond the fewest may be free until it is given up.
        start_seconds: The seconds a worker may take to get warm.
        can_have_two: Tells whether another worker has room beside one that it is to replace.
    """

    def __init__(
        self,
        line: SlotQueue,
        make_worker: Callable[[int], Worker],
        *,
        fewest: int,
        most: int | None,
        room: Callable[[], int],
        needed: int,
        idle_seconds: float,
        start_seconds: float,
        can_have_two: Callable[[Worker], bool] = lambda _: True,
    ) -> None:
        self._line = line
        self._make_worker = make_worker
        self._fewest = fewest
        self._most = most
        self._room = room
        self._needed = needed
        self._idle_seconds = idle_seconds
        self._start_seconds = start_seconds
        self._can_have_two = can_have_two
        self._workers: dict[int, Worker] = {}
        self._successors: dict[int, Worker | None] = {}  # None while it gets warm
        self._coming = 0
        self._chores: set[asyncio.Task[None]] = set()
        self._failures = StartFailures()
        self._closed = False
        self.restarts = 0
        self.replacements = 0

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

        A worker that ends without a reason, as one that the system kills does, is started again.

        Raises:
            DreamError: Something that the operator can mend.
            ExecutorError: One did not get warm.
        """
        try:
            async with asyncio.TaskGroup() as group:
                for place in range(self._needed):
                    group.create_task(self._warm_at_start(place))
        except BaseExceptionGroup as group_error:
            raise group_error.exceptions[0] from None
        self._begin(self._follow())

    async def renew(self, place: int) -> None:
        """Give a place back to the line; or, where its worker is gone, give it up, for another to come.

        A worker that holds too much memory is replaced.
        """
        worker = self._workers[place]
        if worker.alive:
            if self._is_to_end_first(place, worker):
                self._begin(self._end_first(place, worker))
                return
            self._take_over(place)
            self._line.give(place)
            return
        await worker.kill()
        self.restarts += 1
        if (successor := self._successors.get(place)) is not None:  # warm already
            del self._successors[place]
            self._workers[place] = successor
            self._line.give(place)
            return
        del self._workers[place]
        self._hire()

    def _is_to_end_first(self, place: int, worker: Worker) -> bool:
        """Have a successor come where a worker holds too much; returns whether there is no room for both."""
        if self._closed or place in self._successors or not _holds_too_much(worker):
            return False
        if not self._failures.may_start:
            return False
        if not self._can_have_two(worker):
            return True
        self._successors[place] = None
        self._begin(self._prepare_successor(place, worker))
        return False

    async def _prepare_successor(self, place: int, worker: Worker) -> None:
        """Get a worker warm for a place where another is still at work."""
        _log_replacement(worker, "another gets warm and takes its place")
        successor = self._make_worker(place)
        began = self._failures.now()
        try:
            await successor.start(self._start_seconds)
        except Exception as error:  # noqa: BLE001 - whatever it is, the worker that is there goes on
            del self._successors[place]
            self._put_off(error, began)
            return
        except BaseException:
            await successor.kill()
            raise
        if self._closed or self._workers.get(place) is not worker:  # which ended meanwhile, and was replaced
            del self._successors[place]
            await successor.kill()
            return
        self._failures.succeeded()
        self._successors[place] = successor
        if self._line.withdraw(lambda free, _: free == place) is not None:
            self._take_over(place)
            self._line.give(place)

    def _take_over(self, place: int) -> None:
        """Put a successor that is warm into its place, which nobody uses in this moment."""
        successor = self._successors.get(place)
        if successor is None:
            return
        del self._successors[place]
        before, self._workers[place] = self._workers[place], successor
        self.replacements += 1
        self._begin(self._dismiss(before))

    async def _end_first(self, place: int, worker: Worker) -> None:
        """Let a worker end that holds too much, and then have another come."""
        _log_replacement(worker, "there is no room for another beside it, so it ends first")
        await self._dismiss(worker)
        del self._workers[place]
        self.replacements += 1
        self._hire()

    async def close(self) -> None:
        """Let every worker end, or kill it."""
        self._closed = True
        for chore in tuple(self._chores):
            chore.cancel()
        await asyncio.gather(*self._chores, return_exceptions=True)
        successors = filter(None, self._successors.values())
        closings = (worker.close(_CLOSE_SECONDS) for worker in (*self._workers.values(), *successors))
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
        if self._closed or not self._failures.may_start:
            return
        here = len(self._workers)
        possible = (self._room() if self._most is None else self._most) - here
        for _ in range(max(self._fewest - here, min(possible, self._line.length - self._coming))):
            place = next(number for number in range(len(self._workers) + 1) if number not in self._workers)
            self._workers[place] = self._make_worker(place)
            self._coming += 1
            self._begin(self._try_to_warm(place))

    async def _try_to_warm(self, place: int) -> None:
        began = self._failures.now()
        try:
            await self._warm(place)
        except Exception as error:  # noqa: BLE001 - whatever it is, a server keeps trying
            del self._workers[place]
            self._put_off(error, began)
        else:
            self._failures.succeeded()
        finally:
            self._coming -= 1

    def _put_off(self, error: Exception, began: float) -> None:
        """Try later, and tell those who wait where that is not expected to help."""
        pause = self._failures.failed(began)
        # Neither a worker that was lost nor wrong weights are a bug that needs a traceback.
        trace = None if isinstance(error, ExecutorError | DreamError) else error
        _log.error(
            "No worker could be started; the next try comes in %.0f seconds: %s", pause, error, exc_info=trace
        )
        if not self.workers and self._failures.is_lasting(error):
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

    async def _warm_at_start(self, place: int) -> None:
        pause = _FIRST_PAUSE
        for tries_left in reversed(range(_START_TRIES)):
            self._workers[place] = self._make_worker(place)
            try:
                await self._warm(place)
            except WorkerLostError as lost:
                if not tries_left:
                    raise
                _log.warning("A worker did not get warm; the next try comes in %.0f seconds: %s", pause, lost)
            else:
                return
            await asyncio.sleep(pause)
            pause *= 2

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


def _holds_too_much(worker: Worker) -> bool:
    return worker.memory is not None and worker.memory.excessive


def _log_replacement(worker: Worker, how: str) -> None:
    if worker.memory is not None:
        megabytes = (worker.memory.resident // 10**6, worker.memory.bound // 10**6)
        _log.info("A worker holds %d MB between dreams, and may hold %d: %s.", *megabytes, how)

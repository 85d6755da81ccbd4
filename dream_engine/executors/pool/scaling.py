"""Starts, replaces and removes the workers of a pool."""

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
_START_ATTEMPTS = 3
"""How often a worker is started before the start of the pool fails."""
_FIRST_PAUSE = 1.0
"""The seconds before the second of these attempts; each further pause is twice as long."""
_CLOSE_SECONDS = 2.0


class WorkerScaler:
    """Keeps a warm worker in each slot, and adds and removes slots as the queue requires.

    A worker that holds more memory between dreams than it may is replaced. Its successor warms up while the
    worker continues to dream, and takes over its slot between two dreams. If there is not enough memory for
    both, the worker ends first.

    Args:
        slot_queue: The free slots, and the dreams that wait for one.
        make_worker: Makes the worker for a slot, not started yet.
        min_workers: The least number of workers.
        max_workers: The largest number of workers; ``None`` for as many as there are slots for.
        total_slots: Returns how many workers can run now, those included that already do.
        workers_at_start: How many workers have to be warm before :meth:`start` returns.
        idle_seconds: How long a worker beyond the minimum may be idle until it is removed.
        start_seconds: The seconds that a worker may take to warm up.
        can_overlap: Returns whether the successor of a worker can warm up while that worker still runs.
    """

    def __init__(
        self,
        slot_queue: SlotQueue,
        make_worker: Callable[[int], Worker],
        *,
        min_workers: int,
        max_workers: int | None,
        total_slots: Callable[[], int],
        workers_at_start: int,
        idle_seconds: float,
        start_seconds: float,
        can_overlap: Callable[[Worker], bool] = lambda _: True,
    ) -> None:
        self._slot_queue = slot_queue
        self._make_worker = make_worker
        self._min_workers = min_workers
        self._max_workers = max_workers
        self._total_slots = total_slots
        self._workers_at_start = workers_at_start
        self._idle_seconds = idle_seconds
        self._start_seconds = start_seconds
        self._can_overlap = can_overlap
        self._workers: dict[int, Worker] = {}
        self._successors: dict[int, Worker | None] = {}  # None while the successor warms up
        self._starting = 0
        self._tasks: set[asyncio.Task[None]] = set()
        self._failures = StartFailures()
        self._closed = False
        self.restarts = 0
        self.replacements = 0

    @property
    def workers(self) -> tuple[Worker, ...]:
        """The workers that are warm."""
        return tuple(worker for worker in self._workers.values() if worker.alive)

    @property
    def worker_count(self) -> int:
        """How many workers there are, those that warm up included."""
        return len(self._workers)

    @property
    def capacity(self) -> int:
        """How many dreams to accept at once.

        Each slot counts, because its worker is started when it is needed. If more workers are allowed than
        there are slots, an autoscaler may add slots once workers wait for them. Therefore up to twice as many
        dreams are accepted as there are workers, and the second half waits.
        """
        slots = self._total_slots()
        limit = slots if self._max_workers is None else self._max_workers
        return max(self._min_workers, min(limit, max(slots, 2 * len(self.workers))))

    def worker_in(self, slot: int) -> Worker:
        """The worker in a slot that the queue assigned."""
        return self._workers[slot]

    async def start(self) -> None:
        """Start the first workers and wait until they are warm; the others follow.

        A worker that ends without giving a reason, such as one that the system killed, is started again.

        Raises:
            DreamError: Something that the operator can fix, such as missing weights.
            ExecutorError: A worker failed to warm up.
        """
        try:
            async with asyncio.TaskGroup() as group:
                for slot in range(self._workers_at_start):
                    group.create_task(self._start_first_worker(slot))
        except BaseExceptionGroup as group_error:
            raise group_error.exceptions[0] from None
        self._spawn(self._scale_repeatedly())

    async def release(self, slot: int) -> None:
        """Return a slot to the queue after a dream.

        If its worker has ended, the slot is removed, and another worker is started if one is needed. If its
        worker holds too much memory, the worker is replaced.
        """
        worker = self._workers[slot]
        if worker.alive:
            if self._is_to_be_replaced(slot, worker):
                if not self._can_overlap(worker):
                    self._spawn(self._replace_without_overlap(slot, worker))
                    return
                self._successors[slot] = None
                self._spawn(self._warm_successor(slot, worker))
            self._install_successor(slot)
            self._slot_queue.release(slot)
            return
        await worker.kill()
        self.restarts += 1
        if (successor := self._successors.get(slot)) is not None:  # it is warm already
            del self._successors[slot]
            self._workers[slot] = successor
            self._slot_queue.release(slot)
            return
        del self._workers[slot]
        self._add_workers()

    async def close(self) -> None:
        """End every worker."""
        self._closed = True
        for task in tuple(self._tasks):
            task.cancel()
        await asyncio.gather(*self._tasks, return_exceptions=True)
        successors = filter(None, self._successors.values())
        closings = (worker.close(_CLOSE_SECONDS) for worker in (*self._workers.values(), *successors))
        await asyncio.gather(*closings, return_exceptions=True)

    def _is_to_be_replaced(self, slot: int, worker: Worker) -> bool:
        """Whether a worker holds too much memory and a successor may be started now."""
        holds_too_much = worker.memory is not None and worker.memory.excessive
        return (
            holds_too_much and not self._closed and slot not in self._successors and self._failures.may_start
        )

    async def _warm_successor(self, slot: int, worker: Worker) -> None:
        """Warm up a worker for a slot in which another one still dreams."""
        _log_replacement(worker, "its successor warms up and then takes over")
        successor = self._make_worker(slot)
        began = self._failures.now()
        try:
            await successor.start(self._start_seconds)
        except Exception as error:  # noqa: BLE001 - whatever the error is, the present worker stays
            del self._successors[slot]
            self._handle_failed_start(error, began)
            return
        except BaseException:
            await successor.kill()
            raise
        if self._closed or self._workers.get(slot) is not worker:  # it ended meanwhile and was replaced
            del self._successors[slot]
            await successor.kill()
            return
        self._failures.succeeded()
        self._successors[slot] = successor
        if self._slot_queue.withdraw(lambda free, _: free == slot) is not None:
            self._install_successor(slot)
            self._slot_queue.release(slot)

    def _install_successor(self, slot: int) -> None:
        """Let the successor take over a slot that no dream uses, if it is warm."""
        successor = self._successors.get(slot)
        if successor is None:
            return
        del self._successors[slot]
        replaced, self._workers[slot] = self._workers[slot], successor
        self.replacements += 1
        self._spawn(self._end_worker(replaced))

    async def _replace_without_overlap(self, slot: int, worker: Worker) -> None:
        """End a worker that holds too much memory, and then start its successor."""
        _log_replacement(worker, "there is no memory for another one beside it, so it ends first")
        await self._end_worker(worker)
        del self._workers[slot]
        self.replacements += 1
        self._add_workers()

    async def _scale_repeatedly(self) -> None:
        while True:
            try:
                self._release_ended_workers()
                self._add_workers()
                self._remove_idle_worker()
            except Exception:  # noqa: BLE001 - the next round may succeed
                _log.exception("The number of workers could not be adjusted.")
            await asyncio.sleep(_ROUND_SECONDS)

    def _release_ended_workers(self) -> None:
        """Release the slots of workers that ended while idle; a dream releases the slot of its own worker."""
        while (slot := self._slot_queue.withdraw(lambda slot, _: not self._workers[slot].alive)) is not None:
            self._spawn(self.release(slot))

    def _add_workers(self) -> None:
        """Start workers up to the minimum, and one for each waiting dream as far as there are slots."""
        if self._closed or not self._failures.may_start:
            return
        count = len(self._workers)
        possible = (self._total_slots() if self._max_workers is None else self._max_workers) - count
        waiting = self._slot_queue.length - self._starting
        for _ in range(max(self._min_workers - count, min(possible, waiting))):
            slot = next(number for number in range(len(self._workers) + 1) if number not in self._workers)
            self._workers[slot] = self._make_worker(slot)
            self._starting += 1
            self._spawn(self._start_further_worker(slot))

    def _remove_idle_worker(self) -> None:
        """Remove one worker beyond the minimum that has been idle for long."""
        if len(self.workers) <= self._min_workers:
            return
        slot = self._slot_queue.withdraw(lambda _, seconds: seconds >= self._idle_seconds)
        if slot is not None:
            _log.info("Removing a worker that was idle for %.0f seconds.", self._idle_seconds)
            self._spawn(self._end_worker(self._workers.pop(slot)))

    async def _end_worker(self, worker: Worker) -> None:
        try:
            await worker.wait_for_files()
            await worker.close(_CLOSE_SECONDS)
        finally:
            await worker.kill()

    async def _start_first_worker(self, slot: int) -> None:
        """Start a worker, and start it again if it is lost; raises the last error."""
        pause = _FIRST_PAUSE
        for attempts_left in reversed(range(_START_ATTEMPTS)):
            self._workers[slot] = self._make_worker(slot)
            try:
                await self._start_worker(slot)
            except WorkerLostError as lost:
                if not attempts_left:
                    raise
                _log.warning("A worker could not be started; next attempt in %.0f seconds: %s", pause, lost)
            else:
                return
            await asyncio.sleep(pause)
            pause *= 2

    async def _start_further_worker(self, slot: int) -> None:
        """Start a worker; a failure is logged, and later rounds try again."""
        began = self._failures.now()
        try:
            await self._start_worker(slot)
        except Exception as error:  # noqa: BLE001 - a running pool survives any failed start
            del self._workers[slot]
            self._handle_failed_start(error, began)
        else:
            self._failures.succeeded()
        finally:
            self._starting -= 1

    async def _start_worker(self, slot: int) -> None:
        worker = self._workers[slot]
        await worker.start(self._start_seconds)
        if self._closed:
            await worker.kill()
            raise ExecutorClosedError
        self._slot_queue.release(slot)

    def _handle_failed_start(self, error: Exception, began: float) -> None:
        """Postpone the next start; fail the dreams that wait if no start is expected to succeed."""
        pause = self._failures.failed(began)
        # Neither a lost worker nor wrong weights are a bug that needs a traceback.
        trace = None if isinstance(error, ExecutorError | DreamError) else error
        _log.error(
            "No worker could be started; next attempt in %.0f seconds: %s", pause, error, exc_info=trace
        )
        if not self.workers and self._failures.is_lasting(error):
            self._slot_queue.fail_all(ExecutorError(f"No worker could be started: {error}"))

    def _spawn(self, coroutine: Coroutine[None, None, None]) -> None:
        task = asyncio.create_task(coroutine)
        self._tasks.add(task)
        task.add_done_callback(self._tasks.discard)


def _log_replacement(worker: Worker, how: str) -> None:
    if worker.memory is not None:
        megabytes = (worker.memory.resident // 10**6, worker.memory.bound // 10**6)
        _log.info("A worker holds %d MB between dreams, and may hold %d: %s.", *megabytes, how)

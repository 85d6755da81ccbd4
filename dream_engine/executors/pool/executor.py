"""PoolExecutor: runs dreams on a pool of warm workers."""

import asyncio
import contextlib
import logging
from collections.abc import AsyncGenerator, Callable
from dataclasses import replace
from typing import overload

from dream_engine.dreams import Dream, DreamRequest, Progress
from dream_engine.errors import TimeLimitError
from dream_engine.executors.base import DreamExecutor, ExecutorClosedError, ExecutorError, WorkerLostError
from dream_engine.executors.pool.mailbox import DeliveredFrames, Mailbox
from dream_engine.executors.pool.messages import Event, Request, Result
from dream_engine.executors.pool.scaling import WorkerScaler
from dream_engine.executors.pool.slots import SlotQueue
from dream_engine.executors.pool.worker import Worker
from dream_engine.frames import Chunk, ChunkRequest, Frame
from dream_engine.memory import MemoryUse

_log = logging.getLogger(__name__)

_MAX_ATTEMPTS = 2

_SUCCESSION_SECONDS = 0.05
"""How long a dream's cores are kept for the next one. Otherwise, the others would take them for a step."""


class PoolExecutor(DreamExecutor):
    """Runs dreams on workers, one in each slot; further requests wait in order.

    While a worker encodes the file of one dream, it takes the steps of the next.

    Args:
        make_worker: Makes the worker for a slot, not started yet.
        min_workers: The least number of workers.
        max_workers: The largest number of workers; ``None`` for as many as there are slots for.
        workers_at_start: How many workers have to be warm before :meth:`start` returns.
        idle_seconds: How long a worker beyond the minimum may be idle until it is removed.
        time_limit: The seconds that a dream may take if its request sets no limit; ``None`` for no limit.
        grace_seconds: The seconds that a dream may take to stop, after its time limit or when told to, before
            its worker is killed.
        start_seconds: The seconds that a worker may take to warm up.
    """

    def __init__(
        self,
        make_worker: Callable[[int], Worker],
        *,
        min_workers: int,
        max_workers: int | None,
        workers_at_start: int,
        idle_seconds: float,
        time_limit: float | None,
        grace_seconds: float,
        start_seconds: float,
    ) -> None:
        self._time_limit = time_limit
        self._grace_seconds = grace_seconds
        self._min_workers = min_workers
        self._slot_queue = SlotQueue()
        self._scaler = WorkerScaler(
            self._slot_queue,
            make_worker,
            min_workers=min_workers,
            max_workers=max_workers,
            total_slots=self._total_slots,
            workers_at_start=workers_at_start,
            idle_seconds=idle_seconds,
            start_seconds=start_seconds,
            can_overlap=self._can_overlap,
        )
        self._computing: set[Mailbox] = set()
        self._tasks: set[asyncio.Task[None]] = set()
        self._started = False
        self._closed = False

    @property
    def capacity(self) -> int:
        """One dream for each slot, those included in which a worker is started only when it is needed."""
        return self._scaler.capacity

    @property
    def ready(self) -> int:
        """How many workers are warm."""
        return len(self._scaler.workers)

    @property
    def restarts(self) -> int:
        """How many workers ended or were killed before the executor was closed."""
        return self._scaler.restarts

    @property
    def replacements(self) -> int:
        """How many workers were replaced because they held too much memory."""
        return self._scaler.replacements

    @property
    def worker_memory(self) -> tuple[MemoryUse, ...]:
        """How much memory each warm worker held after its last dream, and how much it may hold."""
        return tuple(worker.memory for worker in self._scaler.workers if worker.memory is not None)

    def _can_overlap(self, _: Worker) -> bool:
        """Whether the successor of a worker can warm up while that worker still runs."""
        return self._total_slots() > len(self._scaler.workers)

    def _total_slots(self) -> int:
        """How many workers can run now, those included that already do."""
        return self._min_workers

    def _share_cores(self, sharers: int) -> None:
        """Called whenever another number of workers computes; by default, workers have cores of their own."""

    async def start(self) -> None:
        """Start workers, and wait until the first ones are warm."""
        self._check_open()
        if self._started:
            raise ExecutorError("The executor was started already.")
        self._started = True
        try:
            await self._scaler.start()
        except BaseException as error:  # noqa: BLE001 - raised again once everything is stopped
            reason = ExecutorClosedError() if self._closed else error
            await self.close()
            raise reason from None

    def dream(self, request: DreamRequest) -> AsyncGenerator[Progress | Dream]:
        """Wait for a worker, then run a dream on it; see :meth:`DreamExecutor.dream`."""
        return self._run(request)

    def dream_chunk(self, request: ChunkRequest) -> AsyncGenerator[Progress | Frame | Chunk]:
        """Wait for a worker, then run a chunk on it; see :meth:`DreamExecutor.dream_chunk`."""
        return self._run(request)

    @overload
    def _run(self, request: DreamRequest) -> AsyncGenerator[Progress | Dream]: ...
    @overload
    def _run(self, request: ChunkRequest) -> AsyncGenerator[Progress | Frame | Chunk]: ...
    async def _run(self, request: Request) -> AsyncGenerator[Event]:
        """Run a request on a worker, and once more on another if the worker is lost."""
        if request.time_limit is None:
            request = replace(request, time_limit=self._time_limit)
        # Keyed by whether the worker reported anything. The two are counted separately because idle workers
        # of a lost machine look alive for a moment, and fail without a report.
        attempts = {True: 0, False: 0}
        delivered = DeliveredFrames()
        retry = False
        while True:
            slot = await self._acquire_slot(retry=retry)
            worker = self._scaler.worker_in(slot)
            was_alive, reported, retry = worker.alive, False, True
            mailbox = worker.open_mailbox()
            self._start_dream(slot, mailbox, request)
            try:
                while not isinstance(event := await mailbox.receive(), Result):
                    reported = True
                    if delivered.is_new(event):
                        yield event
            except WorkerLostError as lost:
                if self._closed:
                    raise ExecutorClosedError from lost
                attempts[reported] += was_alive  # a worker that had died before does not count
                if attempts[reported] == _MAX_ATTEMPTS:
                    raise
                _log.warning("%s Retrying its dream.", lost)
                continue
            finally:
                mailbox.close()
            yield event
            return

    async def close(self) -> None:
        """Stop everything and end all workers."""
        self._closed = True
        self._slot_queue.fail_all(ExecutorClosedError())
        for task in tuple(self._tasks):
            task.cancel()
        await asyncio.gather(*self._tasks, return_exceptions=True)
        await self._scaler.close()

    async def _acquire_slot(self, *, retry: bool) -> int:
        self._check_open()
        if not self._started:
            raise ExecutorError("The executor was not started.")
        slot = await self._slot_queue.acquire(retry=retry)
        self._check_open()
        return slot

    def _check_open(self) -> None:
        if self._closed:
            raise ExecutorClosedError

    def _start_dream(self, slot: int, mailbox: Mailbox, request: Request) -> None:
        """Run a dream in its own task, so that a reader who pauses or leaves does not block its worker."""
        task = asyncio.create_task(self._run_dream(slot, mailbox, request))
        self._tasks.add(task)
        task.add_done_callback(self._tasks.discard)
        # Only close() ends the task before its dream; the reader must not wait for ever then.
        task.add_done_callback(lambda _: mailbox.put_end(ExecutorClosedError()))

    async def _run_dream(self, slot: int, mailbox: Mailbox, request: Request) -> None:
        """Begin a dream, stop it if its reader leaves, and release its slot."""
        worker = self._scaler.worker_in(slot)
        self._computing.add(mailbox)
        self._share_cores(len(self._computing))
        deadline = None
        if request.time_limit is not None:
            deadline = asyncio.get_running_loop().time() + max(0.0, request.time_limit) + self._grace_seconds
        try:
            async with asyncio.timeout_at(deadline):
                await worker.begin(mailbox, request)
                await mailbox.wait_freed()
            if mailbox.encoding:
                self._note_computed(mailbox)
                await self._scaler.release(slot)
                await self._wait_for_file(mailbox, request, deadline)
                return
            if not mailbox.ended:
                async with asyncio.timeout(self._grace_seconds):
                    await worker.stop(mailbox)
        except TimeoutError:
            mailbox.put_end(_time_limit_error(request))
            with contextlib.suppress(TimeoutError):  # another dream's file may still be in the worker
                async with asyncio.timeout(self._grace_seconds):
                    await worker.wait_for_files()
            await worker.kill()
        except ExecutorError as error:
            mailbox.put_end(error)
        finally:
            self._note_computed(mailbox)
        await self._scaler.release(slot)

    def _note_computed(self, mailbox: Mailbox) -> None:
        """Note that a dream has taken its last step, so that the others can use its cores."""
        if mailbox in self._computing:
            self._computing.remove(mailbox)
            loop = asyncio.get_running_loop()
            loop.call_later(_SUCCESSION_SECONDS, lambda: self._share_cores(max(1, len(self._computing))))

    async def _wait_for_file(self, mailbox: Mailbox, request: Request, deadline: float | None) -> None:
        """Wait until a dream's file is encoded.

        The worker may already run another dream, so it is not killed at the deadline. If the file is never
        done, that dream has to wait with its own file, and the worker is killed at its deadline.
        """
        try:
            async with asyncio.timeout_at(None if deadline is None else deadline + self._grace_seconds):
                await mailbox.wait_closed()
        except TimeoutError:
            mailbox.put_end(_time_limit_error(request))


def _time_limit_error(request: Request) -> Exception:
    """The error of a dream that did not stop; without a time limit, nobody reads it any more."""
    if request.time_limit is None:
        return WorkerLostError("The worker did not stop, and was killed.")
    return TimeLimitError(seconds=request.time_limit)

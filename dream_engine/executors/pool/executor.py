"""An executor with a number of places, each with a warm worker in it."""

import asyncio
import contextlib
import logging
from collections.abc import AsyncGenerator, Callable
from dataclasses import replace

from dream_engine.dreams import Dream, DreamRequest, Progress
from dream_engine.errors import TimeLimitError
from dream_engine.executors.base import DreamExecutor, ExecutorClosedError, ExecutorError, WorkerLostError
from dream_engine.executors.pool.mailbox import Mailbox
from dream_engine.executors.pool.scaling import WorkerScaler
from dream_engine.executors.pool.slots import SlotQueue
from dream_engine.executors.pool.worker import Worker
from dream_engine.memory import MemoryUse

_log = logging.getLogger(__name__)

_TRIES = 2


class PoolExecutor(DreamExecutor):
    """One worker in each place; requests beyond them wait in order.

    While a worker writes the file of one dream, it takes the steps of the next.

    Args:
        make_worker: Makes the worker for a place, not started yet.
        fewest: How many places there are at least.
        most: How many there are at most; ``None`` for as many as there is room for.
        needed: How many have to be warm for the start to be over.
        idle_seconds: How long a place beyond the fewest may be free until it is given up.
        time_limit: The seconds a dream may take where its request names no limit; ``None`` for any.
        overtime: The seconds a dream may take to stop, at its limit or when told, until its worker is killed.
        start_seconds: The seconds a worker may take to get warm.
    """

    def __init__(
        self,
        make_worker: Callable[[int], Worker],
        *,
        fewest: int,
        most: int | None,
        needed: int,
        idle_seconds: float,
        time_limit: float | None,
        overtime: float,
        start_seconds: float,
    ) -> None:
        self._time_limit = time_limit
        self._overtime = overtime
        self._fewest = fewest
        self._line = SlotQueue()
        self._staff = WorkerScaler(
            self._line,
            make_worker,
            fewest=fewest,
            most=most,
            room=self._room,
            needed=needed,
            idle_seconds=idle_seconds,
            start_seconds=start_seconds,
            can_have_two=self._can_have_two,
        )
        self._chores: set[asyncio.Task[None]] = set()
        self._started = False
        self._closed = False

    @property
    def capacity(self) -> int:
        """One dream in each place, those included where a worker comes when it is wanted."""
        return self._staff.capacity

    @property
    def ready(self) -> int:
        """The workers that are alive; only what is warm is."""
        return len(self._staff.workers)

    @property
    def restarts(self) -> int:
        """How many workers ended or were killed before the executor was closed."""
        return self._staff.restarts

    @property
    def replacements(self) -> int:
        """How many workers were replaced because they held too much memory."""
        return self._staff.replacements

    @property
    def worker_memory(self) -> tuple[MemoryUse, ...]:
        """How much memory each warm worker held after its last dream, and how much it may hold."""
        return tuple(worker.memory for worker in self._staff.workers if worker.memory is not None)

    def _can_have_two(self, _: Worker) -> bool:
        """Whether a worker has room beside the one that it is to replace."""
        return self._room() > len(self._staff.workers)

    def _room(self) -> int:
        """For how many workers there is room now."""
        return self._fewest

    async def start(self) -> None:
        """Start workers, and wait until as many as are needed are warm."""
        self._check_open()
        if self._started:
            raise ExecutorError("The executor was started already.")
        self._started = True
        try:
            await self._staff.start()
        except BaseException as error:  # noqa: BLE001 - raised again, when everything is stopped
            reason = ExecutorClosedError() if self._closed else error
            await self.close()
            raise reason from None

    async def dream(self, request: DreamRequest) -> AsyncGenerator[Progress | Dream]:
        """Wait for a worker, then tell how the dream goes on; see :meth:`DreamExecutor.dream`."""
        if request.time_limit is None:
            request = replace(request, time_limit=self._time_limit)
        # Of workers that told something, and of those that did not: where a machine is lost, some that stand
        # idle there still look alive for a moment.
        tries = {True: 0, False: 0}
        again = False
        while True:
            place = await self._take_place(again=again)
            worker = self._staff.at(place)
            was_alive, told, again = worker.alive, False, True
            mailbox = worker.open_mailbox()
            self._attend_to(place, mailbox, request)
            try:
                while not isinstance(event := await mailbox.take(), Dream):
                    told = True
                    yield event
            except WorkerLostError as lost:
                if self._closed:
                    raise ExecutorClosedError from lost
                tries[told] += was_alive  # one that died idle has not tried
                if tries[told] == _TRIES:
                    raise
                _log.warning("%s The dream is tried once more.", lost)
                continue
            finally:
                mailbox.leave()
            yield event
            return

    async def close(self) -> None:
        """Stop everything and leave no worker behind."""
        self._closed = True
        self._line.send_away(ExecutorClosedError())
        for chore in tuple(self._chores):
            chore.cancel()
        await asyncio.gather(*self._chores, return_exceptions=True)
        await self._staff.close()

    async def _take_place(self, *, again: bool) -> int:
        self._check_open()
        if not self._started:
            raise ExecutorError("The executor was not started.")
        place = await self._line.take(again=again)
        self._check_open()
        return place

    def _check_open(self) -> None:
        if self._closed:
            raise ExecutorClosedError

    def _attend_to(self, place: int, mailbox: Mailbox, request: DreamRequest) -> None:
        """See to a dream's worker in a task of its own: it is not held by a reader who pauses or is gone."""
        chore = asyncio.create_task(self._see_through(place, mailbox, request))
        self._chores.add(chore)
        chore.add_done_callback(self._chores.discard)
        # Only closing ends a chore before its dream; a reader must not be left waiting then.
        chore.add_done_callback(lambda _: mailbox.put_end(ExecutorClosedError()))

    async def _see_through(self, place: int, mailbox: Mailbox, request: DreamRequest) -> None:
        """Begin a dream, stop it where its reader leaves, and get its place ready for the next."""
        worker = self._staff.at(place)
        deadline = None
        if request.time_limit is not None:
            deadline = asyncio.get_running_loop().time() + max(0.0, request.time_limit) + self._overtime
        try:
            async with asyncio.timeout_at(deadline):
                await worker.begin(mailbox, request)
                await mailbox.freed()
            if mailbox.grown:
                await self._staff.renew(place)
                await self._await_file(mailbox, request, deadline)
                return
            if not mailbox.ended:
                async with asyncio.timeout(self._overtime):
                    await worker.stop(mailbox)
        except TimeoutError:
            mailbox.put_end(_too_long(request))
            with contextlib.suppress(TimeoutError):  # nobody else shall lose a dream over it
                async with asyncio.timeout(self._overtime):
                    await worker.files()
            await worker.kill()
        except ExecutorError as error:
            mailbox.put_end(error)
        await self._staff.renew(place)

    async def _await_file(self, mailbox: Mailbox, request: DreamRequest, deadline: float | None) -> None:
        """See to a dream of which only the file is missing.

        Its worker may be at somebody's next dream, and is not killed. Should the file never be done, the next
        dream finds no room for its own, and runs into its own deadline.
        """
        try:
            async with asyncio.timeout_at(None if deadline is None else deadline + self._overtime):
                await mailbox.over()
        except TimeoutError:
            mailbox.put_end(_too_long(request))


def _too_long(request: DreamRequest) -> Exception:
    """Why a dream that does not end is given up; without a limit, one that nobody reads any more."""
    if request.time_limit is None:
        return WorkerLostError("The worker did not stop, and was killed.")
    return TimeLimitError(seconds=request.time_limit)

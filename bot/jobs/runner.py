"""Decides which job is dreamed when."""

import asyncio
import contextlib
import logging
import time
from collections import Counter
from collections.abc import Awaitable, Callable, Collection
from functools import partial

from bot.background import Background
from bot.clock import now
from bot.delivery.notifier import Notifier
from bot.jobs.active_job import ActiveJob
from bot.jobs.completion import JobCompleter
from bot.jobs.forecast import Forecaster
from bot.jobs.lifecycle import JobLifecycle, write_progress
from bot.jobs.queue import FairQueue, Slots
from bot.models import Job, Reply, State
from bot.storage.jobs import JobStore
from bot.telemetry.log import job_context
from bot.telemetry.metrics import Metrics

_log = logging.getLogger(__name__)

_FORECAST_SECONDS = 5.0
"""The interval at which the forecasts of waiting jobs are renewed."""
_PAUSE_SECONDS = 3.0
"""The time limit for telling the owners of waiting jobs that the bot stops."""


class Runner:
    """Queues jobs fairly, and starts as many as the executor has capacity for.

    While a motion runs, one more still per worker may start: the executor runs it after the present chunk.

    Args:
        lifecycle: Takes a started job to its end.
        store: Stores the jobs' places in the queue.
        notifier: Shows the jobs' cards.
        completer: Ends jobs that leave the queue.
        forecaster: Estimates when jobs will be done.
        background: Runs the started jobs.
        metrics: Counts started jobs.
        clock: Returns the time in Unix seconds.
    """

    def __init__(
        self,
        *,
        lifecycle: JobLifecycle,
        store: JobStore,
        notifier: Notifier,
        completer: JobCompleter,
        forecaster: Forecaster,
        background: Background,
        metrics: Metrics,
        clock: Callable[[], float] = now,
    ) -> None:
        self._lifecycle = lifecycle
        self._store = store
        self._notifier = notifier
        self._completer = completer
        self._forecaster = forecaster
        self._background = background
        self._metrics = metrics
        self._clock = clock
        self._queue = FairQueue()
        self._waiting: dict[str, Job] = {}
        self._active: dict[str, ActiveJob] = {}
        self._changed = asyncio.Event()
        self._spare = asyncio.Event()
        self._stopping = False
        self._resumed: frozenset[str] = frozenset()

    def start(self) -> None:
        """Start to take jobs from the queue."""
        self._background.start(self._serve(), "the runner")

    def restore(self, jobs: Collection[Job]) -> None:
        """Restore the turns of jobs from before a restart.

        Args:
            jobs: The unfinished jobs; :meth:`requeue` queues those that have not ended.
        """
        self._resumed = frozenset(job.id for job in jobs)
        self._queue.resume([(job.user_id, job.turn) for job in jobs])

    async def requeue(self, job: Job) -> None:
        """Queue a job from before a restart at the turn that it had.

        Raises:
            JobGoneError: The job was deleted meanwhile.
        """
        self._wait(await write_progress(self._store, job, state=State.QUEUED))

    async def enqueue(self, job: Job) -> Job:
        """Queue a job whose pictures are stored.

        Returns:
            The job with its turn.

        Raises:
            OverAlreadyRefusal: The job was deleted meanwhile.
        """
        turn = self._queue.turn_for(job.user_id)
        job = await self._store.queue(job, turn)
        self._wait(job)
        if self._stopping:
            await self._notifier.tell_paused(job)
        return job

    async def cancel(self, job_id: str, reply: Reply | None = None, *, forget: bool = False) -> bool:
        """Stop a job that waits or is being dreamed.

        Args:
            job_id: The job's id.
            reply: Where to confirm it; by default where the job's answer would have gone.
            forget: Whether the job is about to be deleted, so that its card must not offer to try it again.

        Returns:
            Whether the job was stopped in time.
        """
        if self._queue.remove(job_id):
            if forget:
                self._waiting[job_id] = self._waiting[job_id].but(source=None)
            await self._end_waiting(job_id, partial(self._completer.end_cancelled, reply=reply, refund=True))
            self._changed.set()
            return True
        active = self._active.get(job_id)
        if active is None or active.settled or active.stopped or active.task is None:
            return False
        active.stopped, active.forgotten, active.told_at = True, forget, reply
        active.task.cancel()
        await asyncio.wait([active.task])
        return True

    async def abandon(self, jobs: Collection[str]) -> None:
        """Stop jobs that were deleted, and wait for those that are about to end.

        Args:
            jobs: The ids of the jobs.
        """
        for job_id in jobs:
            await self.cancel(job_id)
        ending = [active.task for job_id, active in self._active.items() if job_id in jobs and active.task]
        if ending:
            await asyncio.wait(ending)

    async def stop(self, seconds: float) -> None:
        """Start no further job, and interrupt the running ones after a time; all of them stay stored.

        Args:
            seconds: How long running jobs have to end by themselves.
        """
        self._stopping = True
        self._spare.clear()
        running = [active.task for active in self._active.values() if active.task]
        if running:
            await asyncio.wait(running, timeout=seconds)
        for active in self._active.values():
            if active.task and not active.settled:
                active.task.cancel()
        await asyncio.gather(*running, return_exceptions=True)
        with contextlib.suppress(TimeoutError):
            async with asyncio.timeout(_PAUSE_SECONDS):
                await asyncio.gather(*(self._notifier.tell_paused(job) for job in self._waiting.values()))

    def next_free_slot_at(self, user_id: int) -> float:
        """Estimate when one more job of a person could be queued, in Unix seconds."""
        return self._forecaster.next_free_slot_at(user_id, self._active.values())

    async def wait_for_spare_capacity(self) -> int:
        """Wait until the executor could start a still although no job wants to start.

        Returns:
            How many workers are free; 0 if a still would share its worker with a motion.
        """
        await self._spare.wait()
        return max(0, self._lifecycle.capacity - len(self._dreaming()))

    @property
    def load(self) -> tuple[int, int]:
        """How many jobs wait, and how many are being dreamed."""
        return len(self._queue), len(self._active)

    @property
    def people(self) -> int:
        """How many people have a job that waits or is being dreamed."""
        active = (one.job.user_id for one in self._active.values())
        return len({job.user_id for job in self._waiting.values()}.union(active))

    async def _serve(self) -> None:
        while True:
            self._changed.clear()
            pause: float | None = _FORECAST_SECONDS if self._waiting else None
            try:
                if not self._stopping:
                    await self._end_jobs_without_messages()
                    self._start_jobs()
                    workers = self._lifecycle.capacity
                    self._forecaster.renew(
                        self._queue, self._waiting, self._dreaming(), workers, self._lifecycle.slowdown
                    )
            except Exception:  # noqa: BLE001 - a failed round must not end the loop
                _log.exception("A round of the queue failed.")
                pause = _FORECAST_SECONDS
            with contextlib.suppress(TimeoutError):
                async with asyncio.timeout(pause):
                    await self._changed.wait()

    def _start_jobs(self) -> None:
        """Start jobs while the executor has capacity; stills also start beside motions."""
        while not self._stopping:
            dreaming = self._dreaming()
            motions = sum(active.job.motion is not None for active in dreaming)
            slots = Slots(self._lifecycle.capacity, len(dreaming) - motions, motions)
            running = Counter(active.job.user_id for active in dreaming)
            job_id = self._queue.take(running, slots)
            if job_id is None:
                self._note_spare_capacity(slots)
                return
            job = self._waiting.pop(job_id)
            estimate = self._forecaster.estimate(job.options, job.work)
            if estimate is not None:
                estimate *= self._lifecycle.slowdown(len(dreaming) + 1)
            if estimate is not None and job.motion is None and len(dreaming) >= self._lifecycle.capacity:
                estimate += min(one.chunk_seconds for one in dreaming if one.job.motion is not None)
            active = ActiveJob(job, estimate, since=time.monotonic(), resumed=job.id in self._resumed)
            self._active[job.id] = active
            self._metrics.dream_began(self._clock() - job.created_at)
            with job_context(job.id):
                active.task = self._background.start(self._run(active), f"job {job.id}")

    def _note_spare_capacity(self, slots: Slots) -> None:
        if slots.admits(is_motion=False):
            self._spare.set()
        else:
            self._spare.clear()

    def _dreaming(self) -> list[ActiveJob]:
        """The jobs that occupy the executor; a dream that is only being encoded does not."""
        return [active for active in self._active.values() if not active.is_unencoded]

    async def _end_jobs_without_messages(self) -> None:
        """End jobs whose messages were deleted while they waited."""
        for job in tuple(self._waiting.values()):
            if self._notifier.live_card(job).gone.is_set() and self._queue.remove(job.id):
                await self._end_waiting(job.id, partial(self._completer.end_lost, refund=True))

    async def _end_waiting(self, job_id: str, end: Callable[[Job], Awaitable[object]]) -> None:
        """End a job that has left the queue; if the end cannot be stored, the job waits again."""
        job = self._waiting.pop(job_id)
        try:
            await end(job)
        except BaseException:
            self._wait(job)
            raise

    def _wait(self, job: Job) -> None:
        self._waiting[job.id] = job
        seconds = self._forecaster.estimate(job.options, job.work)
        is_motion = job.motion is not None
        self._queue.add(job.id, job.user_id, job.turn, seconds, job.max_running, is_motion=is_motion)
        self._changed.set()

    async def _run(self, active: ActiveJob) -> None:
        try:
            interrupted = await self._lifecycle.run(active, self._changed.set)
            if interrupted is not None:
                self._waiting[interrupted.id] = interrupted
        finally:
            del self._active[active.job.id]
            self._changed.set()

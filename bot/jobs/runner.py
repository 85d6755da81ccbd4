"""Sees jobs through: from the queue to the executor, and on to their owners."""

import asyncio
import contextlib
import logging
import time
from collections import Counter
from collections.abc import Awaitable, Callable, Collection
from functools import partial
from typing import Any

from bot.background import Background
from bot.clock import now
from bot.delivery.routes import VISIT
from bot.delivery.service import Delivery
from bot.errors import JobGoneError
from bot.jobs.active import Active
from bot.jobs.completion import JobCompleter
from bot.jobs.execution import AnswerGoneError, JobExecutor
from bot.jobs.forecast import Forecaster
from bot.jobs.queue import FairQueue
from bot.jobs.speeds import Speeds
from bot.models import Job, Outcome, Reply, State
from bot.storage.blocklist import Blocklist
from bot.storage.disk_errors import describe_storage_error, is_storage_error, retry_until_stored
from bot.storage.jobs import JobStore
from bot.storage.pictures import PictureStore
from bot.telemetry.log import job_context
from bot.telemetry.metrics import Metrics
from dream_engine.dreams import Dream
from dream_engine.errors import DreamError, TensorFlowMissingError, WeightsError
from dream_engine.executors.base import ExecutorClosedError
from dream_engine.shapes import work

_log = logging.getLogger(__name__)

_THE_OPERATORS = (WeightsError, TensorFlowMissingError)
"""What the person who asked cannot put right."""
_FORECAST_SECONDS = 5.0
_LOOK_SECONDS = 5.0
"""So long a start waits for what Discord tells of the jobs that were left; the rest are taken up later."""
_MAX_ATTEMPTS = 3
"""A job that was begun so often and never ended may be what ends the bot."""
_PAUSE_SECONDS = 3.0
"""For so long people are told that the bot stops."""


class Runner:
    """Decides what is dreamed when, and sees it through.

    Args:
        job_executor: Dreams them.
        store: Keeps the jobs.
        pictures: Keeps their dreams.
        delivery: Speaks to their owners.
        completer: Ends them.
        forecaster: Tells those who wait.
        background: Where all of it goes on.
        blocklist: Whom the operator does not serve.
        speeds: Learns how long dreams take.
        metrics: Counts.
        clock: Tells the Unix seconds.
    """

    def __init__(
        self,
        job_executor: JobExecutor,
        store: JobStore,
        pictures: PictureStore,
        delivery: Delivery,
        completer: JobCompleter,
        forecaster: Forecaster,
        background: Background,
        blocklist: Blocklist,
        speeds: Speeds,
        metrics: Metrics,
        clock: Callable[[], float] = now,
    ) -> None:
        self._job_executor = job_executor
        self._store = store
        self._pictures = pictures
        self._delivery = delivery
        self._completer = completer
        self._forecaster = forecaster
        self._background = background
        self._blocklist = blocklist
        self._speeds = speeds
        self._metrics = metrics
        self._clock = clock
        self._queue = FairQueue()
        self._waiting: dict[str, Job] = {}
        self._active: dict[str, Active] = {}
        self._changed = asyncio.Event()
        self._stopping = False
        self._left_over: frozenset[str] = frozenset()

    async def start(self) -> None:
        """Take up what was left when the bot stopped, and serve from now on."""
        for job in await self._store.in_states(State.DREAMED):
            if job.reply.attempt == VISIT:  # nobody can see whether it arrived; its owner is asked
                await self._completer.keep(job)
            else:
                self._completer.deliver(job, again=True)
        await self._completer.resume()
        left = await self._store.in_states(State.QUEUED, State.RUNNING)
        self._left_over = frozenset(job.id for job in left)
        self._queue.resume([(job.user_id, job.turn) for job in left])
        looks = [self._background.start(self._end_shown(job), f"looking for job {job.id}") for job in left]
        if looks:
            await asyncio.wait(looks, timeout=_LOOK_SECONDS)
        for job, look in zip(left, looks, strict=True):
            if look.done():
                await self._take_up(job, look)
            else:
                self._background.start(self._take_up(job, look), f"taking up job {job.id}")
        self._background.start(self._serve(), "the runner")

    async def end_as_shown(self, job: Job) -> bool:
        """End a job from before a restart if Discord shows that it had ended.

        Returns:
            Whether it has.
        """
        state = await self._end_shown(job)
        if state is None:
            return False
        await self._end_as(job, state)
        return True

    async def _end_shown(self, job: Job) -> State | None:
        """How a job has ended by what Discord shows; ``None`` where that is not to be seen."""
        try:
            return await self._delivery.end_shown(job)
        except Exception:  # noqa: BLE001 - it is looked for once more before it is delivered
            _log.exception("Whether job %s was answered cannot be seen.", job.id)
            return None

    async def _end_as(self, job: Job, state: State) -> None:
        """Write down the end that a job had before the restart."""
        _log.info("Job %s had ended before the bot was stopped: %s.", job.id, state)
        is_paid = state is State.DELIVERED or (state is State.CANCELLED and job.state is State.RUNNING)
        await self._completer.write_down(job, state, refund=not is_paid)

    async def _take_up(self, job: Job, look: Awaitable[State | None]) -> None:
        """Queue a job from before a restart again, unless Discord shows that it had ended.

        One that cannot be dreamed any more is ended.
        """
        state = await look
        if state is not None:
            await self._end_as(job, state)
            return
        if job.attempts >= _MAX_ATTEMPTS:
            error = RuntimeError(f"the bot ended {job.attempts} times while dreaming it")
            await self._completer.failed(job, error)
            return
        try:
            self._wait(await self._written(job, state=State.QUEUED))
        except Exception as error:  # noqa: BLE001 - one job must not keep the others from being served
            await self._completer.failed(job, error)

    async def enqueue(self, job: Job) -> Job:
        """Let a job wait for its turn; its pictures are kept."""
        turn = self._queue.turn_for(job.user_id)
        job = await self._store.queue(job, turn)
        self._wait(job)
        if self._stopping:
            await self._delivery.tell_paused(job)
        return job

    async def cancel(self, job_id: str, reply: Reply | None = None) -> bool:
        """Stop a job that waits or is being dreamed.

        Args:
            job_id: The job.
            reply: Where that is told, if not where the job's answer would have gone.

        Returns:
            Whether it was not too late.
        """
        if self._queue.remove(job_id):
            await self._end_waiting(job_id, partial(self._completer.cancelled, reply=reply, refund=True))
            self._changed.set()
            return True
        active = self._active.get(job_id)
        if active is None or active.settled or active.stopped or active.task is None:
            return False
        active.stopped, active.told_at = True, reply
        active.task.cancel()
        await asyncio.wait([active.task])
        return True

    async def abandon(self, jobs: Collection[str]) -> None:
        """Stop jobs that were deleted, also those that are about to end.

        Args:
            jobs: Their ids.
        """
        for job_id in jobs:
            await self.cancel(job_id)
        ending = [active.task for job_id, active in self._active.items() if job_id in jobs and active.task]
        if ending:
            await asyncio.wait(ending)

    async def stop(self, seconds: float) -> None:
        """Begin nothing any more; what runs has so many seconds left, and what waits is kept."""
        self._stopping = True
        running = [active.task for active in self._active.values() if active.task]
        if running:
            await asyncio.wait(running, timeout=seconds)
        for active in self._active.values():
            if active.task and not active.settled:
                active.task.cancel()
        await asyncio.gather(*running, return_exceptions=True)
        with contextlib.suppress(TimeoutError):
            async with asyncio.timeout(_PAUSE_SECONDS):
                await asyncio.gather(*(self._delivery.tell_paused(job) for job in self._waiting.values()))

    def room_at(self, user_id: int) -> float:
        """When one more job of a person will find room, in Unix seconds, estimated."""
        return self._forecaster.room_at(user_id, self._active.values())

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
                    await self._lose_what_is_gone()
                    self._begin_what_fits()
                    workers = self._job_executor.capacity
                    self._forecaster.renew(self._queue, self._waiting, self._growing(), workers)
            except Exception:  # noqa: BLE001 - whatever it is, the next round comes
                _log.exception("A round of the queue failed.")
                pause = _FORECAST_SECONDS
            with contextlib.suppress(TimeoutError):
                async with asyncio.timeout(pause):
                    await self._changed.wait()

    def _begin_what_fits(self) -> None:
        while not self._stopping and len(growing := self._growing()) < self._job_executor.capacity:
            running = Counter(active.job.user_id for active in growing)
            job_id = self._queue.take(running)
            if job_id is None:
                return
            job = self._waiting.pop(job_id)
            active = Active(job, self._forecaster.estimate(job.options, job.work), since=time.monotonic())
            self._active[job.id] = active
            self._metrics.dream_began(self._clock() - job.created_at)
            with job_context(job.id):
                active.task = self._background.start(self._see_through(active), f"job {job.id}")

    def _growing(self) -> list[Active]:
        """What takes up the executor; a grown dream does not, while its file is written."""
        return [active for active in self._active.values() if not active.grown]

    async def _lose_what_is_gone(self) -> None:
        """Let go of jobs whose messages were deleted while they waited."""
        for job in tuple(self._waiting.values()):
            if self._delivery.live_card(job).gone.is_set() and self._queue.remove(job.id):
                await self._end_waiting(job.id, partial(self._completer.lost, refund=True))

    async def _end_waiting(self, job_id: str, end: Callable[[Job], Awaitable[object]]) -> None:
        """End a job that has left the queue; what could not be written down goes on waiting."""
        job = self._waiting.pop(job_id)
        try:
            await end(job)
        except BaseException:
            self._wait(job)
            raise

    def _wait(self, job: Job) -> None:
        self._waiting[job.id] = job
        seconds = self._forecaster.estimate(job.options, job.work)
        self._queue.add(job.id, job.user_id, job.turn, seconds, job.max_running)
        self._changed.set()

    async def _see_through(self, active: Active) -> None:
        """Dream a job, and then end it; only the dreaming can be cancelled."""
        end = await self._dream_to_an_end(active)
        active.settled = True
        try:
            await end()
        except JobGoneError:
            self._completer.forgotten(active.job)
        except Exception as error:  # noqa: BLE001 - the store itself may have failed
            trouble = None if is_storage_error(error) else error
            _log.error("Job %s is taken up after a restart: %s", active.job.id, error, exc_info=trouble)
        finally:
            del self._active[active.job.id]
            self._changed.set()

    async def _dream_to_an_end(self, active: Active) -> Callable[[], Awaitable[object]]:
        """Dream a job; returns how it ends."""
        job = active.job
        try:
            check = partial(self._blocklist.check, job.user_id, job.reply.server_id)
            await retry_until_stored(check)  # since they asked
            active.job = job = await self._begun(job)
            dream = await self._job_executor.dream(active, self._changed.set)
        except (asyncio.CancelledError, ExecutorClosedError):
            if active.stopped:
                return partial(self._completer.cancelled, job, active.told_at, refund=False)
            return partial(self._put_back, job)
        except Exception as error:  # noqa: BLE001 - whatever it is, its owner is told, and the next is served
            return self._end_after(job, error)
        return partial(self._finish, job, dream)

    def _end_after(self, job: Job, error: Exception) -> Callable[[], Awaitable[object]]:
        """How a job ends that came to no dream."""
        if isinstance(error, JobGoneError):
            return partial(self._end_deleted, job)
        if isinstance(error, AnswerGoneError):
            return partial(self._completer.lost, job)
        if isinstance(error, DreamError) and not isinstance(error, _THE_OPERATORS):
            return partial(self._completer.refused, job, error)
        return partial(self._completer.failed, job, error)

    async def _begun(self, job: Job) -> Job:
        return await self._written(job, state=State.RUNNING, attempts=job.attempts + 1)

    async def _written(self, job: Job, **changes: Any) -> Job:
        """Write down how far a job is; that may be missing, and the dream not.

        Raises:
            JobGoneError: It was deleted meanwhile.
        """
        try:
            return await self._store.change(job, **changes)
        except Exception as error:
            if not is_storage_error(error):
                raise
            _log.error("Job %s goes on all the same. %s", job.id, describe_storage_error(error))
            return job.but(**changes)

    async def _put_back(self, job: Job) -> None:
        self._waiting[job.id] = await self._store.change(job, state=State.QUEUED, attempts=job.attempts - 1)

    async def _end_deleted(self, job: Job) -> None:
        self._completer.forgotten(job)

    async def _finish(self, job: Job, dream: Dream) -> None:
        """Keep a dream, and let it be delivered; where it cannot be kept, at least that."""
        outcome = Outcome.of(dream)
        try:
            async with self._pictures.keeping(dream.image, job.user_id) as digest:
                job = await self._store.record_dream(job, digest, outcome)
        except JobGoneError:
            self._completer.forgotten(job)
            return
        except Exception as error:  # noqa: BLE001 - whatever it is, the dream is there, and not lost
            trouble = None if is_storage_error(error) else error
            _log.error(
                "Job %s is delivered, but not kept. %s",
                job.id,
                describe_storage_error(error),
                exc_info=trouble,
            )
            job = job.but(state=State.DREAMED, outcome=outcome)
        # One of before a restart may have been delivered, and only that not written down.
        self._completer.deliver(job, dream.image, again=job.id in self._left_over)
        await self._learn(job, dream)

    async def _learn(self, job: Job, dream: Dream) -> None:
        """Take into account how long a dream took; that may be missing from the store."""
        done = work([(o.height, o.width) for o in dream.octaves], dream.settings.iterations) / 1e6
        backbone = dream.settings.backbone
        speed = self._speeds.learn(backbone, job.options.preset, done, dream.seconds)
        self._metrics.dream_done(job.options.preset, backbone, dream.seconds)
        try:
            await self._store.speeds.save(backbone, job.options.preset, speed)
        except Exception as error:
            if not is_storage_error(error):
                raise
            _log.error("The speed of %s is not kept. %s", job.options.preset, describe_storage_error(error))

"""Sees jobs through: from the queue to the executor, and on to their owners."""

import asyncio
import contextlib
import logging
import time
from collections.abc import Callable
from dataclasses import dataclass
from functools import partial

from bot.background import Background
from bot.clock import now
from bot.jobs.endings import Endings
from bot.jobs.queue import FairQueue, Forecast, Running
from bot.jobs.record import Job, Outcome, Reply, State
from bot.jobs.speeds import Speeds
from bot.jobs.store import JobStore
from bot.pictures import PictureStore
from bot.replies import cards
from bot.replies.delivery import Delivery
from bot.wish import Wish
from dream_engine.dreams import Dream, DreamRequest, Progress
from dream_engine.errors import DreamError, TensorFlowMissingError, WeightsError
from dream_engine.executor import DreamExecutor, ExecutorClosedError
from dream_engine.settings import DreamSettings

_log = logging.getLogger(__name__)

_FORECAST_SECONDS = 5.0
_MOST_TRIES = 3
"""A job that was begun so often and never ended may be what ends the bot."""
_PAUSE_SECONDS = 3.0
"""For so long people are told that the bot stops."""
_UNKNOWN_SECONDS = 60.0
"""When to try again, where nothing is known of how long it takes."""
_NEWS_SECONDS = 20.0
"""A shift of the forecast by so much is worth an edit."""


@dataclass(frozen=True, slots=True)
class Limits:
    """What every dream is held to.

    Attributes:
        time_limit: How many seconds it may take.
        preview_seconds: How many seconds lie between two previews.
    """

    time_limit: float
    preview_seconds: float


@dataclass(slots=True)
class _Active:
    """A job that is being dreamed."""

    job: Job
    estimate: float | None
    task: asyncio.Task[None] | None = None
    since: float = 0.0
    stopped: bool = False
    told_at: Reply | None = None
    dreamed: bool = False

    def seconds_left(self) -> float | None:
        """Until it is done, estimated."""
        return None if self.estimate is None else max(0.0, self.estimate - (time.monotonic() - self.since))

    def heard(self, progress: Progress) -> None:
        if progress.seconds_left is not None:
            self.estimate, self.since = progress.seconds_left, time.monotonic()


class Runner:
    """Holds the executor, and everything that waits for it.

    Args:
        executor: Dreams.
        store: Keeps the jobs.
        pictures: Keeps their pictures.
        delivery: Speaks to their owners.
        endings: Ends them.
        background: Where all of it goes on.
        settings_of: What a wish comes to.
        limits: What every dream is held to.
        speeds: How long dreams take.
        clock: Tells the Unix seconds.
    """

    def __init__(
        self,
        executor: DreamExecutor,
        store: JobStore,
        pictures: PictureStore,
        delivery: Delivery,
        endings: Endings,
        background: Background,
        settings_of: Callable[[Wish], DreamSettings],
        limits: Limits,
        speeds: Speeds,
        clock: Callable[[], float] = now,
    ) -> None:
        self._executor = executor
        self._store = store
        self._pictures = pictures
        self._delivery = delivery
        self._background = background
        self._settings_of = settings_of
        self._limits = limits
        self._speeds = speeds
        self._clock = clock
        self._queue = FairQueue()
        self._waiting: dict[str, Job] = {}
        self._active: dict[str, _Active] = {}
        self._forecasts: dict[str, Forecast] = {}
        self._changed = asyncio.Event()
        self._endings = endings
        self._stopping = False

    async def start(self) -> None:
        """Take up what was left when the bot stopped, and serve from now on."""
        for job in await self._store.in_states(State.DREAMED):
            self._endings.deliver(job, again=True)
        left = await self._store.in_states(State.QUEUED, State.RUNNING)
        self._queue.resume([(job.user_id, job.turn) for job in left])
        for job in left:
            if job.tries >= _MOST_TRIES:
                await self._endings.failed(
                    job, RuntimeError(f"the bot ended {job.tries} times while dreaming it")
                )
            else:
                self._wait(await self._store.change(job, state=State.QUEUED))
        self._background.start(self._serve(), "the runner")

    async def enqueue(self, job: Job) -> Job:
        """Let a job wait for its turn; its pictures are kept."""
        turn = self._queue.turn_for(job.user_id)
        job = await self._store.queue(job, turn)
        self._wait(job)
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
            await self._endings.cancelled(self._waiting.pop(job_id), reply, refund=True)
            self._changed.set()
            return True
        active = self._active.get(job_id)
        if active is None or active.dreamed or active.stopped or active.task is None:
            return False
        active.stopped, active.told_at = True, reply
        active.task.cancel()
        await asyncio.wait([active.task])
        return True

    async def stop(self, seconds: float) -> None:
        """Begin nothing any more; what runs has so many seconds left, and what waits is kept."""
        self._stopping = True
        running = [active.task for active in self._active.values() if active.task]
        if running:
            await asyncio.wait(running, timeout=seconds)
        for task in running:
            task.cancel()
        await asyncio.gather(*running, return_exceptions=True)
        with contextlib.suppress(TimeoutError):
            async with asyncio.timeout(_PAUSE_SECONDS):
                await asyncio.gather(*(self._delivery.tell_paused(job) for job in self._waiting.values()))

    def forecast(self, job_id: str) -> Forecast | None:
        """What the owner of a job that waits can be told; ``None`` if it does not wait."""
        return self._forecasts.get(job_id)

    def estimate(self, wish: Wish, work: float) -> float | None:
        """How many seconds a dream will take, if that can be told."""
        with contextlib.suppress(DreamError):  # a wish of before the bot was changed may be none any more
            return self._speeds.estimate(self._settings_of(wish).backbone, wish.preset, work)
        return None

    def room_at(self, user_id: int) -> float:
        """When one more job will find room: when the first that waits of a person, or else of all, is begun.

        Args:
            user_id: The person.

        Returns:
            The Unix time, estimated.
        """
        own = [active.seconds_left() for active in self._active.values() if active.job.user_id == user_id]
        everybody = [active.seconds_left() for active in self._active.values()]
        known = [seconds for seconds in own or everybody if seconds is not None]
        return self._clock() + max(min(known, default=_UNKNOWN_SECONDS), 1.0)

    @property
    def load(self) -> tuple[int, int]:
        """How many jobs wait, and how many are being dreamed."""
        return len(self._queue), len(self._active)

    async def _serve(self) -> None:
        while True:
            self._changed.clear()
            while not self._stopping and len(self._active) < self._executor.capacity:
                job_id = self._queue.take({active.job.user_id for active in self._active.values()})
                if job_id is None:
                    break
                self._begin(self._waiting.pop(job_id))
            if not self._stopping:
                await self._tell_those_who_wait()
            with contextlib.suppress(TimeoutError):
                async with asyncio.timeout(_FORECAST_SECONDS if self._waiting else None):
                    await self._changed.wait()

    def _wait(self, job: Job) -> None:
        self._waiting[job.id] = job
        self._queue.add(job.id, job.user_id, job.turn, self.estimate(job.wish, job.work))
        self._changed.set()

    async def _tell_those_who_wait(self) -> None:
        running = [Running(active.job.user_id, active.seconds_left()) for active in self._active.values()]
        self._forecasts = self._queue.forecast(running, self._executor.capacity)
        for job_id, forecast in self._forecasts.items():
            job = self._waiting[job_id]
            card = self._delivery.card(job)
            done_at = None if forecast.seconds is None else self._clock() + forecast.seconds
            draw = partial(cards.waiting, self._delivery.texts(job), job, forecast.place, done_at)
            card.show(draw, gist=(forecast.place, done_at and round(done_at / _NEWS_SECONDS)))
        gone = [job for job in self._waiting.values() if self._delivery.card(job).gone.is_set()]
        for job in gone:
            if self._queue.remove(job.id):
                del self._waiting[job.id]
                await self._endings.lost(job)

    def _begin(self, job: Job) -> None:
        active = _Active(job, self.estimate(job.wish, job.work), since=time.monotonic())
        self._active[job.id] = active
        active.task = self._background.start(self._see_through(active), f"job {job.id}")

    async def _see_through(self, active: _Active) -> None:
        job = active.job
        try:
            job = active.job = await self._store.change(job, state=State.RUNNING, tries=job.tries + 1)
            dream = await self._dream(active)
            active.dreamed = True
            job = await self._keep(job, dream)
            self._endings.deliver(job, dream.image)
        except asyncio.CancelledError:
            if not active.stopped:  # the bot stops
                await self._put_back(job)
                raise
            await self._endings.cancelled(job, active.told_at, refund=False)
        except ExecutorClosedError:
            await self._put_back(job)
        except _GoneError:
            await self._endings.lost(job)
        except (WeightsError, TensorFlowMissingError) as error:  # the operator's to mend
            await self._endings.failed(job, error)
        except DreamError as error:
            await self._endings.refused(job, error)
        except Exception as error:  # noqa: BLE001 - whatever it is, its owner is told, and the next is served
            await self._endings.failed(job, error)
        finally:
            del self._active[job.id]
            self._changed.set()

    async def _put_back(self, job: Job) -> None:
        self._waiting[job.id] = await self._store.change(job, state=State.QUEUED, tries=job.tries - 1)

    async def _dream(self, active: _Active) -> Dream:
        job = active.job
        card = self._delivery.card(job)
        request = DreamRequest(
            source=await self._pictures.get(job.source),
            settings=self._settings_of(job.wish),
            guide=None if job.guide is None else await self._pictures.get(job.guide),
            preset=job.wish.preset,
            most_bytes=job.reply.most_bytes,
            preview_seconds=self._limits.preview_seconds / 2,  # so that one is fresh when the card is due
            time_limit=self._limits.time_limit,
        )
        texts, preview = self._delivery.texts(job), None
        async with contextlib.aclosing(self._executor.dream(request)) as events:
            async for event in events:
                if isinstance(event, Dream):
                    return event
                if card.gone.is_set():
                    raise _GoneError
                active.heard(event)
                preview = event.preview or preview
                left = active.seconds_left()
                done_at = None if left is None else self._clock() + left
                card.show(partial(cards.dreaming, texts, job, event, done_at, preview))
        raise RuntimeError("the executor ended without a dream")

    async def _keep(self, job: Job, dream: Dream) -> Job:
        speed = self._speeds.learn(dream.settings.backbone, job.wish.preset, job.work, dream.seconds)
        await self._store.keep_speed(dream.settings.backbone, job.wish.preset, speed)
        digest = await self._pictures.put(dream.image)
        return await self._store.change(job, state=State.DREAMED, dream=digest, outcome=Outcome.of(dream))


class _GoneError(Exception):
    """Nobody can see the answer any more."""

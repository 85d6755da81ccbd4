"""Dreams one job on the executor, and shows its progress on its card."""

import asyncio
import contextlib
from collections.abc import Callable
from dataclasses import dataclass, field
from functools import partial

from bot.clock import now
from bot.delivery import cards
from bot.delivery.notifier import Notifier
from bot.jobs.active_job import ActiveJob, AnswerGoneError
from bot.jobs.motion_execution import FinishedMotion, MotionExecutor, file_format_of
from bot.models import Job
from bot.options import DreamOptions
from bot.storage.pictures import PictureStore
from dream_engine.dreams import Dream, DreamRequest
from dream_engine.executors.base import DreamExecutor
from dream_engine.motion.clips import ClipLimits
from dream_engine.motion.preparation import MotionRequest, still_of
from dream_engine.motion.recognition import is_video
from dream_engine.settings import DreamSettings

_SILENT_SECONDS = 1.0
"""After so long without a report, a still's card shows 0 %.

Its worker may have to start or to compile first, or to finish a motion's chunk.
"""


@dataclass(frozen=True, slots=True)
class DreamLimits:
    """The limits of every dream.

    Attributes:
        time_limit: The seconds that a dream may take.
        preview_seconds: The seconds between two previews.
        clips: The bounds of moving sources.
    """

    time_limit: float
    preview_seconds: float
    clips: ClipLimits = field(default_factory=ClipLimits)


class JobExecutor:
    """Dreams jobs on the executor.

    Args:
        executor: Computes the dreams.
        motions: Dreams the jobs that move.
        pictures: Stores the jobs' pictures.
        notifier: Shows the progress.
        settings_of: Converts options into the engine's settings.
        limits: The limits of every dream.
        clock: Returns the time in Unix seconds.
    """

    def __init__(
        self,
        *,
        executor: DreamExecutor,
        motions: MotionExecutor,
        pictures: PictureStore,
        notifier: Notifier,
        settings_of: Callable[[DreamOptions], DreamSettings],
        limits: DreamLimits,
        clock: Callable[[], float] = now,
    ) -> None:
        self._executor = executor
        self._motions = motions
        self._pictures = pictures
        self._notifier = notifier
        self._settings_of = settings_of
        self._limits = limits
        self._clock = clock

    @property
    def capacity(self) -> int:
        """How many jobs can be dreamed at the same time."""
        return self._executor.capacity

    @property
    def shares_cores(self) -> bool:
        """Whether jobs that are dreamed at the same time compute on the same cores."""
        return self._executor.shares_cores

    async def dream(self, active: ActiveJob, on_unencoded: Callable[[], None]) -> Dream | FinishedMotion:
        """Dream a job.

        Args:
            active: The job; its progress is updated.
            on_unencoded: Called when only the encoding of the dream is left.

        Raises:
            AnswerGoneError: The message with the answer was deleted.
            DreamError: The job's owner can put the cause right.
            ExecutorError: The executor failed or was closed.
        """
        job = active.job
        if job.motion is not None:
            return await self._motions.dream(active, await self._motion_request(job), on_unencoded)
        card, texts, preview = self._notifier.live_card(job), self._notifier.texts(job), None
        # Without a time: the estimate is about the dream alone.
        begun = partial(cards.dreaming, texts, job, 0.0, None, None)
        beginning = asyncio.get_running_loop().call_later(_SILENT_SECONDS, card.show, begun)
        try:
            async with contextlib.aclosing(self._executor.dream(await self._request(job))) as events:
                async for event in events:
                    beginning.cancel()
                    if isinstance(event, Dream):
                        return event
                    if card.gone.is_set():
                        raise AnswerGoneError
                    active.update(event.fraction, event.seconds_left)
                    if active.is_unencoded:
                        on_unencoded()
                    preview = event.preview or preview
                    left = active.seconds_left()
                    done_at = None if left is None else self._clock() + left
                    card.show(partial(cards.dreaming, texts, job, event.fraction, done_at, preview))
        finally:
            beginning.cancel()
        raise RuntimeError("the executor ended without a dream")

    async def _request(self, job: Job) -> DreamRequest:
        source = await self._pictures.get(job.source)
        if is_video(source):  # of an animation, the worker itself reads the first frame
            source = await asyncio.to_thread(still_of, source, self._limits.clips)
        return DreamRequest(
            source=source,
            settings=self._settings_of(job.options),
            guide=None if job.guide is None else await self._pictures.get(job.guide),
            preset=job.options.preset,
            max_bytes=job.reply.max_bytes,
            preview_seconds=self._limits.preview_seconds / 2,  # so that the card shows a fresh one
            time_limit=self._limits.time_limit,
            mask=None if job.mask is None else await self._pictures.get(job.mask),
        )

    async def _motion_request(self, job: Job) -> MotionRequest:
        source = await self._pictures.get(job.source)
        return MotionRequest(
            source=source,
            settings=self._settings_of(job.options),
            motion=job.options.motion_settings,
            file_format=file_format_of(job, source),
            guide=None if job.guide is None else await self._pictures.get(job.guide),
            mask=None if job.mask is None else await self._pictures.get(job.mask),
            preset=job.options.preset,
            max_bytes=job.reply.max_bytes,
            preview_seconds=self._limits.preview_seconds / 2,
            chunk_seconds=self._limits.time_limit,
            limits=self._limits.clips,
        )

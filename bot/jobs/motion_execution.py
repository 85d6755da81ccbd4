"""Dreams one motion on the executor, and shows its progress on its card."""

import asyncio
import contextlib
import io
import logging
from collections.abc import AsyncGenerator, Callable
from dataclasses import dataclass, field
from functools import partial
from typing import cast

from PIL import Image

from bot.clock import now
from bot.delivery import motion_cards
from bot.delivery.notifier import Notifier
from bot.jobs.active_job import ActiveJob, AnswerGoneError
from bot.models import Job, Outcome
from bot.storage.motions import MotionFolders, translating_full_disks
from dream_engine.executors.base import DreamExecutor
from dream_engine.frames import Frame
from dream_engine.motion.animation import AnimationFormat
from dream_engine.motion.plan import CHUNK_FRAMES
from dream_engine.motion.preparation import MotionRequest
from dream_engine.motion.recognition import is_video
from dream_engine.motion.runner import MotionDream, MotionProgress, dream_motion
from dream_engine.motion.store import FrameStore

_log = logging.getLogger(__name__)

_PRICE_SECONDS = 5.0
"""How long a motion's start waits for Discord to show its price."""


@dataclass(frozen=True, slots=True)
class FinishedMotion:
    """A finished motion as it is delivered.

    Attributes:
        image: The content of the animation's file.
        outcome: The facts on its card.
    """

    image: bytes = field(repr=False)
    outcome: Outcome


class MotionExecutor:
    """Dreams motions chunk by chunk. Their frames stay in their folder until their jobs end.

    Args:
        executor: Computes the chunks.
        folders: Keeps the frames.
        notifier: Shows the progress.
        clock: Returns the time in Unix seconds.
    """

    def __init__(
        self,
        *,
        executor: DreamExecutor,
        folders: MotionFolders,
        notifier: Notifier,
        clock: Callable[[], float] = now,
    ) -> None:
        self._executor = executor
        self._folders = folders
        self._notifier = notifier
        self._clock = clock

    async def dream(
        self, active: ActiveJob, request: MotionRequest, on_unencoded: Callable[[], None]
    ) -> FinishedMotion:
        """Dream a motion, from its last finished chunk on.

        Args:
            active: The job; its progress is updated.
            request: The motion.
            on_unencoded: Called when only the file is left to write.

        Raises:
            AnswerGoneError: The message with the answer was deleted.
            DreamError: The job's owner can put the cause right.
            ExecutorError: The executor failed or was closed.
        """
        if active.job.price > 1:
            active.fraction = await asyncio.to_thread(self._folders.fraction, active.job.id)
            await self._show_price(active)
        store = await asyncio.to_thread(self._folders.open, active.job.id)
        output = self._folders.folder(active.job.id) / f"animation.{request.file_format}"
        with translating_full_disks():
            events = dream_motion(self._executor, request, store, output)
            dream = await self._show(active, events, on_unencoded)
            return await asyncio.to_thread(_finished, active.job, dream, store)

    async def _show_price(self, active: ActiveJob) -> None:
        """Show what a motion costs, unless its card has shown that while it waited.

        Raises:
            AnswerGoneError: The message with the answer was deleted.
        """
        job = active.job
        card, left = self._notifier.live_card(job), active.seconds_left()
        if not card.answered.is_set():
            done_at = None if left is None else self._clock() + left
            texts = self._notifier.texts(job)
            card.show(partial(motion_cards.starting, texts, job, done_at, active.fraction))
            await card.wait_until_answered(_PRICE_SECONDS)
        if card.gone.is_set():
            raise AnswerGoneError

    async def _show(
        self,
        active: ActiveJob,
        events: AsyncGenerator[MotionProgress | Frame | MotionDream],
        on_unencoded: Callable[[], None],
    ) -> MotionDream:
        """Show the progress of a motion until it is finished."""
        job = active.job
        card, texts = self._notifier.live_card(job), self._notifier.texts(job)
        preview = None
        async with contextlib.aclosing(events):
            async for event in events:
                if isinstance(event, MotionDream):
                    return event
                if card.gone.is_set():
                    raise AnswerGoneError
                if isinstance(event, Frame):
                    _log.debug("Frame %d of job %s is finished.", event.index, job.id)
                    continue
                active.update(event.fraction, event.seconds_left)
                if event.seconds_left is not None and event.frame < event.frames:
                    frame_seconds = event.seconds_left / (event.frames - event.frame)
                    active.chunk_seconds = CHUNK_FRAMES * frame_seconds
                if active.is_unencoded:
                    on_unencoded()
                preview = event.preview or preview
                left = active.seconds_left()
                done_at = None if left is None else self._clock() + left
                card.show(partial(motion_cards.moving, texts, job, event, done_at, preview))
        raise RuntimeError("the executor ended without a motion")


def file_format_of(job: Job, source: bytes) -> AnimationFormat:
    """The encoding of a motion's file: as its owner asked; else MP4 for a video and WebP otherwise."""
    if job.options.file_format is not None:
        return cast("AnimationFormat", job.options.file_format)
    return "mp4" if job.motion == "clip" and is_video(source) else "webp"


def _finished(job: Job, dream: MotionDream, store: FrameStore) -> FinishedMotion:
    with Image.open(io.BytesIO(store.frame(dream.plan.sequence[0]))) as first:
        width, height = first.size
    outcome = Outcome.of_motion(dream, height=height, width=width)
    changes = {"guided": job.guide is not None, "masked": job.mask is not None}
    return FinishedMotion(dream.rendition.path.read_bytes(), outcome.model_copy(update=changes))

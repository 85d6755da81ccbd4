"""One job on the executor, from its first step to its dream, told on its owner's card."""

import contextlib
from collections.abc import Callable
from dataclasses import dataclass
from functools import partial

from bot.clock import now
from bot.delivery import cards
from bot.delivery.service import Delivery
from bot.jobs.active import Active
from bot.options import DreamOptions
from bot.storage.pictures import PictureStore
from dream_engine.dreams import Dream, DreamRequest
from dream_engine.executors.base import DreamExecutor
from dream_engine.settings import DreamSettings


@dataclass(frozen=True, slots=True)
class DreamLimits:
    """What every dream is held to.

    Attributes:
        time_limit: How many seconds it may take.
        preview_seconds: How many seconds lie between two previews.
    """

    time_limit: float
    preview_seconds: float


class AnswerGoneError(Exception):
    """Nobody can see the answer any more."""


class JobExecutor:
    """Has jobs dreamed.

    Args:
        executor: Dreams.
        pictures: Keeps their pictures.
        delivery: Shows them growing.
        settings_of: What a wish comes to.
        limits: What every dream is held to.
        clock: Tells the Unix seconds.
    """

    def __init__(
        self,
        executor: DreamExecutor,
        pictures: PictureStore,
        delivery: Delivery,
        settings_of: Callable[[DreamOptions], DreamSettings],
        limits: DreamLimits,
        clock: Callable[[], float] = now,
    ) -> None:
        self._executor = executor
        self._pictures = pictures
        self._delivery = delivery
        self._settings_of = settings_of
        self._limits = limits
        self._clock = clock

    @property
    def capacity(self) -> int:
        """How many jobs can be dreamed at once."""
        return self._executor.capacity

    async def dream(self, active: Active, on_grown: Callable[[], None]) -> Dream:
        """Dream a job.

        Args:
            active: The job, which is told how far it is.
            on_grown: Called when nothing but the dream's file is missing.

        Raises:
            AnswerGoneError: Its message was deleted meanwhile.
            DreamError: There is something that its owner can put right.
            ExecutorError: The executor failed, or was closed.
        """
        job = active.job
        card = self._delivery.live_card(job)
        texts, preview = self._delivery.texts(job), None
        async with contextlib.aclosing(self._executor.dream(await self._request(active))) as events:
            async for event in events:
                if isinstance(event, Dream):
                    return event
                if card.gone.is_set():
                    raise AnswerGoneError
                active.heard(event)
                if active.grown:
                    on_grown()
                preview = event.preview or preview
                left = active.seconds_left()
                done_at = None if left is None else self._clock() + left
                card.show(partial(cards.dreaming, texts, job, event, done_at, preview))
        raise RuntimeError("the executor ended without a dream")

    async def _request(self, active: Active) -> DreamRequest:
        job = active.job
        return DreamRequest(
            source=await self._pictures.get(job.source),
            settings=self._settings_of(job.options),
            guide=None if job.guide is None else await self._pictures.get(job.guide),
            preset=job.options.preset,
            max_bytes=job.reply.max_bytes,
            preview_seconds=self._limits.preview_seconds / 2,  # so that one is fresh when the card is due
            time_limit=self._limits.time_limit,
        )

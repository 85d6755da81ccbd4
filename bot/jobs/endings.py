"""How jobs end: each way is written down, and then told."""

import asyncio
import logging
import secrets
from collections.abc import Coroutine
from typing import Any

from bot.background import Background
from bot.jobs.record import Job, Reply, State
from bot.jobs.store import JobStore
from bot.pictures import PictureStore
from bot.replies.delivery import Delivery
from dream_engine.errors import DreamError, TimeLimitError

_log = logging.getLogger(__name__)


class Endings:
    """Ends jobs.

    Args:
        store: Where it is written down.
        pictures: Where their dreams are.
        delivery: Tells their owners.
        background: Where telling goes on, while the next job is begun.
    """

    def __init__(
        self, store: JobStore, pictures: PictureStore, delivery: Delivery, background: Background
    ) -> None:
        self._store = store
        self._pictures = pictures
        self._delivery = delivery
        self._background = background
        self._telling: set[asyncio.Task[None]] = set()

    def deliver(self, job: Job, image: bytes | None = None, *, again: bool = False) -> None:
        """The job is dreamed: its owner gets it.

        Args:
            job: The job.
            image: The dream's file, where it is at hand.
            again: It may have been delivered before the bot was stopped.
        """
        self._tell(job, self._deliver(job, image, again=again))

    async def cancelled(self, job: Job, reply: Reply | None, *, refund: bool) -> None:
        """Its owner, or a moderator, stopped it.

        Args:
            job: The job.
            reply: Where that is told, if not where the job's answer would have gone.
            refund: Whether it had not begun yet.
        """
        if refund:
            job = await self._store.refund(job)
        await self._store.end(job, State.CANCELLED)
        _log.info("Job %s was cancelled.", job.id)
        if reply is not None:  # of whoever clicked; the card stays in its owner's language
            job = job.but(reply=reply.model_copy(update={"locale": job.reply.locale}))
        await self._delivery.tell_cancelled(job)

    async def refused(self, job: Job, error: DreamError) -> None:
        """There is something that its owner can put right."""
        if not isinstance(error, TimeLimitError):  # that one has cost what it was worth
            job = await self._store.refund(job)
        await self._store.end(job, State.REFUSED)
        _log.info("Job %s was refused: %s", job.id, type(error).__name__)
        self._tell(job, self._delivery.tell_refused(job, error))

    async def failed(self, job: Job, error: Exception) -> None:
        """It failed through our fault."""
        reference = secrets.token_hex(4)
        _log.error("Job %s failed; its owner has the reference %s.", job.id, reference, exc_info=error)
        job = await self._store.refund(job)
        await self._store.end(job, State.FAILED)
        self._tell(job, self._delivery.tell_failed(job, reference))

    async def lost(self, job: Job) -> None:
        """Its message was deleted."""
        _log.info("Job %s ends: its message was deleted.", job.id)
        await self._store.end(job, State.LOST)
        await self._delivery.close_card(job)

    async def finish(self, seconds: float) -> None:
        """Let what is being told arrive, for so many seconds; a dream that did not comes another time."""
        if self._telling:
            await asyncio.wait(self._telling, timeout=seconds)

    def _tell(self, job: Job, telling: Coroutine[Any, Any, None]) -> None:
        task = self._background.start(telling, f"answering job {job.id}")
        self._telling.add(task)
        task.add_done_callback(self._telling.discard)

    async def _deliver(self, job: Job, image: bytes | None, *, again: bool) -> None:
        try:
            if image is None:
                image = await self._pictures.get(job.dream)
            if job.outcome is None:
                raise RuntimeError("a dream without an outcome")
            state, outcome = await self._delivery.deliver(job, job.outcome, image, again=again)
        except Exception as error:  # noqa: BLE001 - whatever it is, its owner is told
            await self.failed(job, error)
            return
        job = await self._store.change(job, outcome=outcome)
        if state is State.KEPT:
            await self._store.keep(job)
        else:
            await self._store.end(job, state)

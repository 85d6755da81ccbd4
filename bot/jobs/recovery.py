"""Continues after a restart the jobs that the bot had not finished."""

import asyncio
import logging
from collections.abc import Awaitable

from bot.background import Background
from bot.delivery.routes import LATER_INTERACTION
from bot.delivery.service import Delivery
from bot.jobs.completion import JobCompleter
from bot.jobs.dream_delivery import DreamDeliverer
from bot.jobs.runner import Runner
from bot.models import Job, State
from bot.rate_limit import price_used
from bot.storage.jobs import JobStore
from bot.storage.motions import MotionFolders

_log = logging.getLogger(__name__)

_LOOKUP_SECONDS = 5.0
"""The start waits this long for what Discord shows of unfinished jobs; the others continue later."""
_MAX_ATTEMPTS = 3
"""A job that was begun this often and never ended may itself crash the bot."""


class JobRecovery:
    """Queues unfinished jobs again, unless Discord shows that they had ended.

    Args:
        store: Stores the jobs.
        folders: Keeps the frames of their motions.
        delivery: Looks up on Discord how a job ended.
        completer: Ends jobs.
        deliverer: Delivers finished dreams.
        runner: Queues the other jobs.
        background: Runs the lookups.
    """

    def __init__(
        self,
        *,
        store: JobStore,
        folders: MotionFolders,
        delivery: Delivery,
        completer: JobCompleter,
        deliverer: DreamDeliverer,
        runner: Runner,
        background: Background,
    ) -> None:
        self._store = store
        self._folders = folders
        self._delivery = delivery
        self._completer = completer
        self._deliverer = deliverer
        self._runner = runner
        self._background = background

    async def start(self) -> None:
        """Deliver what was dreamed, tell what was not told yet, and queue the rest."""
        for job in await self._store.in_states(State.DREAMED):
            if job.reply.attempt == LATER_INTERACTION:  # its arrival is unknown
                await self._completer.keep(job)
            else:
                self._deliverer.deliver(job, again=True)
        await self._completer.resume()
        unfinished = await self._store.in_states(State.QUEUED, State.RUNNING)
        self._runner.restore(unfinished)
        lookups = [
            self._background.start(self._end_shown(job), f"looking for job {job.id}") for job in unfinished
        ]
        if lookups:
            await asyncio.wait(lookups, timeout=_LOOKUP_SECONDS)
        for job, lookup in zip(unfinished, lookups, strict=True):
            if lookup.done():
                await self._continue(job, lookup)
            else:
                self._background.start(self._continue(job, lookup), f"taking up job {job.id}")

    async def end_as_shown(self, job: Job) -> bool:
        """End a job from before the restart if Discord shows that it had ended.

        Returns:
            Whether it had ended.
        """
        state = await self._end_shown(job)
        if state is None:
            return False
        await self._end_as(job, state)
        return True

    async def _end_shown(self, job: Job) -> State | None:
        """Look up how a job ended by what Discord shows; ``None`` if that cannot be seen."""
        try:
            return await self._delivery.end_shown(job)
        except Exception:  # noqa: BLE001 - the delivery looks for it once more
            _log.exception("Could not check whether job %s was answered.", job.id)
            return None

    async def _end_as(self, job: Job, state: State) -> None:
        """Store the end that a job had before the restart."""
        _log.info("Job %s had ended before the bot was stopped: %s.", job.id, state)
        was_running = state is State.CANCELLED and job.state is State.RUNNING
        cost = None
        if was_running and job.price > 1:
            fraction = await asyncio.to_thread(self._folders.fraction, job.id)
            cost = price_used(job.price, fraction)
        is_paid = state is State.DELIVERED or was_running
        await self._completer.store_end(job, state, refund=not is_paid, cost=cost)

    async def _continue(self, job: Job, lookup: Awaitable[State | None]) -> None:
        """Queue a job again, or end it if Discord shows its end or if it was attempted too often."""
        state = await lookup
        if state is not None:
            await self._end_as(job, state)
            return
        if job.attempts >= _MAX_ATTEMPTS and await self._is_stuck(job):
            error = RuntimeError(f"the bot ended {job.attempts} times while dreaming it")
            await self._completer.end_failed(job, error)
            return
        try:
            await self._runner.requeue(job)
        except Exception as error:  # noqa: BLE001 - one job must not keep the others from being dreamed
            await self._completer.end_failed(job, error)

    async def _is_stuck(self, job: Job) -> bool:
        """Whether the attempts brought a job no further; a motion gets further with every chunk."""
        if job.motion is None:
            return True
        return await asyncio.to_thread(self._folders.is_stuck, job.id, _MAX_ATTEMPTS)

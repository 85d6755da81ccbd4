"""Delivers finished dreams, and stores how far each delivery is."""

import asyncio
import contextlib
import logging
from collections.abc import Collection
from functools import partial
from typing import Any

from bot.delivery.service import Delivery
from bot.errors import JobGoneError
from bot.jobs.completion import JobCompleter
from bot.models import Job, Outcome, State
from bot.storage.disk_errors import describe_storage_error, is_storage_error, retry_until_stored
from bot.storage.jobs import JobStore
from bot.storage.pictures import PictureStore

_log = logging.getLogger(__name__)


class DreamDeliverer:
    """Stores finished dreams and sends them to their owners.

    Args:
        store: Stores the jobs.
        pictures: Stores the dreams.
        delivery: Sends the dreams.
        completer: Ends the jobs.
    """

    def __init__(
        self, *, store: JobStore, pictures: PictureStore, delivery: Delivery, completer: JobCompleter
    ) -> None:
        self._store = store
        self._pictures = pictures
        self._delivery = delivery
        self._completer = completer
        self._deliveries: dict[asyncio.Task[Any], Job] = {}

    async def store_and_deliver(self, job: Job, image: bytes, outcome: Outcome, *, again: bool) -> None:
        """Store a dream, and start its delivery; without disk space, deliver it all the same.

        Args:
            job: The job.
            image: The finished dream's file.
            outcome: The facts on its card.
            again: Whether an earlier run of the bot may have delivered it already.
        """
        try:
            async with self._pictures.keeping(image, job.user_id) as digest:
                job = await self._store.record_dream(job, digest, outcome)
        except JobGoneError:
            self._completer.tell_deleted(job)
            return
        except Exception as error:  # noqa: BLE001 - the dream is in memory and must not be lost
            bug = None if is_storage_error(error) else error
            _log.error(
                "Job %s is delivered, but not kept. %s", job.id, describe_storage_error(error), exc_info=bug
            )
            job = job.but(state=State.DREAMED, outcome=outcome)
        self.deliver(job, image, again=again)

    def deliver(self, job: Job, image: bytes | None = None, *, again: bool = False) -> None:
        """Start to deliver a dream.

        Args:
            job: The job.
            image: The dream's file; ``None`` to read it from the picture store.
            again: Whether an earlier run of the bot may have delivered it already.
        """
        delivery = self._deliver_unless_deleted(job, image, again=again)
        task = self._completer.run_in_background(job, delivery)
        self._deliveries[task] = job
        task.add_done_callback(self.mark_delivered)

    def mark_delivered(self, task: asyncio.Task[Any] | None) -> None:
        """Note that a dream has arrived, so that :meth:`abandon` does not interrupt what is left to store.

        Args:
            task: The task of the delivery.
        """
        if task is not None:
            self._deliveries.pop(task, None)

    async def abandon(self, jobs: Collection[str]) -> None:
        """Interrupt the deliveries of jobs that were deleted.

        Args:
            jobs: The ids of the jobs.
        """
        deliveries = {task: job for task, job in self._deliveries.items() if job.id in jobs}
        for task in deliveries:
            task.cancel()
        await asyncio.gather(*deliveries, return_exceptions=True)
        for task, job in deliveries.items():
            if task.cancelled():
                self._completer.tell_deleted(job)

    async def keep_dream(self, job: Job, image: bytes, pending_message: str | None = None) -> Job:
        """Keep a dream for its owner, and store it if there was no disk space for it before.

        Args:
            job: The job.
            image: The dream's file.
            pending_message: The sentence that its card is still to show.
        """
        if job.dream is None:
            job = await retry_until_stored(partial(self._store_dream, job, image))
        return await self._completer.keep(job, pending_message)

    async def store_attempt(self, job: Job, route: str) -> None:
        """Store the route over which a dream is about to be sent; without disk space, go on without it.

        Raises:
            JobGoneError: The job was deleted.
        """
        try:
            await self._store.record_attempt(job, route)
        except Exception as error:
            if not is_storage_error(error):
                raise
            _log.error(
                "The delivery attempt of job %s could not be stored. %s",
                job.id,
                describe_storage_error(error),
            )

    def store_outcome(self, job: Job) -> None:
        """Store what the card of a dream shows, as soon as there is disk space for it."""
        self._completer.run_in_background(job, self._store_outcome(job))

    async def _deliver_unless_deleted(self, job: Job, image: bytes | None, *, again: bool) -> None:
        try:
            await self._deliver(job, image, again=again)
        except JobGoneError:
            _log.info("Job %s ends: it was deleted while it was delivered.", job.id)

    async def _deliver(self, job: Job, image: bytes | None, *, again: bool) -> None:
        try:
            if image is None:
                image = await retry_until_stored(partial(self._pictures.get, job.dream))
            if job.outcome is None:
                raise RuntimeError("a dream without an outcome")
        except Exception as error:  # noqa: BLE001 - the owner is told of every failure
            await self._completer.end_failed(job, error)
            return
        record = _Record(self, self._completer, job, image)
        try:
            await self._delivery.deliver(job, job.outcome, image, record, again=again)
        except JobGoneError:
            raise
        except Exception:
            if record.has_ended:  # if the end was not stored, the next start looks for the dream
                raise
            _log.exception(
                "Job %s could not be delivered; it is kept until its owner uses the bot again.", job.id
            )
            await record.end(State.KEPT, job.outcome)
        if record.pending_message is not None:  # the card shows it by now, or cannot
            await retry_until_stored(partial(self._store.clear_pending_message, record.job))

    async def _store_dream(self, job: Job, image: bytes) -> Job:
        async with self._pictures.keeping(image, job.user_id) as digest:
            return await self._store.change(job, dream=digest, outcome=job.outcome)

    async def _store_outcome(self, job: Job) -> None:
        with contextlib.suppress(JobGoneError):
            await retry_until_stored(partial(self._store.change, job, outcome=job.outcome))


class _Record:
    """Stores how far the delivery of one dream is.

    Args:
        deliverer: Stores attempts and outcomes.
        completer: Ends the job.
        job: The job.
        image: The dream's file.

    Attributes:
        job: The job as it is now.
        has_ended: Whether the delivery is over.
        pending_message: The sentence that the job's card was still to show at the end.
    """

    def __init__(self, deliverer: DreamDeliverer, completer: JobCompleter, job: Job, image: bytes) -> None:
        self.job = job
        self.has_ended = False
        self.pending_message: str | None = None
        self._deliverer = deliverer
        self._completer = completer
        self._image = image

    async def attempt(self, route: str) -> None:
        """Store that the dream is about to be sent over a route other than the interaction's answer."""
        self.job = self.job.but(reply=self.job.reply.attempting(route))
        await self._deliverer.store_attempt(self.job, route)

    async def end(self, state: State, outcome: Outcome, pending_message: str | None = None) -> None:
        """Store that the delivery is over, before anything else happens."""
        self.has_ended, self.pending_message = True, pending_message
        self._deliverer.mark_delivered(asyncio.current_task())
        changed = outcome != self.job.outcome
        self.job = self.job.but(outcome=outcome)
        if state is State.KEPT:
            job = self.job.but(reply=self.job.reply.attempting(None))
            self.job = await self._deliverer.keep_dream(job, self._image, pending_message)
        else:
            self.job = await self._completer.store_end(self.job, state, pending_message=pending_message)
        if changed:
            self._deliverer.store_outcome(self.job)

"""How jobs end: each way is written down, and then told."""

import asyncio
import contextlib
import logging
import secrets
from collections.abc import Awaitable, Callable, Collection, Coroutine
from functools import partial
from typing import Any, TypeVar

from bot.background import Background
from bot.delivery.service import Delivery
from bot.errors import DownloadRefusal, JobGoneError
from bot.models import Job, Outcome, Reply, State
from bot.storage.disk_errors import describe_storage_error, is_storage_error, retry_until_stored
from bot.storage.jobs import JobStore
from bot.storage.pictures import PictureStore
from bot.telemetry.log import job_context
from bot.telemetry.metrics import Metrics
from dream_engine.errors import DreamError, PictureError, TimeLimitError

_Result = TypeVar("_Result")
_log = logging.getLogger(__name__)


class JobCompleter:
    """Ends jobs.

    Args:
        store: Where it is written down.
        pictures: Where their dreams are.
        delivery: Tells their owners.
        background: Where telling goes on, while the next job is begun.
        metrics: Counts refusals.
    """

    def __init__(
        self,
        store: JobStore,
        pictures: PictureStore,
        delivery: Delivery,
        background: Background,
        metrics: Metrics,
    ) -> None:
        self._store = store
        self._pictures = pictures
        self._delivery = delivery
        self._background = background
        self._metrics = metrics
        self._answering: dict[asyncio.Task[Any], str] = {}
        self._delivering: dict[asyncio.Task[Any], Job] = {}

    def deliver(self, job: Job, image: bytes | None = None, *, again: bool = False) -> None:
        """The job is dreamed: its owner gets it.

        Args:
            job: The job.
            image: The dream's file, where it is at hand.
            again: It may have been delivered before the bot was stopped.
        """
        task = self._in_background(job, self._deliver_unless_deleted(job, image, again=again))
        self._delivering[task] = job
        task.add_done_callback(self.delivered)

    async def cancelled(self, job: Job, reply: Reply | None = None, *, refund: bool) -> None:
        """Its owner, or a moderator, stopped it.

        Args:
            job: The job.
            reply: Where that is told, if not where the job's answer would have gone.
            refund: Whether it had not begun yet.
        """
        if reply is not None:  # of whoever clicked; the card stays in its owner's language
            job = job.but(reply=reply.model_copy(update={"locale": job.reply.locale}))
        _log.info("Job %s was cancelled.", job.id)
        await self._end(job, State.CANCELLED, self._delivery.texts(job)("card-cancelled"), refund=refund)

    async def refused(self, job: Job, error: DreamError) -> Job:
        """There is something that its owner can put right."""
        _log.info("Job %s was refused: %s", job.id, type(error).__name__)
        self._metrics.refused(error)
        refund = not isinstance(error, TimeLimitError)  # that one has cost what it was worth
        sentence = self._delivery.texts(job).error(error)
        bad_picture = isinstance(error, PictureError) or (
            isinstance(error, DownloadRefusal) and error.is_absent
        )
        return await self._end(job, State.REFUSED, sentence, refund=refund, bad_picture=bad_picture)

    async def failed(self, job: Job, error: Exception) -> Job:
        """It failed through our fault."""
        reference = secrets.token_hex(4)
        _log.error("Job %s failed; its owner has the reference %s.", job.id, reference, exc_info=error)
        sentence = self._delivery.texts(job)("card-failed", reference=reference)
        return await self._end(job, State.FAILED, sentence, refund=True)

    async def lost(self, job: Job, *, refund: bool = False) -> None:
        """Its message was deleted.

        Args:
            job: The job.
            refund: Whether it had not begun yet.
        """
        _log.info("Job %s ends: its message was deleted.", job.id)
        await self.write_down(job, State.LOST, refund=refund)
        await self._delivery.close_card(job)

    def forgotten(self, job: Job) -> None:
        """It was deleted while it was on its way: its card says so, and nothing is written down."""
        _log.info("Job %s ends: it was deleted.", job.id)
        sentence = self._delivery.texts(job)("card-cancelled")
        self._in_background(job, self._delivery.tell(job.but(state=State.CANCELLED), sentence))

    async def abandon(self, jobs: Collection[str]) -> None:
        """Deliver nothing more of jobs that were deleted; what is being delivered is broken off.

        Args:
            jobs: Their ids.
        """
        delivering = {task: job for task, job in self._delivering.items() if job.id in jobs}
        for task in delivering:
            task.cancel()
        await asyncio.gather(*delivering, return_exceptions=True)
        for task, job in delivering.items():
            if task.cancelled():
                self.forgotten(job)

    async def write_down(
        self,
        job: Job,
        state: State,
        *,
        pending_message: str | None = None,
        refund: bool = False,
        bad_picture: bool = False,
    ) -> Job:
        """Write down that a job is over; where the disk has no room for it, as soon as there is.

        Args:
            job: The job.
            state: How it ended.
            pending_message: What its owner is still to be told.
            refund: Whether its owner gets back what it cost.
            bad_picture: Whether it counts as one more picture of its owner that could not be dreamed.

        Returns:
            The job as it is now, or will be.
        """
        written = partial(self._end_in_store, job, state, refund=refund, bad_picture=bad_picture)
        # Its owner is told now, so that later nothing is left to tell.
        over = await self._now_or_later(job, partial(written, pending_message=pending_message), later=written)
        return over or job.but(state=state, pending_message=pending_message)

    async def keep(self, job: Job, pending_message: str | None = None) -> Job:
        """Its owner gets it at the next contact; where the disk has no room for that, as soon as there is.

        Args:
            job: The job.
            pending_message: What its card is still to say.

        Returns:
            The job as it is now, or will be.
        """
        keep = partial(self._store.keep, job)
        kept = await self._now_or_later(job, partial(keep, pending_message=pending_message), later=keep)
        return kept or job.but(state=State.KEPT, pending_message=pending_message)

    async def resume(self) -> None:
        """Tell what the bot had no time to tell before it stopped."""
        for job in await self._store.with_pending_message():
            self._in_background(job, self._tell(job, again=True))

    def told(self, job: Job) -> asyncio.Event:
        """An event that is set once nothing is being told of a job any more."""
        event = asyncio.Event()
        tasks = [task for task, job_id in self._answering.items() if job_id == job.id]
        if not tasks:
            event.set()
        for task in tasks:
            task.add_done_callback(lambda _: event.set())
        return event

    async def finish(self, seconds: float) -> None:
        """Let what is being told arrive, for so many seconds; the rest is told after a restart."""
        if self._answering:
            await asyncio.wait(self._answering, timeout=seconds)

    async def _end(
        self, job: Job, state: State, sentence: str, *, refund: bool, bad_picture: bool = False
    ) -> Job:
        job = await self.write_down(
            job, state, pending_message=sentence, refund=refund, bad_picture=bad_picture
        )
        self._in_background(job, self._tell(job))
        return job

    async def _end_in_store(self, job: Job, state: State, **details: Any) -> Job:
        """Write an end down, and let go of the pictures that the job named and names no more."""
        over = await self._store.end(job, state, **details)
        if unnamed := job.digests - over.digests:
            delete = partial(self._pictures.delete_unreferenced, unnamed)
            await self._now_or_later(job, delete, later=delete)
        return over

    async def _tell(self, job: Job, *, again: bool = False) -> None:
        await self._delivery.tell(job, job.pending_message or "", again=again)
        await retry_until_stored(partial(self._store.clear_pending_message, job))

    def delivered(self, task: asyncio.Task[Any] | None) -> None:
        """A dream is where it shall be: what is still to do, such as writing that down, is not broken off."""
        if task is not None:
            self._delivering.pop(task, None)

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
        except Exception as error:  # noqa: BLE001 - whatever it is, its owner is told
            await self.failed(job, error)
            return
        record = _Record(self, job, image)
        try:
            await self._delivery.deliver(job, job.outcome, image, record, again=again)
        except JobGoneError:
            raise
        except Exception:
            if record.has_ended:  # if that is not written down, it is looked for after a restart
                raise
            _log.exception("Job %s could not be delivered; it is kept until its owner comes again.", job.id)
            await record.end(State.KEPT, job.outcome)
        if record.still_to_say is not None:  # and is said by now, or cannot be
            await retry_until_stored(partial(self._store.clear_pending_message, record.job))

    async def keep_dream(self, job: Job, image: bytes, pending_message: str | None = None) -> Job:
        """Keep a dream for its owner, also one that there was no room for before.

        Args:
            job: The job.
            image: The dream's file.
            pending_message: What its card is still to say.
        """
        if job.dream is None:
            job = await retry_until_stored(partial(self._name_dream, job, image))
        return await self.keep(job, pending_message)

    async def note_attempt(self, job: Job, route: str) -> None:
        """Note by which way a job's dream is about to be sent; where the disk has no room, go on without.

        Raises:
            JobGoneError: The job was deleted.
        """
        try:
            await self._store.record_attempt(job, route)
        except Exception as error:
            if not is_storage_error(error):
                raise
            _log.error("The next way of job %s is not noted. %s", job.id, describe_storage_error(error))

    def note_outcome(self, job: Job) -> None:
        """Note what was told about a dream, as soon as the disk has room for it."""
        self._in_background(job, self._note_outcome(job))

    async def _note_outcome(self, job: Job) -> None:
        with contextlib.suppress(JobGoneError):
            await retry_until_stored(partial(self._store.change, job, outcome=job.outcome))

    async def _name_dream(self, job: Job, image: bytes) -> Job:
        async with self._pictures.keeping(image, job.user_id) as digest:
            return await self._store.change(job, dream=digest, outcome=job.outcome)

    async def _now_or_later(
        self, job: Job, now: Callable[[], Awaitable[_Result]], *, later: Callable[[], Awaitable[Any]]
    ) -> _Result | None:
        """Write something about a job; where that cannot be, do it in the background, and return nothing."""
        try:
            return await now()
        except Exception as error:
            if not is_storage_error(error):
                raise
            _log.error(
                "What became of job %s is written down later. %s", job.id, describe_storage_error(error)
            )
        self._in_background(job, retry_until_stored(later))
        return None

    def _in_background(self, job: Job, work: Coroutine[Any, Any, Any]) -> asyncio.Task[Any]:
        with job_context(job.id):
            task = self._background.start(work, f"answering job {job.id}")
        self._answering[task] = job.id
        task.add_done_callback(self._answering.pop)
        return task


class _Record:
    """Writes down how the delivery of a job goes on.

    Args:
        completer: Ends the job.
        job: The job.
        image: The dream's file.

    Attributes:
        job: The job as it is by now.
        has_ended: Whether the delivery is over.
        still_to_say: What the job's card was still to say then.
    """

    def __init__(self, completer: JobCompleter, job: Job, image: bytes) -> None:
        self.job = job
        self.has_ended = False
        self.still_to_say: str | None = None
        self._completer = completer
        self._image = image

    async def attempt(self, route: str) -> None:
        """The dream is about to be sent by a way other than the interaction's answer."""
        self.job = self.job.but(reply=self.job.reply.attempting(route))
        await self._completer.note_attempt(self.job, route)

    async def end(self, state: State, outcome: Outcome, still_to_say: str | None = None) -> None:
        """The delivery is over: that is written down first, since nothing else may come before it."""
        self.has_ended, self.still_to_say = True, still_to_say
        self._completer.delivered(asyncio.current_task())
        changed = outcome != self.job.outcome
        self.job = self.job.but(outcome=outcome)
        if state is State.KEPT:
            job = self.job.but(reply=self.job.reply.attempting(None))
            self.job = await self._completer.keep_dream(job, self._image, still_to_say)
        else:
            self.job = await self._completer.write_down(self.job, state, pending_message=still_to_say)
        if changed:
            self._completer.note_outcome(self.job)

"""Ends jobs: stores how each of them ended, and then tells its owner."""

import asyncio
import contextlib
import logging
import secrets
from collections.abc import Awaitable, Callable, Coroutine, Iterator
from functools import partial
from typing import Any, TypeVar

from bot.background import Background
from bot.delivery.notifier import Notifier
from bot.errors import DownloadRefusal
from bot.models import Job, Reply, State
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

    The end is stored before the owner is told, so that a killed bot tells it after the restart.

    Args:
        store: Stores how jobs ended.
        pictures: Stores their pictures.
        notifier: Tells their owners.
        background: Runs the answers while the next job begins.
        metrics: Counts refusals.
    """

    def __init__(
        self,
        *,
        store: JobStore,
        pictures: PictureStore,
        notifier: Notifier,
        background: Background,
        metrics: Metrics,
    ) -> None:
        self._store = store
        self._pictures = pictures
        self._notifier = notifier
        self._background = background
        self._metrics = metrics
        self._answers: dict[asyncio.Task[Any], str] = {}
        self._deleting: set[str | int] = set()

    async def end_cancelled(
        self, job: Job, reply: Reply | None = None, *, refund: bool, cost: int | None = None
    ) -> None:
        """End a job that its owner or a moderator has cancelled.

        Args:
            job: The job.
            reply: Where to confirm it; by default where the job's answer would have gone.
            refund: Whether the owner gets back what the job cost, because it had not begun.
            cost: The part of the price that the owner does not get back; ``None`` if ``refund`` decides.
        """
        if reply is not None:  # of the click, while the card stays in its owner's language
            job = job.but(reply=reply.model_copy(update={"locale": job.reply.locale}))
        _log.info("Job %s was cancelled.", job.id)
        texts = self._notifier.texts(job)
        sentences = [self._cancelled(job)]
        if refund:
            sentences.append(texts("card-free"))
        elif cost is not None and cost < job.price:
            sentences.append(texts("card-refunded", refund=job.price - cost, price=job.price))
        await self._end_and_tell(job, State.CANCELLED, " ".join(sentences), refund=refund, cost=cost)

    async def end_refused(self, job: Job, error: DreamError) -> Job:
        """End a job because of something that its owner can put right."""
        _log.info("Job %s was refused: %s", job.id, type(error).__name__)
        self._metrics.refused(error)
        refund = not isinstance(error, TimeLimitError)  # the machine has spent that time
        sentence = self._notifier.texts(job).error(error)
        bad_picture = isinstance(error, PictureError) or (
            isinstance(error, DownloadRefusal) and error.is_absent
        )
        return await self._end_and_tell(job, State.REFUSED, sentence, refund=refund, bad_picture=bad_picture)

    async def end_failed(self, job: Job, error: Exception) -> Job:
        """End a job because of a bug, which the log and the owner see under the same reference."""
        reference = secrets.token_hex(4)
        _log.error("Job %s failed; its owner has the reference %s.", job.id, reference, exc_info=error)
        sentence = self._notifier.texts(job)("card-failed", reference=reference)
        return await self._end_and_tell(job, State.FAILED, sentence, refund=True)

    async def end_lost(self, job: Job, *, refund: bool = False, cost: int | None = None) -> None:
        """End a job whose message was deleted.

        Args:
            job: The job.
            refund: Whether the owner gets back what the job cost, because it had not begun.
            cost: The part of the price that the owner does not get back; ``None`` if ``refund`` decides.
        """
        _log.info("Job %s ends: its message was deleted.", job.id)
        await self.store_end(job, State.LOST, refund=refund, cost=cost)
        await self._notifier.close_card(job)

    @contextlib.contextmanager
    def deleting(self, deleted: str | int) -> Iterator[None]:
        """Tell owners whose jobs end within the block because of a deletion that this is the reason.

        Args:
            deleted: The id of the job, or of the user, whose pictures are being deleted.
        """
        self._deleting.add(deleted)
        try:
            yield
        finally:
            self._deleting.discard(deleted)

    def tell_deleted(self, job: Job) -> None:
        """Show on the card of a deleted job that it is cancelled; the store holds nothing of it any more."""
        _log.info("Job %s ends: it was deleted.", job.id)
        sentence = self._cancelled(job)
        cancelled = job.but(state=State.CANCELLED, source=None)  # there is nothing to try again
        self.run_in_background(job, self._notifier.tell(cancelled, sentence))

    async def store_end(
        self,
        job: Job,
        state: State,
        *,
        pending_message: str | None = None,
        refund: bool = False,
        cost: int | None = None,
        bad_picture: bool = False,
    ) -> Job:
        """Store that a job is over; without disk space, as soon as there is some.

        Args:
            job: The job.
            state: How it ended.
            pending_message: The sentence that its owner is still to be told.
            refund: Whether its owner gets back what it cost.
            cost: The part of the price that its owner does not get back; ``None`` if ``refund`` decides.
            bad_picture: Whether it counts as one more picture of its owner that could not be dreamed.

        Returns:
            The job as the store has it, or will have it.
        """
        end = partial(self._end_in_store, job, state, refund=refund, cost=cost, bad_picture=bad_picture)
        # Its owner is told now, so that nothing is left to tell when the end is stored later.
        over = await self._now_or_later(job, partial(end, pending_message=pending_message), later=end)
        return over or job.but(state=state, pending_message=pending_message)

    async def keep(self, job: Job, pending_message: str | None = None) -> Job:
        """Keep a dream until its owner uses the bot again; without disk space, store that later.

        Args:
            job: The job.
            pending_message: The sentence that its card is still to show.

        Returns:
            The job as the store has it, or will have it.
        """
        keep = partial(self._store.keep, job)
        kept = await self._now_or_later(job, partial(keep, pending_message=pending_message), later=keep)
        return kept or job.but(state=State.KEPT, pending_message=pending_message)

    async def resume(self) -> None:
        """Tell owners what the bot had no time to tell before it stopped."""
        for job in await self._store.with_pending_message():
            self.run_in_background(job, self._tell(job, again=True))

    def answered(self, job: Job) -> asyncio.Event:
        """Return an event that is set once every answer of a job has been sent."""
        event = asyncio.Event()
        tasks = [task for task, job_id in self._answers.items() if job_id == job.id]
        if not tasks:
            event.set()
        for task in tasks:
            task.add_done_callback(lambda _: event.set())
        return event

    async def finish(self, seconds: float) -> None:
        """Wait for the answers that are being sent; the rest is sent after a restart.

        Args:
            seconds: How long to wait.
        """
        if self._answers:
            await asyncio.wait(self._answers, timeout=seconds)

    def run_in_background(self, job: Job, work: Coroutine[Any, Any, Any]) -> asyncio.Task[Any]:
        """Run one step of a job's answer in the background, where :meth:`finish` waits for it.

        Args:
            job: The job.
            work: The step.
        """
        with job_context(job.id):
            task = self._background.start(work, f"answering job {job.id}")
        self._answers[task] = job.id
        task.add_done_callback(self._answers.pop)
        return task

    def _cancelled(self, job: Job) -> str:
        """Return the sentence for a cancelled job; it names a deletion by somebody else as the reason."""
        lenders = {lent for lender in job.lenders for lent in (lender.job_id, lender.user_id)}
        is_own = not self._deleting.isdisjoint({job.id, job.user_id})
        is_others = not is_own and not self._deleting.isdisjoint(lenders)
        return self._notifier.texts(job)("card-original-deleted" if is_others else "card-cancelled")

    async def _end_and_tell(
        self,
        job: Job,
        state: State,
        sentence: str,
        *,
        refund: bool,
        cost: int | None = None,
        bad_picture: bool = False,
    ) -> Job:
        job = await self.store_end(
            job, state, pending_message=sentence, refund=refund, cost=cost, bad_picture=bad_picture
        )
        self.run_in_background(job, self._tell(job))
        return job

    async def _end_in_store(self, job: Job, state: State, **details: Any) -> Job:
        """Store an end, and delete the pictures that the job named and no longer names."""
        over = await self._store.end(job, state, **details)
        if unnamed := job.digests - over.digests:
            delete = partial(self._pictures.delete_unreferenced, unnamed)
            await self._now_or_later(job, delete, later=delete)
        return over

    async def _tell(self, job: Job, *, again: bool = False) -> None:
        await self._notifier.tell(job, job.pending_message or "", again=again)
        await retry_until_stored(partial(self._store.clear_pending_message, job))

    async def _now_or_later(
        self, job: Job, now: Callable[[], Awaitable[_Result]], *, later: Callable[[], Awaitable[Any]]
    ) -> _Result | None:
        """Write something about a job; if that is impossible, retry in the background and return nothing."""
        try:
            return await now()
        except Exception as error:
            if not is_storage_error(error):
                raise
            _log.error(
                "An update of job %s could not be stored and will be retried. %s",
                job.id,
                describe_storage_error(error),
            )
        self.run_in_background(job, retry_until_stored(later))
        return None

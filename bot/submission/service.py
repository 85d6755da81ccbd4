"""Accepts requests for dreams, and brings each of them into the queue."""

import asyncio
import logging
from collections.abc import Collection
from typing import Any

from bot.background import Background
from bot.errors import (
    DrainingRefusal,
    JobGoneError,
    NoRoomRefusal,
    OverAlreadyRefusal,
    ShuttingDownRefusal,
)
from bot.jobs.completion import JobCompleter
from bot.jobs.recovery import JobRecovery
from bot.jobs.runner import Runner
from bot.models import Job, State
from bot.storage.disk_errors import describe_storage_error, is_storage_error
from bot.storage.jobs import JobStore
from bot.submission.admission import Admission
from bot.submission.appraisal import Appraiser
from bot.submission.fetching import PictureFetcher
from bot.submission.requests import Requester, Submission
from bot.telemetry.log import job_context
from dream_engine.errors import DreamError

_log = logging.getLogger(__name__)

_FETCH_GRACE_SECONDS = 2.0
"""The time that a picture has left to arrive when the bot stops."""


class SubmissionService:
    """Takes a request from the interaction to the queue.

    Args:
        store: Stores jobs.
        admission: Checks requests and makes jobs of them.
        fetcher: Fetches the jobs' pictures.
        appraiser: Finds out how the jobs' dreams move, and charges for it.
        runner: Queues the jobs.
        recovery: Finds out how a job ended before a restart.
        completer: Ends jobs that cannot be queued.
        background: Runs the tasks that continue jobs after a restart.
    """

    def __init__(
        self,
        *,
        store: JobStore,
        admission: Admission,
        fetcher: PictureFetcher,
        appraiser: Appraiser,
        runner: Runner,
        recovery: JobRecovery,
        completer: JobCompleter,
        background: Background,
    ) -> None:
        self._store = store
        self._admission = admission
        self._fetcher = fetcher
        self._appraiser = appraiser
        self._runner = runner
        self._recovery = recovery
        self._completer = completer
        self._background = background
        self._is_open = True
        self._is_draining = False
        self._submissions: set[asyncio.Task[Any]] = set()

    @property
    def is_open(self) -> bool:
        """Whether the bot answers interactions; ``False`` once it stops."""
        return self._is_open

    @property
    def is_draining(self) -> bool:
        """Whether the bot refuses new requests while it finishes the accepted ones."""
        return self._is_draining

    def drain(self) -> None:
        """Refuse new requests until :meth:`resume` or a restart."""
        self._is_draining = True

    def resume(self) -> None:
        """Accept requests again."""
        self._is_draining = False

    async def start(self) -> None:
        """Continue the jobs whose pictures had not arrived when the bot stopped."""
        for job in await self._store.in_states(State.RECEIVED):
            with job_context(job.id):
                self._background.start(self._continue(job), f"taking up job {job.id}")

    async def close(self) -> None:
        """Refuse new requests; a job whose picture does not arrive soon continues after a restart."""
        self._is_open = False
        if self._submissions:
            await asyncio.wait(self._submissions, timeout=_FETCH_GRACE_SECONDS)
        for task in tuple(self._submissions):
            task.cancel()
        await asyncio.gather(*self._submissions, return_exceptions=True)

    async def check(self, requester: Requester, server_id: int | None) -> None:
        """Check the rules that every request must keep, whatever it asks for.

        Args:
            requester: The person, and the place of the request.
            server_id: The id of the server, even if the bot is not installed there; ``None`` elsewhere.

        Raises:
            Refusal: A rule forbids the request.
        """
        self._check_accepting()
        await self._admission.check_place(requester, server_id)

    async def submit(self, submission: Submission) -> Job:
        """Accept a request.

        Returns:
            The job. It either waits for its turn, or has ended and its owner is told why.

        Raises:
            DuplicateInteractionError: The same interaction has made a job already.
            DreamError: The request is refused; the error's sentence tells the person why.
        """
        await self._store.check_new(submission.reply.interaction_id)
        self._check_accepting()
        task = asyncio.current_task()
        if task is not None:
            self._submissions.add(task)
        try:
            job = await self._admission.admit(submission)
            is_size_open = submission.options.size is None
            return await self._queue(job, submission.requester.role_ids, is_size_open=is_size_open)
        finally:
            if task is not None:
                self._submissions.discard(task)

    def _check_accepting(self) -> None:
        if not self._is_open:
            raise ShuttingDownRefusal
        if self._is_draining:
            raise DrainingRefusal

    async def _continue(self, job: Job) -> None:
        """Continue a job from before a restart, unless Discord shows that it had ended."""
        if not await self._recovery.end_as_shown(job):
            await self._queue(job)

    async def _queue(
        self, job: Job, role_ids: Collection[int] = (), *, is_size_open: bool | None = None
    ) -> Job:
        """Fetch a job's pictures and queue it; if that fails, end it and tell its owner why."""
        try:
            job = await self._fetcher.fetch(job)
            job = await self._appraiser.appraise(job, role_ids=role_ids, is_size_open=is_size_open)
            return await self._runner.enqueue(job)
        except (JobGoneError, OverAlreadyRefusal):
            self._completer.tell_deleted(job)
            return job.but(state=State.CANCELLED)
        except DreamError as error:
            return await self._completer.end_refused(job, error)
        except Exception as error:  # noqa: BLE001 - every failure must reach the job's owner
            if is_storage_error(error):
                _log.error("Job %s is refused. %s", job.id, describe_storage_error(error))
                return await self._completer.end_refused(job, NoRoomRefusal())
            return await self._completer.end_failed(job, error)

"""Deletion of jobs and their pictures, in whatever state the jobs are."""

from collections.abc import Awaitable, Callable
from functools import partial

from bot.background import Background
from bot.jobs.completion import JobCompleter
from bot.jobs.runner import Runner
from bot.models import OPEN, Job
from bot.storage.disk_errors import is_storage_error, retry_until_stored
from bot.storage.jobs import JobStore, RemovedJobs
from bot.storage.pictures import PictureStore
from bot.submission.service import SubmissionService


class Removal:
    """Deletes jobs. Afterwards, nothing of them is stored, running or being delivered.

    Args:
        store: The store of the jobs.
        pictures: The store of their pictures.
        submissions: Abandons the downloads of deleted jobs.
        runner: Cancels deleted jobs.
        completer: Abandons the deliveries of deleted jobs.
        background: Runs the retries while the disk cannot be written.
    """

    def __init__(
        self,
        store: JobStore,
        pictures: PictureStore,
        submissions: SubmissionService,
        runner: Runner,
        completer: JobCompleter,
        background: Background,
    ) -> None:
        self._store = store
        self._pictures = pictures
        self._submissions = submissions
        self._runner = runner
        self._completer = completer
        self._background = background

    async def forget(self, user_id: int) -> None:
        """Cancel all jobs of a user, and delete them with their pictures."""
        for job in await self._store.of_user(user_id, *OPEN):
            await self._runner.cancel(job.id)
        await self._remove(partial(self._store.forget, user_id))

    async def delete(self, job: Job) -> None:
        """Cancel a job, and delete it with its pictures."""
        await self._runner.cancel(job.id)
        await self._remove(partial(self._store.delete, job))

    async def _remove(self, delete_rows: Callable[[], Awaitable[RemovedJobs]]) -> None:
        """Delete the jobs' rows first, so that nothing can be written for them, and then their pictures."""
        removed = await delete_rows()
        await self._submissions.abandon(removed.jobs)
        await self._runner.abandon(removed.jobs)
        await self._completer.abandon(removed.jobs)
        delete = partial(self._pictures.delete_unreferenced, removed.digests)
        try:
            await delete()
        except Exception as error:
            if is_storage_error(error):
                self._background.start(retry_until_stored(delete), "deleting pictures")
            raise

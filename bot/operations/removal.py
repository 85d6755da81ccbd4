"""Deletes jobs with everything that belongs to them, however far they are on their way."""

from collections.abc import Awaitable, Callable
from functools import partial

from bot.background import Background
from bot.jobs.completion import JobCompleter
from bot.jobs.runner import Runner
from bot.models import OPEN, Job
from bot.storage.disk_errors import is_storage_trouble, persistently
from bot.storage.jobs import JobStore, Removed
from bot.storage.pictures import PictureStore
from bot.submission.service import SubmissionService


class Removal:
    """Deletes jobs; when it is done, nothing of them is kept or on its way any more.

    Args:
        store: Keeps the jobs.
        pictures: Keeps their pictures.
        submissions: Fetches pictures.
        runner: Dreams.
        completer: Delivers dreams.
        background: Where it goes on while the disk cannot be written.
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
        """Stop all jobs of a person, and delete them with their pictures."""
        for job in await self._store.of_user(user_id, *OPEN):
            await self._runner.cancel(job.id)
        await self._remove(partial(self._store.forget, user_id))

    async def delete(self, job: Job) -> None:
        """Stop a job, and delete it with its pictures."""
        await self._runner.cancel(job.id)
        await self._remove(partial(self._store.delete, job))

    async def _remove(self, delete_rows: Callable[[], Awaitable[Removed]]) -> None:
        """Delete jobs' rows first, so that nothing new can be written for them, and then all the rest."""
        removed = await delete_rows()
        await self._submissions.abandon(removed.jobs)
        await self._runner.abandon(removed.jobs)
        await self._completer.abandon(removed.jobs)
        delete = partial(self._pictures.delete_unmentioned, removed.digests)
        try:
            await delete()
        except Exception as error:
            if is_storage_trouble(error):
                self._background.start(persistently(delete), "deleting pictures")
            raise

"""Deletes jobs with everything that belongs to them, at every stage of their processing."""

import asyncio
from collections.abc import Awaitable, Callable
from functools import partial

from bot.background import Background
from bot.jobs.completion import JobCompleter
from bot.jobs.dream_delivery import DreamDeliverer
from bot.jobs.runner import Runner
from bot.models import OPEN
from bot.storage.disk_errors import is_storage_error, retry_until_stored
from bot.storage.job_removal import RemovedJobs
from bot.storage.jobs import JobStore
from bot.storage.motions import MotionFolders
from bot.storage.pictures import PictureStore
from bot.submission.comparison import ComparisonService
from bot.submission.fetching import PictureFetcher


class Removal:
    """Deletes jobs. When a call returns, the bot stores, computes and sends nothing of them any more.

    That includes what other users have made of the jobs' pictures, except for the messages that they got.

    Args:
        store: Stores the jobs.
        pictures: Stores their pictures.
        folders: Keeps the frames of their motions.
        fetcher: Fetches their pictures.
        comparisons: Compares presets on their sources.
        runner: Dreams them.
        deliverer: Delivers their dreams.
        completer: Tells the owners of jobs that end by a deletion.
        background: Retries the deletion while the disk cannot be written.
    """

    def __init__(
        self,
        *,
        store: JobStore,
        pictures: PictureStore,
        folders: MotionFolders,
        fetcher: PictureFetcher,
        comparisons: ComparisonService,
        runner: Runner,
        deliverer: DreamDeliverer,
        completer: JobCompleter,
        background: Background,
    ) -> None:
        self._store = store
        self._pictures = pictures
        self._folders = folders
        self._fetcher = fetcher
        self._comparisons = comparisons
        self._runner = runner
        self._deliverer = deliverer
        self._completer = completer
        self._background = background

    async def forget(self, user_id: int) -> None:
        """Stop all jobs of a person, and delete them and their pictures."""
        with self._completer.deleting(user_id):
            for job in await self._store.of_user(user_id, *OPEN):
                await self._runner.cancel(job.id, forget=True)
            await self._remove(partial(self._store.forget, user_id))

    async def delete(self, job_id: str) -> None:
        """Stop a job, and delete it and its pictures; of an expired job, what others have made of it."""
        with self._completer.deleting(job_id):
            await self._runner.cancel(job_id, forget=True)
            await self._remove(partial(self._store.delete, job_id))

    async def _remove(self, delete_rows: Callable[[], Awaitable[RemovedJobs]]) -> None:
        """Delete the jobs' rows first, so that nothing new can be stored for them, and then the rest."""
        removed = await delete_rows()
        await self._fetcher.abandon(removed.jobs)
        await self._comparisons.abandon(removed.jobs)
        await self._runner.abandon(removed.jobs)
        await self._deliverer.abandon(removed.jobs)
        for job_id in removed.jobs:
            await asyncio.to_thread(self._folders.delete, job_id)
        delete = partial(self._pictures.delete_unreferenced, removed.digests)
        try:
            await delete()
        except Exception as error:
            if is_storage_error(error):
                self._background.start(retry_until_stored(delete), "deleting pictures")
            raise

"""Fetches the pictures of a job into the picture store."""

import asyncio
import contextlib
from collections.abc import Collection

from bot.errors import JobGoneError
from bot.models import Job
from bot.options import has_video_support
from bot.storage.jobs import JobStore
from bot.storage.pictures import PictureStore
from bot.submission.downloader import PictureDownloader
from dream_engine.errors import GuideError, MaskError, PictureError, VideoMissingError
from dream_engine.motion.recognition import is_video

_MAX_DOWNLOADS = 8
"""Limits how many jobs download at the same time, because each picture is held in memory."""


class PictureFetcher:
    """Downloads sources, guides and masks, stores them, and stops when their job is deleted.

    Args:
        downloader: Downloads pictures.
        pictures: Stores them.
        store: Stores which pictures belong to a job.
    """

    def __init__(self, *, downloader: PictureDownloader, pictures: PictureStore, store: JobStore) -> None:
        self._downloader = downloader
        self._pictures = pictures
        self._store = store
        self._slots = asyncio.Semaphore(_MAX_DOWNLOADS)
        self._tasks: dict[str, asyncio.Task[Job]] = {}

    async def fetch(self, job: Job) -> Job:
        """Fetch a job's pictures in a task of its own, which ends when the job is deleted.

        Returns:
            The job with the digests of its pictures.

        Raises:
            JobGoneError: The job was deleted meanwhile.
            DreamError: A picture cannot be fetched or is refused.
        """
        task = asyncio.create_task(self._fetch(job))
        self._tasks[job.id] = task
        try:
            await asyncio.wait([task])
        finally:
            del self._tasks[job.id]
            if not task.done():  # the caller was cancelled
                task.cancel()
                await asyncio.wait([task])
        if task.cancelled():
            raise JobGoneError
        return task.result()

    async def abandon(self, jobs: Collection[str]) -> None:
        """Stop fetching for jobs that were deleted.

        Args:
            jobs: The ids of the jobs.
        """
        tasks = [task for job_id, task in self._tasks.items() if job_id in jobs]
        for task in tasks:
            task.cancel()
        await asyncio.gather(*tasks, return_exceptions=True)

    async def _fetch(self, job: Job) -> Job:
        """Store all pictures; the picture store keeps them until the job's row names them."""
        async with self._slots, contextlib.AsyncExitStack() as held:
            source = await self._stored(held, job, job.source, job.source_url)
            try:
                guide = await self._stored(held, job, job.guide, job.guide_url)
            except PictureError as error:
                raise GuideError(problem=error) from error
            try:
                mask = await self._stored(held, job, job.mask, job.mask_url)
            except PictureError as error:
                raise MaskError(problem=error) from error
            if (source, guide, mask) == (job.source, job.guide, job.mask):
                return job
            return await self._store.change(job, source=source, guide=guide, mask=mask)

    async def _stored(
        self, held: contextlib.AsyncExitStack, job: Job, digest: str | None, url: str | None
    ) -> str | None:
        if digest is not None:
            await self._pictures.touch(digest)
            return digest
        if url is None:
            return None
        content = await self._downloader.fetch(url)
        if is_video(content) and not has_video_support():
            raise VideoMissingError
        return await held.enter_async_context(self._pictures.keeping(content, job.user_id))

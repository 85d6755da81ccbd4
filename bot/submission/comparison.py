"""Has presets compared on a picture, and limits how often a person may do so."""

import asyncio
import contextlib
from collections.abc import Callable, Collection, Iterator, Sequence

from bot.background import result_of
from bot.clock import now
from bot.errors import (
    ComparisonRateRefusal,
    ComparisonRunningRefusal,
    NoLongerKeptRefusal,
)
from bot.jobs.comparison import Comparer
from bot.models import Job
from bot.storage.pictures import PictureStore

_INTERVAL_SECONDS = 60.0
"""The least time between the starts of two comparisons of one person."""


class ComparisonService:
    """Has comparisons dreamed, each person's one at a time and at most one a minute.

    A comparison costs nothing of the rate limit. It is not stored: one that a stopping bot gives up can be
    requested again.

    Args:
        pictures: Stores the sources.
        comparer: Dreams the comparisons.
        clock: Returns the time in Unix seconds.
    """

    def __init__(
        self,
        *,
        pictures: PictureStore,
        comparer: Comparer,
        clock: Callable[[], float] = now,
    ) -> None:
        self._pictures = pictures
        self._comparer = comparer
        self._clock = clock
        self._running: set[int] = set()
        self._started: dict[int, float] = {}
        self._tasks: dict[asyncio.Task[list[bytes]], str] = {}

    @contextlib.contextmanager
    def counted(self, user_id: int) -> Iterator[None]:
        """Count a comparison against a person's limit, unless the block raises.

        Raises:
            ComparisonRunningRefusal: Another comparison of the person is not finished.
            ComparisonRateRefusal: The person started one within the last minute.
        """
        if user_id in self._running:
            raise ComparisonRunningRefusal
        earliest = self._clock() - _INTERVAL_SECONDS
        self._started = {user: started for user, started in self._started.items() if started > earliest}
        if user_id in self._started:
            raise ComparisonRateRefusal(when=self._started[user_id] + _INTERVAL_SECONDS)
        started = self._clock()
        self._running.add(user_id)
        try:
            yield
            self._started[user_id] = started
        finally:
            self._running.discard(user_id)

    async def dream(self, job: Job, presets: Sequence[str]) -> list[bytes]:
        """Dream the source of a job with some presets; see :meth:`~bot.jobs.comparison.Comparer.compare`.

        Raises:
            NoLongerKeptRefusal: The source is not stored any more, or the job was deleted meanwhile.
        """
        source = await self._pictures.get(job.source)
        task = asyncio.create_task(self._comparer.compare(source, presets))
        self._tasks[task] = job.id
        try:
            dreams = await result_of(task, on_cancel=NoLongerKeptRefusal)  # abandon() cancels the task alone
        finally:
            del self._tasks[task]
        await self._pictures.get(job.source)  # the person whose picture it is may have deleted it
        return dreams

    async def abandon(self, jobs: Collection[str]) -> None:
        """Stop the comparisons on the sources of deleted jobs.

        Args:
            jobs: The ids of the jobs.
        """
        tasks = [task for task, job_id in self._tasks.items() if job_id in jobs]
        for task in tasks:
            task.cancel()
        if tasks:
            await asyncio.wait(tasks)

    async def close(self) -> None:
        """Stop all comparisons, and start no more."""
        await self._comparer.close()

"""Pictures spread over an executor's workers."""

import asyncio
import contextlib
from collections.abc import Callable, Sequence

from dream_engine.cli.display import Display
from dream_engine.cli.files import FileTask
from dream_engine.cli.results import OF_ONE_PICTURE, Results
from dream_engine.dreams import Dream, DreamRequest
from dream_engine.executors.base import DreamExecutor

_LONGEST_WAIT = 1.0
"""The executor does not say when it can take more, so it is asked again after so many seconds."""


class BatchRunner:
    """Has many pictures dreamed side by side, as many as the executor takes at once.

    A picture is read when its turn has come, so that a folder of any size needs little memory.

    Args:
        executor: Dreams; not started yet.
        request_for: Reads an errand's picture, and says what shall become of it.
        shown: Shows how it goes.
        results: Gathers what comes of it.
    """

    def __init__(
        self,
        executor: DreamExecutor,
        request_for: Callable[[FileTask], DreamRequest],
        shown: Display,
        results: Results,
    ) -> None:
        self._executor = executor
        self._request_for = request_for
        self._shown = shown
        self._results = results
        self._growing: set[FileTask] = set()
        self._news = asyncio.Event()

    async def run(self, errands: Sequence[FileTask]) -> None:
        """Start the executor, dream everything, and close it, whatever happens.

        Raises:
            DreamError: What the caller can put right, where it is not about one picture among others.
            ExecutorError: The executor cannot be started, or failed.
        """
        try:
            await self._executor.start()
            async with asyncio.TaskGroup() as group:
                for errand in errands:
                    await self._room()
                    self._growing.add(errand)
                    group.create_task(self._dream(errand))
        except ExceptionGroup as failures:
            raise failures.exceptions[0] from None
        finally:
            await self._executor.close()

    async def _room(self) -> None:
        """Wait until the executor can take one more; one it always has, or it would never be asked."""
        while len(self._growing) >= max(1, self._executor.capacity):
            self._news.clear()
            with contextlib.suppress(TimeoutError):
                async with asyncio.timeout(_LONGEST_WAIT):
                    await self._news.wait()

    async def _dream(self, errand: FileTask) -> None:
        try:
            dream = await self._dreamed(errand)
            await asyncio.to_thread(self._results.keep, errand, dream)
            self._shown.finish(errand, dream)
        except OF_ONE_PICTURE as error:
            self._shown.give_up(errand)
            self._results.refuse(errand, error)
        finally:
            self._growing.discard(errand)
            self._news.set()

    async def _dreamed(self, errand: FileTask) -> Dream:
        request = await asyncio.to_thread(self._request_for, errand)
        self._shown.begin(errand)
        async with contextlib.aclosing(self._executor.dream(request)) as events:
            async for event in events:
                if isinstance(event, Dream):
                    return event
                self._shown.go_on(errand, event)
                if event.fraction < 1.0:
                    self._growing.add(errand)  # again, if the worker that wrote its file was lost
                else:
                    self._growing.discard(errand)
                self._news.set()
        raise AssertionError("a dream ends with a dream")

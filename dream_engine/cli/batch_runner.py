"""Dreams many pictures on an executor's workers."""

import asyncio
import contextlib
from collections.abc import AsyncGenerator, Callable, Sequence

from dream_engine.cli.display import Display
from dream_engine.cli.motions import run_motion
from dream_engine.cli.results import SINGLE_PICTURE_ERRORS, Results
from dream_engine.cli.tasks import FileTask
from dream_engine.dreams import Dream, DreamRequest, Progress
from dream_engine.executors.base import DreamExecutor
from dream_engine.motion.preparation import MotionRequest
from dream_engine.motion.runner import MotionDream

_MAX_WAIT = 1.0
"""The interval in seconds at which the executor's capacity is polled, because it sends no notifications."""


class BatchRunner:
    """Dreams many pictures in parallel, as many as the executor has capacity for.

    A picture is read only when its dream starts, so that a folder of any size needs little memory.

    Args:
        executor: The executor, not started yet.
        request_for: Reads a task's picture and creates its request.
        display: Shows the progress.
        results: Collects the results.
    """

    def __init__(
        self,
        executor: DreamExecutor,
        request_for: Callable[[FileTask], DreamRequest | MotionRequest],
        display: Display,
        results: Results,
    ) -> None:
        self._executor = executor
        self._request_for = request_for
        self._display = display
        self._results = results
        self._running: set[FileTask] = set()
        self._changed = asyncio.Event()

    async def run(self, tasks: Sequence[FileTask]) -> None:
        """Start the executor, dream all pictures, and close the executor in any case.

        Raises:
            DreamError: An error that does not concern one picture among others.
            ExecutorError: The executor cannot be started, or failed.
        """
        try:
            await self._executor.start()
            async with asyncio.TaskGroup() as group:
                for task in tasks:
                    await self._wait_for_capacity()
                    self._running.add(task)
                    group.create_task(self._dream(task))
        except ExceptionGroup as failures:
            raise failures.exceptions[0] from None
        finally:
            await self._executor.close()

    async def _wait_for_capacity(self) -> None:
        """Wait until the executor has capacity. One dream is always submitted, so that workers can start."""
        while len(self._running) >= max(1, self._executor.capacity):
            self._changed.clear()
            with contextlib.suppress(TimeoutError):
                async with asyncio.timeout(_MAX_WAIT):
                    await self._changed.wait()

    async def _dream(self, task: FileTask) -> None:
        try:
            dream = await self._run_dream(task)
            await asyncio.to_thread(self._results.save, task, dream)
            self._display.finish(task, dream)
        except SINGLE_PICTURE_ERRORS as error:
            self._display.fail(task)
            self._results.record_error(task, error)
        finally:
            self._running.discard(task)
            self._changed.set()

    async def _run_dream(self, task: FileTask) -> Dream | MotionDream:
        request = await asyncio.to_thread(self._request_for, task)
        self._display.start(task)
        events: AsyncGenerator[Progress | Dream | MotionDream]
        if isinstance(request, MotionRequest):
            parallel = max(1, self._executor.capacity)
            events = run_motion(self._executor, request, task.output, parallel)
        else:
            events = self._executor.dream(request)
        async with contextlib.aclosing(events):
            async for event in events:
                if isinstance(event, Dream | MotionDream):
                    return event
                self._display.update(task, event)
                if event.fraction < 1.0:
                    self._running.add(task)  # again, if the worker was lost while encoding
                else:
                    self._running.discard(task)
                self._changed.set()
        raise AssertionError("an executor yields the dream last")

"""Background tasks that outlive the interaction that started them."""

import asyncio
import contextvars
import logging
from collections.abc import Callable, Coroutine
from typing import Any, TypeVar

from bot.errors import Refusal
from bot.telemetry.log import current_job
from dream_engine.errors import PictureError

_Result = TypeVar("_Result")
_log = logging.getLogger(__name__)


async def result_of(task: asyncio.Task[_Result], *, on_cancel: Callable[[], Exception]) -> _Result:
    """Wait for a task that may be cancelled by itself, which then is no cancellation of the caller.

    Args:
        task: The task; a cancellation of the caller cancels it too.
        on_cancel: Makes the error to raise if only the task was cancelled.
    """
    try:
        return await task
    except asyncio.CancelledError:
        caller = asyncio.current_task()
        if caller is not None and caller.cancelling():
            raise
        raise on_cancel() from None


class Background:
    """Runs tasks that belong to the bot, and cancels them when it stops.

    Args:
        context: The context variables of the tasks; by default a copy of the current context.
    """

    def __init__(self, context: contextvars.Context | None = None) -> None:
        self._context = context or contextvars.copy_context()
        self._tasks: set[asyncio.Task[Any]] = set()

    def start(self, work: Coroutine[Any, Any, _Result], name: str) -> asyncio.Task[_Result]:
        """Start a task, and log the error if it fails.

        The task inherits the caller's :data:`~bot.telemetry.log.current_job`. A refusal is not logged as an
        error, because the caller that awaits the task reports it to the user.

        Args:
            work: The task's coroutine.
            name: The task's name in the log.
        """
        context = self._context.copy()
        context.run(current_job.set, current_job.get())
        task = context.run(asyncio.get_running_loop().create_task, work, name=name)
        self._tasks.add(task)
        task.add_done_callback(self._done)
        return task

    async def stop(self) -> None:
        """Cancel all tasks, and wait until they have ended."""
        for task in tuple(self._tasks):
            task.cancel()
        await asyncio.gather(*self._tasks, return_exceptions=True)

    def _done(self, task: asyncio.Task[Any]) -> None:
        self._tasks.discard(task)
        if task.cancelled() or (error := task.exception()) is None:
            return
        if isinstance(error, Refusal | PictureError):
            _log.info("Task %r was refused: %s", task.get_name(), type(error).__name__)
        else:
            _log.error("Task %r failed.", task.get_name(), exc_info=error)

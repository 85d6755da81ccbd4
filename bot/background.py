"""Work that goes on beside what people ask for."""

import asyncio
import contextvars
import logging
from collections.abc import Coroutine
from typing import Any, TypeVar

from bot.errors import Refusal
from bot.telemetry.log import current_job
from dream_engine.errors import PictureError

_Result = TypeVar("_Result")
_log = logging.getLogger(__name__)


class Background:
    """Tasks that belong to the bot, and not to the interaction that set them going.

    Args:
        context: What context variables they see: by default those of whoever makes this object.
    """

    def __init__(self, context: contextvars.Context | None = None) -> None:
        self._context = context or contextvars.copy_context()
        self._tasks: set[asyncio.Task[Any]] = set()

    def start(self, work: Coroutine[Any, Any, _Result], name: str) -> asyncio.Task[_Result]:
        """Let something run, about the job that its starter works on, and log it if it ends in an error.

        A refusal is no error: whoever waits for the work tells the person.
        """
        context = self._context.copy()
        context.run(current_job.set, current_job.get())
        task = context.run(asyncio.get_running_loop().create_task, work, name=name)
        self._tasks.add(task)
        task.add_done_callback(self._done)
        return task

    async def stop(self) -> None:
        """Cancel everything, and wait until it is over."""
        for task in tuple(self._tasks):
            task.cancel()
        await asyncio.gather(*self._tasks, return_exceptions=True)

    def _done(self, task: asyncio.Task[Any]) -> None:
        self._tasks.discard(task)
        if task.cancelled() or (error := task.exception()) is None:
            return
        if isinstance(error, Refusal | PictureError):
            _log.info("%s was refused: %s", task.get_name(), type(error).__name__)
        else:
            _log.error("%s ended in an error.", task.get_name(), exc_info=error)

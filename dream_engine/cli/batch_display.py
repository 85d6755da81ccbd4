"""Displays the progress of many dreams that run in parallel."""

import sys
import time
from collections.abc import Callable

from dream_engine.cli.batch_progress import BatchProgress
from dream_engine.cli.display import (
    LOADING,
    Display,
    LiveDisplay,
    PlainDisplay,
    is_terminal,
    summary,
    time_left,
)
from dream_engine.cli.output import print_status
from dream_engine.cli.tasks import FileTask
from dream_engine.dreams import Dream, Progress
from dream_engine.motion.runner import MotionDream

_REPORT_SECONDS = 15.0


class PlainBatchDisplay(Display):
    """Prints a line for each dream, and a line about all of them at intervals: for pipes and logs.

    Args:
        batch: Adds up the progress of all dreams.
        clock: Returns the time in seconds.
    """

    def __init__(self, batch: BatchProgress, clock: Callable[[], float] = time.monotonic) -> None:
        self._batch = batch
        self._clock = clock
        self._reported_at = clock()

    def update(self, task: FileTask, progress: Progress) -> None:
        """Print a line about all dreams if the last one is long ago."""
        self._batch.update(task, progress)
        if self._clock() - self._reported_at >= _REPORT_SECONDS:
            self._reported_at = self._clock()
            details = ", ".join(_details(self._batch, is_parallel=True))
            print_status(f"{self._batch.fraction:4.0%}  {details}{time_left(self._batch.seconds_left())}")

    def finish(self, task: FileTask, dream: Dream | MotionDream) -> None:
        """Print the files' names."""
        self._batch.finish(task)
        print_status(f"{task.source_name}: {summary(dream)} -> {task.output_name}")

    def fail(self, task: FileTask) -> None:
        """Count the picture as done."""
        self._batch.fail(task)


class LiveBatchDisplay(LiveDisplay):
    """Shows one progress bar for all dreams: for terminals.

    Args:
        batch: Adds up the progress of all dreams.
        is_parallel: Whether several dreams run at a time, on workers that have to start.
    """

    def __init__(self, batch: BatchProgress, *, is_parallel: bool = True) -> None:
        super().__init__("starting the workers" if is_parallel else LOADING)
        self._batch = batch
        self._is_parallel = is_parallel

    def start(self, task: FileTask) -> None:
        """Keep the bar, which is not about a single picture."""

    def update(self, task: FileTask, progress: Progress) -> None:
        """Update the bar."""
        self._batch.update(task, progress)
        self._redraw()

    def finish(self, task: FileTask, dream: Dream | MotionDream) -> None:
        """Print a line about the dream, and update the bar."""
        super().finish(task, dream)
        self._batch.finish(task)
        self._redraw()

    def fail(self, task: FileTask) -> None:
        """Count the picture as done."""
        self._batch.fail(task)
        self._redraw()

    def _redraw(self) -> None:
        pictures, *others = _details(self._batch, is_parallel=self._is_parallel)
        longer = [", ".join((pictures, *others))] if others else []
        self.bar.update(self._batch.fraction, [pictures, *longer], self._batch.seconds_left())


def choose(pictures: int, *, quiet: bool, is_parallel: bool = True) -> Display:
    """Choose the display that suits standard error.

    Args:
        pictures: The number of pictures to dream.
        quiet: Show nothing.
        is_parallel: Whether several dreams run at a time.
    """
    if quiet or sys.stderr is None:
        return Display()
    if is_terminal():
        return LiveBatchDisplay(BatchProgress(pictures), is_parallel=is_parallel)
    return PlainBatchDisplay(BatchProgress(pictures)) if is_parallel else PlainDisplay()


def _details(batch: BatchProgress, *, is_parallel: bool) -> list[str]:
    """Describe the progress in parts, the most important first."""
    pictures = f"{batch.ended} of {batch.pictures} picture{'s' * (batch.pictures > 1)}"
    return [pictures, f"{batch.running} at once"] if is_parallel and batch.running else [pictures]

"""Displays the progress of many dreams that run in parallel."""

import sys
import time
from collections.abc import Callable

from dream_engine.cli.batch_progress import BatchProgress
from dream_engine.cli.display import Display, LiveDisplay, summary, time_left
from dream_engine.cli.files import FileTask
from dream_engine.cli.output import print_line
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
            print_line(f"{self._batch.fraction:4.0%}  {_words(self._batch)}")

    def finish(self, task: FileTask, dream: Dream | MotionDream) -> None:
        """Print the files' names."""
        self._batch.finish(task)
        print_line(f"{task.source}: {summary(dream)} -> {task.output}")

    def fail(self, task: FileTask) -> None:
        """Count the picture as done."""
        self._batch.fail(task)


class LiveBatchDisplay(LiveDisplay):
    """Shows one progress bar for all dreams: for terminals.

    Args:
        batch: Adds up the progress of all dreams.
    """

    def __init__(self, batch: BatchProgress) -> None:
        super().__init__("starting the workers")
        self._batch = batch

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
        self._bar.update(self._bar_task, completed=self._batch.fraction, words=_words(self._batch))


def choose(pictures: int, *, quiet: bool) -> Display:
    """Choose the display that suits standard output.

    Args:
        pictures: The number of pictures to dream.
        quiet: Show nothing.
    """
    if quiet or sys.stdout is None:
        return Display()
    batch = BatchProgress(pictures)
    return LiveBatchDisplay(batch) if sys.stdout.isatty() else PlainBatchDisplay(batch)


def _words(batch: BatchProgress) -> str:
    at_once = f", {batch.running} at once" if batch.running else ""
    pictures = f"{batch.pictures} picture{'s' * (batch.pictures > 1)}"
    return f"{batch.ended} of {pictures}{at_once}{time_left(batch.seconds_left())}"

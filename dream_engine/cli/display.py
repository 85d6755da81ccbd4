"""Displays the progress of one dream at a time."""

import sys
from types import TracebackType
from typing import Self

from rich.console import Console
from rich.progress import BarColumn, SpinnerColumn, TextColumn, TimeElapsedColumn
from rich.progress import Progress as Bar

from dream_engine.cli.files import FileTask
from dream_engine.cli.output import print_line
from dream_engine.dreams import Dream, Progress
from dream_engine.motion.runner import MotionDream

_REPORT_STEPS = 10
_LOADING = "loading the network"


def summary(dream: Dream | MotionDream) -> str:
    """Describe a dream's size and duration."""
    if isinstance(dream, MotionDream):
        return _motion_summary(dream)
    words = f"{dream.width} × {dream.height}, {dream.seconds:.1f} s"
    if dream.requested_shape is not None:
        height, width = dream.requested_shape
        words += f" (smaller, for want of memory for {width} × {height})"
    if dream.is_cut_short:
        words += " (the file was incomplete, so part of the picture is missing)"
    if dream.guide_is_cut_short:
        words += " (the guide's file was incomplete, so part of the guide is missing)"
    if dream.mask_is_cut_short:
        words += " (the mask's file was incomplete, so part of the mask is missing)"
    return words


def _motion_summary(dream: MotionDream) -> str:
    made = dream.rendition
    size = f"{made.width} × {made.height}, {made.frames} frames at {made.fps:.3g} per second"
    words = f"{size}, {made.bytes / 1e6:.1f} MB, {dream.seconds:.1f} s"
    if dream.plan.has_more:
        words += f" (only the first {made.milliseconds / 1000:.3g} s of the file; --seconds sets how much)"
    if dream.plan.is_cut_short:
        words += " (the file was incomplete, so part of it is missing)"
    return words


class Display:
    """Shows nothing, for ``--quiet``; the base class of displays."""

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        """Close the display."""

    def start(self, task: FileTask) -> None:
        """Handle the start of a picture."""

    def update(self, task: FileTask, progress: Progress) -> None:
        """Handle the progress of a dream."""

    def finish(self, task: FileTask, dream: Dream | MotionDream) -> None:
        """Handle a saved dream."""

    def fail(self, task: FileTask) -> None:
        """Handle a failed picture; the error is reported elsewhere."""


class PlainDisplay(Display):
    """Prints lines at intervals: for pipes and logs."""

    def __init__(self) -> None:
        self._last_reported = (0, 0)

    def start(self, task: FileTask) -> None:
        """Print the picture's name."""
        self._last_reported = (0, 0)
        print_line(f"{task.source.name}:")

    def update(self, task: FileTask, progress: Progress) -> None:  # noqa: ARG002 - there is one at a time
        """Print every tenth step, once."""
        position = (progress.octave, progress.step)
        if progress.step and progress.step % _REPORT_STEPS == 0 and position != self._last_reported:
            self._last_reported = position
            print_line(f"  {_words(progress)}, {progress.fraction:4.0%}{time_left(progress.seconds_left)}")

    def finish(self, task: FileTask, dream: Dream | MotionDream) -> None:
        """Print the file's name."""
        print_line(f"  {summary(dream)} -> {task.output}")


class LiveDisplay(Display):
    """Shows a progress bar: for terminals.

    Args:
        words: The description before the first progress.
    """

    def __init__(self, words: str = _LOADING) -> None:
        self._bar = Bar(
            SpinnerColumn(),
            TextColumn("{task.description}", markup=False),
            BarColumn(bar_width=24),
            TextColumn("{task.percentage:3.0f} %  {task.fields[words]}", markup=False),
            TimeElapsedColumn(),
            console=Console(highlight=False, markup=False),
            transient=True,
        )
        self._bar_task = self._bar.add_task("", total=1.0, words=words)

    def __enter__(self) -> Self:
        self._bar.start()
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self._bar.stop()

    def start(self, task: FileTask) -> None:
        """Reset the bar."""
        self._bar.reset(self._bar_task, description=task.source.name, words=_LOADING)

    def update(self, task: FileTask, progress: Progress) -> None:  # noqa: ARG002 - there is one at a time
        """Update the bar."""
        words = f"{_words(progress)}{time_left(progress.seconds_left)}"
        self._bar.update(self._bar_task, completed=progress.fraction, words=words)

    def finish(self, task: FileTask, dream: Dream | MotionDream) -> None:
        """Print a line about the dream."""
        self._bar.console.print(f"{task.output}: {summary(dream)}")


def choose(*, quiet: bool) -> Display:
    """Choose the display that suits standard output."""
    if quiet or sys.stdout is None:
        return Display()
    return LiveDisplay() if sys.stdout.isatty() else PlainDisplay()


def _words(progress: Progress) -> str:
    if progress.frame is not None:
        return f"frame {progress.step}/{progress.steps}"
    loss = "" if progress.loss is None else f", loss {progress.loss:.2f}"
    return f"octave {progress.octave + 1}/{progress.octaves}, step {progress.step:2}/{progress.steps}{loss}"


def time_left(seconds: float | None) -> str:
    """Format the remaining time, to be appended to other text; empty if it is unknown."""
    if seconds is None:
        return ""
    minutes, seconds = divmod(round(seconds), 60)
    hours, minutes = divmod(minutes, 60)
    return f", {hours}:{minutes:02}:{seconds:02} left" if hours else f", {minutes}:{seconds:02} left"

"""Displays the progress of one dream at a time."""

import os
import sys
from collections.abc import Sequence
from types import TracebackType
from typing import Self, TextIO

from rich.console import Console

from dream_engine.cli.bar import Bar, duration
from dream_engine.cli.output import print_status
from dream_engine.cli.tasks import FileTask
from dream_engine.dreams import Dream, Progress
from dream_engine.motion.runner import MotionDream

_REPORT_STEPS = 10
LOADING = "loading the network"
_DUMB_TERMINALS = ("", "dumb", "unknown")


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
    """Prints lines at intervals: for pipes and logs. A picture that fails at once gets no line of its own."""

    def __init__(self) -> None:
        self._last_reported = (0, 0)
        self._heading: str | None = None

    def start(self, task: FileTask) -> None:
        """Remember the picture's name, which precedes its first line."""
        self._last_reported = (0, 0)
        self._heading = f"{_short_name(task)}:"

    def update(self, task: FileTask, progress: Progress) -> None:  # noqa: ARG002 - there is one at a time
        """Print every tenth step, once."""
        position = (progress.octave, progress.step)
        if progress.step and progress.step % _REPORT_STEPS == 0 and position != self._last_reported:
            self._last_reported = position
            words = _details(progress)[-1]
            self._print(f"  {words}, {progress.fraction:4.0%}{time_left(progress.seconds_left)}")

    def finish(self, task: FileTask, dream: Dream | MotionDream) -> None:
        """Print the file's name."""
        self._print(f"  {summary(dream)} -> {task.output_name}")

    def _print(self, line: str) -> None:
        if self._heading is not None:
            print_status(self._heading)
            self._heading = None
        print_status(line)


class LiveDisplay(Display):
    """Shows a progress bar: for terminals.

    Args:
        words: The details before the first progress.
    """

    def __init__(self, words: str = LOADING) -> None:
        self._file = _own_stderr()
        self.bar = Bar(Console(file=self._file, stderr=True, highlight=False, markup=False), [words])

    def __enter__(self) -> Self:
        self.bar.start()
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self.bar.stop()
        if self._file is not None:
            self._file.close()

    def start(self, task: FileTask) -> None:
        """Reset the bar."""
        self.bar.reset(_short_name(task), [LOADING])

    def update(self, task: FileTask, progress: Progress) -> None:  # noqa: ARG002 - there is one at a time
        """Update the bar."""
        self.bar.update(progress.fraction, _details(progress), progress.seconds_left)

    def finish(self, task: FileTask, dream: Dream | MotionDream) -> None:
        """Print a line about the dream."""
        self.bar.console.print(f"{task.output_name}: {summary(dream)}", soft_wrap=True)


def choose(*, quiet: bool) -> Display:
    """Choose the display that suits standard error."""
    if quiet or sys.stderr is None:
        return Display()
    return LiveDisplay() if is_terminal() else PlainDisplay()


def is_terminal() -> bool:
    """Whether standard error is a terminal in which a line can be drawn again."""
    return sys.stderr.isatty() and os.environ.get("TERM", "").lower() not in _DUMB_TERMINALS


def _own_stderr() -> TextIO | None:
    """Open standard error once more, because it is silenced while TensorFlow is loaded.

    Returns:
        The file; ``None`` if standard error is no file of the system.
    """
    try:
        descriptor = os.dup(sys.stderr.fileno())
    except (OSError, ValueError):
        return None
    return os.fdopen(descriptor, "w", encoding=sys.stderr.encoding, errors="replace")


def _short_name(task: FileTask) -> str:
    return task.source.name if task.content is None else task.source_name


def _details(progress: Progress) -> Sequence[str]:
    """Describe the progress in texts of growing length."""
    if progress.frame is not None:
        return [f"frame {progress.step}/{progress.steps}"]
    octave = f"octave {progress.octave + 1}/{progress.octaves}"
    step = f"{octave}, step {progress.step:2}/{progress.steps}"
    return [octave, step] if progress.loss is None else [octave, step, f"{step}, loss {progress.loss:.2f}"]


def time_left(seconds: float | None) -> str:
    """Format the remaining time, to be appended to other text; empty if it is unknown."""
    return "" if seconds is None else f", {duration(seconds)} left"

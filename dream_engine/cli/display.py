"""What the command shows while it dreams."""

import sys
from types import TracebackType
from typing import Self

from rich.console import Console
from rich.progress import BarColumn, SpinnerColumn, TextColumn, TimeElapsedColumn
from rich.progress import Progress as Bar

from dream_engine.cli.files import FileTask
from dream_engine.cli.output import say
from dream_engine.dreams import Dream, Progress

_TOLD_STEPS = 10
_WAKING = "waking the network"


def summary(dream: Dream) -> str:
    """How large a dream is and how long it took, in words."""
    words = f"{dream.width} × {dream.height}, {dream.seconds:.1f} s"
    if dream.requested_shape is not None:
        height, width = dream.requested_shape
        words += f" (smaller, for want of memory for {width} × {height})"
    if dream.is_cut_short:
        words += " (the file was cut short, so a part of the picture is missing)"
    if dream.guide_is_cut_short:
        words += " (the guide's file was cut short, so a part of the guide is missing)"
    return words


class Display:
    """Shows nothing: for --quiet, and the base of those that show something."""

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        """Tidy up."""

    def begin(self, errand: FileTask) -> None:
        """A picture's turn has come."""

    def go_on(self, errand: FileTask, progress: Progress) -> None:
        """Its dream has come further."""

    def finish(self, errand: FileTask, dream: Dream) -> None:
        """Its dream is written."""

    def give_up(self, errand: FileTask) -> None:
        """Nothing comes of it; why is said elsewhere."""


class PlainDisplay(Display):
    """A line now and then: for pipes and logs."""

    def __init__(self) -> None:
        self._told = (0, 0)

    def begin(self, errand: FileTask) -> None:
        """Name the picture."""
        self._told = (0, 0)
        say(f"{errand.source.name}:")

    def go_on(self, errand: FileTask, progress: Progress) -> None:  # noqa: ARG002 - there is one at a time
        """Tell of every tenth step, once."""
        here = (progress.octave, progress.step)
        if progress.step and progress.step % _TOLD_STEPS == 0 and here != self._told:
            self._told = here
            say(f"  {_words(progress)}, {progress.fraction:4.0%}{time_left(progress.seconds_left)}")

    def finish(self, errand: FileTask, dream: Dream) -> None:
        """Name the file."""
        say(f"  {summary(dream)} -> {errand.output}")


class LiveDisplay(Display):
    """A bar that moves: for terminals.

    Args:
        words: What is done before anything is told.
    """

    def __init__(self, words: str = _WAKING) -> None:
        self._bar = Bar(
            SpinnerColumn(),
            TextColumn("{task.description}", markup=False),
            BarColumn(bar_width=24),
            TextColumn("{task.percentage:3.0f} %  {task.fields[words]}", markup=False),
            TimeElapsedColumn(),
            console=Console(highlight=False, markup=False),
            transient=True,
        )
        self._task = self._bar.add_task("", total=1.0, words=words)

    def __enter__(self) -> Self:
        self._bar.start()
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self._bar.stop()

    def begin(self, errand: FileTask) -> None:
        """Start the bar anew."""
        self._bar.reset(self._task, description=errand.source.name, words=_WAKING)

    def go_on(self, errand: FileTask, progress: Progress) -> None:  # noqa: ARG002 - there is one at a time
        """Move the bar."""
        words = f"{_words(progress)}{time_left(progress.seconds_left)}"
        self._bar.update(self._task, completed=progress.fraction, words=words)

    def finish(self, errand: FileTask, dream: Dream) -> None:
        """Leave a line behind."""
        self._bar.console.print(f"{errand.output}: {summary(dream)}")


def choose(*, quiet: bool) -> Display:
    """What suits the place that the output goes to."""
    if quiet or sys.stdout is None:
        return Display()
    return LiveDisplay() if sys.stdout.isatty() else PlainDisplay()


def _words(progress: Progress) -> str:
    loss = "" if progress.loss is None else f", loss {progress.loss:.2f}"
    return f"octave {progress.octave + 1}/{progress.octaves}, step {progress.step:2}/{progress.steps}{loss}"


def time_left(seconds: float | None) -> str:
    """How long it will take, to follow other words; nothing where nobody knows."""
    if seconds is None:
        return ""
    minutes, seconds = divmod(round(seconds), 60)
    hours, minutes = divmod(minutes, 60)
    return f", {hours}:{minutes:02}:{seconds:02} left" if hours else f", {minutes}:{seconds:02} left"

"""What the command shows while many dreams grow side by side."""

import sys
import time
from collections.abc import Callable

from dream_engine.cli.batch_progress import BatchProgress
from dream_engine.cli.display import Display, LiveDisplay, summary, time_left
from dream_engine.cli.files import FileTask
from dream_engine.cli.output import say
from dream_engine.dreams import Dream, Progress

_TOLD_SECONDS = 15.0


class PlainOverview(Display):
    """A line for each dream, and one about all of them now and then: for pipes and logs.

    Args:
        course: Adds up what is told.
        clock: Tells the seconds.
    """

    def __init__(self, course: BatchProgress, clock: Callable[[], float] = time.monotonic) -> None:
        self._course = course
        self._clock = clock
        self._told_at = clock()

    def go_on(self, errand: FileTask, progress: Progress) -> None:
        """Tell of all dreams, if that was long ago."""
        self._course.go_on(errand, progress)
        if self._clock() - self._told_at >= _TOLD_SECONDS:
            self._told_at = self._clock()
            say(f"{self._course.fraction:4.0%}  {_words(self._course)}")

    def finish(self, errand: FileTask, dream: Dream) -> None:
        """Name the files."""
        self._course.finish(errand)
        say(f"{errand.source}: {summary(dream)} -> {errand.output}")

    def give_up(self, errand: FileTask) -> None:
        """Count it."""
        self._course.give_up(errand)


class LiveOverview(LiveDisplay):
    """One bar for all dreams: for terminals.

    Args:
        course: Adds up what is told.
    """

    def __init__(self, course: BatchProgress) -> None:
        super().__init__("waking the workers")
        self._course = course

    def begin(self, errand: FileTask) -> None:
        """The bar goes on; it is not this picture's."""

    def go_on(self, errand: FileTask, progress: Progress) -> None:
        """Move the bar."""
        self._course.go_on(errand, progress)
        self._move()

    def finish(self, errand: FileTask, dream: Dream) -> None:
        """Leave a line behind."""
        super().finish(errand, dream)
        self._course.finish(errand)
        self._move()

    def give_up(self, errand: FileTask) -> None:
        """Count it."""
        self._course.give_up(errand)
        self._move()

    def _move(self) -> None:
        self._bar.update(self._task, completed=self._course.fraction, words=_words(self._course))


def choose(pictures: int, *, quiet: bool) -> Display:
    """What suits the place that the output goes to.

    Args:
        pictures: How many are to be dreamed.
        quiet: Show nothing.
    """
    if quiet or sys.stdout is None:
        return Display()
    course = BatchProgress(pictures)
    return LiveOverview(course) if sys.stdout.isatty() else PlainOverview(course)


def _words(course: BatchProgress) -> str:
    at_once = f", {course.growing} at once" if course.growing else ""
    pictures = f"{course.pictures} picture{'s' * (course.pictures > 1)}"
    return f"{course.ended} of {pictures}{at_once}{time_left(course.seconds_left())}"

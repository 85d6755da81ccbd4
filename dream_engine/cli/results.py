"""Saves dreams, reports errors, and determines the exit status."""

import json
import os
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

from dream_engine.cli import files
from dream_engine.cli.files import FileError, FileTask
from dream_engine.cli.output import print_error, print_line
from dream_engine.cli.streams import STANDARD, write_stdout
from dream_engine.dreams import Dream
from dream_engine.errors import (
    AnimationTooLargeError,
    DreamError,
    PictureError,
    SettingsError,
    UnsafeWeightsError,
    VideoMissingError,
    WeightsMismatchError,
    WeightsNotFoundError,
)
from dream_engine.executors.base import DreamCrashedError, ExecutorError, WorkerLostError
from dream_engine.motion.runner import MotionDream

DONE, FAILED, WRONG_INPUT, INTERRUPTED, UNREAD = 0, 1, 2, 130, 141
"""Exit statuses. The last two are 128 and the number of the signal: SIGINT, and SIGPIPE for a closed pipe."""

SINGLE_PICTURE_ERRORS = (
    PictureError,
    FileError,
    VideoMissingError,
    AnimationTooLargeError,
    WorkerLostError,
    DreamCrashedError,
)
"""Errors that concern one picture; any other error concerns all pictures."""

_USER_ERRORS = (
    FileError,
    PictureError,
    SettingsError,
    UnsafeWeightsError,
    WeightsMismatchError,
    WeightsNotFoundError,
)
"""Errors of the command line or its files; any other error is a failure of the program."""


class Results:
    """Collects the results of tasks.

    Args:
        tasks: All tasks.
        single: Whether the input is a single file.

    Attributes:
        single: Whether the input is a single file.
        status: The exit status so far.
    """

    def __init__(self, tasks: Sequence[FileTask], *, single: bool) -> None:
        self.status = DONE
        self._tasks = tasks
        self.single = single
        self._reports: dict[FileTask, Mapping[str, Any]] = {}

    def save(self, task: FileTask, dream: Dream | MotionDream) -> None:
        """Write a dream's file, and store its report; the file of a motion is written already."""
        if isinstance(dream, Dream):
            if task.output == STANDARD:
                write_stdout(dream.image)
            else:
                files.write(task.output, dream.image)
        self._reports[task] = dream.report()

    def record_error(self, task: FileTask, error: DreamError | ExecutorError) -> None:
        """Report the error of one picture among many, so that the others are still dreamed.

        Raises:
            DreamError: The error, if the input is a single file.
            ExecutorError: The error, if the input is a single file.
        """
        if self.single:
            raise error
        status = report_error(error, about=None if isinstance(error, FileError) else task.source_name)
        if self.status != FAILED:
            self.status = status

    def write_report(self, path: Path) -> None:
        """Write settings, losses and times; for several pictures by their paths, in order."""
        reports = {str(e.source): self._reports[e] for e in self._tasks if e in self._reports}
        report = reports[str(self._tasks[0].source)] if self.single else reports
        text = json.dumps(report, indent=2)
        if path == STANDARD:
            print_line(text)
        else:
            files.write(path, f"{text}\n".encode())


def report_error(error: DreamError | ExecutorError, about: str | None = None) -> int:
    """Print an error in one line.

    Args:
        error: The error.
        about: The picture that the error concerns, if there are several.

    Returns:
        The exit status.
    """
    sentence = str(error)
    if isinstance(error, DreamCrashedError):
        if os.environ.get("DREAM_DEBUG"):
            raise error
        sentence = bug_message(sentence)
    print_error(f"{about}: {sentence}" if about else sentence)
    return WRONG_INPUT if isinstance(error, _USER_ERRORS) else FAILED


def bug_message(what: str) -> str:
    """The message for an unexpected exception."""
    return f"a bug, please report it: {what} (DREAM_DEBUG=1 shows where)"

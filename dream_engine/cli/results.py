"""What came of the pictures: dreams, complaints, and the exit status."""

import json
import os
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

from dream_engine.cli import files
from dream_engine.cli.files import FileError, FileTask
from dream_engine.cli.output import complain
from dream_engine.dreams import Dream
from dream_engine.errors import (
    DreamError,
    PictureError,
    SettingsError,
    UnsafeWeightsError,
    WeightsMismatchError,
    WeightsNotFoundError,
)
from dream_engine.executors.base import DreamCrashedError, ExecutorError, WorkerLostError

DONE, FAILED, WRONG_INPUT, INTERRUPTED = 0, 1, 2, 130

OF_ONE_PICTURE = (PictureError, FileError, WorkerLostError, DreamCrashedError)
"""What one picture can bring about and another need not; any other error would be every picture's."""

_OF_THE_CALLER = (
    FileError,
    PictureError,
    SettingsError,
    UnsafeWeightsError,
    WeightsMismatchError,
    WeightsNotFoundError,
)
"""What is wrong with the command line or a file on it; any other error is a failure of ours."""


class Results:
    """Gathers what comes of errands.

    Args:
        errands: All of them.
        alone: Whether it is one that the caller named alone.

    Attributes:
        alone: Whether it is one that the caller named alone.
        status: The exit status, as far as can be told.
    """

    def __init__(self, errands: Sequence[FileTask], *, alone: bool) -> None:
        self.status = DONE
        self._errands = errands
        self.alone = alone
        self._reports: dict[FileTask, Mapping[str, Any]] = {}

    def keep(self, errand: FileTask, dream: Dream) -> None:
        """Write a dream's file, and keep its report."""
        files.write(errand.output, dream.image)
        self._reports[errand] = dream.report()

    def refuse(self, errand: FileTask, error: DreamError | ExecutorError) -> None:
        """Complain; one bad picture among many does not keep the others from being dreamed.

        Raises:
            DreamError: The error, where there are no others.
            ExecutorError: As above.
        """
        if self.alone:
            raise error
        status = refuse(error, about=None if isinstance(error, FileError) else errand.source)
        if self.status != FAILED:
            self.status = status

    def write_report(self, path: Path) -> None:
        """Write settings, losses and seconds; of several pictures by their names, in their order."""
        reports = {str(e.source): self._reports[e] for e in self._errands if e in self._reports}
        report = reports[str(self._errands[0].source)] if self.alone else reports
        files.write(path, (json.dumps(report, indent=2) + "\n").encode())


def refuse(error: DreamError | ExecutorError, about: Path | None = None) -> int:
    """Complain of an error in one line.

    Args:
        error: The error.
        about: The picture that it is about, where there are several.

    Returns:
        The exit status.
    """
    sentence = str(error)
    if isinstance(error, DreamCrashedError):
        if os.environ.get("DREAM_DEBUG"):
            raise error
        sentence = bug(sentence)
    complain(f"{about}: {sentence}" if about else sentence)
    return WRONG_INPUT if isinstance(error, _OF_THE_CALLER) else FAILED


def bug(what: str) -> str:
    """How something unforeseen is told."""
    return f"a bug, please report it: {what} (DREAM_DEBUG=1 shows where)"

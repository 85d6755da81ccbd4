"""What executors and their workers say to each other, wherever those run."""

import logging
import traceback
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path

from dream_engine.compute.unencoded_dream import UnencodedDream
from dream_engine.dreams import Dream, DreamRequest, Progress
from dream_engine.errors import DreamError
from dream_engine.executors.base import DreamCrashedError, ExecutorError
from dream_engine.images import Limits
from dream_engine.memory import MemoryUse
from dream_engine.precision import Precision
from dream_engine.settings import DreamSettings

_log = logging.getLogger("dream_engine.worker")


@dataclass(frozen=True, slots=True)
class WorkerPlan:
    """To a worker, first of all: how to set itself up.

    Attributes:
        weights: By backbone name, a file of weights in place of its own.
        limits: What a source may be.
        precision: What the networks compute in; ``None`` for what its device is quickest with.
        warm: The settings to be ready for before the first dream.
        memory: How many bytes it may hold; ``None`` for its share of what is unused.
        sharers: How many workers share that.
    """

    weights: Mapping[str, Path]
    limits: Limits
    precision: Precision | None
    warm: tuple[DreamSettings, ...]
    memory: int | None
    sharers: int


@dataclass(frozen=True, slots=True)
class Begin:
    """To a worker: dream this."""

    number: int
    request: DreamRequest


@dataclass(frozen=True, slots=True)
class Stop:
    """To a worker: let this dream be."""

    number: int


@dataclass(frozen=True, slots=True)
class Ready:
    """From a worker: it is warm."""


@dataclass(frozen=True, slots=True)
class Told:
    """From a worker: how a dream goes on, or the dream."""

    number: int
    event: Progress | Dream


@dataclass(frozen=True, slots=True)
class AtRest:
    """From a worker, after each dream: how much memory it holds, before it says how the dream ended.

    Attributes:
        number: The dream's number.
        use: What it holds, and what it may hold.
    """

    number: int
    use: MemoryUse


@dataclass(frozen=True, slots=True)
class Freed:
    """From a worker: a dream's steps are done and its file is being written; the next dream can begin."""

    number: int


@dataclass(frozen=True, slots=True)
class Stopped:
    """From a worker: the dream was let be."""

    number: int


@dataclass(frozen=True, slots=True)
class Failed:
    """From a worker: a dream, or getting warm (``None``), did not succeed.

    Attributes:
        number: The dream's number.
        error: What the person, or the operator, can put right; ``None`` for a bug.
        summary: One line about a bug.
        traceback: The worker's, for the log.
    """

    number: int | None
    error: DreamError | ExecutorError | None = None
    summary: str = ""
    traceback: str = ""


@dataclass(frozen=True, slots=True)
class Logged:
    """From a worker: a line for the log.

    Attributes:
        number: The number of the dream that it is about; ``None`` for none.
        level: As :mod:`logging` numbers them.
        logger: The name of its logger.
        text: The line.
    """

    number: int | None
    level: int
    logger: str
    text: str


def failed(number: int | None, error: Exception) -> Failed:
    """How an error is told, on the side where it was raised."""
    if isinstance(error, (DreamError, ExecutorError)):
        return Failed(number, error)
    return Failed(number, None, f"{type(error).__name__}: {error}", traceback.format_exc())


def finished(number: int, grown: UnencodedDream) -> Told | Failed:
    """Write a grown dream's file, and say what came of it."""
    try:
        dream = grown.encode()
        _log.info(
            "Dreamed in %.1f s: %d × %d, %s.", dream.seconds, dream.width, dream.height, dream.file_format
        )
        if dream.requested_shape is not None:
            height, width = dream.requested_shape
            _log.warning("There was no memory for %d × %d pixels, so they are fewer.", width, height)
        return Told(number, dream)
    except Exception as error:  # noqa: BLE001 - one dream's failure is not the worker's end
        return failed(number, error)


def as_exception(message: Failed | Stopped) -> Exception:
    """What is raised for it, on the side where it is heard."""
    if isinstance(message, Stopped):
        return ExecutorError("The dream was stopped.")
    if message.error is not None:
        return message.error
    crash = DreamCrashedError(message.summary)
    crash.add_note(message.traceback)
    return crash

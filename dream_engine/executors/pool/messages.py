"""The messages between executors and their workers, wherever those run."""

import traceback
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path

from dream_engine.dreams import Dream, DreamRequest, Progress
from dream_engine.errors import DreamError
from dream_engine.executors.base import DreamCrashedError, ExecutorError
from dream_engine.frames import Chunk, ChunkRequest, Frame
from dream_engine.images import Limits
from dream_engine.memory import MemoryUse
from dream_engine.precision import Precision
from dream_engine.settings import DreamSettings

Request = DreamRequest | ChunkRequest
"""A request that a worker runs. In this package, "dream" also means a chunk of a motion."""

Result = Dream | Chunk
"""The last event of a request that succeeds."""

Event = Progress | Frame | Result
"""An event that a reader receives."""


@dataclass(frozen=True, slots=True)
class WorkerPlan:
    """To a worker, as the first message: how to set itself up.

    Attributes:
        weights: Files of weights by backbone name, in place of the backbones' own.
        limits: The limits for sources.
        precision: The networks' precision; ``None`` for the fastest on the worker's device.
        warm: The settings for which to warm up before the first dream.
        memory: How many bytes it may hold; ``None`` for its share of the unused memory.
        sharers: How many workers share the unused memory.
    """

    weights: Mapping[str, Path]
    limits: Limits
    precision: Precision | None
    warm: tuple[DreamSettings, ...]
    memory: int | None
    sharers: int


@dataclass(frozen=True, slots=True)
class Begin:
    """To a worker: run this dream."""

    number: int
    request: Request


@dataclass(frozen=True, slots=True)
class Stop:
    """To a worker: stop this dream."""

    number: int


@dataclass(frozen=True, slots=True)
class ShareCores:
    """To a worker: how many workers compute on the same cores at the moment, itself included."""

    sharers: int


@dataclass(frozen=True, slots=True)
class Ready:
    """From a worker: it is warm."""


@dataclass(frozen=True, slots=True)
class Reported:
    """From a worker: a dream's progress, a frame of a chunk, or the result."""

    number: int
    event: Event


@dataclass(frozen=True, slots=True)
class AtRest:
    """From a worker, when a dream's steps are over and before the message that ends it: its memory use.

    Attributes:
        number: The dream's number.
        use: How much memory the worker holds, and how much it may hold.
    """

    number: int
    use: MemoryUse


@dataclass(frozen=True, slots=True)
class Freed:
    """From a worker: a dream's steps are done and its file is being encoded; the next dream can begin."""

    number: int


@dataclass(frozen=True, slots=True)
class Stopped:
    """From a worker: the dream was stopped."""

    number: int


@dataclass(frozen=True, slots=True)
class Failed:
    """From a worker: a dream failed, or the warm-up did.

    Attributes:
        number: The dream's number; ``None`` for the warm-up.
        error: An error that the author of the request, or the operator, can fix; ``None`` for a bug.
        summary: One line about a bug.
        traceback: The worker's traceback, for the log.
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
        level: The level, as :mod:`logging` numbers it.
        logger: The logger's name.
        text: The line.
    """

    number: int | None
    level: int
    logger: str
    text: str


def failed(number: int | None, error: Exception) -> Failed:
    """Turn an error into a message, in the process that raised it."""
    if isinstance(error, (DreamError, ExecutorError)):
        return Failed(number, error)
    return Failed(number, None, f"{type(error).__name__}: {error}", traceback.format_exc())


def as_exception(message: Failed | Stopped) -> Exception:
    """Turn a message into an exception, in the process that receives it."""
    if isinstance(message, Stopped):
        return ExecutorError("The dream was stopped.")
    if message.error is not None:
        return message.error
    crash = DreamCrashedError(message.summary)
    crash.add_note(message.traceback)
    return crash

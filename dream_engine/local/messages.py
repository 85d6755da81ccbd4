"""What the executor and its workers say to each other over a pair of pipes.

Each message is a pickle behind its length, 8 bytes, big-endian. Both ends are this program on this machine.
"""

import asyncio
import pickle
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any, BinaryIO

from dream_engine.dreams import Dream, DreamRequest, Progress
from dream_engine.errors import DreamError
from dream_engine.images import Limits
from dream_engine.precision import Precision
from dream_engine.settings import DreamSettings

_LENGTH_BYTES = 8


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
        error: What the person can put right; ``None`` for a bug.
        summary: One line about a bug.
        traceback: The worker's, for the log.
    """

    number: int | None
    error: DreamError | None = None
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


def pack(message: Any) -> bytes:
    """A message as it goes through the pipe."""
    body = pickle.dumps(message, protocol=pickle.HIGHEST_PROTOCOL)
    return len(body).to_bytes(_LENGTH_BYTES) + body


def read(pipe: BinaryIO) -> Any:
    """Wait for the next message; ``None`` when the other end is gone."""
    length = pipe.read(_LENGTH_BYTES)
    if len(length) < _LENGTH_BYTES:
        return None
    body = pipe.read(size := int.from_bytes(length))
    return pickle.loads(body) if len(body) == size else None  # noqa: S301 - from our own process


async def read_async(pipe: asyncio.StreamReader) -> Any:
    """Wait for the next message without blocking; ``None`` when the other end is gone."""
    try:
        length = await pipe.readexactly(_LENGTH_BYTES)
        return pickle.loads(await pipe.readexactly(int.from_bytes(length)))  # noqa: S301 - as above
    except (asyncio.IncompleteReadError, ConnectionError):
        return None

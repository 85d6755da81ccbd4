"""A dreamer that needs no network, and that the requests of a test control."""

import threading
from collections.abc import Iterator
from pathlib import Path

import numpy as np

from dream_engine.dreams import DreamRequest, Progress
from dream_engine.errors import NotAPictureError, WeightsNotFoundError
from dream_engine.executors.pool.messages import WorkerPlan
from dream_engine.frames import Chunk, ChunkRequest, Frame
from dream_engine.images import Picture, decode
from dream_engine.memory import MemoryUse
from dream_engine.settings import DreamSettings
from dream_engine.unencoded_dream import UnencodedDream

SETTINGS = DreamSettings(octaves=1, iterations=3, seed=1)

FRAMES = 8
"""How many frames each chunk has."""

GATED = 3
"""How many frames a chunk finishes before it waits for its gate."""

FRAME_BYTES = 500_000

STEP_SECONDS = 0.005
"""How long a step of a dream takes."""

REFUSED, CRASHING, FROZEN = b"refused", b"crashing", b"frozen"
"""Pictures with which a chunk fails after its first frame, or hangs."""


def chunk_request(picture: bytes = b"", gate: Path | None = None) -> ChunkRequest:
    """Return a request for the chunk in the middle of a clip of 24 frames.

    Args:
        picture: Empty, or one of the pictures above.
        gate: A file; the chunk waits until it exists.
    """
    state = None if gate is None else str(gate).encode()
    return ChunkRequest("clip", SETTINGS, FRAMES, FRAMES, 3 * FRAMES, (picture,) * FRAMES, state)


def picture_of(index: int) -> bytes:
    """Return the content of a frame's picture."""
    return bytes([index]) * FRAME_BYTES


class ChunkDreamer:
    """Finishes frames in no time, and dreams in nearly none."""

    def __init__(self, plan: WorkerPlan) -> None:
        self._sharers = 1
        for path in plan.weights.values():
            raise WeightsNotFoundError(path=path)

    def warm(self, settings: DreamSettings) -> None:
        pass

    def share_cores(self, sharers: int) -> None:
        self._sharers = sharers

    def release_excess_memory(self) -> MemoryUse:
        return MemoryUse(resident=1, bound=2)

    def dream_chunk(self, request: ChunkRequest) -> Iterator[Progress | Frame | Chunk]:
        for index in range(request.first, request.first + request.count):
            done = index - request.first
            if done == GATED and request.state is not None:
                while not Path(request.state.decode()).exists():
                    yield _progress(done, 0, request.count)
                    threading.Event().wait(0.01)
            for step in range(4):
                yield _progress(done, step, request.count)
            yield Frame(index, picture_of(index), 80, 120)
            if request.pictures[0] == REFUSED:
                raise NotAPictureError(looks_like="a text file", formats="PNG")
            if request.pictures[0] == CRASHING:
                raise ZeroDivisionError("by hand")
            if request.pictures[0] == FROZEN:
                threading.Event().wait()
        yield Chunk(request.first, request.count, b"the end", request.settings, 1.5, "float32")

    def dream_unencoded(self, request: DreamRequest) -> Iterator[Progress | UnencodedDream]:
        """Return the source itself, after the steps of the settings, with the sharers at their end."""
        picture = decode(request.source) if request.source else Picture(np.zeros((8, 8, 3), np.uint8))
        steps = request.settings.octaves * request.settings.iterations
        for step in range(1, steps + 1):
            yield _progress(0, 3 * step, steps)
            threading.Event().wait(STEP_SECONDS)
        yield UnencodedDream(
            picture=picture,
            request=request,
            settings=request.settings,
            octaves=(),
            precision="float32",
            started=0.0,
            clock=lambda: 1.5,
            requested_shape=None,
            sharers=self._sharers,
        )


def _progress(frames: int, step: int, count: int) -> Progress:
    return Progress(0, 1, step, 3, 80, 120, None, min(1.0, (frames + step / 3) / count))

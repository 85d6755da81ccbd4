"""An executor whose dreams are controlled by the test."""

import asyncio
import io
from collections.abc import AsyncGenerator
from dataclasses import dataclass, field

from PIL import Image, ImageOps

from dream_engine.dreams import Dream, DreamRequest, OctaveRecord, Progress
from dream_engine.executors.base import DreamExecutor, ExecutorClosedError
from dream_engine.frames import Chunk, ChunkRequest, Frame
from fake_discord.simulation import TIMEOUT_SECONDS

OCTAVES, STEPS = 3, 8


def inverted(picture: bytes) -> bytes:
    """Return the result of a scripted dream: the picture's negative, as a PNG."""
    image = ImageOps.invert(Image.open(io.BytesIO(picture)).convert("RGB"))
    buffer = io.BytesIO()
    image.save(buffer, "png")
    return buffer.getvalue()


@dataclass(eq=False)
class ScriptedDream:
    """One dream, controlled by the test.

    Attributes:
        request: The dream's request.
        closed: Set when the reader has closed the stream of events.
    """

    request: DreamRequest
    closed: asyncio.Event = field(default_factory=asyncio.Event)
    _script: asyncio.Queue[Progress | Dream | Exception] = field(default_factory=asyncio.Queue)

    def tell(self, fraction: float, *, left: float | None = None, preview: bytes | None = None) -> None:
        """Report progress."""
        octave, step = divmod(round(fraction * OCTAVES * STEPS), STEPS)
        progress = Progress(octave, OCTAVES, step, STEPS, 80, 120, 1.0, fraction, left, preview)
        self._script.put_nowait(progress)

    def finish(self, image: bytes | None = None, seconds: float = 2.5) -> None:
        """End the dream with a result."""
        image = image or inverted(self.request.source)
        shown = Image.open(io.BytesIO(image))
        height, width = shown.height, shown.width
        octaves = tuple(OctaveRecord(height, width, (1.0,), 0.5) for _ in range(OCTAVES))
        settings, preset = self.request.settings, self.request.preset
        made = (image, "png", height, width, settings, preset, octaves, seconds, "float32")
        self._script.put_nowait(Dream(*made))

    def fail(self, error: Exception) -> None:
        """End the dream with an error."""
        self._script.put_nowait(error)

    async def events(self) -> AsyncGenerator[Progress | Dream]:
        """Yield the events that the test has scripted."""
        try:
            while True:
                event = await self._script.get()
                if isinstance(event, Exception):
                    raise event
                yield event
                if isinstance(event, Dream):
                    return
        finally:
            self.closed.set()


@dataclass(eq=False)
class ScriptedChunk:
    """One chunk of a motion, controlled by the test. Its frames are the negatives of its source's.

    Attributes:
        request: The chunk's request.
        closed: Set when the reader has closed the stream of events.
    """

    request: ChunkRequest
    closed: asyncio.Event = field(default_factory=asyncio.Event)
    _script: asyncio.Queue[int | Exception] = field(default_factory=asyncio.Queue)

    def finish(self, frames: int | None = None) -> None:
        """Finish some frames, by default all; the last one ends the chunk."""
        for _ in range(self.request.count if frames is None else frames):
            self._script.put_nowait(1)

    def fail(self, error: Exception) -> None:
        """End the chunk with an error."""
        self._script.put_nowait(error)

    async def events(self) -> AsyncGenerator[Progress | Frame | Chunk]:
        """Yield the frames that the test has finished, and then the chunk."""
        request = self.request
        try:
            for number in range(request.count):
                event = await self._script.get()
                if isinstance(event, Exception):
                    raise event
                picture = inverted(request.pictures[min(number, len(request.pictures) - 1)])
                width, height = Image.open(io.BytesIO(picture)).size
                yield Frame(request.first + number, picture, height, width)
            yield Chunk(request.first, request.count, b"state", request.settings, 1.0, "float32")
        finally:
            self.closed.set()


class ScriptedExecutor(DreamExecutor):
    """Runs dreams that the test controls.

    Args:
        capacity: The number of dreams that can run at the same time.

    Attributes:
        at_once: Whether dreams and chunks finish as soon as they start.
        dreams: All dreams that have started.
        chunks: All chunks that have started.
    """

    def __init__(self, capacity: int = 1) -> None:
        self._capacity = capacity
        self.at_once = False
        self.dreams: list[ScriptedDream] = []
        self.chunks: list[ScriptedChunk] = []
        self._started: asyncio.Queue[ScriptedDream] = asyncio.Queue()
        self._started_chunks: asyncio.Queue[ScriptedChunk] = asyncio.Queue()

    @property
    def capacity(self) -> int:
        return self._capacity

    @property
    def ready(self) -> int:
        return self._capacity

    @property
    def restarts(self) -> int:
        return 0

    async def start(self) -> None:
        pass

    async def close(self) -> None:
        for dream in (*self.dreams, *self.chunks):
            dream.fail(ExecutorClosedError())

    def dream(self, request: DreamRequest) -> AsyncGenerator[Progress | Dream]:
        dream = ScriptedDream(request)
        self.dreams.append(dream)
        if self.at_once:
            dream.finish()
        else:
            self._started.put_nowait(dream)
        return dream.events()

    def dream_chunk(self, request: ChunkRequest) -> AsyncGenerator[Progress | Frame | Chunk]:
        chunk = ScriptedChunk(request)
        self.chunks.append(chunk)
        if self.at_once:
            chunk.finish()
        else:
            self._started_chunks.put_nowait(chunk)
        return chunk.events()

    async def next_chunk(self) -> ScriptedChunk:
        """Wait for the next chunk to start."""
        async with asyncio.timeout(TIMEOUT_SECONDS):
            return await self._started_chunks.get()

    async def next_dream(self) -> ScriptedDream:
        """Wait for the next dream to start."""
        async with asyncio.timeout(TIMEOUT_SECONDS):
            return await self._started.get()

    @property
    def is_idle(self) -> bool:
        """Whether :meth:`next_dream` has returned every dream that has started."""
        return self._started.empty()

"""An executor whose dreams are controlled by the test."""

import asyncio
from collections.abc import AsyncGenerator
from concurrent.futures import ThreadPoolExecutor

from dream_engine.dreams import Dream, DreamRequest, Progress
from dream_engine.executors.base import DreamExecutor
from dream_engine.frames import Chunk, ChunkRequest, Frame
from dream_engine.settings import DreamSettings


def progress(fraction: float, seconds_left: float | None = None) -> Progress:
    """The progress of a dream of one octave."""
    return Progress(0, 1, round(100 * fraction), 100, 80, 120, 1.0, fraction, seconds_left)


def dream(image: bytes = b"a dream") -> Dream:
    """A dream of 120 × 80 pixels."""
    return Dream(image, "png", 80, 120, DreamSettings(seed=1), "mild", (), 2.0, "float32")


class ManualExecutor(DreamExecutor):
    """Has the capacity that the test sets, and yields the events that the test emits.

    Attributes:
        capacity: The capacity, set by the test.
        submitted: The submitted sources, in order.
        ended: The sources whose dreams ended or were closed.
        started: Whether the executor was started.
        closed: Whether the executor was closed.
    """

    capacity = 1
    ready = 1
    restarts = 0

    def __init__(self, capacity: int = 1) -> None:
        self.capacity = capacity
        self.submitted: list[bytes] = []
        self.ended: list[bytes] = []
        self.started = self.closed = False
        self._events: dict[bytes, asyncio.Queue[Progress | Dream | Exception]] = {}

    async def start(self) -> None:
        self.started = True
        # With a single thread, settle() can wait for all file operations queued there.
        asyncio.get_running_loop().set_default_executor(ThreadPoolExecutor(1))

    async def close(self) -> None:
        self.closed = True

    async def emit(self, source: bytes, *events: Progress | Dream | Exception) -> None:
        """Emit events of a dream, and wait until they are handled."""
        for event in events:
            self._events[source].put_nowait(event)
        await settle()

    async def dream(self, request: DreamRequest) -> AsyncGenerator[Progress | Dream]:
        self.submitted.append(request.source)
        events = self._events[request.source] = asyncio.Queue()
        try:
            while True:
                event = await events.get()
                if isinstance(event, Exception):
                    raise event
                yield event
                if isinstance(event, Dream):
                    return
        finally:
            self.ended.append(request.source)

    def dream_chunk(self, request: ChunkRequest) -> AsyncGenerator[Progress | Frame | Chunk]:
        raise NotImplementedError


async def settle() -> None:
    """Wait until nothing is left to run on the event loop and its threads."""
    for _ in range(5):
        await asyncio.sleep(0.01)
        await asyncio.to_thread(lambda: None)

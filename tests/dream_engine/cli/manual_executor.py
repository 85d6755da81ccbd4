"""An executor whose dreams a test goes through by hand."""

import asyncio
from collections.abc import AsyncGenerator
from concurrent.futures import ThreadPoolExecutor

from dream_engine.dreams import Dream, DreamRequest, Progress
from dream_engine.executors.base import DreamExecutor
from dream_engine.settings import DreamSettings


def progress(fraction: float, seconds_left: float | None = None) -> Progress:
    """That of a dream of one octave."""
    return Progress(0, 1, round(100 * fraction), 100, 80, 120, 1.0, fraction, seconds_left)


def dream(image: bytes = b"a dream") -> Dream:
    """One of 120 × 80 pixels."""
    return Dream(image, "png", 80, 120, DreamSettings(seed=1), "mild", (), 2.0, "float32")


class ByHand(DreamExecutor):
    """Has as much room as a test says, and its dreams tell what a test says.

    Attributes:
        capacity: As a test sets it.
        handed_over: The sources that came, in order.
        left: The sources whose readers have left, or whose dreams are over.
        started: Whether it was.
        closed: Whether it was.
    """

    capacity = 1
    ready = 1
    restarts = 0

    def __init__(self, capacity: int = 1) -> None:
        self.capacity = capacity
        self.handed_over: list[bytes] = []
        self.left: list[bytes] = []
        self.started = self.closed = False
        self._told: dict[bytes, asyncio.Queue[Progress | Dream | Exception]] = {}

    async def start(self) -> None:
        self.started = True
        # Of a single thread, so that settling can wait behind whatever reads and writes files there.
        asyncio.get_running_loop().set_default_executor(ThreadPoolExecutor(1))

    async def close(self) -> None:
        self.closed = True

    async def tell(self, source: bytes, *events: Progress | Dream | Exception) -> None:
        """Let a dream tell something, and its reader hear it."""
        for event in events:
            self._told[source].put_nowait(event)
        await settle()

    async def dream(self, request: DreamRequest) -> AsyncGenerator[Progress | Dream]:
        self.handed_over.append(request.source)
        told = self._told[request.source] = asyncio.Queue()
        try:
            while True:
                event = await told.get()
                if isinstance(event, Exception):
                    raise event
                yield event
                if isinstance(event, Dream):
                    return
        finally:
            self.left.append(request.source)


async def settle() -> None:
    """Let everything happen that can, on the loop and on threads."""
    for _ in range(5):
        await asyncio.sleep(0.01)
        await asyncio.to_thread(lambda: None)

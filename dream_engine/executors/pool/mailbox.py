"""Collects a worker's messages about one dream."""

import asyncio
import contextvars
from collections import deque
from dataclasses import replace

from dream_engine.dreams import Progress
from dream_engine.executors.pool.messages import Event, Result
from dream_engine.frames import Frame


class Mailbox:
    """Holds what a worker reported about one dream until it is read.

    That is the newest progress, every frame, and the end. Progress and frames are read in the order in which
    they were reported.

    Args:
        number: The dream's number at its worker.

    Attributes:
        context: The context that was current when it was opened. The worker's log lines about the dream are
            logged in it.
    """

    def __init__(self, number: int) -> None:
        self.number = number
        self.context = contextvars.copy_context()
        self._progress: Progress | None = None
        self._unread: deque[Progress | Frame] = deque()  # with at most one progress, the one above
        self._end: Result | Exception | None = None
        self._news = asyncio.Event()
        self._has_freed_worker = False
        self._freed = asyncio.Event()
        self._closed = asyncio.Event()

    @property
    def ended(self) -> bool:
        """Whether the worker is done with this dream."""
        return self._end is not None

    @property
    def encoding(self) -> bool:
        """Whether the dream has taken all its steps and only its file is missing."""
        return self._has_freed_worker and not self.ended

    def put_progress(self, progress: Progress) -> None:
        """Replace older progress; a preview that nobody has read yet is kept."""
        if self._progress is not None:
            self._unread.remove(self._progress)
            progress = replace(progress, preview=progress.preview or self._progress.preview)
        self._progress = progress
        self._unread.append(progress)
        self._news.set()

    def put_frame(self, frame: Frame) -> None:
        """Add a frame; every frame is kept until it is read."""
        self._unread.append(frame)
        self._news.set()

    def put_freed(self) -> None:
        """Note that the worker can begin another dream; only the file of this one is missing."""
        self._has_freed_worker = True
        self._freed.set()

    def put_end(self, end: Result | Exception) -> None:
        """Set the dream, the chunk or the error; only the first call counts."""
        if self._end is None:
            self._end = end
            self._news.set()
            self._freed.set()
            self._closed.set()

    def close(self) -> None:
        """Note that nobody reads it any more."""
        self._freed.set()
        self._closed.set()

    async def receive(self) -> Event:
        """Wait for the next event; raises the error with which the dream ended."""
        await self._news.wait()
        if self._unread:
            event = self._unread.popleft()
            if event is self._progress:
                self._progress = None
            if not self._unread and self._end is None:
                self._news.clear()
            return event
        if isinstance(self._end, Result):
            return self._end
        raise self._end or AssertionError("an event was announced, but there is none")

    async def wait_freed(self) -> None:
        """Wait until the worker can begin another dream, or the mailbox is closed."""
        await self._freed.wait()

    async def wait_closed(self) -> None:
        """Wait until the worker is done with the dream, or the mailbox is closed."""
        await self._closed.wait()

    async def wait_ended(self) -> None:
        """Wait until the worker is done with the dream, whatever its progress."""
        while self._end is None:
            self._news.clear()
            await self._news.wait()


class DeliveredFrames:
    """Remembers which frames of a chunk its reader has, so that a retry does not repeat them."""

    def __init__(self) -> None:
        self._indices: set[int] = set()

    def is_new(self, event: Event) -> bool:
        """Whether the reader does not have this event yet; from now on, the reader has it."""
        if not isinstance(event, Frame):
            return True
        if event.index in self._indices:
            return False
        self._indices.add(event.index)
        return True

"""Collects a worker's messages about one dream."""

import asyncio
import contextvars
from dataclasses import replace

from dream_engine.dreams import Dream, Progress


class Mailbox:
    """Holds what a worker reported about one dream until it is read: the newest progress, and the end.

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
        self._end: Dream | Exception | None = None
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
        unread = self._progress.preview if self._progress else None
        self._progress = replace(progress, preview=progress.preview or unread)
        self._news.set()

    def put_freed(self) -> None:
        """Note that the worker can begin another dream; only the file of this one is missing."""
        self._has_freed_worker = True
        self._freed.set()

    def put_end(self, end: Dream | Exception) -> None:
        """Set the dream, or the error; only the first call counts."""
        if self._end is None:
            self._end = end
            self._news.set()
            self._freed.set()
            self._closed.set()

    def close(self) -> None:
        """Note that nobody reads it any more."""
        self._freed.set()
        self._closed.set()

    async def receive(self) -> Progress | Dream:
        """Wait for the next event; raises the error with which the dream ended."""
        await self._news.wait()
        if self._progress is not None:
            progress, self._progress = self._progress, None
            if self._end is None:
                self._news.clear()
            return progress
        if isinstance(self._end, Dream):
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

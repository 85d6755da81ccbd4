"""What a worker said of one dream."""

import asyncio
import contextvars
from dataclasses import replace

from dream_engine.dreams import Dream, Progress


class Mailbox:
    """What a worker said of one dream and nobody has read yet: the newest progress, and how it ended.

    Args:
        number: The dream's number at its worker.

    Attributes:
        context: Of who opened it; what the worker logs of the dream is logged there.
    """

    def __init__(self, number: int) -> None:
        self.number = number
        self.context = contextvars.copy_context()
        self._progress: Progress | None = None
        self._end: Dream | Exception | None = None
        self._news = asyncio.Event()
        self._grown = False
        self._freed = asyncio.Event()
        self._over = asyncio.Event()

    @property
    def ended(self) -> bool:
        """Whether the worker is done with this dream."""
        return self._end is not None

    @property
    def grown(self) -> bool:
        """Whether the dream has taken all its steps, and nothing but its file is missing."""
        return self._grown and not self.ended

    def put_progress(self, progress: Progress) -> None:
        """Newer progress takes the place of older, but for a preview that nobody has seen."""
        unseen = self._progress.preview if self._progress else None
        self._progress = replace(progress, preview=progress.preview or unseen)
        self._news.set()

    def put_freed(self) -> None:
        """The worker can begin another dream; only the file of this one is missing."""
        self._grown = True
        self._freed.set()

    def put_end(self, end: Dream | Exception) -> None:
        """The dream, or why there is none; only the first end counts."""
        if self._end is None:
            self._end = end
            self._news.set()
            self._freed.set()
            self._over.set()

    def leave(self) -> None:
        """Nobody reads it any more."""
        self._freed.set()
        self._over.set()

    async def take(self) -> Progress | Dream:
        """Wait for news, and raise it where it is an error."""
        await self._news.wait()
        if self._progress is not None:
            progress, self._progress = self._progress, None
            if self._end is None:
                self._news.clear()
            return progress
        if isinstance(self._end, Dream):
            return self._end
        raise self._end or AssertionError("news, and yet none")

    async def freed(self) -> None:
        """Wait until the worker can begin another dream, or the reader has left this one."""
        await self._freed.wait()

    async def over(self) -> None:
        """Wait until the worker is done with the dream, or the reader has left it."""
        await self._over.wait()

    async def end(self) -> None:
        """Wait until the worker is done with the dream, past any progress."""
        while self._end is None:
            self._news.clear()
            await self._news.wait()

"""DreamExecutor: the interface between the code that requests dreams and the code that computes them."""

from abc import ABC, abstractmethod
from collections.abc import AsyncGenerator
from types import TracebackType
from typing import Self

from dream_engine.dreams import Dream, DreamRequest, Progress
from dream_engine.frames import Chunk, ChunkRequest, Frame


class ExecutorError(Exception):
    """The executor failed, through no fault of the request."""


class WorkerLostError(ExecutorError):
    """A worker ended before it was ready, or while it dreamed; in that case, the retry failed as well."""


class NoWorkerError(ExecutorError):
    """No worker is available now, but one may be later, as when a cluster is full."""


class DreamCrashedError(ExecutorError):
    """The dream raised an unexpected exception; the worker's traceback is among the notes."""


class ExecutorClosedError(ExecutorError):
    """The executor was closed before the dream was done."""

    def __init__(self, sentence: str = "The executor was closed before the dream was done.") -> None:
        super().__init__(sentence)


class DreamExecutor(ABC):
    """Runs dreams, and chunks of motions, outside the caller's process.

    A chunk waits for a worker in the same queue as dreams, and occupies it like a dream.

    Use it as ``async with executor:``, or between :meth:`start` and :meth:`close`.
    """

    @property
    @abstractmethod
    def capacity(self) -> int:
        """How many dreams can run at once; further ones wait. The number may change at any time.

        A dream that has reported a fraction of 1 no longer counts: only its file is being encoded. A chunk
        counts until its end, because its frames are encoded one by one as they are finished.
        """

    @property
    @abstractmethod
    def ready(self) -> int:
        """How many workers are warm: this many dreams could begin at once if none were running."""

    @property
    @abstractmethod
    def restarts(self) -> int:
        """How many workers were lost and had to be replaced so far."""

    @property
    def shares_cores(self) -> bool:
        """Whether dreams that run at once compute on the same cores, so that each of them takes longer."""
        return False

    @abstractmethod
    async def start(self) -> None:
        """Start the executor; returns once a dream can begin without delay.

        Raises:
            DreamError: Something that the operator can fix, such as missing weights.
            ExecutorError: The executor cannot be started.
        """

    @abstractmethod
    def dream(self, request: DreamRequest) -> AsyncGenerator[Progress | Dream]:
        """Run a dream: ``async for event in executor.dream(request)``.

        Closing the iterator, or cancelling the task that reads it, stops the dream at its next step. A slow
        reader gets the newest progress and misses older ones. A dream that is retried reports its progress
        from the beginning.

        Args:
            request: The source and how to dream it.

        Yields:
            Progress, and last the dream.

        Raises:
            DreamError: Something that the author of the request can fix.
            ExecutorError: Anything else.
        """

    @abstractmethod
    def dream_chunk(self, request: ChunkRequest) -> AsyncGenerator[Progress | Frame | Chunk]:
        """Compute some frames of a motion: ``async for event in executor.dream_chunk(request)``.

        Closing the iterator, or cancelling the task that reads it, stops the chunk at its next step. A slow
        reader gets the newest progress and misses older ones, but gets every frame. Until they are read,
        frames are held in memory. A chunk that is retried starts again at its first frame and reports its
        progress from the beginning, but frames that the reader already has are not yielded again.

        Args:
            request: The frames to compute and what to compute them from.

        Yields:
            Progress, each frame once and in order as it is finished, and last the chunk.

        Raises:
            DreamError: Something that the author of the request can fix.
            ExecutorError: Anything else.
        """

    @abstractmethod
    async def close(self) -> None:
        """Stop everything and end all processes. Unfinished dreams raise :class:`ExecutorClosedError`."""

    async def __aenter__(self) -> Self:
        await self.start()
        return self

    async def __aexit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        await self.close()

"""DreamExecutor: the one seam between whoever wants a dream and whatever computes it."""

from abc import ABC, abstractmethod
from collections.abc import AsyncGenerator
from types import TracebackType
from typing import Self

from dream_engine.dreams import Dream, DreamRequest, Progress


class ExecutorError(Exception):
    """The executor failed, through no fault of the person who asked."""


class WorkerLostError(ExecutorError):
    """A worker ended: before it was ready, or in the middle of a dream and the one that tried again too."""


class NoWorkerError(ExecutorError):
    """No worker is to be had now, through no fault of what it would do; there may be one later."""


class DreamCrashedError(ExecutorError):
    """The dream raised what nobody foresaw; the worker's traceback is among the notes."""


class ExecutorClosedError(ExecutorError):
    """The executor was closed before the dream was done."""

    def __init__(self, sentence: str = "The executor was closed before the dream was done.") -> None:
        super().__init__(sentence)


class DreamExecutor(ABC):
    """Runs dreams somewhere else than in the caller's process.

    Used as ``async with executor:``, or between :meth:`start` and :meth:`close`.
    """

    @property
    @abstractmethod
    def capacity(self) -> int:
        """How many dreams it can run at once; further ones wait inside it. It may change while it runs.

        A dream that has told a fraction of 1 no longer counts: only its file is being written.
        """

    @property
    @abstractmethod
    def ready(self) -> int:
        """How many dreams could begin at once, were none running: workers that are warm."""

    @property
    @abstractmethod
    def restarts(self) -> int:
        """How many workers were lost so far, and had to be replaced."""

    @abstractmethod
    async def start(self) -> None:
        """Get ready; when this returns, a dream can begin at once.

        Raises:
            DreamError: Something that the operator can mend, such as missing weights.
            ExecutorError: It cannot be started.
        """

    @abstractmethod
    def dream(self, request: DreamRequest) -> AsyncGenerator[Progress | Dream]:
        """Dream: ``async for event in executor.dream(request)``.

        Closing the iterator, or cancelling the task that reads it, stops the dream at its next step. A
        reader that lags behind is told the newest progress, not every one. A dream that has to be tried
        again tells its progress from the beginning.

        Args:
            request: The source and what shall become of it.

        Yields:
            Progress, and last the dream.

        Raises:
            DreamError: What the person who asked can put right.
            ExecutorError: What they cannot.
        """

    @abstractmethod
    async def close(self) -> None:
        """Stop everything and leave no process behind. Dreams not done raise :class:`ExecutorClosedError`."""

    async def __aenter__(self) -> Self:
        await self.start()
        return self

    async def __aexit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        await self.close()

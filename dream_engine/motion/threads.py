"""Dreams the chunks of a motion in this process, in a thread."""

import asyncio
import threading
from collections.abc import AsyncGenerator, Callable, Coroutine, Iterator
from concurrent.futures import Executor, ThreadPoolExecutor
from typing import Any, Protocol, Self, TypeVar, cast

from dream_engine.dreams import Progress
from dream_engine.frames import Chunk, ChunkRequest, Frame

_Result = TypeVar("_Result")


class DreamsChunks(Protocol):
    """The methods of :class:`~dream_engine.compute.dreamer.Dreamer` that a motion needs."""

    def dream_chunk(self, request: ChunkRequest) -> Iterator[Progress | Frame | Chunk]:
        """Compute some frames of a motion."""

    def release_excess_memory(self) -> object:
        """Release memory between two chunks."""


class ThreadedChunks:
    """Runs the chunks of a dreamer in a thread, one after the other, so that the event loop stays free.

    Use it as ``with ThreadedChunks(dreamer) as chunks:``. It satisfies
    :class:`~dream_engine.motion.runner.SupportsChunks`.

    Args:
        dreamer: Dreams the chunks.
    """

    def __init__(self, dreamer: DreamsChunks) -> None:
        self._dreamer = dreamer
        self._thread = ThreadPoolExecutor(1, "dream")
        self._lock = asyncio.Lock()

    async def dream_chunk(self, request: ChunkRequest) -> AsyncGenerator[Progress | Frame | Chunk]:
        """Compute some frames of a motion. Closing the iterator waits until the current step is done."""
        async with self._lock:
            events = cast("Any", self._dreamer.dream_chunk(request))
            try:
                while (event := await _in(self._thread, lambda: next(events, None))) is not None:
                    yield event
            finally:
                # The thread may still take a step; only then can the generator be closed.
                await _in(self._thread, events.close)
                await _in(self._thread, self._dreamer.release_excess_memory)

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None:
        self._thread.shutdown(cancel_futures=True)


def run_blocking(main: Callable[[threading.Event], Coroutine[Any, Any, _Result]]) -> _Result:
    """Run a coroutine function to its end, also where this thread's event loop is running, as in a notebook.

    Args:
        main: The coroutine function. It runs in another thread if this thread's event loop is running. Its
            argument is set if this thread is interrupted meanwhile; it should then end.
    """
    stop = threading.Event()
    try:
        asyncio.get_running_loop()
    except RuntimeError:
        return asyncio.run(main(stop))
    with ThreadPoolExecutor(1, "dream-loop") as thread:
        try:
            return thread.submit(lambda: asyncio.run(main(stop))).result()
        except BaseException:
            stop.set()
            raise


async def completed(
    function: Callable[..., _Result], *arguments: Any, on_cancel: Callable[[], object] | None = None
) -> _Result:
    """Run a function in a thread; if this task is cancelled, wait until the function has returned.

    Args:
        function: The function.
        arguments: Its arguments.
        on_cancel: Called if this task is cancelled, to have the function return soon.
    """
    running = asyncio.create_task(asyncio.to_thread(function, *arguments))
    try:
        return await asyncio.shield(running)
    except asyncio.CancelledError:
        if on_cancel is not None:
            on_cancel()
        raise
    finally:
        await asyncio.wait([running])


async def _in(thread: Executor, function: Callable[[], _Result]) -> _Result:
    return await asyncio.get_running_loop().run_in_executor(thread, function)

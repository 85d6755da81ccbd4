"""A child process's end of the two pipes, which are its stdin and stdout."""

import asyncio
import os
import threading
from typing import Any, BinaryIO

from dream_engine.executors.process.pipes import pack


def take_over_stdio() -> tuple[BinaryIO, BinaryIO]:
    """Reserve stdin and stdout for messages.

    Afterwards, libraries that read stdin find it empty, and libraries that print write to stderr.

    Returns:
        The pipe to read from and the pipe to write to.
    """
    incoming, outgoing = os.fdopen(os.dup(0), "rb"), os.fdopen(os.dup(1), "wb")
    os.dup2(os.open(os.devnull, os.O_RDONLY), 0)
    os.dup2(2, 1)
    return incoming, outgoing


async def take_over_stdio_async() -> tuple[asyncio.StreamReader, asyncio.StreamWriter]:
    """Reserve stdin and stdout for messages, as streams of the running event loop."""
    incoming, outgoing = take_over_stdio()
    loop = asyncio.get_running_loop()
    reader = asyncio.StreamReader()
    await loop.connect_read_pipe(lambda: asyncio.StreamReaderProtocol(reader), incoming)
    transport, protocol = await loop.connect_write_pipe(asyncio.streams.FlowControlMixin, outgoing)
    return reader, asyncio.StreamWriter(transport, protocol, None, loop)


class Outbox:
    """Sends messages to the parent process, from any thread."""

    def __init__(self, pipe: BinaryIO) -> None:
        self._pipe = pipe
        self._lock = threading.Lock()

    def send(self, message: Any) -> None:
        """Send a message; returns once it is written."""
        packed = pack(message)
        with self._lock:
            self._pipe.write(packed)
            self._pipe.flush()


class AsyncOutbox:
    """Sends messages to the parent process from a coroutine, or from any thread."""

    def __init__(self, pipe: asyncio.StreamWriter) -> None:
        self._pipe = pipe
        self._loop = asyncio.get_running_loop()

    async def send(self, message: Any) -> None:
        """Send a message; returns once the pipe has room for more."""
        self._pipe.write(pack(message))
        await self._pipe.drain()

    def send_from_thread(self, message: Any) -> None:
        """Have the event loop send a message soon."""
        self._loop.call_soon_threadsafe(self._pipe.write, pack(message))

    async def drain(self) -> None:
        """Wait until everything that threads have sent so far is written, as far as the pipe has room."""
        await asyncio.sleep(0)  # the event loop first runs the writes that are due
        await self._pipe.drain()

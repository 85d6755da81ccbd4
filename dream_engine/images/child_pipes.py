"""The two pipes to a child process, whose limits are checked while this process waits for it."""

import contextlib
import os
import select
import subprocess
import sys
import threading
from collections.abc import Callable, Iterator
from typing import Protocol

_POLL_SECONDS = 0.05
_CHUNK_BYTES = 1 << 20
_PIPE_BYTES = 1 << 20
_F_SETPIPE_SZ = 1031


class Pipes(Protocol):
    """Sends bytes to a child process, and receives bytes from it."""

    def send(self, content: bytes) -> None:
        """Send bytes.

        Raises:
            EOFError: The process has ended, or exceeded its limits.
        """

    def receive_into(self, target: memoryview) -> None:
        """Receive as many bytes as a buffer holds.

        Raises:
            EOFError: The process has ended, or exceeded its limits.
        """

    def close(self) -> None:
        """Close the pipes of a process that has ended."""


MakePipes = Callable[[subprocess.Popen[bytes], Callable[[], None]], Pipes]
"""Makes the pipes of a process, from it and from what ends it if it exceeds its limits."""


class BlockingPipes:
    """Reads and writes in the caller's thread, while a second thread checks the limits.

    This works on every system. Ending the process ends a read or a write that waits for it.

    Args:
        process: The child process, with unbuffered pipes.
        check: Ends the process and raises an ``EOFError`` if it exceeds its limits.
    """

    def __init__(self, process: subprocess.Popen[bytes], check: Callable[[], None]) -> None:
        self._input, self._output = streams_of(process)
        self._check = check
        self._busy = threading.Event()
        self._closed = threading.Event()
        threading.Thread(target=self._guard, daemon=True, name="decoder limits").start()

    def send(self, content: bytes) -> None:
        """Send bytes; see :meth:`Pipes.send`."""
        rest = memoryview(content)
        with self._guarded():
            while rest:
                rest = rest[os.write(self._input, rest[:_CHUNK_BYTES]) :]

    def receive_into(self, target: memoryview) -> None:
        """Receive bytes; see :meth:`Pipes.receive_into`."""
        with self._guarded():
            while target:
                if not (received := os.read(self._output, min(len(target), _CHUNK_BYTES))):
                    raise EOFError
                target[: len(received)] = received
                target = target[len(received) :]

    def close(self) -> None:
        """End the second thread; see :meth:`Pipes.close`."""
        self._closed.set()
        self._busy.set()

    @contextlib.contextmanager
    def _guarded(self) -> Iterator[None]:
        """Have the limits checked within the context."""
        self._busy.set()
        try:
            yield
        except OSError:  # which of them a closed pipe causes depends on the system
            raise EOFError from None
        finally:
            self._busy.clear()

    def _guard(self) -> None:
        while True:
            self._busy.wait()
            if self._closed.wait(_POLL_SECONDS):
                return
            if self._busy.is_set():
                with contextlib.suppress(EOFError):
                    self._check()


def streams_of(process: subprocess.Popen[bytes]) -> tuple[int, int]:
    """Return the file descriptors of a process's standard input and output.

    Raises:
        ValueError: The process has no pipes.
    """
    if process.stdin is None or process.stdout is None:
        raise ValueError("the process has no pipes")
    return process.stdin.fileno(), process.stdout.fileno()


if sys.platform == "win32":
    SystemPipes = BlockingPipes
else:
    import fcntl

    class PolledPipes:
        """Waits for both, the pipes and the limits, in the caller's thread.

        Args:
            process: The child process, with unbuffered pipes.
            check: Ends the process and raises an ``EOFError`` if it exceeds its limits.
        """

        def __init__(self, process: subprocess.Popen[bytes], check: Callable[[], None]) -> None:
            self._input, self._output = streams_of(process)
            self._check = check
            for pipe in (self._input, self._output):
                os.set_blocking(pipe, False)
                with contextlib.suppress(OSError):  # only Linux has larger pipes, in which large pictures fit
                    fcntl.fcntl(pipe, _F_SETPIPE_SZ, _PIPE_BYTES)

        def send(self, content: bytes) -> None:
            """Send bytes; see :meth:`Pipes.send`."""
            rest = memoryview(content)
            while rest:
                self._wait(self._input, select.POLLOUT)
                try:
                    rest = rest[os.write(self._input, rest[:_CHUNK_BYTES]) :]
                except BlockingIOError:
                    continue
                except OSError:
                    raise EOFError from None

        def receive_into(self, target: memoryview) -> None:
            """Receive bytes; see :meth:`Pipes.receive_into`."""
            while target:
                self._wait(self._output, select.POLLIN)
                try:
                    length = os.readv(self._output, [target])
                except BlockingIOError:
                    continue
                if not length:
                    raise EOFError
                target = target[length:]

        def close(self) -> None:
            """Do nothing; see :meth:`Pipes.close`."""

        def _wait(self, pipe: int, event: int) -> None:
            """Wait until a pipe is ready, and check the limits meanwhile."""
            poll = select.poll()
            poll.register(pipe, event)
            while not poll.poll(_POLL_SECONDS * 1000):
                self._check()

    SystemPipes = PolledPipes

"""Starts the child process that decodes, and exchanges messages with it over pipes."""

import contextlib
import json
import os
import select
import signal
import site
import subprocess
import sys
import time
from collections.abc import Callable, Mapping
from pathlib import Path
from typing import Any, cast

import numpy as np

import dream_engine

_LENGTH_BYTES = 4
_MAX_HEADER_BYTES = 1 << 20
_PIPE_BYTES = 1 << 20
_F_SETPIPE_SZ = 1031
_FIRST_FREE = 3
"""The first file descriptor that is not a standard stream."""

_POLL_SECONDS = 0.05
_ENVIRONMENT = ("PATH", "HOME", "LANG", "LC_ALL", "LD_LIBRARY_PATH", "TMPDIR", "DREAM_DEBUG", "VIRTUAL_ENV")
"""The environment variables that the child inherits; tokens are not among them."""

_CHUNK_BYTES = 1 << 20


class DecoderProcessError(Exception):
    """The child process cannot be started, or was lost through no fault of a picture."""


class ChildLostError(Exception):
    """The child ended.

    Attributes:
        accepted: Whether the child had received the whole request, so that the picture is to blame.
    """

    def __init__(self, *, accepted: bool) -> None:
        super().__init__()
        self.accepted = accepted


class DecoderChild:
    """The child process and its pipes.

    Nothing is ever written to the third pipe: the kernel closes it when this process ends, which ends the
    child.

    Args:
        program: The module that the child runs.
    """

    def __init__(self, program: str = "dream_engine.images.decoder_process") -> None:
        try:
            read_end, self._parent_pipe = _pipe()
        except OSError as error:
            raise _start_error(error) from error
        try:
            self._process = subprocess.Popen(  # noqa: S603 - a program of this package
                [sys.executable, "-P", "-m", program, str(read_end)],
                pass_fds=(read_end,),
                stdin=subprocess.PIPE,
                stdout=subprocess.PIPE,
                stderr=None if os.environ.get("DREAM_DEBUG") else subprocess.DEVNULL,
                env=_environment(),
                bufsize=0,
            )
        except OSError as error:
            os.close(self._parent_pipe)
            raise _start_error(error) from error
        finally:
            os.close(read_end)
        if self._process.stdin is None or self._process.stdout is None:
            raise DecoderProcessError("the process that decodes pictures has no pipes")
        self._input, self._output = self._process.stdin.fileno(), self._process.stdout.fileno()
        for pipe in (self._input, self._output):
            os.set_blocking(pipe, False)
            with contextlib.suppress(OSError):
                _enlarge_pipe(pipe)
        self._memory = 0
        self._deadline = float("inf")
        self._clock: Callable[[], float] = time.monotonic
        self._overran = False

    @property
    def pid(self) -> int:
        """The process ID."""
        return self._process.pid

    @property
    def alive(self) -> bool:
        """Whether the process runs."""
        return self._process.poll() is None

    @property
    def was_killed(self) -> bool:
        """Whether the process was killed, as the kernel does if memory runs out; waits for its end."""
        return self._process.wait() == -signal.SIGKILL

    @property
    def took_too_much(self) -> bool:
        """Whether the process was ended because it exceeded its limits; waits for its end."""
        return self._overran or self._process.wait() == -signal.SIGXCPU

    def allow(self, memory: int, deadline: float, clock: Callable[[], float]) -> None:
        """Set the limits of the next task.

        Args:
            memory: How many bytes the process may take beside those that it holds now.
            deadline: When the task has to be done, on the clock.
            clock: Returns the time in seconds.
        """
        self._memory = memory + _resident_bytes(self.pid)
        self._deadline = deadline
        self._clock = clock

    def allow_until(self, deadline: float) -> None:
        """Change when the task has to be done, on the clock."""
        self._deadline = deadline

    def exchange(self, task: Mapping[str, Any], data: bytes) -> dict[str, Any]:
        """Send a task and a file, and receive the header of the reply.

        Raises:
            ChildLostError: The process ended, or was ended.
        """
        header = json.dumps(task).encode()
        self._send(len(header).to_bytes(_LENGTH_BYTES) + header)
        self._send(data)
        self._receive_header(accepted=False)
        return self._receive_header(accepted=True)

    def receive_header(self) -> dict[str, Any]:
        """Receive the header of a further reply.

        Raises:
            ChildLostError: The process ended, or was ended.
        """
        return self._receive_header(accepted=True)

    def receive_array(self, shape: tuple[int, ...]) -> np.ndarray:
        """Receive a uint8 array of a known shape."""
        array = np.empty(shape, np.uint8)
        self._receive_into(array.data.cast("B"), accepted=True)
        return array

    def receive(self, length: int) -> bytearray:
        """Receive a known number of bytes."""
        content = bytearray(length)
        self._receive_into(memoryview(content), accepted=True)
        return content

    def interrupt(self) -> None:
        """Kill the process; a thread that waits for it gets a :class:`ChildLostError`."""
        self._process.kill()

    def kill(self) -> None:
        """Kill the process, wait for its end, and close the pipes."""
        self._process.kill()
        self._process.wait()
        for pipe in (self._process.stdin, self._process.stdout):
            if pipe is not None:
                pipe.close()
        os.close(self._parent_pipe)

    def _receive_header(self, *, accepted: bool) -> dict[str, Any]:
        prefix = bytearray(_LENGTH_BYTES)
        self._receive_into(memoryview(prefix), accepted=accepted)
        length = int.from_bytes(prefix)
        if length > _MAX_HEADER_BYTES:
            raise ChildLostError(accepted=accepted)
        header = bytearray(length)
        self._receive_into(memoryview(header), accepted=accepted)
        try:
            return cast("dict[str, Any]", json.loads(header))
        except ValueError:
            raise ChildLostError(accepted=accepted) from None

    def _send(self, content: bytes) -> None:
        rest = memoryview(content)
        while rest:
            self._wait(self._input, select.POLLOUT, accepted=False)
            try:
                rest = rest[os.write(self._input, rest[:_CHUNK_BYTES]) :]
            except BlockingIOError:
                continue
            except OSError:
                raise ChildLostError(accepted=False) from None

    def _receive_into(self, target: memoryview, *, accepted: bool) -> None:
        while target:
            self._wait(self._output, select.POLLIN, accepted=accepted)
            try:
                length = os.readv(self._output, [target])
            except BlockingIOError:
                continue
            if not length:
                raise ChildLostError(accepted=accepted)
            target = target[length:]

    def _wait(self, pipe: int, event: int, *, accepted: bool) -> None:
        """Wait until a pipe is ready, and kill the process if it exceeds its limits meanwhile."""
        poll = select.poll()
        poll.register(pipe, event)
        while not poll.poll(_POLL_SECONDS * 1000):
            if self._clock() > self._deadline or _resident_bytes(self.pid) > self._memory:
                self._overran = True
                self._process.kill()
                raise ChildLostError(accepted=accepted)


def _environment() -> dict[str, str]:
    """The child's environment, in which it finds the package that this process imported."""
    folder = str(Path(dream_engine.__file__).parent.parent)
    inherited = {name: os.environ[name] for name in _ENVIRONMENT if name in os.environ}
    installed = folder in site.getsitepackages()
    folders = [os.environ.get("PYTHONPATH"), None if installed else folder]
    threads = {"OPENBLAS_NUM_THREADS": "1", "OMP_NUM_THREADS": "1", "MALLOC_ARENA_MAX": "2"}
    search_path = os.pathsep.join(filter(None, folders))
    return {**inherited, **threads, **({"PYTHONPATH": search_path} if search_path else {})}


def _resident_bytes(pid: int) -> int:
    """The resident memory of a process; 0 if it has ended."""
    try:
        return int(Path(f"/proc/{pid}/statm").read_text().split()[1]) * os.sysconf("SC_PAGE_SIZE")
    except (OSError, IndexError):
        return 0


def _pipe() -> tuple[int, int]:
    """Open a pipe for reading and writing, without the descriptors of closed standard streams."""
    import fcntl  # noqa: PLC0415 - Linux

    with contextlib.ExitStack() as closing:
        ends = os.pipe()
        for end in ends:
            closing.callback(os.close, end)
        reading = fcntl.fcntl(ends[0], fcntl.F_DUPFD_CLOEXEC, _FIRST_FREE)
        try:
            return reading, fcntl.fcntl(ends[1], fcntl.F_DUPFD_CLOEXEC, _FIRST_FREE)
        except OSError:
            os.close(reading)
            raise


def _enlarge_pipe(pipe: int) -> None:
    """Enlarge a pipe's buffer, so that large pictures pass in fewer pieces."""
    import fcntl  # noqa: PLC0415 - Linux

    fcntl.fcntl(pipe, _F_SETPIPE_SZ, _PIPE_BYTES)


def _start_error(error: OSError) -> DecoderProcessError:
    return DecoderProcessError(f"the process that decodes pictures cannot be started: {error}")

"""Starts the child process that decodes, and exchanges messages with it over pipes."""

import contextlib
import json
import os
import signal
import site
import subprocess
import sys
import time
from collections.abc import Callable, Mapping
from pathlib import Path
from typing import Any, cast

import numpy as np
import psutil

import dream_engine
from dream_engine.images.child_pipes import MakePipes, SystemPipes
from dream_engine.numpy_threads import ONE_NUMPY_THREAD

_LENGTH_BYTES = 4
_MAX_HEADER_BYTES = 1 << 20
_FIRST_FREE = 3
"""The first file descriptor that is not a standard stream."""

_ENVIRONMENT = (
    *("PATH", "HOME", "LANG", "LC_ALL", "LD_LIBRARY_PATH", "TMPDIR", "DREAM_DEBUG", "VIRTUAL_ENV"),
    *("SYSTEMROOT", "USERPROFILE", "APPDATA", "TEMP", "TMP"),  # on Windows, where Python needs the first
)
"""The environment variables that the child inherits; tokens are not among them."""


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

    Args:
        program: The module that the child runs.
        pipes: How messages are exchanged with it.
    """

    def __init__(
        self, program: str = "dream_engine.images.decoder_process", pipes: MakePipes = SystemPipes
    ) -> None:
        try:
            self._process, self._parent_pipe = _start([sys.executable, "-P", "-m", program])
        except OSError as error:
            raise DecoderProcessError(
                f"the process that decodes pictures cannot be started: {error}"
            ) from error
        self._pipes = pipes(self._process, self._check)
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
        """Whether the process was killed, as the kernel does if memory runs out; waits for its end.

        On Windows, this is not known.
        """
        return sys.platform != "win32" and self._process.wait() == -signal.SIGKILL

    @property
    def took_too_much(self) -> bool:
        """Whether the process was ended because it exceeded its limits; waits for its end."""
        if self._overran:
            return True
        return sys.platform != "win32" and self._process.wait() == -signal.SIGXCPU

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
        self._pipes.close()
        for pipe in (self._process.stdin, self._process.stdout):
            if pipe is not None:
                pipe.close()
        if self._parent_pipe is not None:
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
        try:
            self._pipes.send(content)
        except EOFError:
            raise ChildLostError(accepted=False) from None

    def _receive_into(self, target: memoryview, *, accepted: bool) -> None:
        try:
            self._pipes.receive_into(target)
        except EOFError:
            raise ChildLostError(accepted=accepted) from None

    def _check(self) -> None:
        """Kill the process if it exceeds its limits.

        Raises:
            EOFError: The process was killed.
        """
        if self._clock() > self._deadline or _resident_bytes(self.pid) > self._memory:
            self._overran = True
            self._process.kill()
            raise EOFError


def _start(command: list[str]) -> tuple[subprocess.Popen[bytes], int | None]:
    """Start a program that notices this process's end.

    Returns:
        The process, and a pipe that stays open until the process is no longer needed. Nothing is ever written
        to it: the kernel closes it when this process ends, which ends the child. Other systems than Linux
        have no such pipe, and the child waits for the end of this process by its ID.
    """
    if sys.platform == "linux":
        read_end, parent_pipe = _pipe()
        try:
            return _popen([*command, str(read_end)], pass_fds=(read_end,)), parent_pipe
        except OSError:
            os.close(parent_pipe)
            raise
        finally:
            os.close(read_end)
    else:
        return _popen([*command, str(os.getpid())]), None


def _popen(command: list[str], pass_fds: tuple[int, ...] = ()) -> subprocess.Popen[bytes]:
    return subprocess.Popen(  # noqa: S603 - a program of this package
        command,
        pass_fds=pass_fds,
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        stderr=None if os.environ.get("DREAM_DEBUG") else subprocess.DEVNULL,
        env=_environment(),
        bufsize=0,
    )


def _environment() -> dict[str, str]:
    """The child's environment, in which it finds the package that this process imported."""
    folder = str(Path(dream_engine.__file__).parent.parent)
    inherited = {name: os.environ[name] for name in _ENVIRONMENT if name in os.environ}
    installed = folder in site.getsitepackages()
    folders = [os.environ.get("PYTHONPATH"), None if installed else folder]
    threads = {**ONE_NUMPY_THREAD, "OMP_NUM_THREADS": "1", "MALLOC_ARENA_MAX": "2"}
    search_path = os.pathsep.join(filter(None, folders))
    return {**inherited, **threads, **({"PYTHONPATH": search_path} if search_path else {})}


def _resident_bytes(pid: int) -> int:
    """The resident memory of a process; 0 if it has ended."""
    try:
        if sys.platform == "linux":
            pages = Path(f"/proc/{pid}/statm").read_text().split()[1]
            return int(pages) * os.sysconf("SC_PAGE_SIZE")
        else:  # noqa: RET505 - for the type checker
            return int(psutil.Process(pid).memory_info().rss)
    except (OSError, IndexError, psutil.Error):
        return 0


if sys.platform == "linux":

    def _pipe() -> tuple[int, int]:
        """Open a pipe for reading and writing, without the descriptors of closed standard streams."""
        import fcntl  # noqa: PLC0415 - other systems need no such pipe

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

"""Decodes pictures in a child process, which is ended when one takes too long or too much memory.

Decoders are written in C, run for as long as a file makes them, and can crash. The child keeps all that away
from the process that asks. It is started once and reused; a picture that ends it is refused in a sentence.
"""

import atexit
import contextlib
import json
import os
import select
import signal
import site
import subprocess
import sys
import threading
import time
from collections.abc import Callable, Mapping
from dataclasses import asdict
from functools import cache
from pathlib import Path
from typing import Any, TypeVar, cast

import numpy as np

import dream_engine
from dream_engine import errors
from dream_engine.errors import DamagedPictureError, PictureBombError, PictureError, TooManyBytesError
from dream_engine.images.decoding import Limits
from dream_engine.images.fitting import Rendition
from dream_engine.images.picture import Picture
from dream_engine.memory import DECODING_BYTES

_LENGTH_BYTES = 4
_MOST_HEADER_BYTES = 1 << 20
_PIPE_BYTES = 1 << 20
_F_SETPIPE_SZ = 1031
_FIRST_FREE = 3
"""The number of the first file descriptor that is no standard stream."""

_SPARE_BYTES = 256 * 10**6
"""What decoding takes beside the pixels: the decoders' own tables, threads and buffers."""
_FILE_COPIES = 4
_KEPT_BYTES = 250 * 10**6
"""A child that holds more after a picture is replaced."""

_WATCH_SECONDS = 0.05
_ENVIRONMENT = ("PATH", "HOME", "LANG", "LC_ALL", "LD_LIBRARY_PATH", "TMPDIR", "DREAM_DEBUG", "VIRTUAL_ENV")
"""What the child may see of the environment; tokens are not among it."""

_CHUNK_BYTES = 1 << 20

_Result = TypeVar("_Result", Picture, Rendition)


class DecoderProcessError(Exception):
    """The child process cannot be started, or was lost through no fault of a picture."""


class _LostError(Exception):
    """The child ended.

    Attributes:
        accepted: Whether it had the whole request, so that the picture is to blame.
    """

    def __init__(self, *, accepted: bool) -> None:
        super().__init__()
        self.accepted = accepted


class DecoderProcess:
    """A child process that decodes one picture after the other; any thread may ask.

    Args:
        cpu_seconds: How long the processor may work at one picture.
        seconds: How long one picture may take.
        clock: Tells the seconds.
    """

    def __init__(
        self, cpu_seconds: float = 30.0, seconds: float = 90.0, clock: Callable[[], float] = time.monotonic
    ) -> None:
        self._cpu_seconds = cpu_seconds
        self._seconds = seconds
        self._clock = clock
        self._lock = threading.Lock()
        self._child: _Child | None = None
        self._interrupted = False

    @property
    def pid(self) -> int | None:
        """The child's number while there is one."""
        return None if self._child is None else self._child.pid

    def start(self) -> None:
        """Start the child ahead of the first picture; it gets ready by itself."""
        with self._lock:
            self._started()

    def close(self) -> None:
        """End the child; the next picture starts another."""
        with self._lock:
            self._end_child()

    def interrupt(self) -> None:
        """End the child in the midst of a picture, from another thread; no picture is read any more."""
        self._interrupted = True
        if (child := self._child) is not None:
            child.interrupt()

    def decode(
        self,
        data: bytes,
        limits: Limits | None = None,
        size: int | None = None,
        max_decoded_pixels: int | None = None,
    ) -> Picture:
        """Read a picture; see :func:`~dream_engine.images.decode`.

        Raises:
            PictureError: The bytes are no picture that can be read, or reading them takes too much.
            DecoderProcessError: There is no child process.
        """
        limits = limits or Limits()
        _check_bytes(data, limits)
        task = {
            "task": "decode",
            "limits": asdict(limits),
            "size": size,
            "max_decoded_pixels": max_decoded_pixels,
        }

        def receive(child: _Child, answer: Mapping[str, Any]) -> Picture:
            height, width = _shape(answer, limits)
            rgb = child.receive_array((height, width, 3))
            alpha = child.receive_array((height, width)) if answer["alpha"] else None
            return Picture(rgb, alpha, bool(answer["is_cut_short"]))

        return self._ask(task, data, _memory_for(limits, max_decoded_pixels, data), receive)

    def refit(
        self,
        image: bytes,
        max_bytes: int,
        limits: Limits | None = None,
        *,
        keep_description: bool = True,
        max_decoded_pixels: int | None = None,
    ) -> Rendition:
        """Make a picture's file smaller than a limit; see :func:`~dream_engine.images.refit`.

        Raises:
            PictureError: It is no picture within the limits, or takes too much.
            DecoderProcessError: There is no child process.
        """
        limits = limits or Limits()
        _check_bytes(image, limits)
        task = {
            "task": "refit",
            "limits": asdict(limits),
            "max_bytes": max_bytes,
            "keep_description": keep_description,
            "max_decoded_pixels": max_decoded_pixels,
        }

        def receive(child: _Child, answer: Mapping[str, Any]) -> Rendition:
            content = bytes(child.receive(int(answer["bytes"])))
            return Rendition(content, answer["file_format"], int(answer["height"]), int(answer["width"]))

        return self._ask(task, image, _memory_for(limits, max_decoded_pixels, image), receive)

    def _ask(
        self,
        task: dict[str, Any],
        data: bytes,
        memory: int,
        receive: Callable[["_Child", Mapping[str, Any]], _Result],
    ) -> _Result:
        """Hand over a file and receive what comes of it.

        A child that is lost is replaced once, because something else than the picture may have ended it: the
        kernel, for instance, which was short of memory for other reasons.

        Raises:
            PictureError: The child refused the file, or the file ended the child.
            DecoderProcessError: There is no child process.
        """
        task |= {"bytes": len(data), "memory": memory, "cpu_seconds": self._cpu_seconds}
        with self._lock:
            for last in (False, True):
                child = self._started()
                child.allow(memory, self._clock() + self._seconds, self._clock)
                try:
                    answer = child.exchange(task, data)
                    result = None if "error" in answer else receive(child, answer)
                except _LostError as lost:
                    self._end_child()
                    if self._interrupted:
                        raise DecoderProcessError(
                            "the process that decodes pictures was interrupted"
                        ) from None
                    if child.took_too_much or (lost.accepted and last):
                        raise _blamed(child) from None
                    if last:
                        raise DecoderProcessError("the process that decodes pictures ends at once") from None
                except BaseException:
                    self._end_child()
                    raise
                else:
                    self._let_go_if_large(answer)
                    if result is None:
                        raise _error_of(answer)
                    return result
        raise AssertionError("one of the two returns or raises")

    def _started(self) -> "_Child":
        if self._interrupted:
            raise DecoderProcessError("the process that decodes pictures was interrupted")
        if self._child is None or not self._child.alive:
            self._end_child()
            self._child = _Child()
        return self._child

    def _let_go_if_large(self, answer: Mapping[str, Any]) -> None:
        if answer.get("resident", 0) > _KEPT_BYTES:
            self._end_child()

    def _end_child(self) -> None:
        if self._child is not None:
            self._child.kill()
            self._child = None


class _Child:
    """The process and its pipes.

    Nothing is ever written into the third pipe: the kernel closes it when this process ends, and the child
    ends then.
    """

    def __init__(self) -> None:
        try:
            end_of_parent, self._this_process = _pipe()
        except OSError as error:
            raise _not_started(error) from error
        try:
            self._process = subprocess.Popen(  # noqa: S603 - a program of our own
                [sys.executable, "-P", "-m", "dream_engine.images.decoder_process", str(end_of_parent)],
                pass_fds=(end_of_parent,),
                stdin=subprocess.PIPE,
                stdout=subprocess.PIPE,
                stderr=None if os.environ.get("DREAM_DEBUG") else subprocess.DEVNULL,
                env=_environment(),
                bufsize=0,
            )
        except OSError as error:
            os.close(self._this_process)
            raise _not_started(error) from error
        finally:
            os.close(end_of_parent)
        if self._process.stdin is None or self._process.stdout is None:
            raise DecoderProcessError("the process that decodes pictures has no pipes")
        self._input, self._output = self._process.stdin.fileno(), self._process.stdout.fileno()
        for pipe in (self._input, self._output):
            os.set_blocking(pipe, False)
            with contextlib.suppress(OSError):
                _widen(pipe)
        self._memory = 0
        self._deadline = float("inf")
        self._clock: Callable[[], float] = time.monotonic
        self._overran = False

    @property
    def pid(self) -> int:
        """The process's number."""
        return self._process.pid

    @property
    def alive(self) -> bool:
        """Whether the process runs."""
        return self._process.poll() is None

    @property
    def was_killed(self) -> bool:
        """Whether the process was ended by force, as the kernel does for memory; waits for the end."""
        return self._process.wait() == -signal.SIGKILL

    @property
    def took_too_much(self) -> bool:
        """Whether the process was ended because it took more than it may; waits for the end."""
        return self._overran or self._process.wait() == -signal.SIGXCPU

    def allow(self, memory: int, deadline: float, clock: Callable[[], float]) -> None:
        """Say how much memory the process may take from now on, and until when."""
        self._memory = memory + _resident(self.pid)
        self._deadline = deadline
        self._clock = clock

    def exchange(self, task: Mapping[str, Any], data: bytes) -> dict[str, Any]:
        """Send a task and a file, and receive the head of the answer.

        Raises:
            _LostError: The process ended, or was ended.
        """
        head = json.dumps(task).encode()
        self._send(len(head).to_bytes(_LENGTH_BYTES) + head)
        self._send(data)
        self._receive_header(accepted=False)
        return self._receive_header(accepted=True)

    def receive_array(self, shape: tuple[int, ...]) -> np.ndarray:
        """Receive the values of an array."""
        array = np.empty(shape, np.uint8)
        self._receive_into(array.data.cast("B"), accepted=True)
        return array

    def receive(self, length: int) -> bytearray:
        """Receive bytes."""
        content = bytearray(length)
        self._receive_into(memoryview(content), accepted=True)
        return content

    def interrupt(self) -> None:
        """End the process; whoever waits for it sees that it is gone."""
        self._process.kill()

    def kill(self) -> None:
        """End the process, wait until it is gone, and close the pipes."""
        self._process.kill()
        self._process.wait()
        for pipe in (self._process.stdin, self._process.stdout):
            if pipe is not None:
                pipe.close()
        os.close(self._this_process)

    def _receive_header(self, *, accepted: bool) -> dict[str, Any]:
        prefix = bytearray(_LENGTH_BYTES)
        self._receive_into(memoryview(prefix), accepted=accepted)
        length = int.from_bytes(prefix)
        if length > _MOST_HEADER_BYTES:
            raise _LostError(accepted=accepted)
        head = bytearray(length)
        self._receive_into(memoryview(head), accepted=accepted)
        try:
            return cast("dict[str, Any]", json.loads(head))
        except ValueError:
            raise _LostError(accepted=accepted) from None

    def _send(self, content: bytes) -> None:
        rest = memoryview(content)
        while rest:
            self._wait(self._input, select.POLLOUT, accepted=False)
            try:
                rest = rest[os.write(self._input, rest[:_CHUNK_BYTES]) :]
            except BlockingIOError:
                continue
            except OSError:
                raise _LostError(accepted=False) from None

    def _receive_into(self, target: memoryview, *, accepted: bool) -> None:
        while target:
            self._wait(self._output, select.POLLIN, accepted=accepted)
            try:
                length = os.readv(self._output, [target])
            except BlockingIOError:
                continue
            if not length:
                raise _LostError(accepted=accepted)
            target = target[length:]

    def _wait(self, pipe: int, event: int, *, accepted: bool) -> None:
        """Wait until a pipe is ready, and end the process if it takes too much in the meantime."""
        poll = select.poll()
        poll.register(pipe, event)
        while not poll.poll(_WATCH_SECONDS * 1000):
            if self._clock() > self._deadline or _resident(self.pid) > self._memory:
                self._overran = True
                self._process.kill()
                raise _LostError(accepted=accepted)


@cache
def shared_decoder() -> DecoderProcess:
    """The one child process of this process."""
    decoder = DecoderProcess()
    atexit.register(decoder.close)
    os.register_at_fork(after_in_child=shared_decoder.cache_clear)
    return decoder


def _environment() -> dict[str, str]:
    """What the child sees of the environment; it finds the package where this process found it."""
    folder = str(Path(dream_engine.__file__).parent.parent)
    seen = {name: os.environ[name] for name in _ENVIRONMENT if name in os.environ}
    installed = folder in site.getsitepackages()
    search_path = [os.environ.get("PYTHONPATH"), None if installed else folder]
    threads = {"OPENBLAS_NUM_THREADS": "1", "OMP_NUM_THREADS": "1", "MALLOC_ARENA_MAX": "2"}
    found = os.pathsep.join(filter(None, search_path))
    return {**seen, **threads, **({"PYTHONPATH": found} if found else {})}


def _check_bytes(data: bytes, limits: Limits) -> None:
    """Refuse what need not even be sent to the child."""
    if len(data) > limits.megabytes * 1e6:
        raise TooManyBytesError(limit=limits.megabytes)


def _memory_for(limits: Limits, max_decoded_pixels: int | None, data: bytes) -> int:
    """How many bytes the child may take for a file, beside what it holds already."""
    pixels = (
        limits.megapixels * 1e6
        if max_decoded_pixels is None
        else min(limits.megapixels * 1e6, max_decoded_pixels)
    )
    return int(pixels * DECODING_BYTES) + _FILE_COPIES * len(data) + _SPARE_BYTES


def _shape(answer: Mapping[str, Any], limits: Limits) -> tuple[int, int]:
    height, width = answer["shape"]
    if not 0 < height * width <= limits.megapixels * 1e6:
        raise DecoderProcessError("the process that decodes pictures told nonsense")
    return int(height), int(width)


def _blamed(child: _Child) -> PictureError:
    """Tell a file that ended the child apart: it took too much, or made a decoder crash."""
    return PictureBombError() if child.took_too_much or child.was_killed else DamagedPictureError()


def _error_of(answer: Mapping[str, Any]) -> Exception:
    """What the child says that it raised; only refusals of pictures have a name."""
    kind = getattr(errors, str(answer["error"]), None)
    if isinstance(kind, type) and issubclass(kind, PictureError):
        return kind(**answer["details"])
    return DecoderProcessError(f"decoding a picture failed: {answer['error']}: {answer['details']}")


def _resident(pid: int) -> int:
    """How many bytes a process holds; none, when it is gone."""
    try:
        return int(Path(f"/proc/{pid}/statm").read_text().split()[1]) * os.sysconf("SC_PAGE_SIZE")
    except (OSError, IndexError):
        return 0


def _pipe() -> tuple[int, int]:
    """A pipe's ends for reading and for writing, whose numbers are not those of closed standard streams."""
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


def _not_started(error: OSError) -> DecoderProcessError:
    return DecoderProcessError(f"the process that decodes pictures cannot be started: {error}")


def _widen(pipe: int) -> None:
    """Let a pipe hold more at once, so that large pictures go through in fewer pieces."""
    import fcntl  # noqa: PLC0415 - Linux

    fcntl.fcntl(pipe, _F_SETPIPE_SZ, _PIPE_BYTES)

"""The parts that the programs of child processes share: their limits, and messages over pipes."""

import contextlib
import ctypes
import fcntl
import json
import math
import os
import resource
import select
import signal
import sys
from collections.abc import Iterator, Mapping
from typing import Any, BinaryIO

from PIL import AvifImagePlugin
from pillow_heif import options

from dream_engine.errors import PictureBombError, PictureError

_LENGTH_BYTES = 4
THREADS = 2
"""The number of threads of a decoder. Each takes memory, whatever the picture."""


def begin() -> tuple[BinaryIO, BinaryIO]:
    """Prepare this process for decoding; returns the pipes of incoming and of outgoing messages.

    The program's first argument, if there is one, is the pipe by which the process notices its parent's end.
    """
    signal.signal(signal.SIGINT, signal.SIG_IGN)  # Ctrl-C reaches the process group; the parent handles it
    resource.setrlimit(resource.RLIMIT_CORE, (0, 0))
    resource.setrlimit(resource.RLIMIT_FSIZE, (0, 0))
    if len(sys.argv) > 1:
        _exit_with_parent(int(sys.argv[1]))
    AvifImagePlugin.DEFAULT_MAX_THREADS = THREADS
    options.DECODE_THREADS = THREADS
    return _take_over_stdio()


def receive_task(incoming: BinaryIO, outgoing: BinaryIO) -> tuple[dict[str, Any], bytes] | None:
    """Receive a task with its file, and confirm that both have arrived; ``None`` if the pipe is closed."""
    prefix = incoming.read(_LENGTH_BYTES)
    if len(prefix) < _LENGTH_BYTES:
        return None
    task = json.loads(incoming.read(int.from_bytes(prefix)))
    data = incoming.read(task["bytes"])
    if len(data) < task["bytes"]:
        return None
    send(outgoing, {"accepted": True})
    return task, data


def error_reply(error: Exception) -> dict[str, Any]:
    """The header that reports an error to the parent."""
    if isinstance(error, MemoryError):
        error = PictureBombError()
    if isinstance(error, PictureError):
        return {"error": type(error).__name__, "details": error.details}
    return {"error": "bug", "details": f"{type(error).__name__}: {error}"}


def send(pipe: BinaryIO, header: Mapping[str, Any], *body: memoryview) -> None:
    """Send a header, and the bytes that follow it."""
    packed = json.dumps(header).encode()
    pipe.write(len(packed).to_bytes(_LENGTH_BYTES) + packed)
    for content in body:
        pipe.write(content)
    pipe.flush()


@contextlib.contextmanager
def resource_limits(memory: int, cpu_seconds: float) -> Iterator[None]:
    """Have the kernel limit memory, and end this process after its processor time, within the context."""
    page = resource.getpagesize()
    used = resource.getrusage(resource.RUSAGE_SELF)
    max_seconds = math.ceil(used.ru_utime + used.ru_stime + cpu_seconds)
    resource.setrlimit(resource.RLIMIT_CPU, (max_seconds, resource.RLIM_INFINITY))
    resource.setrlimit(
        resource.RLIMIT_AS, (memory_sizes()[0] // page * page + memory, resource.RLIM_INFINITY)
    )
    try:
        yield
    finally:
        resource.setrlimit(resource.RLIMIT_AS, (resource.RLIM_INFINITY, resource.RLIM_INFINITY))
        resource.setrlimit(resource.RLIMIT_CPU, (resource.RLIM_INFINITY, resource.RLIM_INFINITY))


def _exit_with_parent(pipe: int) -> None:
    """Have the kernel end this process when its parent ends, which closes the pipe's other end.

    Nothing is ever written to that pipe, so the signal has no other cause. Its default action ends the
    process even within a decoder that never returns to Python.
    """
    signal.signal(signal.SIGIO, signal.SIG_DFL)
    fcntl.fcntl(pipe, fcntl.F_SETOWN, os.getpid())
    fcntl.fcntl(pipe, fcntl.F_SETFL, fcntl.fcntl(pipe, fcntl.F_GETFL) | os.O_ASYNC)
    ended = select.poll()
    ended.register(pipe, 0)
    if ended.poll(0):
        sys.exit()


def memory_sizes() -> tuple[int, int]:
    """The bytes of address space and of resident memory that this process holds."""
    with open("/proc/self/statm") as file:  # noqa: PTH123 - read for every picture
        size, resident = file.read().split()[:2]
    return int(size) * resource.getpagesize(), int(resident) * resource.getpagesize()


def release_memory() -> None:
    """Return memory that the last picture took to the system."""
    with contextlib.suppress(OSError, AttributeError):
        ctypes.CDLL(None).malloc_trim(0)


def _take_over_stdio() -> tuple[BinaryIO, BinaryIO]:
    """Keep the two pipes for messages; output that libraries print goes to stderr."""
    incoming, outgoing = os.fdopen(os.dup(0), "rb"), os.fdopen(os.dup(1), "wb")
    os.dup2(os.open(os.devnull, os.O_RDONLY), 0)
    os.dup2(2, 1)
    return incoming, outgoing

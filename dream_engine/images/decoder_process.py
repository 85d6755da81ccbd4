"""The program of the child process that decodes: ``python -m dream_engine.images.decoder_process``."""

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

import numpy as np
from PIL import AvifImagePlugin
from pillow_heif import options

from dream_engine.errors import PictureBombError, PictureError
from dream_engine.images.decoding import Limits, decode
from dream_engine.images.fitting import refit

_LENGTH_BYTES = 4
_THREADS = 2
"""The number of threads of a decoder. Each takes memory, whatever the picture."""


def main() -> None:
    """Run tasks from standard input, one after the other, until it closes."""
    signal.signal(signal.SIGINT, signal.SIG_IGN)  # Ctrl-C reaches the process group; the parent handles it
    resource.setrlimit(resource.RLIMIT_CORE, (0, 0))
    resource.setrlimit(resource.RLIMIT_FSIZE, (0, 0))
    if len(sys.argv) > 1:
        _exit_with_parent(int(sys.argv[1]))
    AvifImagePlugin.DEFAULT_MAX_THREADS = _THREADS
    options.DECODE_THREADS = _THREADS
    incoming, outgoing = _take_over_stdio()
    while (prefix := incoming.read(_LENGTH_BYTES)) and len(prefix) == _LENGTH_BYTES:
        task = json.loads(incoming.read(int.from_bytes(prefix)))
        data = incoming.read(task["bytes"])
        if len(data) < task["bytes"]:
            return
        _send(outgoing, {"accepted": True})
        with _resource_limits(task["memory"], task["cpu_seconds"]):
            header, body = _run_task(task, data)
        del data
        _release_memory()
        header["resident"] = _memory_sizes()[1]
        _send(outgoing, header, *body)


def _run_task(task: Mapping[str, Any], data: bytes) -> tuple[dict[str, Any], list[memoryview]]:
    """Run a task; returns the reply's header, and the bytes that follow it."""
    try:
        return _decode(task, data) if task["task"] == "decode" else _refit(task, data)
    except PictureError as error:
        return _error_reply(error), []
    except MemoryError:
        return _error_reply(PictureBombError()), []
    except Exception as error:  # noqa: BLE001 - a bug, reported by the parent
        return {"error": "bug", "details": f"{type(error).__name__}: {error}"}, []


def _error_reply(error: PictureError) -> dict[str, Any]:
    return {"error": type(error).__name__, "details": error.details}


def _decode(task: Mapping[str, Any], data: bytes) -> tuple[dict[str, Any], list[memoryview]]:
    picture = decode(data, Limits(**task["limits"]), task["size"], task["max_decoded_pixels"])
    planes = [picture.rgb] if picture.alpha is None else [picture.rgb, picture.alpha]
    header = {
        "shape": picture.rgb.shape[:2],
        "alpha": picture.alpha is not None,
        "is_cut_short": picture.is_cut_short,
    }
    return header, [np.ascontiguousarray(plane).data.cast("B") for plane in planes]


def _refit(task: Mapping[str, Any], data: bytes) -> tuple[dict[str, Any], list[memoryview]]:
    rendition = refit(
        data,
        task["max_bytes"],
        Limits(**task["limits"]),
        keep_description=task["keep_description"],
        max_decoded_pixels=task["max_decoded_pixels"],
    )
    header = {
        "bytes": len(rendition.image),
        "file_format": rendition.file_format,
        "height": rendition.height,
        "width": rendition.width,
    }
    return header, [memoryview(rendition.image)]


def _send(pipe: BinaryIO, header: Mapping[str, Any], *body: memoryview) -> None:
    packed = json.dumps(header).encode()
    pipe.write(len(packed).to_bytes(_LENGTH_BYTES) + packed)
    for content in body:
        pipe.write(content)
    pipe.flush()


@contextlib.contextmanager
def _resource_limits(memory: int, cpu_seconds: float) -> Iterator[None]:
    """Have the kernel limit memory, and end this process after its processor time, within the context."""
    page = resource.getpagesize()
    used = resource.getrusage(resource.RUSAGE_SELF)
    max_seconds = math.ceil(used.ru_utime + used.ru_stime + cpu_seconds)
    resource.setrlimit(resource.RLIMIT_CPU, (max_seconds, resource.RLIM_INFINITY))
    resource.setrlimit(
        resource.RLIMIT_AS, (_memory_sizes()[0] // page * page + memory, resource.RLIM_INFINITY)
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


def _memory_sizes() -> tuple[int, int]:
    """The bytes of address space and of resident memory that this process holds."""
    with open("/proc/self/statm") as file:  # noqa: PTH123 - read for every picture
        size, resident = file.read().split()[:2]
    return int(size) * resource.getpagesize(), int(resident) * resource.getpagesize()


def _release_memory() -> None:
    """Return memory that the last picture took to the system."""
    with contextlib.suppress(OSError, AttributeError):
        ctypes.CDLL(None).malloc_trim(0)


def _take_over_stdio() -> tuple[BinaryIO, BinaryIO]:
    """Keep the two pipes for messages; output that libraries print goes to stderr."""
    incoming, outgoing = os.fdopen(os.dup(0), "rb"), os.fdopen(os.dup(1), "wb")
    os.dup2(os.open(os.devnull, os.O_RDONLY), 0)
    os.dup2(2, 1)
    return incoming, outgoing


if __name__ == "__main__":
    main()

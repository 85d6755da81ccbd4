"""The child process that decodes: ``python -m dream_engine.images.decoder_process``, see ``subprocess``."""

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
"""How many threads a decoder may use: each takes memory, whatever the picture."""


def main() -> None:
    """Decode what comes, one file after the other, until nobody is there to ask."""
    signal.signal(signal.SIGINT, signal.SIG_IGN)  # Ctrl-C reaches the whole group; the parent decides
    resource.setrlimit(resource.RLIMIT_CORE, (0, 0))
    resource.setrlimit(resource.RLIMIT_FSIZE, (0, 0))
    if len(sys.argv) > 1:
        _end_with_parent(int(sys.argv[1]))
    AvifImagePlugin.DEFAULT_MAX_THREADS = _THREADS
    options.DECODE_THREADS = _THREADS
    incoming, outgoing = _take_over_stdio()
    while (prefix := incoming.read(_LENGTH_BYTES)) and len(prefix) == _LENGTH_BYTES:
        task = json.loads(incoming.read(int.from_bytes(prefix)))
        data = incoming.read(task["bytes"])
        if len(data) < task["bytes"]:
            return
        _send(outgoing, {"accepted": True})
        with _bounded(task["memory"], task["cpu_seconds"]):
            head, body = _answer(task, data)
        del data
        _trim()
        head["resident"] = _pages()[1]
        _send(outgoing, head, *body)


def _answer(task: Mapping[str, Any], data: bytes) -> tuple[dict[str, Any], list[memoryview]]:
    """Do a task; tells what came of it, and the bytes that follow."""
    try:
        return _decoded(task, data) if task["task"] == "decode" else _refitted(task, data)
    except PictureError as error:
        return _refusal(error), []
    except MemoryError:
        return _refusal(PictureBombError()), []
    except Exception as error:  # noqa: BLE001 - a bug, which the parent reports
        return {"error": "bug", "details": f"{type(error).__name__}: {error}"}, []


def _refusal(error: PictureError) -> dict[str, Any]:
    return {"error": type(error).__name__, "details": error.details}


def _decoded(task: Mapping[str, Any], data: bytes) -> tuple[dict[str, Any], list[memoryview]]:
    picture = decode(data, Limits(**task["limits"]), task["size"], task["max_decoded_pixels"])
    planes = [picture.rgb] if picture.alpha is None else [picture.rgb, picture.alpha]
    head = {
        "shape": picture.rgb.shape[:2],
        "alpha": picture.alpha is not None,
        "is_cut_short": picture.is_cut_short,
    }
    return head, [np.ascontiguousarray(plane).data.cast("B") for plane in planes]


def _refitted(task: Mapping[str, Any], data: bytes) -> tuple[dict[str, Any], list[memoryview]]:
    made = refit(
        data,
        task["max_bytes"],
        Limits(**task["limits"]),
        keep_description=task["keep_description"],
        max_decoded_pixels=task["max_decoded_pixels"],
    )
    head = {
        "bytes": len(made.image),
        "file_format": made.file_format,
        "height": made.height,
        "width": made.width,
    }
    return head, [memoryview(made.image)]


def _send(pipe: BinaryIO, head: Mapping[str, Any], *body: memoryview) -> None:
    packed = json.dumps(head).encode()
    pipe.write(len(packed).to_bytes(_LENGTH_BYTES) + packed)
    for content in body:
        pipe.write(content)
    pipe.flush()


@contextlib.contextmanager
def _bounded(memory: int, cpu_seconds: float) -> Iterator[None]:
    """Let the kernel refuse more memory in the meantime, and end this process after so much work."""
    page = resource.getpagesize()
    used = resource.getrusage(resource.RUSAGE_SELF)
    most_seconds = math.ceil(used.ru_utime + used.ru_stime + cpu_seconds)
    resource.setrlimit(resource.RLIMIT_CPU, (most_seconds, resource.RLIM_INFINITY))
    resource.setrlimit(resource.RLIMIT_AS, (_pages()[0] // page * page + memory, resource.RLIM_INFINITY))
    try:
        yield
    finally:
        resource.setrlimit(resource.RLIMIT_AS, (resource.RLIM_INFINITY, resource.RLIM_INFINITY))
        resource.setrlimit(resource.RLIMIT_CPU, (resource.RLIM_INFINITY, resource.RLIM_INFINITY))


def _end_with_parent(pipe: int) -> None:
    """Let the kernel end this process when its parent is gone, which closes the pipe's other end.

    Nothing is ever written into that pipe, and so the signal has no other cause. Its default is to end the
    process, even in the midst of a decoder that never comes back to Python.
    """
    signal.signal(signal.SIGIO, signal.SIG_DFL)
    fcntl.fcntl(pipe, fcntl.F_SETOWN, os.getpid())
    fcntl.fcntl(pipe, fcntl.F_SETFL, fcntl.fcntl(pipe, fcntl.F_GETFL) | os.O_ASYNC)
    ended = select.poll()
    ended.register(pipe, 0)
    if ended.poll(0):
        sys.exit()


def _pages() -> tuple[int, int]:
    """How many bytes of address space, and of memory, this process holds."""
    with open("/proc/self/statm") as file:  # noqa: PTH123 - read for every picture
        size, resident = file.read().split()[:2]
    return int(size) * resource.getpagesize(), int(resident) * resource.getpagesize()


def _trim() -> None:
    """Give back what the last picture took."""
    with contextlib.suppress(OSError, AttributeError):
        ctypes.CDLL(None).malloc_trim(0)


def _take_over_stdio() -> tuple[BinaryIO, BinaryIO]:
    """Keep the two pipes for messages; whatever a library prints goes to stderr."""
    incoming, outgoing = os.fdopen(os.dup(0), "rb"), os.fdopen(os.dup(1), "wb")
    os.dup2(os.open(os.devnull, os.O_RDONLY), 0)
    os.dup2(2, 1)
    return incoming, outgoing


if __name__ == "__main__":
    main()

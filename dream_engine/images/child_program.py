"""The parts that the programs of child processes share: how they begin, and messages over pipes."""

import json
import os
import signal
import sys
from collections.abc import Mapping
from typing import Any, BinaryIO

from PIL import AvifImagePlugin
from pillow_heif import options

from dream_engine.errors import PictureBombError, PictureError
from dream_engine.images.child_limits import exit_with_parent, forbid_files

_LENGTH_BYTES = 4
THREADS = 2
"""The number of threads of a decoder. Each takes memory, whatever the picture."""


def begin() -> tuple[BinaryIO, BinaryIO]:
    """Prepare this process for decoding; returns the pipes of incoming and of outgoing messages.

    The program's first argument, if there is one, is what :func:`~.child_limits.exit_with_parent` takes.
    """
    signal.signal(signal.SIGINT, signal.SIG_IGN)  # Ctrl-C reaches the process group; the parent handles it
    forbid_files()
    if len(sys.argv) > 1:
        exit_with_parent(int(sys.argv[1]))
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


def _take_over_stdio() -> tuple[BinaryIO, BinaryIO]:
    """Keep the two pipes for messages; output that libraries print goes to stderr."""
    incoming, outgoing = os.fdopen(os.dup(0), "rb"), os.fdopen(os.dup(1), "wb")
    os.dup2(os.open(os.devnull, os.O_RDONLY), 0)
    os.dup2(2, 1)
    return incoming, outgoing

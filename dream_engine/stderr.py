"""Libraries that write to stderr by themselves, and how to keep them quiet."""

import contextlib
import os
import threading
from collections.abc import Iterator

_lock = threading.RLock()  # stderr is the process's: two at a time would not find it again


@contextlib.contextmanager
def silenced_stderr() -> Iterator[None]:
    """Drop what native code writes to stderr in the meantime.

    With ``DREAM_DEBUG`` set, or where there is no stderr, nothing is changed.
    """
    if os.environ.get("DREAM_DEBUG") or not _is_open(2):
        yield
        return
    with _lock:
        stderr = os.dup(2)
        nowhere = os.open(os.devnull, os.O_WRONLY)
        os.dup2(nowhere, 2)
        try:
            yield
        finally:
            os.dup2(stderr, 2)
            os.close(stderr)
            os.close(nowhere)


def _is_open(descriptor: int) -> bool:
    try:
        os.fstat(descriptor)
    except OSError:
        return False
    return True

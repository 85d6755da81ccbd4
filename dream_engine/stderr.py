"""Silences libraries that write to stderr by themselves."""

import contextlib
import os
import threading
from collections.abc import Iterator

_lock = threading.RLock()  # the process has one stderr: two threads could not restore it


@contextlib.contextmanager
def silenced_stderr() -> Iterator[None]:
    """Discard everything that is written to stderr, by native code too, within the context.

    This does nothing if ``DREAM_DEBUG`` is set or stderr is closed.
    """
    if os.environ.get("DREAM_DEBUG") or not _is_open(2):
        yield
        return
    with _lock:
        stderr = os.dup(2)
        devnull = os.open(os.devnull, os.O_WRONLY)
        os.dup2(devnull, 2)
        try:
            yield
        finally:
            os.dup2(stderr, 2)
            os.close(stderr)
            os.close(devnull)


def _is_open(descriptor: int) -> bool:
    try:
        os.fstat(descriptor)
    except OSError:
        return False
    return True

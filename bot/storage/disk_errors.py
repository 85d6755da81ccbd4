"""Storage errors that are not bugs: a full or read-only disk, or a store that another process has locked."""

import errno
import sqlite3
from collections.abc import Awaitable, Callable
from typing import TypeVar

from tenacity import AsyncRetrying, retry_if_exception, wait_exponential

_Result = TypeVar("_Result")

_ERRNOS = (errno.ENOSPC, errno.EDQUOT, errno.EROFS, errno.EIO, errno.ESTALE)
_LOCKED_NAMES = ("SQLITE_BUSY", "SQLITE_LOCKED", "SQLITE_PROTOCOL")
"""Another connection holds the lock. SQLITE_PROTOCOL ends a race for the lock of the write-ahead log."""
_NAMES = (
    "SQLITE_FULL",
    "SQLITE_READONLY",
    "SQLITE_IOERR",
    "SQLITE_CANTOPEN",
    "SQLITE_PERM",
    "SQLITE_NOMEM",
    "SQLITE_INTERRUPT",
    *_LOCKED_NAMES,
)
_SHORTEST_PAUSE, _LONGEST_PAUSE = 0.5, 4.0
"""In seconds. The longest is shorter than the wait at shutdown, which leaves time for one more retry."""


def is_storage_error(error: BaseException) -> bool:
    """Whether an operation failed because the data directory cannot be written now."""
    if isinstance(error, sqlite3.Error):
        return _error_name(error).startswith(_NAMES)
    return isinstance(error, OSError) and error.errno in _ERRNOS


def is_locked(error: BaseException) -> bool:
    """Whether an operation failed because another connection has locked the store."""
    return isinstance(error, sqlite3.Error) and _error_name(error).startswith(_LOCKED_NAMES)


def describe_storage_error(error: BaseException) -> str:
    """Describe a storage error for the log."""
    if is_locked(error):
        return f"Another process has locked the store in DREAM_DATA_DIR: {error}"
    return f"DREAM_DATA_DIR cannot be written: {error}"


def _error_name(error: sqlite3.Error) -> str:
    """SQLite's name of an error; empty for the errors that Python's module raises itself."""
    return getattr(error, "sqlite_errorname", "")


async def retry_until_stored(write: Callable[[], Awaitable[_Result]]) -> _Result:
    """Call a function that writes to the data directory, and retry it for as long as storage errors last."""
    pauses = wait_exponential(multiplier=_SHORTEST_PAUSE, max=_LONGEST_PAUSE)
    return await AsyncRetrying(retry=retry_if_exception(is_storage_error), wait=pauses)(write)

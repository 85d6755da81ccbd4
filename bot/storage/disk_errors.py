"""What is no bug of ours: the disk is full, cannot be written, or somebody else has locked the store."""

import errno
import sqlite3
from collections.abc import Awaitable, Callable
from typing import TypeVar

from tenacity import AsyncRetrying, retry_if_exception, wait_exponential

_Result = TypeVar("_Result")

_NUMBERS = (errno.ENOSPC, errno.EDQUOT, errno.EROFS, errno.EIO, errno.ESTALE)
_LOCKED_NAMES = ("SQLITE_BUSY", "SQLITE_LOCKED", "SQLITE_PROTOCOL")
"""Another connection has the lock. The last of them is what a race for the write-ahead log's lock ends in."""
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
"""Less than the bot waits when it is stopped, so that it tries once more."""


def is_storage_trouble(error: BaseException) -> bool:
    """Whether something failed because the data directory cannot be written now."""
    if isinstance(error, sqlite3.Error):
        return _name_of(error).startswith(_NAMES)
    return isinstance(error, OSError) and error.errno in _NUMBERS


def is_locked(error: BaseException) -> bool:
    """Whether something failed because another connection has locked the store."""
    return isinstance(error, sqlite3.Error) and _name_of(error).startswith(_LOCKED_NAMES)


def what_is_wrong(trouble: BaseException) -> str:
    """The trouble, for the log."""
    if is_locked(trouble):
        return f"Another process has locked the store in DREAM_DATA_DIR: {trouble}"
    return f"DREAM_DATA_DIR cannot be written: {trouble}"


def _name_of(error: sqlite3.Error) -> str:
    """The error's name as SQLite has it; errors that Python's module raises itself have none."""
    return getattr(error, "sqlite_errorname", "")


async def persistently(write: Callable[[], Awaitable[_Result]]) -> _Result:
    """Write something down, as often as it takes until the data directory can be written."""
    pauses = wait_exponential(multiplier=_SHORTEST_PAUSE, max=_LONGEST_PAUSE)
    return await AsyncRetrying(retry=retry_if_exception(is_storage_trouble), wait=pauses)(write)

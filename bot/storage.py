"""What is no bug of ours: the disk is full, or cannot be written."""

import errno
import sqlite3
from collections.abc import Awaitable, Callable
from typing import TypeVar

from tenacity import AsyncRetrying, retry_if_exception, wait_exponential

_Result = TypeVar("_Result")

_NUMBERS = (errno.ENOSPC, errno.EDQUOT, errno.EROFS, errno.EIO)
_NAMES = ("SQLITE_FULL", "SQLITE_READONLY", "SQLITE_IOERR", "SQLITE_CANTOPEN")
_SHORTEST_PAUSE, _LONGEST_PAUSE = 0.5, 4.0
"""Less than the bot waits when it is stopped, so that it tries once more."""


def is_storage_trouble(error: BaseException) -> bool:
    """Whether something failed because the data directory cannot be written now."""
    if isinstance(error, sqlite3.Error):
        return getattr(error, "sqlite_errorname", "").startswith(_NAMES)
    return isinstance(error, OSError) and error.errno in _NUMBERS


def what_is_wrong(trouble: BaseException) -> str:
    """The trouble, for the log."""
    return f"DREAM_DATA_DIR cannot be written: {trouble}"


async def persistently(write: Callable[[], Awaitable[_Result]]) -> _Result:
    """Write something down, as often as it takes until the data directory can be written."""
    pauses = wait_exponential(min=_SHORTEST_PAUSE, max=_LONGEST_PAUSE)
    return await AsyncRetrying(retry=retry_if_exception(is_storage_trouble), wait=pauses)(write)

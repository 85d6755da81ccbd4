"""What is no bug of ours: the disk is full, or cannot be written."""

import errno
import sqlite3

_NUMBERS = (errno.ENOSPC, errno.EDQUOT, errno.EROFS, errno.EIO)
_NAMES = ("SQLITE_FULL", "SQLITE_READONLY", "SQLITE_IOERR", "SQLITE_CANTOPEN")


def is_storage_trouble(error: BaseException) -> bool:
    """Whether something failed because the data directory cannot be written now."""
    if isinstance(error, sqlite3.Error):
        return getattr(error, "sqlite_errorname", "").startswith(_NAMES)
    return isinstance(error, OSError) and error.errno in _NUMBERS

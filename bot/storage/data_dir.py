"""The data directory: its layout, its lock, and the opening of its database."""

import contextlib
import sqlite3
from collections.abc import AsyncIterator, Iterator
from pathlib import Path

from filelock import FileLock, Timeout

from bot.errors import ConfigurationError, InUseError
from bot.storage.database import Database, NewerSchemaError

DATABASE, PICTURES, MOTIONS = "bot.sqlite3", "pictures", "motions"
"""The contents of the data directory, besides the lock file."""


@contextlib.asynccontextmanager
async def open_database(data_dir: Path) -> AsyncIterator[Database]:
    """Open the database in the data directory.

    Args:
        data_dir: The data directory, which is created if it is missing.

    Yields:
        The open database.

    Raises:
        ConfigurationError: The directory or the database cannot be used.
    """
    try:
        data_dir.mkdir(mode=0o700, parents=True, exist_ok=True)  # noqa: ASYNC240 - nothing is served yet
        database = await Database.open(data_dir / DATABASE)
    except (OSError, sqlite3.Error, NewerSchemaError) as error:
        raise unusable(data_dir, error) from error
    try:
        yield database
    finally:
        await database.close()


@contextlib.contextmanager
def claimed(folder: Path) -> Iterator[None]:
    """Lock the data directory against other bots, which would answer the same interactions.

    The operating system releases the lock when the process ends, however it ends.

    Args:
        folder: The data directory, which is created if it is missing.

    Raises:
        InUseError: Another bot holds the lock.
        ConfigurationError: The directory cannot be used.
    """
    lock = FileLock(folder / "lock", timeout=0)
    try:
        folder.mkdir(mode=0o700, parents=True, exist_ok=True)
        lock.acquire()
    except Timeout:
        raise InUseError(f"Another bot is running in DREAM_DATA_DIR ({folder}).") from None
    except OSError as error:
        raise unusable(folder, error) from error
    try:
        yield
    finally:
        lock.release()


def unusable(folder: Path, error: Exception) -> ConfigurationError:
    """Return the error that tells the operator why a data directory cannot be used.

    Args:
        folder: The data directory.
        error: The error of the file system or of SQLite.
    """
    wanted, path = "DREAM_DATA_DIR must be a directory that can be written", folder.absolute()
    with contextlib.suppress(OSError):  # a directory in which nothing can be looked up
        file = next((each for each in (path, *path.parents) if each.exists() and not each.is_dir()), None)
        if file is not None:
            return ConfigurationError(f"{wanted}, but {file} is a file: move it, or name another directory.")
    if isinstance(error, PermissionError):
        return ConfigurationError(
            f"{wanted}, but the bot may not write in {path}: change its owner, or name another directory."
        )
    reason = getattr(error, "strerror", None) or error
    return ConfigurationError(f"{wanted}, and {path} cannot be used: {reason}.")

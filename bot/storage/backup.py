"""Consistent backups of the data directory, also while a bot uses it."""

import shutil
import sqlite3
from contextlib import closing
from pathlib import Path

from bot.errors import ConfigurationError
from bot.storage.data_dir import DATABASE, PICTURES
from bot.storage.picture_files import is_digest


def back_up(data_dir: Path, target: Path) -> None:
    """Copy everything that outlives a restart. Another bot can use the copy as its data directory.

    SQLite itself copies the database first, as a consistent snapshot. No job in the snapshot references the
    pictures that are stored later, so a bot that starts with the copy deletes them.

    Args:
        data_dir: The data directory.
        target: The directory for the copy, which must not exist yet.

    Raises:
        ConfigurationError: There is nothing to copy, or the copy failed.
    """
    if not (data_dir / DATABASE).is_file():
        raise ConfigurationError(f"There is nothing to back up in {data_dir}.")
    try:
        target.mkdir(mode=0o700, parents=True)
        (target / DATABASE).touch(mode=0o600)
        address = f"{(data_dir / DATABASE).absolute().as_uri()}?mode=ro"
        with (
            closing(sqlite3.connect(address, uri=True)) as source,
            closing(sqlite3.connect(target / DATABASE)) as copy,
        ):
            source.backup(copy)
        (target / PICTURES).mkdir(mode=0o700)
        for picture in sorted((data_dir / PICTURES).glob("*")):
            if is_digest(picture.name) and picture.is_file():  # skips partial files and lost+found
                _copy_if_present(picture, target / PICTURES / picture.name)
    except FileExistsError:
        raise ConfigurationError(f"{target} already exists; name a new directory for the backup.") from None
    except (OSError, sqlite3.Error) as error:
        raise ConfigurationError(f"The backup in {target} failed: {error}") from error


def _copy_if_present(picture: Path, copy: Path) -> None:
    """Copy a picture, unless the bot deletes it meanwhile."""
    try:
        shutil.copyfile(picture, copy)
    except FileNotFoundError:
        if picture.exists():
            raise

"""A copy of the data directory as it is at one moment, also while a bot works in it."""

import shutil
import sqlite3
from contextlib import closing
from pathlib import Path

from bot.errors import ConfigurationError
from bot.storage.data_dir import DATABASE, PICTURES
from bot.storage.picture_files import is_digest


def back_up(data_dir: Path, target: Path) -> None:
    """Copy everything that outlives a restart; another bot can begin with the copy as its data directory.

    The database is copied first, by SQLite itself, as it is at one moment. A picture that comes later is of
    no job in the copy, and is tidied away when a bot begins with it.

    Args:
        data_dir: The data directory.
        target: The copy, which must not be there yet.

    Raises:
        ConfigurationError: There is nothing to copy, or the copy cannot be made.
    """
    if not (data_dir / DATABASE).is_file():
        raise ConfigurationError(f"There is nothing to back up in {data_dir}.")
    try:
        target.mkdir(mode=0o700, parents=True)
        (target / DATABASE).touch(mode=0o600)
        address = f"{(data_dir / DATABASE).absolute().as_uri()}?mode=ro"
        with (
            closing(sqlite3.connect(address, uri=True)) as here,
            closing(sqlite3.connect(target / DATABASE)) as there,
        ):
            here.backup(there)
        (target / PICTURES).mkdir(mode=0o700)
        for picture in sorted((data_dir / PICTURES).glob("*")):
            if is_digest(picture.name) and picture.is_file():  # not one that is being written, nor lost+found
                _copy_if_there(picture, target / PICTURES / picture.name)
    except FileExistsError:
        raise ConfigurationError(f"{target} is there already; name a new directory for the backup.") from None
    except (OSError, sqlite3.Error) as error:
        raise ConfigurationError(f"No backup could be made in {target}: {error}") from error


def _copy_if_there(picture: Path, copy: Path) -> None:
    """Copy a picture that may be let go of in that moment."""
    try:
        shutil.copyfile(picture, copy)
    except FileNotFoundError:
        if picture.exists():
            raise

"""The files of the stored pictures, which are named by their SHA-256 and written atomically."""

import hashlib
import logging
import os
import re
from collections.abc import Container, Iterable
from pathlib import Path

from bot.storage.disk_errors import is_storage_error

_log = logging.getLogger(__name__)

_DIGEST = re.compile("[0-9a-f]{64}")
_PARTIAL = re.compile(r"[0-9a-f]{64}\.[0-9a-f]{8}")


def digest_of(content: bytes) -> str:
    """Return the digest under which a file's content is stored."""
    return hashlib.sha256(content).hexdigest()


def is_digest(name: str) -> bool:
    """Whether a name has the form of a picture's digest. No other file is ever read or deleted."""
    return _DIGEST.fullmatch(name) is not None


def write_file(folder: Path, digest: str, content: bytes) -> None:
    """Write a picture's file atomically, unless it exists."""
    file = folder / digest
    if file.exists():
        return
    folder.mkdir(mode=0o700, parents=True, exist_ok=True)
    partial = file.with_suffix(f".{os.urandom(4).hex()}")
    try:
        with partial.open("xb") as writing:
            writing.write(content)
            writing.flush()
            os.fsync(writing.fileno())
        partial.replace(file)
    finally:
        partial.unlink(missing_ok=True)


def delete_files(folder: Path, digests: Iterable[str]) -> None:
    """Delete pictures' files. Skips missing files, and files that cannot be deleted for their own sake.

    Raises:
        OSError: The disk itself fails.
    """
    for digest in filter(is_digest, digests):
        try:
            (folder / digest).unlink(missing_ok=True)
        except OSError as error:
            if is_storage_error(error):
                raise
            _log.error("%s cannot be deleted and is skipped: %s", folder / digest, error)


def delete_stray_files(folder: Path, known: Container[str]) -> None:
    """Delete the pictures that a killed process left behind; skip the files that are not the bot's.

    Args:
        folder: The folder of the pictures.
        known: The names of the files that are in the database.
    """
    try:
        files = sorted(folder.iterdir())
    except FileNotFoundError:
        return
    except OSError as error:
        _log.error("Stray pictures cannot be deleted: %s", error)
        return
    for file in files:
        if file.name in known:
            continue
        is_ours = is_digest(file.name) or _PARTIAL.fullmatch(file.name)
        try:
            if is_ours and file.is_file() and not file.is_symlink():
                file.unlink()
            else:
                _log.warning("%s does not belong to the bot and is skipped.", file)
        except OSError as error:
            _log.warning("%s cannot be deleted and is skipped: %s", file, error)

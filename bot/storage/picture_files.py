"""The files in which pictures are kept: written whole or not at all, and named by their SHA-256."""

import hashlib
import logging
import os
import re
from collections.abc import Container, Iterable
from pathlib import Path

from bot.storage.disk_errors import is_storage_trouble

_log = logging.getLogger(__name__)

_DIGEST = re.compile("[0-9a-f]{64}")
_HALF_WRITTEN = re.compile(r"[0-9a-f]{64}\.[0-9a-f]{8}")


def digest_of(content: bytes) -> str:
    """The name under which a content is kept."""
    return hashlib.sha256(content).hexdigest()


def is_digest(name: str) -> bool:
    """Whether a name is one that a picture can have; nothing else is ever read or deleted."""
    return _DIGEST.fullmatch(name) is not None


def write_file(folder: Path, digest: str, content: bytes) -> None:
    """Write a picture's file, unless it is there."""
    file = folder / digest
    if file.exists():
        return
    folder.mkdir(mode=0o700, parents=True, exist_ok=True)
    begun = file.with_suffix(f".{os.urandom(4).hex()}")
    try:
        with begun.open("xb") as writing:
            writing.write(content)
            writing.flush()
            os.fsync(writing.fileno())
        begun.replace(file)  # all of it, or nothing, whenever the process ends
    finally:
        begun.unlink(missing_ok=True)


def delete_files(folder: Path, digests: Iterable[str]) -> None:
    """Delete pictures' files; those that are not there are no error, and one that stays keeps no other.

    Raises:
        OSError: The disk is in trouble.
    """
    for digest in filter(is_digest, digests):
        try:
            (folder / digest).unlink(missing_ok=True)
        except OSError as error:
            if is_storage_trouble(error):
                raise
            _log.error("%s cannot be deleted, and is left alone: %s", folder / digest, error)


def delete_unknown_files(folder: Path, known: Container[str]) -> None:
    """Delete the pictures that a killed process left, and leave alone what is not the bot's.

    Args:
        folder: Where the files lie.
        known: The names of the files that are noted down.
    """
    try:
        files = sorted(folder.iterdir())
    except FileNotFoundError:
        return
    except OSError as error:
        _log.error("The pictures cannot be tidied: %s", error)
        return
    for file in files:
        if file.name in known:
            continue
        is_ours = is_digest(file.name) or _HALF_WRITTEN.fullmatch(file.name)
        try:
            if is_ours and file.is_file() and not file.is_symlink():
                file.unlink()
            else:
                _log.warning("%s is not the bot's, and is left alone.", file)
        except OSError as error:
            _log.warning("%s cannot be deleted, and is left alone: %s", file, error)

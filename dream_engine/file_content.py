"""Reads picture files with bounds, and writes files atomically."""

import os
import select
import stat
import sys
import tempfile
from pathlib import Path
from typing import BinaryIO

from dream_engine.errors import FileError
from dream_engine.images import Limits

_READ_TIMEOUT = 10.0
"""How many seconds a pipe or a terminal may stay silent."""

_CHUNK_BYTES = 1 << 20
_FLAGS = ("O_NONBLOCK", "O_CLOEXEC", "O_BINARY")
"""The flags to open a file with, as far as the system has them: only Windows has text and binary files."""


def read(path: Path, megabytes: float | None = None) -> bytes:
    """Read a file, up to one byte more than a size limit, which shows that the limit is exceeded.

    A pipe is read to its end, with a timeout. Windows has no timeout for pipes.

    Args:
        path: The file.
        megabytes: The limit in units of 10⁶ bytes; by default, that of a picture.

    Raises:
        FileError: The file is missing or cannot be read.
    """
    max_bytes = int((Limits().megabytes if megabytes is None else megabytes) * 1e6) + 1
    try:
        # Opening a pipe that nobody writes into would wait for a writer.
        descriptor = os.open(path, os.O_RDONLY | sum(getattr(os, name, 0) for name in _FLAGS))
        with os.fdopen(descriptor, "rb") as file:
            if stat.S_ISREG(os.fstat(descriptor).st_mode):
                return file.read(max_bytes)
            return _read_pipe(file, max_bytes)
    except (OSError, ValueError) as error:
        raise FileError(reason=f"{path} cannot be read: {_reason(error)}.") from None
    except MemoryError:
        raise FileError(reason=f"{path} cannot be read: there is not enough memory for it.") from None


def write(path: Path, content: bytes) -> None:
    """Write a file atomically: an existing file is replaced only by complete content.

    Symbolic links are followed, and a replaced file keeps its mode.

    Raises:
        FileError: The file cannot be written.
    """
    try:
        if is_special(path):
            path.write_bytes(content)
        else:
            _replace(Path(os.path.realpath(path)), content)
    except (OSError, ValueError) as error:
        raise FileError(reason=f"{path} cannot be written: {_reason(error)}.") from None


def is_special(path: Path) -> bool:
    """Whether the path is a device or a pipe, which is written to and never replaced."""
    try:
        return not stat.S_ISREG(path.stat().st_mode)
    except OSError:
        return False


def _read_pipe(file: BinaryIO, max_bytes: int) -> bytes:
    if sys.platform == "win32":
        return file.read(max_bytes)
    else:  # noqa: RET505 - for the type checker
        content = bytearray()
        while len(content) < max_bytes:
            ready, _, _ = select.select([file], [], [], _READ_TIMEOUT)
            if not ready:
                raise TimeoutError(None, f"it brings nothing for {_READ_TIMEOUT:.0f} seconds")
            chunk = os.read(file.fileno(), min(_CHUNK_BYTES, max_bytes - len(content)))
            if not chunk:
                break
            content += chunk
        return bytes(content)


def _replace(path: Path, content: bytes) -> None:
    mode = stat.S_IMODE(path.stat().st_mode) if path.exists() else 0o666 & ~_umask()
    handle, temporary = tempfile.mkstemp(dir=path.parent, prefix=".dream-")
    try:
        with os.fdopen(handle, "wb") as file:
            file.write(content)
        Path(temporary).chmod(mode)
        Path(temporary).replace(path)
    except BaseException:
        Path(temporary).unlink(missing_ok=True)
        raise


def _reason(error: Exception) -> str:
    return getattr(error, "strerror", None) or str(error)


def _umask() -> int:
    mask = os.umask(0)
    os.umask(mask)
    return mask

"""Reads pictures from standard input, and writes dreams to standard output."""

import os
import sys
from pathlib import Path

from dream_engine.errors import FileError

STANDARD = Path("-")
"""The path that stands for standard input or standard output."""


def input_name(path: Path) -> str:
    """Name a source for messages."""
    return "standard input" if path == STANDARD else str(path)


def output_name(path: Path) -> str:
    """Name an output for messages."""
    return "standard output" if path == STANDARD else str(path)


def read_stdin(megabytes: float) -> bytes:
    """Read standard input to its end, up to one byte more than a limit, which shows that it is exceeded.

    There is no timeout: the program before the pipe may take its time.

    Args:
        megabytes: The limit in units of 10⁶ bytes.

    Raises:
        FileError: Standard input is closed, a terminal, or cannot be read.
    """
    if sys.stdin is None:
        raise FileError(reason="Standard input is closed, so there is no picture to read.")
    if sys.stdin.isatty():
        example = "cat cat.jpg | dream - -o dream.png"
        raise FileError(reason=f"Standard input is a terminal: pipe a picture into it, as in {example}")
    try:
        return sys.stdin.buffer.read(int(megabytes * 1e6) + 1)
    except (OSError, ValueError) as error:
        raise FileError(reason=f"Standard input cannot be read: {_reason(error)}.") from None


def check_stdout() -> None:
    """Check before a dream that a picture can be written to standard output.

    Raises:
        FileError: Standard output is closed or a terminal.
    """
    if sys.stdout is None:
        raise FileError(reason="Standard output is closed, so the dream cannot be written to it.")
    if sys.stdout.isatty():
        raise FileError(
            reason="Standard output is a terminal, which cannot show a picture: name a file with -o, or pipe "
            "the dream into another program."
        )


def write_stdout(content: bytes) -> None:
    """Write a picture to standard output.

    Raises:
        BrokenPipeError: Nobody reads the other end of the pipe any more.
        FileError: Standard output cannot be written.
    """
    try:
        sys.stdout.buffer.write(content)
        sys.stdout.buffer.flush()
    except BrokenPipeError:
        discard_stdout()
        raise
    except (OSError, ValueError) as error:
        discard_stdout()
        raise FileError(reason=f"Standard output cannot be written: {_reason(error)}.") from None


def discard_stdout() -> None:
    """Discard what is left in the buffer, or Python reports another error when it flushes it at exit."""
    devnull = os.open(os.devnull, os.O_WRONLY)
    os.dup2(devnull, sys.stdout.fileno())
    os.close(devnull)


def _reason(error: Exception) -> str:
    return getattr(error, "strerror", None) or str(error)

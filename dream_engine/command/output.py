"""What the command says, on whatever stdout and stderr it was given."""

import contextlib
import os
import sys


def prepare() -> None:
    """Let characters that the terminal's encoding lacks come out as question marks."""
    for stream in (sys.stdout, sys.stderr):
        if stream is not None:
            stream.reconfigure(errors="replace")  # type: ignore[union-attr]


def say(line: str) -> None:
    """Write a line to stdout; where nobody reads it any more, a dream still goes on."""
    if sys.stdout is None:
        return
    try:
        print(line, flush=True)
    except OSError:
        # Python would complain once more when it flushes at its end.
        nowhere = os.open(os.devnull, os.O_WRONLY)
        os.dup2(nowhere, sys.stdout.fileno())


def complain(sentence: str) -> None:
    """Write one line to stderr."""
    if sys.stderr is not None:
        with contextlib.suppress(OSError):
            print(f"dream: {' '.join(sentence.splitlines())}", file=sys.stderr)

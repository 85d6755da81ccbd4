"""What the command says, on whatever stdout and stderr it was given."""

import contextlib
import logging
import os
import sys
from collections.abc import Iterator

_EXECUTORS = ("dream_engine.executors.pool", "dream_engine.executors.ray")


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
    _write_to_stderr(f"dream: {' '.join(sentence.splitlines())}")


@contextlib.contextmanager
def complaining_of_log() -> Iterator[None]:
    """Complain in the meantime of what executors log: a lost worker, a cluster that is gone.

    What their workers say is for whoever sets ``DREAM_DEBUG``.
    """
    handler, log = _Complaints(logging.WARNING), logging.getLogger()
    log.addHandler(handler)
    try:
        yield
    finally:
        log.removeHandler(handler)


class _Complaints(logging.Handler):
    def emit(self, record: logging.LogRecord) -> None:
        if os.environ.get("DREAM_DEBUG"):
            _write_to_stderr(self.format(record))
        elif record.name.startswith(_EXECUTORS):
            complain(record.getMessage())


def _write_to_stderr(text: str) -> None:
    if sys.stderr is not None:
        with contextlib.suppress(OSError):
            print(text, file=sys.stderr)

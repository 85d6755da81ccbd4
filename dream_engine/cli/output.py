"""Prints results to stdout, and progress and errors to stderr. Either may be closed."""

import contextlib
import logging
import os
import sys
from collections.abc import Iterator

from dream_engine.cli.streams import discard_stdout
from dream_engine.errors import FileError

_EXECUTORS = ("dream_engine.executors.pool", "dream_engine.executors.ray")


def configure_streams() -> None:
    """Print question marks for characters that the terminal's encoding lacks."""
    for stream in (sys.stdout, sys.stderr):
        if stream is not None:
            stream.reconfigure(errors="replace")  # type: ignore[union-attr]


def print_line(line: str) -> None:
    """Print a line of the result to stdout.

    Raises:
        BrokenPipeError: Nobody reads the other end of the pipe any more, such as ``head``.
        FileError: Stdout cannot be written.
    """
    if sys.stdout is None:
        return
    try:
        print(line, flush=True)
    except BrokenPipeError:
        discard_stdout()
        raise
    except OSError as error:
        discard_stdout()
        raise FileError(reason=f"Standard output cannot be written: {error.strerror}.") from None


def print_status(line: str) -> None:
    """Print a line about the progress to stderr. A closed pipe does not stop a dream."""
    _print_to_stderr(line)


def print_error(sentence: str) -> None:
    """Print an error to stderr in one line."""
    _print_to_stderr(f"dream: {' '.join(sentence.splitlines())}")


@contextlib.contextmanager
def log_to_stderr() -> Iterator[None]:
    """Print executors' warnings, such as a lost worker or cluster, to stderr within the context.

    With ``DREAM_DEBUG`` set, all warnings are printed, including those of workers.
    """
    handler, log = _StderrHandler(logging.WARNING), logging.getLogger()
    log.addHandler(handler)
    try:
        yield
    finally:
        log.removeHandler(handler)


class _StderrHandler(logging.Handler):
    def emit(self, record: logging.LogRecord) -> None:
        if os.environ.get("DREAM_DEBUG"):
            _print_to_stderr(self.format(record))
        elif record.name.startswith(_EXECUTORS):
            print_error(record.getMessage())


def _print_to_stderr(text: str) -> None:
    if sys.stderr is None:
        return
    try:
        print(text, file=sys.stderr, flush=True)
    except OSError:
        # Otherwise Python would fail when it flushes stderr at exit.
        with contextlib.suppress(OSError, ValueError):
            devnull = os.open(os.devnull, os.O_WRONLY)
            os.dup2(devnull, sys.stderr.fileno())
            os.close(devnull)

"""Entry point of ``dream`` and ``python -m dream_engine``."""

import contextlib
import os
import signal
import sys

from dream_engine.numpy_threads import keep_numpy_on_one_thread

_SIGNALS = 128
"""Exit statuses above this stand for the signal that ended the command."""


def run() -> int:
    """Run the command. Ctrl-C ends it without a traceback even while modules are loading.

    A command that Ctrl-C or a closed pipe has stopped ends by the signal itself, as a shell needs to know to
    end a loop as well. In a shell, its status is 130 or 141.
    """
    handler = signal.getsignal(signal.SIGINT)  # SIG_IGN if a script runs this in the background
    if handler is not signal.SIG_IGN:
        signal.signal(signal.SIGINT, signal.SIG_DFL)
    keep_numpy_on_one_thread()
    from dream_engine.cli.main import main  # noqa: PLC0415

    signal.signal(signal.SIGINT, handler)
    status = main()
    if status > _SIGNALS and os.name == "posix":
        _end_by(signal.Signals(status - _SIGNALS))
    return status


def _end_by(number: signal.Signals) -> None:
    for stream in (sys.stdout, sys.stderr):
        if stream is not None:
            with contextlib.suppress(OSError):
                stream.flush()
    signal.signal(number, signal.SIG_DFL)
    os.kill(os.getpid(), number)


if __name__ == "__main__":
    sys.exit(run())

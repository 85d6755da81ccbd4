"""Entry point of ``dream`` and ``python -m dream_engine``."""

import signal
import sys


def run() -> int:
    """Run the command. Ctrl-C ends it without a traceback even while modules are loading."""
    handler = signal.getsignal(signal.SIGINT)  # SIG_IGN if a script runs this in the background
    if handler is not signal.SIG_IGN:
        signal.signal(signal.SIGINT, signal.SIG_DFL)
    from dream_engine.cli.main import main  # noqa: PLC0415

    signal.signal(signal.SIGINT, handler)
    return main()


if __name__ == "__main__":
    sys.exit(run())

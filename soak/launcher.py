"""Runs ``python -m bot`` with a clock that another process can set."""

import mmap
import os
import struct
import sys
import time
from datetime import UTC, datetime
from pathlib import Path

CLOCK = "DREAM_SOAK_CLOCK"
"""Names the file that holds the error of the process's clock in seconds."""
_SECONDS = struct.Struct("d")


class ShiftedClock:
    """The error of a clock, kept in a file that two processes share.

    Args:
        path: The file. It is created if it does not exist.
    """

    def __init__(self, path: Path) -> None:
        self.path = path
        if not path.exists():
            path.write_bytes(_SECONDS.pack(0.0))

    @property
    def offset(self) -> float:
        """How many seconds the clock is ahead."""
        return float(_SECONDS.unpack(self.path.read_bytes())[0])

    @offset.setter
    def offset(self, seconds: float) -> None:
        with self.path.open("r+b", buffering=0) as file:
            file.write(_SECONDS.pack(seconds))  # in place, so that processes that map the file see it

    def install(self) -> None:
        """Shift the wall clock of this process. Clocks that measure durations stay as they are."""
        import discord

        true_time = time.time
        with self.path.open("rb") as file:
            shared = mmap.mmap(file.fileno(), _SECONDS.size, access=mmap.ACCESS_READ)

        def shifted() -> float:
            return true_time() + float(_SECONDS.unpack(shared[:])[0])

        time.time = shifted
        discord.utils.utcnow = lambda: datetime.fromtimestamp(shifted(), UTC)


def main() -> int:
    """Run the bot."""
    ShiftedClock(Path(os.environ.pop(CLOCK))).install()
    from bot.__main__ import main as run

    return run()


if __name__ == "__main__":
    sys.exit(main())

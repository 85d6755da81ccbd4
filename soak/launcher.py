"""``python -m bot`` with a clock that can be set while it runs, as an operator's machine may be."""

import mmap
import os
import struct
import sys
import time
from datetime import UTC, datetime
from pathlib import Path

CLOCK = "DREAM_SOAK_CLOCK"
"""Names the file that says by how many seconds the process's clock is wrong."""
_SECONDS = struct.Struct("d")


class ShiftedClock:
    """By how many seconds a clock is wrong, kept in a file that two processes share.

    Args:
        path: The file, which is made if there is none.
    """

    def __init__(self, path: Path) -> None:
        self.path = path
        if not path.exists():
            path.write_bytes(_SECONDS.pack(0.0))

    @property
    def offset(self) -> float:
        """So many seconds it is ahead."""
        return float(_SECONDS.unpack(self.path.read_bytes())[0])

    @offset.setter
    def offset(self, seconds: float) -> None:
        with self.path.open("r+b", buffering=0) as file:
            file.write(_SECONDS.pack(seconds))  # in place: what maps the file sees it

    def install(self) -> None:
        """Let the calendar of this process follow it; what measures how long something takes does not."""
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

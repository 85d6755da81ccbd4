"""``make soak``: the real process under load and under fire, and what became of every request."""

import argparse
import asyncio
import contextlib
import os
import shutil
import subprocess
import sys
import tempfile
from collections.abc import Iterator
from pathlib import Path
from typing import IO

from tests.soak.report import ends, page, verdict
from tests.soak.run import SoakRun

PAGE = Path(__file__).parents[2] / "docs" / "reliability.md"
_DISK_MEGABYTES = 256
_APART = "DREAM_SOAK_APART"
"""Set where this process may mount a disk without anybody else seeing it."""


def main() -> int:
    """Run it; returns 0 if every request is accounted for and nothing grew."""
    parser = argparse.ArgumentParser("python -m tests.soak", description=__doc__)
    parser.add_argument("--seed", type=int, default=1, help="decides who asks for what, and what goes wrong")
    parser.add_argument("--requests", type=int, default=600, help="how many requests are sent")
    parser.add_argument("--seconds", type=float, default=300.0, help="in how many seconds")
    parser.add_argument("--write-docs", action="store_true", help="write docs/reliability.md")
    chosen = parser.parse_args()
    if _APART not in os.environ:
        return _again_apart()
    with _small_disk() as disk, _log_file() as log:
        run = SoakRun(chosen.seed, chosen.requests, chosen.seconds, disk / "data", log)
        result = asyncio.run(run.run())
    print(ends(result))
    wrong = verdict(result)
    for line in wrong:
        print(f"Wrong: {line}")
    print(f"What the bot said, and what became of each request, is in {log.name}.")
    if chosen.write_docs and not wrong:
        PAGE.write_text(page(result, _DISK_MEGABYTES), "utf-8")
    return 1 if wrong else 0


def _again_apart() -> int:
    """Run this once more where a disk can be mounted for it alone."""
    unshare = shutil.which("unshare")
    if unshare is None:
        print("A disk that can be filled needs unshare, which is a part of util-linux.", file=sys.stderr)
        return 69
    as_root = [] if os.geteuid() == 0 else ["--map-root-user"]
    command = [unshare, *as_root, "--mount", sys.executable, "-m", "tests.soak", *sys.argv[1:]]
    return subprocess.run(command, env={**os.environ, _APART: "yes"}, check=False).returncode


def _log_file() -> IO[str]:
    return tempfile.NamedTemporaryFile("w", prefix="soak-", suffix=".log", delete=False)


@contextlib.contextmanager
def _small_disk() -> Iterator[Path]:
    """A file system of its own, in memory, which is gone with this process."""
    with tempfile.TemporaryDirectory(prefix="soak-") as folder:
        options = f"size={_DISK_MEGABYTES}m"
        subprocess.run(["mount", "-t", "tmpfs", "-o", options, "tmpfs", folder], check=True)
        try:
            yield Path(folder)
        finally:
            subprocess.run(["umount", folder], check=True)


if __name__ == "__main__":
    sys.exit(main())

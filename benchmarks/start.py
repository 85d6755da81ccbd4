"""The time from a process's start until its first step.

Run as a module, it is the ``dream`` command, which exits there:
``python -m benchmarks.start REPORT WORD…`` with the command's arguments.
"""

import os
import sys
from collections.abc import Mapping
from functools import partial
from pathlib import Path
from typing import Any, NoReturn
from unittest.mock import patch

from benchmarks.processes import EXAMPLES, Bench, median
from scripts.write_tables import table


def measure(bench: Bench) -> dict[str, Any]:
    """Start both networks in turn."""
    weights = bench.prepared["inception_weights"]
    files = (EXAMPLES / "rocket.jpg", "-o", bench.folder / "dream.png")
    words = ("REPORT", *files, "--quiet", "--preset", "mild", "--backbone")
    peers = {
        "efficientnet_lite0": partial(bench.run, "benchmarks.start", *words, "efficientnet_lite0"),
        "inception_v3": partial(bench.run, "benchmarks.start", *words, "inception_v3", "--weights", weights),
    }
    runs = bench.interleaved(peers)
    return {name: [run.wall_seconds for run in finished] for name, finished in runs.items()}


def render(result: Mapping[str, Any]) -> str:
    """Build the table."""
    rows = [(f"`{name}`", f"{median(seconds):.1f}") for name, seconds in result.items()]
    return table(("", "time until the first step, s"), rows)


def main() -> None:
    """Run the command until its first ascent begins, and exit the process there."""
    report = Path(sys.argv.pop(1))

    def first_step(*_: Any) -> NoReturn:
        report.write_text("null")
        os._exit(0)

    from dream_engine.__main__ import run  # noqa: PLC0415 - the time of the import is measured

    with patch("dream_engine.compute.ascent.Ascent.run", first_step):
        sys.exit(run())


if __name__ == "__main__":
    main()

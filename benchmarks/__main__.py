"""Measures the engine and its peers, stores the results, and writes docs/performance.md from them.

Run as ``make bench``, or ``make bench ONLY=start,memory ROUNDS=5`` for some of the measurements. Peers take
turns, so that the ratios hold although the machine's speed drifts.
"""

import argparse
import sys
import tempfile
import time
from collections.abc import Sequence
from pathlib import Path

from rich.console import Console
from rich.markdown import Markdown

from benchmarks import results
from benchmarks.arguments import add_choosing
from benchmarks.document import PAGE, PLOT, format_duration, page, section
from benchmarks.machine import describe, format_machine
from benchmarks.processes import Bench, BenchmarkError
from benchmarks.registry import DEFAULT_ROUNDS, MEASUREMENTS, WITH_TORCH, rounds_of
from benchmarks.torch_venv import torch_python


def main() -> int:
    """Take the chosen measurements, and write the page."""
    arguments = _parser().parse_args()
    try:
        if not arguments.write_docs:
            everything = arguments.only is None
            names = list(MEASUREMENTS) if everything else arguments.only
            torch = arguments.torch
            if torch is None and WITH_TORCH.intersection(names):
                torch = torch_python()
            measure(names, arguments.rounds, torch, everything=everything)
        write_docs()
    except BenchmarkError as error:
        print(f"benchmark: {error}", file=sys.stderr)
        return 1
    return 0


def measure(names: Sequence[str], chosen_rounds: int | None, torch: Path | None, *, everything: bool) -> None:
    """Measure, printing and storing each result as soon as it is available.

    Args:
        names: The measurements.
        chosen_rounds: How often each runs; ``None`` for each measurement's own number of rounds.
        torch: The Python that has PyTorch, if there is one.
        everything: Whether no earlier result is kept.
    """
    machine = describe(torch)
    kept = results.begin(machine, everything=everything)
    console = Console()
    console.print(format_machine(machine))
    began = time.monotonic()
    with tempfile.TemporaryDirectory() as folder:
        bench = Bench(DEFAULT_ROUNDS, Path(folder), torch)
        for number, name in enumerate(names, start=1):
            started = time.monotonic()
            console.rule(f"{name}, {number} of {len(names)}, after {format_duration(started - began)}")
            bench.rounds = rounds_of(name, chosen_rounds)
            result = MEASUREMENTS[name].measure(bench)
            results.add(kept, name, bench.rounds, result, seconds=time.monotonic() - started)
            console.print(Markdown(section(results.load(), name)))
    console.print(f"Measured in {format_duration(time.monotonic() - began)}.")


def write_docs() -> None:
    """Write the page and draw its plot from the stored results."""
    from benchmarks import plot  # noqa: PLC0415 - the measuring process stays small

    kept = results.load()
    PAGE.write_text(page(kept))
    plot.draw(kept, PLOT)


def _parser() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(prog="python -m benchmarks", description=__doc__)
    parser.add_argument(
        "--rounds",
        type=int,
        help=f"how often each is run (default: {DEFAULT_ROUNDS} for most)",
    )
    parser.add_argument(
        "--torch", type=Path, metavar="PYTHON", help="a Python with PyTorch (default: one in .venv-torch)"
    )
    add_choosing(parser, MEASUREMENTS)
    return parser


if __name__ == "__main__":
    sys.exit(main())

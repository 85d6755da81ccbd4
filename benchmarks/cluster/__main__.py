"""Measures how dreaming on a cluster scales, stores the results, and writes them into docs/scaling.md.

Run as ``make bench-cluster``, or ``python -m benchmarks.cluster --only efficiency``. It needs Ray. With
``--quick`` it only checks that everything can be measured, and stores nothing.
"""

import argparse
import importlib.metadata
import sys
import tempfile
from collections.abc import Iterable, Mapping
from pathlib import Path
from typing import Any

from rich.console import Console
from rich.markdown import Markdown

from benchmarks import results
from benchmarks.arguments import add_choosing
from benchmarks.cluster.document import PAGE, PLOT, insert_results, section
from benchmarks.cluster.machines import cluster
from benchmarks.cluster.registry import MEASUREMENTS, PROJECTION, PROJECTION_INPUTS
from benchmarks.cluster.scale import FULL, QUICK, Scale
from benchmarks.machine import describe
from benchmarks.processes import BenchmarkError

PATH = Path(__file__).with_name("results.json")


def main() -> int:
    """Take the chosen measurements, and write the page."""
    arguments = _parser().parse_args()
    names = arguments.only or list(MEASUREMENTS)
    try:
        if arguments.quick:
            with tempfile.TemporaryDirectory() as folder:
                measure(names, QUICK, Path(folder) / PATH.name, everything=True)
            return 0
        if not arguments.write_docs:
            measure(names, FULL, PATH, everything=arguments.only is None)
        write_docs()
    except BenchmarkError as error:
        print(f"benchmark: {error}", file=sys.stderr)
        return 1
    return 0


def measure(names: Iterable[str], scale: Scale, path: Path, *, everything: bool) -> None:
    """Measure, printing and storing each result as soon as it is available."""
    machine = describe(None) | {"ray": importlib.metadata.version("ray")}
    kept = results.begin(machine, everything=everything, path=path)
    console = Console()
    with cluster() as address:
        for name in names:
            console.rule(name)
            module = MEASUREMENTS[name].module
            if name == PROJECTION:
                result = module.measure(scale, _found(kept))
            else:
                result = module.measure(scale, address)
            results.add(kept, name, 1, result, path)
            console.print(Markdown(section(results.load(path), name)))


def _found(kept: results.Results) -> Mapping[str, Any]:
    """The results that the projection needs."""
    found = {name: kept["measurements"].get(name, {}).get("result") for name in PROJECTION_INPUTS}
    if missing := [name for name, result in found.items() if result is None]:
        raise BenchmarkError(f"{PROJECTION} needs the results of {', '.join(missing)}")
    return found


def write_docs() -> None:
    """Write the tables into the page and draw the plot, from the stored results."""
    from benchmarks.cluster import plot  # noqa: PLC0415 - the measuring process stays small

    kept = results.load(PATH)
    PAGE.write_text(insert_results(PAGE.read_text(), kept))
    plot.draw(kept, PLOT)


def _parser() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(prog="python -m benchmarks.cluster", description=__doc__)
    parser.add_argument("--quick", action="store_true", help="measure briefly, and store nothing")
    add_choosing(parser, MEASUREMENTS)
    return parser


if __name__ == "__main__":
    sys.exit(main())

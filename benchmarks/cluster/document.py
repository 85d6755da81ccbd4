"""Writes the cluster's results into ``docs/scaling.md``, between two comments."""

from collections.abc import Mapping
from typing import Any

from benchmarks.cluster.registry import MEASUREMENTS
from benchmarks.document import NOT_YET
from benchmarks.machine import format_machine
from benchmarks.processes import ROOT, BenchmarkError

PAGE = ROOT / "docs" / "scaling.md"
PLOT = ROOT / "docs" / "images" / "scaling.png"
BEGIN = "<!-- Written by `make bench-cluster` from here -->"
END = "<!-- Written by `make bench-cluster` until here -->"

_PREAMBLE = """\
Measured on {machine}, Ray {ray}.
All machines of the cluster are this one, so the bot, the driver (which connects to Ray), the workers and Ray
share its cores. `benchmarks/cluster/results.json` has the raw figures."""


def insert_results(text: str, results: Mapping[str, Any]) -> str:
    """Insert the results into a page.

    Raises:
        BenchmarkError: The page has no place for them.
    """
    before, begin, rest = text.partition(BEGIN)
    _, end, after = rest.partition(END)
    if not begin or not end:
        raise BenchmarkError(f"{PAGE.name} lacks the comments around the results: {BEGIN} and {END}")
    return f"{before}{begin}\n{tables(results)}\n{end}{after}"


def tables(results: Mapping[str, Any]) -> str:
    """Build all tables in Markdown."""
    machine = results["machine"]
    parts = [
        _PREAMBLE.format(machine=format_machine(machine), ray=machine["ray"]),
        f"![Efficiency and dreams per hour over the number of workers](images/{PLOT.name})",
    ]
    for name, part in MEASUREMENTS.items():
        parts += [f"### {part.heading}", part.explanation, section(results, name)]
    return "\n\n".join(filter(None, parts))


def section(results: Mapping[str, Any], name: str) -> str:
    """Build one measurement's tables, with their date."""
    found = results["measurements"].get(name)
    if found is None:
        return NOT_YET
    return f"{MEASUREMENTS[name].module.render(found['result']).strip()}\n\n*Measured on {found['date']}.*"

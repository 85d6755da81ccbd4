"""Writes ``docs/performance.md`` from the results and a template."""

from collections.abc import Mapping
from pathlib import Path
from string import Template
from typing import Any

from benchmarks.machine import format_machine
from benchmarks.processes import ROOT
from benchmarks.registry import MEASUREMENTS

TEMPLATE = Path(__file__).with_name("performance.md")
PAGE = ROOT / "docs" / "performance.md"
PLOT = ROOT / "docs" / "images" / "performance.png"

NOT_YET = "Not measured yet."


def page(results: Mapping[str, Any]) -> str:
    """Build the whole page."""
    tables = {name: section(results, name) for name in MEASUREMENTS}
    return Template(TEMPLATE.read_text()).substitute(machine=format_machine(results["machine"]), **tables)


def section(results: Mapping[str, Any], name: str) -> str:
    """Build one measurement's tables in Markdown, with their date."""
    found = results["measurements"].get(name)
    if found is None:
        return NOT_YET
    rounds = f"{found['rounds']} round" + "s" * (found["rounds"] > 1)
    rendered = MEASUREMENTS[name].render(found["result"]).strip()
    took = f", in {format_duration(found['seconds'])}" if "seconds" in found else ""
    return f"{rendered}\n\n*Measured on {found['date']}, {rounds}{took}.*"


def format_duration(seconds: float) -> str:
    """Format a duration in seconds, or in minutes from two on."""
    return f"{seconds:.0f} s" if seconds < 120 else f"{seconds / 60:.0f} min"

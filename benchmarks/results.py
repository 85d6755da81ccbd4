"""The raw results, in a file that a later run of some measurements adds to."""

import json
from collections.abc import Mapping
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

from benchmarks.machine import same_hardware
from benchmarks.processes import ROOT, BenchmarkError

PATH = ROOT / "benchmarks" / "results.json"

Results = dict[str, Any]
"""``machine`` is what :func:`benchmarks.machine.describe` tells; ``measurements`` has, by name, the ``date``,
the ``rounds`` and the ``result`` of each."""


def load(path: Path = PATH) -> Results:
    """What was measured so far.

    Raises:
        BenchmarkError: Nothing was.
    """
    if not path.exists():
        raise BenchmarkError("nothing was measured yet")
    results: Results = json.loads(path.read_text())
    return results


def begin(machine: Mapping[str, Any], *, everything: bool, path: Path = PATH) -> Results:
    """The results that new ones are added to.

    Args:
        machine: The machine that will be measured on.
        everything: Whether all will be measured anew, so that nothing has to be kept.
        path: The file of the results.

    Raises:
        BenchmarkError: Earlier results would stay beside new ones, and are another machine's.
    """
    if everything or not path.exists():
        return {"machine": dict(machine), "measurements": {}}
    earlier = load(path)
    if not same_hardware(earlier["machine"], machine):
        raise BenchmarkError(f"{path.name} has another machine's results: measure everything")
    versions = {**machine, "torch": machine["torch"] or earlier["machine"]["torch"]}
    return {**earlier, "machine": versions}


def add(results: Results, name: str, rounds: int, result: Any, path: Path = PATH) -> None:
    """Put a measurement's result in place of an earlier one, and write the file."""
    date = datetime.now(UTC).date().isoformat()
    results["measurements"][name] = {"date": date, "rounds": rounds, "result": result}
    path.write_text(json.dumps(results, indent=1, sort_keys=False) + "\n")

"""The file of raw results. A run of some measurements keeps the results of the others."""

import json
from collections.abc import Mapping
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

from benchmarks.machine import same_hardware
from benchmarks.processes import ROOT, BenchmarkError

PATH = ROOT / "benchmarks" / "results.json"

Results = dict[str, Any]
"""``machine`` is the result of :func:`benchmarks.machine.describe`. ``measurements`` has, by name, the
``date``, the ``rounds`` and the ``result`` of each, and the ``seconds`` that it took.
"""


def load(path: Path = PATH) -> Results:
    """Load all results.

    Raises:
        BenchmarkError: There are none.
    """
    if not path.exists():
        raise BenchmarkError("there are no results yet")
    results: Results = json.loads(path.read_text())
    return results


def begin(machine: Mapping[str, Any], *, everything: bool, path: Path = PATH) -> Results:
    """Load or create the results that new ones are added to.

    Args:
        machine: The measured machine.
        everything: Whether everything is measured anew, so that no earlier result is kept.
        path: The file of the results.

    Raises:
        BenchmarkError: The earlier results are of another machine.
    """
    if everything or not path.exists():
        return {"machine": dict(machine), "measurements": {}}
    earlier = load(path)
    if not same_hardware(earlier["machine"], machine):
        raise BenchmarkError(f"{path.name} has results of another machine: measure everything")
    versions = {**machine, "torch": machine["torch"] or earlier["machine"]["torch"]}
    return {**earlier, "machine": versions}


def add(
    results: Results,
    name: str,
    rounds: int,
    result: Any,
    path: Path = PATH,
    seconds: float | None = None,
) -> None:
    """Store a measurement's result in place of an earlier one.

    Args:
        results: All results.
        name: The measurement.
        rounds: How often it ran.
        result: What its ``measure`` returned.
        path: The file of the results.
        seconds: How long it took, if that is known.
    """
    date = datetime.now(UTC).date().isoformat()
    took = {} if seconds is None else {"seconds": round(seconds, 1)}
    results["measurements"][name] = {"date": date, "rounds": rounds, **took, "result": result}
    path.write_text(json.dumps(results, indent=1, sort_keys=False) + "\n")

"""The default network with the preset ``intense``: the steps of a second dream in one process.

Run as a module, it is the engine's process: ``python -m benchmarks.default_network SOURCE REPORT PRECISION``.
"""

import json
import sys
from collections.abc import Mapping
from functools import partial
from pathlib import Path
from typing import Any

from benchmarks.jobs import JOBS
from benchmarks.processes import Bench, check_same, median, ratio
from benchmarks.reference import (
    DREAM,
    DREAM_FLOAT32,
    PRODUCT,
    TORCH,
    collect,
    peer_label,
    product_note,
    speeds,
    torch_peer,
)
from dream_engine.precision import Precision
from scripts.write_tables import table

JOB = JOBS["intense"]

_STEPS_BEFORE_CHAOS = 3


def measure(bench: Bench) -> dict[str, Any]:
    """Run all peers and the matrix product in turn. Each peer dreams twice, and the second dream counts."""
    prepared, source = bench.prepared, JOB.write_source(bench.folder / "intense.png")
    peers = {
        DREAM: partial(bench.run, "benchmarks.default_network", source, "REPORT", "auto"),
        DREAM_FLOAT32: partial(bench.run, "benchmarks.default_network", source, "REPORT", "float32"),
    }
    if bench.torch:
        peers[TORCH] = torch_peer(bench, "intense", source, "--times", "2")
    runs = bench.interleaved({**peers, PRODUCT: partial(bench.run, "benchmarks.matrix_product", "REPORT")})
    products = [run.report for run in runs.pop(PRODUCT)]
    result = collect(runs, prepared["intense"]["flop"], products)
    if bench.torch:
        losses, others = (result["peers"][name]["losses"] for name in (TORCH, DREAM_FLOAT32))
        check_same(TORCH, losses, others, steps=_STEPS_BEFORE_CHAOS)
    return result


def render(result: Mapping[str, Any]) -> str:
    """Build the table."""
    peers, speed = result["peers"], speeds(result)
    first = TORCH if TORCH in peers else DREAM_FLOAT32
    rows = []
    for name, peer in peers.items():
        steps = sum(len(octave) for octave in peer["losses"])
        rows.append(
            (
                peer_label(name, peer),
                f"{median(peer['steps']):.2f}",
                f"{median(peer['steps']) / steps * 1000:.0f}",
                f"{ratio(peer['steps'], peers[first]['steps']):.2f}",
                f"{speed[name][0]:.0f}",
                f"{speed[name][1]:.0%}",
            )
        )
    head = ("", "all steps, s", "mean step, ms", f"ratio to {first}", "GFLOP/s")
    return f"{table((*head, 'share of the float32 product'), rows)}\n{product_note(result)}"


def main() -> None:
    """Dream twice in one warm Dreamer, and report the second dream."""
    from dream_engine.compute.dreamer import Dreamer  # noqa: PLC0415 - the measuring process stays small
    from dream_engine.dreams import Dream, DreamRequest  # noqa: PLC0415

    source, report, asked = sys.argv[1:]
    precision: Precision | None = "float32" if asked == "float32" else None
    dreamer = Dreamer(precision=precision)
    request = DreamRequest(Path(source).read_bytes(), JOB.settings())
    for _ in range(2):
        *_, dream = dreamer.dream(request)
    assert isinstance(dream, Dream)
    Path(report).write_text(json.dumps(dream.report()))


if __name__ == "__main__":
    main()

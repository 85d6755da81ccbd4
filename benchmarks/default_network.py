"""The default network with the preset ``intense``: the steps of a second dream in one process.

Run as a module, it is the engine's process:
``python -m benchmarks.default_network JOB SOURCE REPORT PRECISION``.
"""

import json
import sys
from collections.abc import Mapping
from functools import partial
from pathlib import Path
from typing import Any

from benchmarks.jobs import JOBS, LARGE
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
    torch_peers,
)
from dream_engine.precision import Precision
from scripts.write_tables import table

JOB = JOBS["intense"]
_JOBS = {"intense": JOB, "large": LARGE}

_STEPS_BEFORE_CHAOS = 3


def measure(bench: Bench) -> dict[str, Any]:
    """Run all peers and the matrix product in turn. Each peer dreams twice, and the second dream counts."""
    return {**_measure(bench, "intense"), "large": _measure(bench, "large")}


def _measure(bench: Bench, name: str) -> dict[str, Any]:
    source = _JOBS[name].write_source(bench.folder / f"{name}.png")
    ours = partial(bench.run, "benchmarks.default_network", name, source, "REPORT")
    peers = {DREAM: partial(ours, "auto"), DREAM_FLOAT32: partial(ours, "float32")}
    if bench.torch:
        octaves = str(_JOBS[name].settings().octaves)
        torch = partial(torch_peer, bench, name, source, "--times", "2", "--octaves", octaves)
        peers |= torch_peers(torch)
    runs = bench.interleaved({**peers, PRODUCT: partial(bench.run, "benchmarks.matrix_product", "REPORT")})
    products = [run.report for run in runs.pop(PRODUCT)]
    result = collect(runs, bench.prepared[name]["flop"], products)
    if bench.torch:
        losses, others = (result["peers"][peer]["losses"] for peer in (TORCH, DREAM_FLOAT32))
        check_same(TORCH, losses, others, steps=_STEPS_BEFORE_CHAOS)
    return result


def fastest_other(peers: Mapping[str, Any]) -> str:
    """The name of the fastest peer that is not the engine, or of the engine in float32 if it has no peer."""
    others = [name for name in peers if name not in {DREAM, DREAM_FLOAT32}]
    return min(others, key=lambda name: median(peers[name]["steps"]), default=DREAM_FLOAT32)


def render(result: Mapping[str, Any]) -> str:
    """Build the tables."""
    tables = [_render(result)]
    if "large" in result:
        tables.append("The last octave alone, of the cat at 960 × 640:")
        tables.append(_render(result["large"]))
    return "\n\n".join(tables)


def _render(result: Mapping[str, Any]) -> str:
    peers, speed = result["peers"], speeds(result)
    first = fastest_other(peers)
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
    reference = f"ratio to {peer_label(first, peers[first]).replace(',', ' in')}"
    head = ("", "all steps, s", "mean step, ms", reference, "GFLOP/s", "share of the float32 product")
    return f"{table(head, rows)}\n{product_note(result)}"


def main() -> None:
    """Dream twice in one warm Dreamer, and report the second dream."""
    from dream_engine.compute.dreamer import Dreamer  # noqa: PLC0415 - the measuring process stays small
    from dream_engine.dreams import Dream, DreamRequest  # noqa: PLC0415

    name, source, report, asked = sys.argv[1:]
    precision: Precision | None = "float32" if asked == "float32" else None
    dreamer = Dreamer(precision=precision)
    request = DreamRequest(Path(source).read_bytes(), _JOBS[name].settings())
    for _ in range(2):
        *_, dream = dreamer.dream(request)
    assert isinstance(dream, Dream)
    Path(report).write_text(json.dumps(dream.report()))


if __name__ == "__main__":
    main()

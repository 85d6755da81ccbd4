"""The cost of conditioning the gradient, as a share of a step and of the peak memory.

Run as a module, it is the process that dreams: ``python -m benchmarks.conditioning W H KINDS REPORT``.
"""

import json
import sys
import time
from collections.abc import Mapping
from functools import partial
from pathlib import Path
from typing import Any

from benchmarks.processes import Bench, Run, median, ratio
from scripts.write_tables import table

SMALL, LARGE = (512, 341), (4000, 3000)
"""Width and height in pixels: dreamed whole, and in tiles."""

_STEPS = {SMALL: 15, LARGE: 2}
"""The steps of each dream."""

_TURNS = {SMALL: 12, LARGE: 1}
"""How often the four dreams of a turn are repeated: plain, conditioned, conditioned, plain."""

_OFF = {"colour_decorrelation": 0.0, "frequency_emphasis": 0.0, "soft_range": 0.0}


def measure(bench: Bench) -> dict[str, Any]:
    """Time steps in one process for each size, and take the memory from processes of one kind."""
    found: dict[str, Any] = {}
    for size in (SMALL, LARGE):
        sides = [str(side) for side in size]
        times = [_run(bench, sides, "plain,conditioned").report for _ in range(bench.rounds)]
        memory = bench.interleaved(
            {kind: partial(_run, bench, sides, kind) for kind in ("plain", "conditioned")}
        )
        found[" × ".join(sides)] = {
            "seconds": times,
            "memory": {kind: [run.memory for run in runs] for kind, runs in memory.items()},
        }
    return found


def _run(bench: Bench, sides: list[str], kinds: str) -> Run:
    return bench.run("benchmarks.conditioning", *sides, kinds, "REPORT")


def render(result: Mapping[str, Any]) -> str:
    """Build the table."""
    rows = []
    for size, found in result.items():
        seconds = [ratio(report["conditioned"], report["plain"]) for report in found["seconds"]]
        step = median(value for report in found["seconds"] for value in report["plain"])
        memory = ratio(found["memory"]["conditioned"], found["memory"]["plain"])
        rows.append((size, f"{1000 * step:.0f} ms", f"{median(seconds):.3f}", f"{memory:.3f}"))
    return table(("size", "step without", "time with ÷ without", "peak memory with ÷ without"), rows)


def main() -> None:
    """Dream with and without conditioning in turn. Reports the median seconds of a step."""
    from benchmarks.jobs import enlarged  # noqa: PLC0415 - the measuring process stays small
    from dream_engine import presets  # noqa: PLC0415
    from dream_engine.compute.dreamer import Dreamer  # noqa: PLC0415
    from dream_engine.dreams import DreamRequest  # noqa: PLC0415

    width, height, kinds, report = int(sys.argv[1]), int(sys.argv[2]), sys.argv[3], Path(sys.argv[4])
    size = (width, height)
    conditioned = presets.get("intense").settings_for("efficientnet_lite0")
    conditioned = conditioned.replace(octaves=1, iterations=_STEPS[size], seed=1)
    settings = {"plain": conditioned.replace(**_OFF), "conditioned": conditioned}
    chosen = kinds.split(",")
    source = enlarged("cat.jpg", size, report.with_suffix(".png")).read_bytes()
    dreamer = Dreamer()
    seconds: dict[str, list[float]] = {kind: [] for kind in chosen}
    for turn in range(_TURNS[size] + (size == SMALL)):
        for kind in [*chosen, *reversed(chosen)] if len(chosen) > 1 else chosen:
            steps: list[float] = []
            started = time.perf_counter()
            for event in dreamer.dream(DreamRequest(source, settings[kind])):
                if getattr(event, "step", 0) > len(steps):
                    steps.append(time.perf_counter() - started)
                    started = time.perf_counter()
            if turn or size != SMALL:  # the first turn compiles the step, and oneDNN's code for this size
                seconds[kind].append(median(steps[1:]))
    report.write_text(json.dumps(seconds))


if __name__ == "__main__":
    main()

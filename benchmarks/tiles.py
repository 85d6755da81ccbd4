"""Steps over tiles beside steps over the whole picture: time, processor time and peak memory by size.

Run as a module, it is the process that dreams: ``python -m benchmarks.tiles PICTURE TILE STEPS REPORT``. TILE
is a side in pixels, or ``none`` to let memory choose.
"""

import json
import sys
import time
from collections.abc import Mapping, Sequence
from functools import partial
from pathlib import Path
from typing import Any

from benchmarks.jobs import enlarged
from benchmarks.processes import Bench, Run, median
from scripts.write_tables import table

STEPS = {(1024, 683): 7, (1536, 1024): 6, (4000, 3000): 3}
"""How many steps are taken of each size, in pixels. The first one compiles, and does not count."""

WHOLE, CHOSEN, SMALL = "whole", "as memory chooses", "tiles of 800"
WAYS = {WHOLE: "4096", CHOSEN: "none", SMALL: "800"}
"""The tile of each way. The largest tile that the engine accepts holds every size."""


def measure(bench: Bench) -> dict[str, Any]:
    """Take some steps of every size in every way, in turn, each in a process of its own."""
    peers = {}
    for size, steps in STEPS.items():
        source = enlarged("rocket.jpg", size, bench.folder / f"tiles {size[0]}.jpg")
        for way, tile in WAYS.items():
            words = (source, tile, str(steps), "REPORT")
            peers[f"{_name(size)}, {way}"] = partial(bench.run, "benchmarks.tiles", *words)
    runs = bench.interleaved(peers)
    return {
        _name(size): {way: [_found(run) for run in runs[f"{_name(size)}, {way}"]] for way in WAYS}
        for size in STEPS
    }


def _name(size: tuple[int, int]) -> str:
    return " × ".join(str(side) for side in size)


def _found(run: Run) -> dict[str, Any]:
    return {**run.report, "memory": run.memory}


def render(result: Mapping[str, Any]) -> str:
    """Build the table."""
    base = next(iter(result.values()))[WHOLE]
    rows = [
        _row(name, way, runs, base)
        for name, ways in result.items()
        for way, runs in ways.items()
        if not any(run["shrunk"] for run in runs)
    ]
    head = (
        *("picture", "way", "tile", "step, s", "step, s per megapixel", "processor time, s per megapixel"),
        *("time ÷ whole at the first size", "processor time ÷ whole at the first size", "peak, MiB"),
    )
    left_out = [
        f"Memory did not suffice for {name}, {way}."
        for name, ways in result.items()
        for way, runs in ways.items()
        if any(run["shrunk"] for run in runs)
    ]
    return "\n".join([table(head, rows), *left_out])


def _row(
    name: str, way: str, runs: Sequence[Mapping[str, Any]], base: Sequence[Mapping[str, Any]]
) -> tuple[str, ...]:
    tiles = sorted({run["tile"] for run in runs})
    seconds, used = (
        median(run[kind] / run["megapixels"] for run in runs) for kind in ("seconds", "processor_seconds")
    )
    return (
        name,
        way,
        " or ".join(str(tile) for tile in tiles),
        f"{median(run['seconds'] for run in runs):.3f}",
        f"{seconds:.3f}",
        f"{used:.3f}",
        f"{ratio_per_megapixel(runs, base, 'seconds'):.2f}",
        f"{ratio_per_megapixel(runs, base, 'processor_seconds'):.2f}",
        f"{median(run['memory'] for run in runs):.0f}",
    )


def ratio_per_megapixel(
    runs: Sequence[Mapping[str, Any]], base: Sequence[Mapping[str, Any]], kind: str
) -> float:
    """The median over the rounds of a time per megapixel, divided by that of other runs."""
    return median(
        run[kind] / run["megapixels"] / (other[kind] / other["megapixels"])
        for run, other in zip(runs, base, strict=True)
    )


def main() -> None:
    """Take the steps, and report the median of each time of a step."""
    from dream_engine import presets  # noqa: PLC0415 - the measuring process stays small
    from dream_engine.compute.dreamer import Dreamer  # noqa: PLC0415
    from dream_engine.dreams import DreamRequest, Progress  # noqa: PLC0415

    source, tile, steps, report = sys.argv[1:]
    settings = presets.get("intense").settings_for("efficientnet_lite0")
    settings = settings.replace(
        octaves=1, iterations=int(steps), seed=1, tile=None if tile == "none" else int(tile)
    )
    seconds: list[float] = []
    used: list[float] = []
    done, started, began = 0, time.perf_counter(), time.process_time()
    for event in Dreamer().dream_unencoded(DreamRequest(Path(source).read_bytes(), settings)):
        if not isinstance(event, Progress):
            dream = event
        elif event.step > done:
            done, now, spent = event.step, time.perf_counter(), time.process_time()
            seconds.append(now - started)
            used.append(spent - began)
            started, began = now, spent
    found = {
        "seconds": median(seconds[1:]),
        "processor_seconds": median(used[1:]),
        "megapixels": dream.octaves[-1].height * dream.octaves[-1].width / 1e6,
        "tile": dream.settings.tile,
        "shrunk": dream.requested_shape is not None,
    }
    Path(report).write_text(json.dumps(found))


if __name__ == "__main__":
    main()

"""The cost of the first dream at a size relative to later ones, in a Dreamer that is warm from other sizes.

Run as a module, it is the process that dreams: ``python -m benchmarks.new_sizes PRESET REPORT``.
"""

import json
import sys
import time
from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Any

from benchmarks.processes import Bench, median
from scripts.write_tables import table

SIZES = (
    *((331, 249), (417, 311), (353, 471), (509, 341), (287, 433)),
    *((449, 449), (563, 317), (379, 283), (613, 409), (401, 523)),
)
"""Width and height in pixels. No two sizes share an octave."""

PRESETS = ("intense", "mild")

_TIMES = 4
"""How often each size is dreamed."""


def measure(bench: Bench) -> dict[str, Any]:
    """Dream at every size, in a new process for each preset and round."""
    rounds = [
        {preset: bench.run("benchmarks.new_sizes", preset, "REPORT").report for preset in PRESETS}
        for _ in range(bench.rounds)
    ]
    return {"sizes": SIZES, "rounds": rounds}


def ratios(result: Mapping[str, Any], preset: str) -> list[float]:
    """By size, the median over the rounds of the first time divided by the median of the later times."""
    rounds = [report[preset] for report in result["rounds"]]
    return [median(first / median(later) for first, *later in size) for size in zip(*rounds, strict=True)]


def render(result: Mapping[str, Any]) -> str:
    """Build the table."""
    rows = []
    for preset in PRESETS:
        found = ratios(result, preset)
        worst = max(range(len(found)), key=found.__getitem__)
        width, height = result["sizes"][worst]
        rows.append((f"`{preset}`", f"{median(found):.2f}", f"{found[worst]:.2f}, at {width} × {height}"))
    return table(("first dream of a size ÷ later ones", "median of ten sizes", "worst"), rows)


def main() -> None:
    """Warm up, then dream at each size. Reports the seconds by size."""
    from dream_engine import presets  # noqa: PLC0415 - the measuring process stays small
    from dream_engine.compute.dreamer import Dreamer  # noqa: PLC0415

    preset, report = sys.argv[1], Path(sys.argv[2])
    settings = presets.get(preset).settings_for("efficientnet_lite0").replace(seed=1)
    dreamer = Dreamer()
    dreamer.warm(settings)
    report.write_text(json.dumps(list(_seconds(dreamer, settings, report.with_suffix(".png")))))


def _seconds(dreamer: Any, settings: Any, source: Path) -> Iterator[list[float]]:
    from benchmarks.jobs import enlarged  # noqa: PLC0415
    from dream_engine.dreams import DreamRequest  # noqa: PLC0415

    for size in SIZES:
        request = DreamRequest(enlarged("cat.jpg", size, source).read_bytes(), settings)
        seconds = []
        for _ in range(_TIMES):
            started = time.perf_counter()
            for _event in dreamer.dream(request):
                pass
            seconds.append(time.perf_counter() - started)
        yield seconds


if __name__ == "__main__":
    main()

"""The cost of the first dream at a size relative to later ones, in a Dreamer that is warm from other sizes.

Run as a module, it is the process that dreams: ``python -m benchmarks.new_sizes REPORT``.
"""

import json
import sys
import time
from collections.abc import Mapping
from pathlib import Path
from typing import Any

from benchmarks.processes import Bench, log_progress, median
from scripts.write_tables import table

_SIZES = ((331, 249), (417, 311), (509, 341))
"""Width and height in pixels for the first preset; for each further one, both sides are a little longer."""

_GROWTH = 5
"""By how many pixels the sides are longer for each further preset, so that no size was dreamed before."""

_TIMES = 3
"""How often each size is dreamed."""


def measure(bench: Bench) -> dict[str, Any]:
    """Dream at every size with every preset, in a new process for each round."""
    return {"rounds": [bench.run("benchmarks.new_sizes", "REPORT").report for _ in range(bench.rounds)]}


def ratios(result: Mapping[str, Any], preset: str) -> list[float]:
    """By size, the median over the rounds of the first time divided by the median of the later times."""
    rounds = [report[preset] for report in result["rounds"]]
    return [median(first / median(later) for first, *later in size) for size in zip(*rounds, strict=True)]


def render(result: Mapping[str, Any]) -> str:
    """Build the table, with the preset first whose new sizes cost the most."""
    rows = []
    for preset in result["rounds"][0]:
        found = ratios(result, preset)
        seconds = median(median(later) for report in result["rounds"] for _, *later in report[preset])
        rows.append((f"`{preset}`", f"{seconds:.2f}", f"{median(found):.2f}", f"{max(found):.2f}"))
    rows.sort(key=lambda row: row[2], reverse=True)
    return table(("preset", "a later dream, s", "first dream of a size ÷ later ones: median", "worst"), rows)


def main() -> None:
    """Dream at each size with each preset. Reports the seconds by preset and size."""
    from dream_engine.compute.dreamer import Dreamer  # noqa: PLC0415 - the measuring process stays small
    from dream_engine.presets import PRESETS  # noqa: PLC0415

    report = Path(sys.argv[1])
    dreamer, source = Dreamer(), report.with_suffix(".png")
    found = {}
    for number, (name, preset) in enumerate(PRESETS.items()):
        settings = preset.settings_for("efficientnet_lite0").replace(seed=1)
        dreamer.warm(settings)
        longer = number * _GROWTH
        _seconds(dreamer, settings, (300 + longer, 230 + longer), source)  # compiles the rest of its step
        found[name] = [
            [_seconds(dreamer, settings, (width + longer, height + longer), source) for _ in range(_TIMES)]
            for width, height in _SIZES
        ]
        log_progress(f"new sizes with {name}: {found[name][0][0]:.2f} s, then {found[name][0][1]:.2f} s")
    report.write_text(json.dumps(found))


def _seconds(dreamer: Any, settings: Any, size: tuple[int, int], source: Path) -> float:
    from benchmarks.jobs import enlarged  # noqa: PLC0415
    from dream_engine.dreams import DreamRequest  # noqa: PLC0415

    request = DreamRequest(enlarged("cat.jpg", size, source).read_bytes(), settings)
    started = time.perf_counter()
    for _event in dreamer.dream(request):
        pass
    return time.perf_counter() - started


if __name__ == "__main__":
    main()

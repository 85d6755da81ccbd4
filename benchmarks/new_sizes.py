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

_LARGER = (540, 360)
"""The size before them. It is larger than all of them, so that they find the memory that they need."""

_GROWTH = 5
"""By how many pixels the sides are longer for each further preset, so that no size was dreamed before."""


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
    """Dream at each size with each preset. Reports the seconds of the first and of a later dream."""
    from dream_engine.compute.dreamer import Dreamer  # noqa: PLC0415 - the measuring process stays small
    from dream_engine.presets import PRESETS  # noqa: PLC0415

    report = Path(sys.argv[1])
    dreamer, source = Dreamer(), report.with_suffix(".png")
    found = {}
    for number, (name, preset) in enumerate(PRESETS.items()):
        settings = preset.settings_for("efficientnet_lite0").replace(seed=1)
        dreamer.warm(settings)
        longer = number * _GROWTH
        _dream(dreamer, settings, (_LARGER[0] + longer, _LARGER[1] + longer), source)
        found[name] = [
            _first_and_later(dreamer, settings, (width + longer, height + longer), source)
            for width, height in _SIZES
        ]
        first, later = found[name][0]
        log_progress(f"new sizes with {name}: {first:.2f} s, then {later:.2f} s")
    report.write_text(json.dumps(found))


def _first_and_later(dreamer: Any, settings: Any, size: tuple[int, int], source: Path) -> tuple[float, float]:
    """The seconds of the first dream at a size and of a later one.

    Whole dreams differ by more than a new size costs. So the first dream counts as the later one and what its
    octaves' first steps took beyond the other steps, less the same of the later dream.
    """
    (_, first_extra), (later, later_extra) = (_dream(dreamer, settings, size, source) for _ in range(2))
    return later + first_extra - later_extra, later


def _dream(dreamer: Any, settings: Any, size: tuple[int, int], source: Path) -> tuple[float, float]:
    """Dream once; returns its seconds, and by how many the octaves' first steps exceeded the median step."""
    from benchmarks.jobs import enlarged  # noqa: PLC0415
    from dream_engine.dreams import DreamRequest, Progress  # noqa: PLC0415

    request = DreamRequest(enlarged("cat.jpg", size, source).read_bytes(), settings)
    steps: dict[int, dict[int, float]] = {}
    started = last = time.perf_counter()
    for event in dreamer.dream(request):
        now = time.perf_counter()
        if isinstance(event, Progress):  # an octave that ends early reports its last step again
            steps.setdefault(event.octave, {}).setdefault(event.step, now - last)
        last = now
    seconds = [tuple(octave.values()) for octave in steps.values() if len(octave) > 1]
    extra = sum(first - median(others) for first, *others in seconds)
    return last - started, extra


if __name__ == "__main__":
    main()

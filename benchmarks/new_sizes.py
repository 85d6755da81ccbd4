"""What the first dream at a size costs beside the second, in a Dreamer that is warm from other sizes.

Run as a module it is the process that dreams: ``python -m benchmarks.new_sizes REPORT``.
"""

import json
import sys
import time
from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Any

from benchmarks.processes import Bench, middle
from scripts.write_tables import table

SIZES = (
    *((331, 249), (417, 311), (353, 471), (509, 341), (287, 433)),
    *((449, 449), (563, 317), (379, 283), (613, 409), (401, 523)),
)
"""Width and height in pixels; no two have an octave in common."""

PRESET = "mild"


def measure(bench: Bench) -> dict[str, Any]:
    """Dream at every size, in a new process each round."""
    runs = [bench.run("benchmarks.new_sizes", "REPORT").report for _ in range(bench.rounds)]
    return {"sizes": SIZES, "rounds": runs}


def ratios(result: Mapping[str, Any]) -> list[float]:
    """By size, the first time divided by the second; the median of the rounds."""
    return [middle(first / second for first, second in size) for size in zip(*result["rounds"], strict=True)]


def render(result: Mapping[str, Any]) -> str:
    """The table."""
    found = ratios(result)
    worst = max(range(len(found)), key=found.__getitem__)
    width, height = result["sizes"][worst]
    rows = (
        ("median of ten sizes", f"{middle(found):.2f}"),
        (f"worst, at {width} × {height}", f"{found[worst]:.2f}"),
    )
    return table(("", "first time ÷ second time"), rows)


def main() -> None:
    """Warm up, then dream at each size twice; report pairs of seconds."""
    from dream_engine import presets  # noqa: PLC0415 - the process that measures stays small
    from dream_engine.dreamer import Dreamer  # noqa: PLC0415

    settings = presets.get(PRESET).settings_for("efficientnet_lite0").replace(seed=1)
    dreamer = Dreamer()
    dreamer.warm(settings)
    Path(sys.argv[1]).write_text(json.dumps(list(_pairs(dreamer, settings))))


def _pairs(dreamer: Any, settings: Any) -> Iterator[list[float]]:
    from benchmarks.jobs import enlarged  # noqa: PLC0415
    from dream_engine.dreams import DreamRequest  # noqa: PLC0415

    source = Path(sys.argv[1]).with_suffix(".png")
    for size in SIZES:
        request = DreamRequest(enlarged("cat.jpg", size, source).read_bytes(), settings)
        pair = []
        for _ in range(2):
            started = time.perf_counter()
            for _event in dreamer.dream(request):
                pass
            pair.append(time.perf_counter() - started)
        yield pair


if __name__ == "__main__":
    main()

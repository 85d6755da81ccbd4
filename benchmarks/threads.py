"""The time of a step of small pictures on one thread, on all threads, and on as many as the engine chooses.

Run as a module, it is the process that dreams: ``python -m benchmarks.threads WAY REPORT``.
"""

import json
import os
import sys
import time
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from functools import partial
from pathlib import Path
from typing import TYPE_CHECKING, Any
from unittest.mock import patch

from benchmarks.processes import Bench, median, ratio
from scripts.write_tables import table

if TYPE_CHECKING:
    from dream_engine.compute.dreamer import Dreamer
    from dream_engine.settings import DreamSettings

WIDTHS = (128, 192, 256, 342, 420, 512, 700, 960)
"""The widths of the pictures in pixels. Each is two thirds as high."""

ONE, ALL, CHOSEN = "one", "all", "chosen"
WAYS = (ONE, ALL, CHOSEN)

_SECONDS = 0.6
"""About how long the steps of one width take."""
_FEWEST, _MOST = 12, 100
_WARM_UP = 4
"""How many steps of each width do not count. The first one generates oneDNN's code for the size."""


def measure(bench: Bench) -> dict[str, Any]:
    """Take steps of every width in every way, in turn, each way in a process of its own."""
    peers = {way: partial(bench.run, "benchmarks.threads", way, "REPORT") for way in WAYS}
    return {way: [run.report for run in runs] for way, runs in bench.interleaved(peers).items()}


def render(result: Mapping[str, Any]) -> str:
    """Build the table."""
    rows = []
    for index, width in enumerate(WIDTHS):
        one, everything, chosen = (
            [1000 * report["seconds"][index] for report in result[way]] for way in WAYS
        )
        threads = sorted({report["threads"][index] for report in result[CHOSEN]})
        rows.append(
            (
                f"{width} × {height_of(width)}",
                *(f"{median(values):.1f}" for values in (one, everything, chosen)),
                " or ".join(str(number) for number in threads),
                f"{ratio(chosen, one):.2f}",
                f"{ratio(chosen, everything):.2f}",
            )
        )
    head = (
        *("picture", "one thread, ms", "all threads, ms", "as the engine chooses, ms", "threads chosen"),
        *("as it chooses ÷ one", "as it chooses ÷ all"),
    )
    return table(head, rows)


def height_of(width: int) -> int:
    """The height of a picture of a width, in pixels."""
    return round(width * 2 / 3)


def main() -> None:
    """Take the steps in one way. Reports the median seconds of a step, and the threads, by width."""
    way, report = sys.argv[1], Path(sys.argv[2])
    if way == ONE:
        os.environ["TF_NUM_INTRAOP_THREADS"] = "1"

    from dream_engine import presets  # noqa: PLC0415 - the measuring process stays small
    from dream_engine.compute.dreamer import Dreamer  # noqa: PLC0415

    settings = presets.get("intense").settings_for("efficientnet_lite0").replace(octaves=1, seed=1)
    dreamer = Dreamer()
    seconds, threads = [], []
    for width in WIDTHS:
        with choices(always_all=way == ALL) as chosen:
            first = _step_seconds(dreamer, settings, width, _WARM_UP, report)
            steps = min(_MOST, max(_FEWEST, round(_SECONDS / min(first))))
            seconds.append(median(_step_seconds(dreamer, settings, width, steps, report)[1:]))
        threads.append(chosen[-1])
    report.write_text(json.dumps({"seconds": seconds, "threads": threads}))


@contextmanager
def choices(*, always_all: bool) -> Iterator[list[int]]:
    """Record on how many threads steps run; ``always_all`` overrides the engine's choice."""
    from dream_engine.compute.threads import ThreadShare, thread_count  # noqa: PLC0415

    original, chosen = ThreadShare.for_step, []

    def for_step(share: ThreadShare, *arguments: Any) -> int:
        chosen.append(thread_count() if always_all else original(share, *arguments))
        return chosen[-1]

    with patch.object(ThreadShare, "for_step", for_step):
        yield chosen


def _step_seconds(
    dreamer: "Dreamer", settings: "DreamSettings", width: int, steps: int, report: Path
) -> Sequence[float]:
    """The seconds of each step of a picture."""
    from benchmarks.jobs import enlarged  # noqa: PLC0415
    from dream_engine.dreams import DreamRequest, Progress  # noqa: PLC0415

    source = enlarged("rocket.jpg", (width, height_of(width)), report.with_suffix(".png"))
    request = DreamRequest(source.read_bytes(), settings.replace(iterations=steps))
    seconds: list[float] = []
    started = time.perf_counter()
    for event in dreamer.dream_unencoded(request):
        if isinstance(event, Progress) and event.step > len(seconds):
            now = time.perf_counter()
            seconds.append(now - started)
            started = now
    return seconds


if __name__ == "__main__":
    main()

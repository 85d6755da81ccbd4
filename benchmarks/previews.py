"""The cost of previews while a dream runs.

Run as a module, it is the process that dreams: ``python -m benchmarks.previews REPORT ROUNDS``.
"""

import importlib
import json
import sys
import time
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from pathlib import Path
from typing import Any
from unittest.mock import patch

from benchmarks.processes import EXAMPLES, Bench, median, ratio
from scripts.write_tables import table

EVERY: tuple[float | None, ...] = (None, 4.0, 2.0, 1.0)
"""The intervals between previews in seconds. The bot's default is two."""


def measure(bench: Bench) -> dict[str, Any]:
    """Run the same dream with and without previews, in turn, in one warm Dreamer."""
    return {"ways": bench.run("benchmarks.previews", "REPORT", str(bench.rounds)).report}


def render(result: Mapping[str, Any]) -> str:
    """Build the table."""
    without, *intervals = result["ways"]
    rows = [("no previews", f"{median(without['whole']):.2f}", "", "", "")]
    for interval in intervals:
        share = median(
            spent / whole for spent, whole in zip(interval["spent"], interval["whole"], strict=True)
        )
        slowdown = ratio(interval["whole"], without["whole"]) - 1
        rows.append(
            (
                f"one every {interval['every']:g} s",
                f"{median(interval['whole']):.2f}",
                f"{interval['previews']}",
                f"{share:.2%}",
                f"{slowdown:+.1%}",
            )
        )
    return table(
        ("", "whole dream, s", "previews", "share of time for previews", "added to the whole dream"), rows
    )


def main() -> None:
    """Dream in turn. Reports, for each interval, the seconds of the dreams and of their previews."""
    from dream_engine import presets  # noqa: PLC0415 - the measuring process stays small
    from dream_engine.compute import dreamer  # noqa: PLC0415 - the measuring process stays small
    from dream_engine.dreams import DreamRequest, Progress  # noqa: PLC0415

    settings = presets.get("intense").settings_for("efficientnet_lite0").replace(seed=1)
    source = (EXAMPLES / "rocket.jpg").read_bytes()
    intervals: list[dict[str, Any]] = [
        {"every": every, "previews": 0, "whole": [], "spent": []} for every in EVERY
    ]
    warm = dreamer.Dreamer()
    for _ in warm.dream(DreamRequest(source, settings, preview_seconds=4.0)):
        pass
    for _ in range(int(sys.argv[2])):
        for interval in intervals:
            request = DreamRequest(source, settings, preview_seconds=interval["every"])
            with _stopwatch("dream_engine.compute.progress", "encode_preview") as spent:
                started = time.perf_counter()
                events = list(warm.dream(request))
                interval["whole"].append(time.perf_counter() - started)
            interval["spent"].append(sum(spent))
            interval["previews"] = sum(
                isinstance(each, Progress) and each.preview is not None for each in events
            )
    Path(sys.argv[1]).write_text(json.dumps(intervals))


@contextmanager
def _stopwatch(module: str, function: str) -> Iterator[list[float]]:
    """Time every call of a module's function, in seconds."""
    original, spent = vars(importlib.import_module(module))[function], []

    def timed(*arguments: Any) -> Any:
        started = time.perf_counter()
        made = original(*arguments)
        spent.append(time.perf_counter() - started)
        return made

    with patch(f"{module}.{function}", timed):
        yield spent


if __name__ == "__main__":
    main()

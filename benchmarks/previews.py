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
    without, *ways = result["ways"]
    rows = [("no previews", f"{median(without['whole']):.2f}", "", "", "")]
    for way in ways:
        own = median(spent / whole for spent, whole in zip(way["spent"], way["whole"], strict=True))
        more = ratio(way["whole"], without["whole"]) - 1
        rows.append(
            (
                f"one every {way['every']:g} s",
                f"{median(way['whole']):.2f}",
                f"{way['previews']}",
                f"{own:.2%}",
                f"{more:+.1%}",
            )
        )
    return table(("", "whole dream, s", "previews", "share spent on making them", "whole beside none"), rows)


def main() -> None:
    """Dream in turn. Reports, for each interval, the seconds of the dreams and of their previews."""
    from dream_engine import presets  # noqa: PLC0415 - the measuring process stays small
    from dream_engine.compute import dreamer  # noqa: PLC0415 - the measuring process stays small
    from dream_engine.dreams import DreamRequest, Progress  # noqa: PLC0415

    settings = presets.get("intense").settings_for("efficientnet_lite0").replace(seed=1)
    source = (EXAMPLES / "rocket.jpg").read_bytes()
    ways: list[dict[str, Any]] = [
        {"every": every, "previews": 0, "whole": [], "spent": []} for every in EVERY
    ]
    warm = dreamer.Dreamer()
    for _ in warm.dream(DreamRequest(source, settings, preview_seconds=4.0)):
        pass
    for _ in range(int(sys.argv[2])):
        for way in ways:
            request = DreamRequest(source, settings, preview_seconds=way["every"])
            with _stopwatch("dream_engine.compute.progress", "encode_preview") as spent:
                started = time.perf_counter()
                events = list(warm.dream(request))
                way["whole"].append(time.perf_counter() - started)
            way["spent"].append(sum(spent))
            way["previews"] = sum(isinstance(each, Progress) and each.preview is not None for each in events)
    Path(sys.argv[1]).write_text(json.dumps(ways))


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

"""The share of the workers' time that a cluster turns into dreams, and its overhead on one dream."""

import asyncio
import math
import time
from collections.abc import Mapping, Sequence
from typing import Any

import psutil

from benchmarks.cluster.scale import Scale
from benchmarks.cluster.sleeping_actor import STEP_SECONDS, SleepingDreamer, sleep_request
from benchmarks.cluster.workload import (
    cpu_time,
    percentile,
    run_concurrently,
    run_sequentially,
    sleeping_executor,
)
from benchmarks.processes import log_progress, median
from dream_engine.executors.base import DreamExecutor
from scripts.write_tables import table

_MIN_DREAMS = 10
"""The least number of dreams that run one by one, for few workers."""
_GOAL_MS = 50


def measure(scale: Scale, address: str) -> dict[str, Any]:
    """Measure clusters of all sizes, one after the other."""
    sizes = [asyncio.run(_at(address, workers, scale)) for workers in scale.workers]
    return {"seconds": scale.seconds, "alone": _alone(scale.seconds / 2), "sizes": sizes}


def render(result: Mapping[str, Any]) -> str:
    """Build two tables."""
    return f"{_efficiencies(result)}\n{_overheads(result)}"


def efficiency(seconds: float, size: Mapping[str, Any]) -> float:
    """The share of the workers' time that was spent on steps."""
    return float(size["dreams"] * seconds / (size["workers"] * size["wall"]))


def _efficiencies(result: Mapping[str, Any]) -> str:
    rows = [
        (
            f"{size['workers']}",
            f"{size['dreams']}",
            f"{efficiency(result['seconds'], size):.1%}",
            f"{size['dreams'] / size['wall'] * 3600:.0f}",
            f"{size['spent']['caller'] / size['wall']:.2f}",
            f"{size['spent']['driver'] / size['wall']:.2f}",
            f"{size['machine'] / size['wall']:.2f}",
        )
        for size in result["sizes"]
    ]
    head = (
        "workers",
        f"dreams of {result['seconds']:g} s",
        "efficiency",
        "dreams per hour",
        "busy cores: the caller",
        "the driver",
        "the whole machine",
    )
    return table(head, rows)


def _overheads(result: Mapping[str, Any]) -> str:
    rows = []
    for size in result["sizes"]:
        if sequential := size["watched"]:
            handling = [total - worker for total, worker, _ in sequential]
            reporting = [worker - requested_seconds for _, worker, requested_seconds in sequential]
            both = [total - requested_seconds for total, _, requested_seconds in sequential]
            cells = [f"{_in_ms(values)}" for values in (handling, reporting, both)]
            within = sum(value * 1000 <= _GOAL_MS for value in handling) / len(handling)
            rows.append((f"{size['workers']}", f"{len(sequential)}", *cells, f"{within:.0%}"))
    alone = _in_ms(result["alone"])
    rows.append(("none: the sleeps alone", f"{len(result['alone'])}", "", alone, alone, ""))
    head = ("workers", "dreams", "dispatch, ms: median, 95 %", "progress, ms", "both, ms")
    return table((*head, f"dispatch within {_GOAL_MS} ms"), rows)


def _in_ms(values: Sequence[float]) -> str:
    return f"{median(values) * 1000:.0f}, {percentile(values, 0.95) * 1000:.0f}"


def _alone(seconds: float) -> list[float]:
    """How much longer than requested a dream sleeps without any listener."""
    dreamer, request, found = SleepingDreamer(), sleep_request(seconds), []
    list(dreamer.dream_unencoded(sleep_request(STEP_SECONDS)))
    for _ in range(_MIN_DREAMS):
        began = time.monotonic()
        list(dreamer.dream_unencoded(request))
        found.append(time.monotonic() - began - seconds)
    return found


async def _at(address: str, workers: int, scale: Scale) -> dict[str, Any]:
    """Measure a cluster of one size."""
    began = time.monotonic()
    async with sleeping_executor(address, workers) as executor:
        log_progress(f"{workers} workers: warm after {time.monotonic() - began:.0f} s")
        found = await _measure_throughput(executor, workers, scale)
        sequential = []
        if workers in scale.sequential_workers:
            each = max(scale.dreams_per_worker, math.ceil(_MIN_DREAMS / workers))
            sequential = await run_sequentially(executor, workers, each, scale.seconds / 2)
    found["watched"] = [
        [one.finished_at - one.requested_at, one.seconds, one.requested_seconds] for one in sequential
    ]
    log_progress(f"{workers} workers: {efficiency(scale.seconds, found):.1%}")
    return found


async def _measure_throughput(executor: DreamExecutor, workers: int, scale: Scale) -> dict[str, Any]:
    """Run all dreams at once."""
    before, busy, began = cpu_time(), _busy(), time.monotonic()
    dreams = await run_concurrently(executor, [scale.seconds] * (scale.dreams_per_worker * workers))
    wall = time.monotonic() - began
    return {
        "workers": workers,
        "dreams": len(dreams),
        "wall": wall,
        "events": sum(one.events for one in dreams),
        "spent": vars(cpu_time().since(before)),
        "machine": _busy() - busy,
    }


def _busy() -> float:
    """The CPU time of everything on this machine, in seconds."""
    times = psutil.cpu_times()
    return float(times.user + times.nice + times.system)

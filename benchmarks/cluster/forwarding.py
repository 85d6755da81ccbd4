"""The cost of forwarding a dream between its caller and a worker: CPU time and bytes."""

import asyncio
import time
from collections.abc import Mapping
from typing import Any

import numpy as np

from benchmarks.cluster.scale import Scale
from benchmarks.cluster.sleeping_actor import STEP_SECONDS, SleepingDreamer, sleep_request
from benchmarks.cluster.workload import CpuTime, cpu_time, run_concurrently, sleeping_executor
from dream_engine.dreams import Dream, Progress
from dream_engine.executors.pool.executor import PoolExecutor
from dream_engine.executors.pool.mailbox import Mailbox
from dream_engine.executors.pool.messages import Begin, Reported
from dream_engine.executors.pool.worker import Worker
from dream_engine.executors.process.pipes import pack
from dream_engine.unencoded_dream import UnencodedDream
from scripts.write_tables import table

_SHORT_EACH = 20
"""How many one-step dreams there are for each worker."""
_POOL_SIZES = (10, 100, 1000)
_SCANS = 200


def measure(scale: Scale, address: str) -> dict[str, Any]:
    """Run dreams of few and of many steps, to separate the cost of a dream from that of its progress."""
    return {
        "crowds": asyncio.run(_cpu_times(address, scale)),
        "looks": [[workers, asyncio.run(_scan_seconds(workers))] for workers in _POOL_SIZES],
        "bytes": _bytes(),
    }


def render(result: Mapping[str, Any]) -> str:
    """Build two tables."""
    rows = []
    for name, words in (
        ("caller", "the caller: a part of the bot's process"),
        ("driver", "the driver"),
        ("driver_loop", "the driver's event loop alone"),
    ):
        dream, event = costs(result, name)
        rows.append((words, f"{dream * 1000:.2f}", f"{event * 1000:.2f}"))
    workers, seconds = result["looks"][-1]
    sizes = result["bytes"]
    sizes_table = (
        ("a request, its source included", f"{sizes['request'] / 1000:.1f}"),
        ("progress", f"{sizes['progress'] / 1000:.1f}"),
        ("progress with a preview", f"{sizes['preview'] / 1000:.1f}"),
        ("the dream", f"{sizes['dream'] / 1000:.1f}"),
    )
    return (
        f"{table(('CPU time, ms', 'a dream', 'each progress event'), rows)}\n"
        f"Each event also takes one pass over all workers, whose cost grows with their number: "
        f"{seconds * 1e6:.0f} µs with {workers}.\n\n"
        f"{table(('message', '10³ bytes'), sizes_table)}"
    )


def costs(result: Mapping[str, Any], process: str) -> tuple[float, float]:
    """The CPU seconds of a dream and of each progress event."""
    idle, *crowds = result["crowds"]
    rate = idle["spent"][process] / idle["wall"]
    counts = [[crowd["dreams"], crowd["events"]] for crowd in crowds]
    seconds = [crowd["spent"][process] - rate * crowd["wall"] for crowd in crowds]
    dream, event = np.linalg.solve(np.array(counts, float), np.array(seconds))
    return max(0.0, float(dream)), max(0.0, float(event))


def scan_seconds_per_worker(result: Mapping[str, Any]) -> float:
    """How much each further worker adds to a scan of all workers."""
    (few, brief), *_, (many, long) = result["looks"]
    return max(0.0, float((long - brief) / (many - few)))


async def _cpu_times(address: str, scale: Scale) -> list[dict[str, Any]]:
    """Measure an idle phase, then short dreams, then long ones."""
    found = []
    async with sleeping_executor(address, scale.fixed_workers) as executor:
        for dreams, seconds in (
            (0, 0.0),
            (scale.fixed_workers * _SHORT_EACH, STEP_SECONDS),
            (scale.fixed_workers * scale.dreams_per_worker, scale.seconds),
        ):
            before, began = cpu_time(), time.monotonic()
            dreamed = await run_concurrently(executor, [seconds] * dreams)
            if not dreams:
                await asyncio.sleep(scale.idle_seconds)
            costs: CpuTime = cpu_time().since(before)
            events = sum(one.events for one in dreamed)
            wall = time.monotonic() - began
            found.append({"dreams": dreams, "events": events, "wall": wall, "spent": vars(costs)})
    return found


def _bytes() -> dict[str, int]:
    """The sizes of the messages."""
    request = sleep_request(STEP_SECONDS)
    sizes = {"request": len(pack(Begin(1, request)))}
    for event in SleepingDreamer().dream_unencoded(request):
        message: Progress | Dream = event.encode() if isinstance(event, UnencodedDream) else event
        kind = "dream" if isinstance(message, Dream) else "preview" if message.preview else "progress"
        sizes[kind] = len(pack(Reported(1, message)))
    return sizes


class _ReadyWorker(Worker):
    """A worker that is always ready and does nothing."""

    alive = True

    async def start(self, seconds: float) -> None:
        pass

    async def begin(self, mailbox: Mailbox, request: object) -> None:
        pass

    async def stop(self, mailbox: Mailbox) -> None:
        pass

    async def kill(self) -> None:
        pass

    async def close(self, seconds: float) -> None:
        pass


async def _scan_seconds(workers: int) -> float:
    """The seconds of one scan of all workers."""
    executor = PoolExecutor(
        lambda _: _ReadyWorker(),
        min_workers=workers,
        max_workers=workers,
        workers_at_start=workers,
        idle_seconds=1e6,
        time_limit=None,
        grace_seconds=1.0,
        start_seconds=1.0,
    )
    async with executor:
        began = time.perf_counter()
        for _ in range(_SCANS):
            assert executor.ready <= executor.capacity
        return (time.perf_counter() - began) / _SCANS

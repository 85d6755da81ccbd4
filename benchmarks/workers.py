"""A queue of dreams through several local workers, beside the same queue through one.

Run as a module, it is the process that owns the workers:
``python -m benchmarks.workers WORKERS SIDE DREAMS WAY REPORT``.
"""

import asyncio
import io
import json
import sys
import time
from collections.abc import Mapping, Sequence
from functools import partial
from pathlib import Path
from typing import TYPE_CHECKING, Any

from benchmarks.processes import EXAMPLES, Bench, BenchmarkError, median, ratio
from benchmarks.varied_dreams import memory_of
from dream_engine.cores import available_cores
from scripts.write_tables import table

if TYPE_CHECKING:
    from dream_engine.dreams import DreamRequest
    from dream_engine.executors.local.executor import LocalExecutor

PRESET = "intense"

DREAMS = {256: 12, 512: 12, 1024: 4}
"""How many dreams wait in the queue, by the longest side of the picture in pixels; at least two a worker."""

WITH_START_SIDE = 512
"""The size at which the start of the workers is measured too, and one dream alone."""

FROM_START, WARM, ALONE = "from the start", "warm", "alone"
"""The ways: all dreams are requested as soon as one worker is warm, and again when all are; when all are; one
dream after the other."""

_ALONE_DREAMS = 4
_WARM_UP_SECONDS = 180.0


def measure(bench: Bench) -> dict[str, Any]:
    """Dream every queue with one worker and with one for each core, in turn."""
    workers = available_cores()
    queues: dict[str, Any] = {}
    for side, dreams in DREAMS.items():
        count = max(dreams, 2 * workers)
        way, rounds = (FROM_START, None) if side == WITH_START_SIDE else (WARM, 1)
        queues[str(side)] = {"dreams": count, **_pair(bench, workers, side, count, way, rounds)}
    alone = _pair(bench, workers, WITH_START_SIDE, _ALONE_DREAMS, ALONE, None)
    return {"workers": workers, "queues": queues, "alone": alone}


def _pair(
    bench: Bench, workers: int, side: int, dreams: int, way: str, rounds: int | None
) -> dict[str, list[Any]]:
    """Run one worker, and several, in turn."""
    peers = {
        kind: partial(bench.run, "benchmarks.workers", str(number), str(side), str(dreams), way, "REPORT")
        for kind, number in (("one", 1), ("several", workers))
    }
    return {kind: [run.report for run in runs] for kind, runs in bench.interleaved(peers, rounds).items()}


def render(result: Mapping[str, Any]) -> str:
    """Build the tables."""
    several = f"{result['workers']} workers"
    rows = []
    for side, found in result["queues"].items():
        name = f"{found['dreams']} pictures of {side} pixels"
        rows.append(_row(name, found, "seconds"))
        if "with_start" in found["one"][0]:
            rows.append(_row(f"{name}, from the executor's start", found, "with_start"))
    alone = {
        kind: [{"seconds": median(run["each"])} for run in runs] for kind, runs in result["alone"].items()
    }
    rows.append(_row(f"one picture of {WITH_START_SIDE} pixels while no other waits", alone, "seconds"))
    peak = max(
        max(run["peaks"]) for found in result["queues"].values() for run in (*found["one"], *found["several"])
    )
    lines = table(("dreamed", "one worker, s", f"{several}, s", f"{several} ÷ one"), rows)
    return f"{lines}\nThe largest peak of a worker was {peak:.0f} MiB."


def _row(name: str, found: Mapping[str, Any], kind: str) -> tuple[str, ...]:
    one, several = ([run[kind] for run in found[which]] for which in ("one", "several"))
    return (name, f"{median(one):.1f}", f"{median(several):.1f}", f"{ratio(several, one):.2f}")


def main() -> None:
    """Dream a queue. Reports the seconds, and the workers' peaks of memory in MiB."""
    workers, side, dreams = (int(word) for word in sys.argv[1:4])
    way, report = sys.argv[4], Path(sys.argv[5])
    report.write_text(json.dumps(asyncio.run(_measured(workers, side, dreams, way))))


async def _measured(workers: int, side: int, dreams: int, way: str) -> dict[str, Any]:
    from dream_engine.executors.local.executor import LocalExecutor  # noqa: PLC0415

    request = request_for(PRESET, side)
    found: dict[str, Any] = {}
    started = time.perf_counter()
    async with LocalExecutor(("cpu",), workers=workers, warm=(request.settings,)) as executor:
        if way == FROM_START:
            await dream_all(executor, [request] * dreams)
            found["with_start"] = time.perf_counter() - started
        if way == ALONE:
            await dream_all(executor, [request])
            found["each"] = [await dream_all(executor, [request]) for _ in range(dreams)]
        else:
            await warm_up(executor, workers, request)
            found["seconds"] = await dream_all(executor, [request] * dreams)
        found["peaks"] = [memory_of(pid, "VmHWM") for pid in executor.worker_pids]
    return found


def request_for(preset: str, side: int) -> "DreamRequest":
    """A request for a dream of an example photograph, with a longest side in pixels."""
    from PIL import Image  # noqa: PLC0415 - the measuring process stays small

    from dream_engine import presets  # noqa: PLC0415
    from dream_engine.dreams import DreamRequest  # noqa: PLC0415

    picture = Image.open(EXAMPLES / "rocket.jpg").convert("RGB")
    file = io.BytesIO()
    picture.resize((side, round(side * picture.height / picture.width))).save(file, "jpeg")
    settings = presets.get(preset).settings_for("efficientnet_lite0")
    return DreamRequest(file.getvalue(), settings.replace(seed=1))


async def warm_up(executor: "LocalExecutor", workers: int, request: "DreamRequest") -> None:
    """Let all workers start, and let each compile the steps of a request.

    Raises:
        BenchmarkError: They do not start.
    """
    from dataclasses import replace  # noqa: PLC0415

    quick = replace(request, settings=request.settings.replace(iterations=1))
    deadline = time.monotonic() + _WARM_UP_SECONDS
    while len(executor.worker_pids) < workers:  # a worker starts when a dream waits
        await dream_all(executor, [quick] * workers)
        if time.monotonic() > deadline:
            raise BenchmarkError(f"only {len(executor.worker_pids)} of {workers} workers have started")
    await dream_all(executor, [quick] * workers)


async def dream_all(executor: "LocalExecutor", requests: "Sequence[DreamRequest]") -> float:
    """Request dreams at once, and return the seconds until all have ended."""

    async def dream(request: "DreamRequest") -> None:
        async for _event in executor.dream(request):
            pass

    started = time.perf_counter()
    async with asyncio.TaskGroup() as group:
        for request in requests:
            group.create_task(dream(request))
    return time.perf_counter() - started


if __name__ == "__main__":
    main()

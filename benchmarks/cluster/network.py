"""The real network on few cores: without Ray, through Ray, and with the cores split between workers."""

import asyncio
import time
from collections.abc import AsyncIterator, Mapping
from contextlib import asynccontextmanager
from typing import Any

from benchmarks.cluster.machines import all_warm
from benchmarks.cluster.scale import Scale
from benchmarks.cluster.sleeping_actor import PREVIEW_SECONDS, SOURCE
from benchmarks.processes import log_progress, median, ratio
from dream_engine.dreams import Dream, DreamRequest
from dream_engine.executors.base import DreamExecutor
from dream_engine.executors.local import LocalExecutor
from dream_engine.executors.ray import RayExecutor
from dream_engine.presets import get
from dream_engine.settings import DreamSettings
from scripts.write_tables import table

PRESET, SIDE = "mild", 512
LOCAL = "this machine alone, one worker of two cores"
WHOLE = "through Ray, one worker of two cores"
SHARED = "through Ray, two workers of one core"


def measure(scale: Scale, address: str) -> dict[str, Any]:
    """Measure all setups in turn, in each round."""
    setups: dict[str, list[dict[str, Any]]] = {LOCAL: [], WHOLE: [], SHARED: []}
    for _ in range(scale.rounds):
        for name, found in setups.items():
            found.append(asyncio.run(_dreamed(name, address, scale.dreams)))
            log_progress(f"{name}: {found[-1]['period']:.2f} s from dream to dream")
    return setups


def render(result: Mapping[str, Any]) -> str:
    """Build the table."""
    rows = []
    for name, rounds in result.items():
        periods = [found["period"] for found in rounds]
        rows.append(
            (
                name,
                f"{3600 / median(periods):.0f}",
                f"{median(s for found in rounds for s in found['steps']):.2f}",
                f"{median(found['events'] for found in rounds):.0f}",
                f"{ratio(periods, [found['period'] for found in result[LOCAL]]):.2f}",
            )
        )
    head = (
        "",
        "dreams per hour",
        "steps of a dream, s",
        "progress events per dream",
        "time from dream to dream ÷ alone",
    )
    return table(head, rows)


@asynccontextmanager
async def _executor(name: str, address: str, settings: DreamSettings) -> AsyncIterator[DreamExecutor]:
    warm, workers = (settings,), 1
    if name == LOCAL:
        executor: DreamExecutor = LocalExecutor(["cpu"], workers=1, warm=warm)
    else:
        workers = 2 if name == SHARED else 1
        executor = RayExecutor(
            address, min_workers=workers, max_workers=workers, cpus=2 / workers, gpus=0, warm=warm
        )
    async with executor:
        await all_warm(executor, workers)
        yield executor


async def _dreamed(name: str, address: str, dreams: int) -> dict[str, Any]:
    """Run dreams at once, after a warm-up."""
    settings = get(PRESET).settings_for("efficientnet_lite0").replace(size=SIDE)
    request = DreamRequest(SOURCE.read_bytes(), settings, preview_seconds=PREVIEW_SECONDS)

    async def dream() -> tuple[int, Dream]:
        events = [event async for event in executor.dream(request)]
        last = events[-1]
        assert isinstance(last, Dream)
        return len(events) - 1, last

    async with _executor(name, address, settings) as executor:
        await asyncio.gather(dream(), dream())
        began = time.monotonic()
        found = await asyncio.gather(*(dream() for _ in range(dreams)))
        period = (time.monotonic() - began) / dreams
    steps = [sum(octave.seconds for octave in one.octaves) for _, one in found]
    return {"period": period, "steps": steps, "events": median(events for events, _ in found)}

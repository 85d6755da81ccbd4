"""The number of dreams of each size that a worker completes in an hour."""

import asyncio
import io
from collections.abc import Mapping
from typing import Any

from PIL import Image

from benchmarks.cluster.machines import all_warm
from benchmarks.cluster.scale import FULL, Scale
from benchmarks.cluster.sleeping_actor import PREVIEW_SECONDS, SOURCE
from benchmarks.processes import log_progress, median
from dream_engine.dreams import Dream, DreamRequest
from dream_engine.executors.ray import RayExecutor
from dream_engine.presets import get
from scripts.write_tables import table

PRESETS = ("mild", "intense", "classic")
SIDES = (512, 1024, 2048)
WORKERS = 2


def measure(scale: Scale, address: str) -> list[dict[str, Any]]:
    """Measure every preset at every size, on both workers at once."""
    sides, presets = (SIDES, PRESETS) if scale == FULL else (SIDES[:1], PRESETS[:1])
    return asyncio.run(_measured(address, sides, presets))


def render(result: list[Mapping[str, Any]]) -> str:
    """Build the table: a row for each preset, a column for each size."""
    sides = sorted({one["side"] for one in result})
    found = {(one["preset"], one["side"]): median(one["seconds"]) for one in result}
    presets = dict.fromkeys(one["preset"] for one in result)
    rows = [(name, *(_cell(found[name, side]) for side in sides)) for name in presets]
    return table(("", *(f"{side} pixels" for side in sides)), rows)


def _cell(seconds: float) -> str:
    return f"{3600 / seconds:.0f} ({seconds:.1f} s)"


async def _measured(address: str, sides: tuple[int, ...], presets: tuple[str, ...]) -> list[dict[str, Any]]:
    async with RayExecutor(
        address, min_workers=WORKERS, max_workers=WORKERS, cpus=1, gpus=0, time_limit=None
    ) as executor:
        await all_warm(executor, WORKERS)
        result = []
        for preset in presets:
            for side in sides:
                # The first dream of a size includes one-time work.
                await _dreamed(executor, preset, side, iterations=1)
                seconds = await _dreamed(executor, preset, side)
                log_progress(f"{preset} at {side} pixels: {median(seconds):.1f} s")
                result.append({"preset": preset, "side": side, "seconds": seconds})
        return result


async def _dreamed(executor: RayExecutor, preset: str, side: int, **changed: int) -> list[float]:
    settings = get(preset).settings_for("efficientnet_lite0").replace(size=side, **changed)
    request = DreamRequest(_photograph(side), settings, preview_seconds=PREVIEW_SECONDS)

    async def seconds() -> float:
        async for event in executor.dream(request):
            last = event
        assert isinstance(last, Dream)
        return last.seconds

    return await asyncio.gather(*(seconds() for _ in range(WORKERS)))


def _photograph(side: int) -> bytes:
    """The example at a given width. A dream's time does not depend on its content."""
    source = Image.open(SOURCE)
    picture = source.resize((side, round(source.height * side / source.width)))
    file = io.BytesIO()
    picture.save(file, "jpeg")
    return file.getvalue()

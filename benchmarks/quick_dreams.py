"""The dreams that :mod:`benchmarks.quick` times: ``python -P quick_dreams.py KIND SOURCE REPORT``.

KIND is ``pictures``, which are dreamed in this process, or ``queue``, which an executor's workers dream.
The script imports nothing but the engine's public names, so that it also runs with an older engine.
"""

import asyncio
import io
import json
import sys
import time
from pathlib import Path
from typing import Any

import psutil
from PIL import Image

from dream_engine import DreamSession

CASES: dict[str, tuple[int, dict[str, Any]]] = {
    "a small picture, 256 pixels": (256, {"preset": "intense", "iterations": 10}),
    "a picture of 512 pixels": (512, {"preset": "animals", "iterations": 8}),
    "the bot's default size, 1024 pixels": (1024, {"preset": "intense", "octaves": 2, "iterations": 4}),
    "a photograph of 3000 pixels": (3000, {"preset": "mild", "octaves": 1, "iterations": 2}),
}
"""The longest side and the settings of each dream, by the name of the row."""

QUEUE = "a queue of eight small pictures, 256 pixels"
_QUEUED, _QUEUED_SIDE = 8, 256

_RESTING_SECONDS = 0.1
"""Processor seconds that resting workers take at most in half a second."""


def main() -> None:
    """Dream one kind, and report the seconds and the processor seconds by row."""
    kind, source, report = sys.argv[1], Path(sys.argv[2]), Path(sys.argv[3])
    found = _pictures(source) if kind == "pictures" else _queue(source)
    report.write_text(json.dumps(found))


def _pictures(source: Path) -> dict[str, list[float]]:
    """Dream each case twice, and time the second time."""
    found = {}
    with DreamSession() as session:
        for name, (side, settings) in CASES.items():
            picture = _picture(source, side)
            for _ in range(2):
                started, used = time.perf_counter(), time.process_time()
                session.dream(picture, seed=1, **settings)
                found[name] = [time.perf_counter() - started, time.process_time() - used]
    return found


def _picture(source: Path, side: int) -> Image.Image:
    picture = Image.open(source).convert("RGB")
    return picture.resize((side, side * picture.height // picture.width))


def _queue(source: Path) -> dict[str, list[float]]:
    """Dream the queue; nothing if the engine, as an older one, has other names."""
    try:
        return {QUEUE: asyncio.run(_timed_queue(_picture(source, _QUEUED_SIDE)))}
    except (ImportError, AttributeError, TypeError) as error:
        print(f"no queue: {error}", file=sys.stderr)
        return {}


async def _timed_queue(picture: Image.Image) -> list[float]:
    """Dream the queue with the executor's default workers, and time the third time."""
    from dream_engine import DreamRequest, LocalExecutor, presets  # noqa: PLC0415 - an older engine lacks them

    file = io.BytesIO()
    picture.save(file, "png")
    settings = presets.get("intense").settings_for("efficientnet_lite0").replace(iterations=10, seed=1)
    request = DreamRequest(file.getvalue(), settings)
    async with LocalExecutor(("cpu",), warm=(settings,)) as executor:

        async def dream() -> None:
            async for _event in executor.dream(request):
                pass

        async def dream_all() -> None:
            await asyncio.gather(*(dream() for _ in range(_QUEUED)))

        await dream_all()  # lets the other workers start
        await _workers_rest()
        await dream_all()  # lets them compile the step
        started, used = time.perf_counter(), _used()
        await dream_all()
        return [time.perf_counter() - started, _used() - used]


def _used() -> float:
    """The processor seconds of this process and of its workers."""
    this = psutil.Process()
    times = [process.cpu_times() for process in (this, *this.children(recursive=True))]
    return sum(each.user + each.system for each in times)


async def _workers_rest() -> None:
    """Wait until no worker computes any more."""
    before, now = 0.0, _used()
    while now - before > _RESTING_SECONDS:
        await asyncio.sleep(0.5)
        before, now = now, _used()


if __name__ == "__main__":
    main()

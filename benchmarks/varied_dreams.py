"""The memory of a worker over many different dreams, compared with as many of one size.

Run as a module, it is the process that dreams, or that owns the worker:
``python -m benchmarks.varied_dreams VARIETY worker REPORT``, or ``alone`` in place of ``worker``.
"""

import asyncio
import io
import itertools
import json
import random
import re
import sys
from collections.abc import Iterator, Mapping
from functools import partial
from pathlib import Path
from typing import Any

from benchmarks.processes import Bench, median, ratio
from scripts.write_tables import table

ONE_SIZE = "one size"
VARIETIES = ("sizes", "layers", "guides", "presets", "everything")
"""The part of a dream that differs from one to the next."""

ALONE = (ONE_SIZE, "sizes", "everything")
"""The varieties that are also dreamed in the process itself, as the ``dream`` command does."""

_DREAMS = 200

_BACKBONE = "efficientnet_lite0"
_SHORTEST, _LONGEST = 48, 160
_SAME_LAYERS = 10
"""How many dreams share their layers. Users take turns, and a new set takes seconds to compile."""
_SAME_PRESET = 25


_ALONE = ", without a worker"


def measure(bench: Bench) -> dict[str, Any]:
    """Run many dreams of each variety, each in a worker of its own, and some in the process itself."""
    module = "benchmarks.varied_dreams"
    peers = {
        variety: partial(bench.run, module, variety, "worker", "REPORT") for variety in (ONE_SIZE, *VARIETIES)
    }
    for variety in ALONE:
        peers[f"{variety}{_ALONE}"] = partial(bench.run, module, variety, "alone", "REPORT")
    return {
        name: {
            what: [run.report[what] for run in runs]
            for what in ("dreams", "resident", "peak", "replacements")
        }
        for name, runs in bench.interleaved(peers).items()
    }


def render(result: Mapping[str, Any]) -> str:
    """Build the table."""
    rows = []
    for name, found in result.items():
        alone = name.endswith(_ALONE)
        one_size = result[f"{ONE_SIZE}{_ALONE}" if alone else ONE_SIZE]["peak"]
        dreams = f"{median(found['dreams']):.0f}"
        held, peak = (f"{median(found[what]):.0f}" for what in ("resident", "peak"))
        beside = (f"{ratio(found[what], one_size):.2f}" for what in ("resident", "peak"))
        rows.append(
            (name, dreams, held, next(beside), peak, next(beside), f"{median(found['replacements']):.0f}")
        )
    head = (
        "dreams differ in",
        "dreams",
        "most held between dreams, MiB",
        "÷ one size's peak",
        "peak, MiB",
    )
    return table((*head, "peak ÷ one size's peak", "workers replaced"), rows)


def main() -> None:
    """Dream many times. Reports the peak memory between dreams and overall, in MiB."""
    variety, where, report = sys.argv[1:]
    requests = itertools.islice(_requests(variety), _DREAMS)
    found = asyncio.run(_in_worker(requests)) if where == "worker" else _alone(requests)
    Path(report).write_text(json.dumps({**found, "dreams": _DREAMS}))


async def _in_worker(requests: Iterator[Any]) -> dict[str, float]:
    from dream_engine.executors.local.executor import LocalExecutor  # noqa: PLC0415

    resident = peak = 0.0
    async with LocalExecutor(("cpu",), workers=1) as executor:
        for request in requests:
            async for _event in executor.dream(request):
                pass
            for pid in executor.worker_pids:
                resident, peak = max(resident, memory_of(pid)), max(peak, memory_of(pid, "VmHWM"))
        return {"resident": resident, "peak": peak, "replacements": executor.replacements}


def _alone(requests: Iterator[Any]) -> dict[str, float]:
    from dream_engine.compute.dreamer import Dreamer  # noqa: PLC0415 - the measuring process stays small

    dreamer, resident = Dreamer(), 0.0
    for request in requests:
        for _event in dreamer.dream(request):
            pass
        resident = max(resident, memory_of("self"))
    return {"resident": resident, "peak": memory_of("self", "VmHWM"), "replacements": 0}


def memory_of(process: int | str, what: str = "VmRSS") -> float:
    """The memory of a process (``VmRSS``), or its peak (``VmHWM``), in MiB."""
    kibibytes = re.search(rf"{what}:\s+(\d+) kB", Path(f"/proc/{process}/status").read_text())
    return int(kibibytes[1]) / 1024 if kibibytes else float("nan")


def _requests(variety: str) -> Iterator[Any]:
    """Yield endless requests that differ in one part or in all. The sequence is always the same."""
    from dream_engine import presets  # noqa: PLC0415
    from dream_engine.backbones import get  # noqa: PLC0415
    from dream_engine.dreams import DreamRequest  # noqa: PLC0415

    rng = random.Random(7)
    names, layers = list(presets.PRESETS), [layer.name for layer in get(_BACKBONE).layers]
    same = _picture(rng, _LONGEST, _LONGEST)
    every = variety == "everything"
    base = presets.get("mild").settings_for(_BACKBONE)
    for number in itertools.count():
        settings, guide = base, None
        if (variety == "presets" or every) and number % _SAME_PRESET == 0:
            base = presets.get(names[number // _SAME_PRESET % len(names)]).settings_for(_BACKBONE)
        if variety == "layers" or (every and number // _SAME_LAYERS % 2):
            chosen = random.Random(number // _SAME_LAYERS)
            settings = settings.replace(
                layers=dict.fromkeys(chosen.sample(layers, chosen.randint(1, 3)), 1.0), channels=()
            )
        if variety == "guides" or (every and number % _SAME_PRESET < 5):
            guide = _picture(rng, *_size(rng))
        source = _picture(rng, *_size(rng)) if variety == "sizes" or every else same
        yield DreamRequest(source, settings.replace(octaves=2, iterations=1, seed=1), guide)


def _size(rng: random.Random) -> tuple[int, int]:
    return rng.randint(_SHORTEST, _LONGEST), rng.randint(_SHORTEST, _LONGEST)


def _picture(rng: random.Random, width: int, height: int) -> bytes:
    from PIL import Image  # noqa: PLC0415

    file = io.BytesIO()
    pixels = rng.randbytes(3 * 8 * 8)
    Image.frombytes("RGB", (8, 8), pixels).resize((width, height), Image.Resampling.BICUBIC).save(file, "png")
    return file.getvalue()


if __name__ == "__main__":
    main()

"""How much memory a process holds after a thousand dreams that differ, beside a thousand of one size.

Run as a module it is the process that dreams: ``python -m benchmarks.varied_dreams VARIETY REPORT``.
"""

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

from benchmarks.processes import Bench, middle, ratio
from scripts.write_tables import table

ONE_SIZE = "one size"
VARIETIES = ("sizes", "layers", "guides", "presets", "everything")
"""Which part of a dream differs from one to the next."""

_DREAMS = 1000
_BACKBONE = "efficientnet_lite0"
_SHORTEST, _LONGEST = 48, 160
_SAME_LAYERS = 10
"""So many dreams have the same layers: people come in turn, and a new set takes seconds to compile."""
_SAME_PRESET = 25


def measure(bench: Bench) -> dict[str, Any]:
    """A thousand dreams of each variety, each in a process of its own."""
    peers = {
        variety: partial(bench.run, "benchmarks.varied_dreams", variety, "REPORT")
        for variety in (ONE_SIZE, *VARIETIES)
    }
    return {
        variety: {
            "peak": [run.memory for run in runs],
            "resident": [run.report["resident"] for run in runs],
        }
        for variety, runs in bench.interleaved(peers).items()
    }


def render(result: Mapping[str, Any]) -> str:
    """The table."""
    rows = []
    for variety in (ONE_SIZE, *VARIETIES):
        found = result[variety]
        beside = [
            f"{ratio(found[what], result[ONE_SIZE]['peak']):.2f}" if variety != ONE_SIZE else ""
            for what in ("resident", "peak")
        ]
        rows.append(
            (
                variety,
                f"{middle(found['resident']):.0f}",
                beside[0],
                f"{middle(found['peak']):.0f}",
                beside[1],
            )
        )
    head = ("a thousand dreams vary in", "held afterwards, MiB", "÷ one size's peak", "peak, MiB")
    return table((*head, "peak ÷ one size's peak"), rows)


def main() -> None:
    """Dream a thousand times, and report what is held afterwards, in MiB."""
    from dream_engine.dreamer import Dreamer  # noqa: PLC0415 - the process that measures stays small

    dreamer = Dreamer()
    for request in itertools.islice(_requests(sys.argv[1]), _DREAMS):
        for _event in dreamer.dream(request):
            pass
    Path(sys.argv[2]).write_text(json.dumps({"resident": _resident()}))


def _requests(variety: str) -> Iterator[Any]:
    """Dreams without end that differ in one part, or in all; the same ones each time."""
    from dream_engine import presets  # noqa: PLC0415
    from dream_engine.backbones import get  # noqa: PLC0415
    from dream_engine.dreams import DreamRequest  # noqa: PLC0415

    chance = random.Random(7)
    names, layers = list(presets.PRESETS), [layer.name for layer in get(_BACKBONE).layers]
    same = _picture(chance, _LONGEST, _LONGEST)
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
            guide = _picture(chance, *_size(chance))
        source = _picture(chance, *_size(chance)) if variety == "sizes" or every else same
        yield DreamRequest(source, settings.replace(octaves=2, iterations=1, seed=1), guide)


def _size(chance: random.Random) -> tuple[int, int]:
    return chance.randint(_SHORTEST, _LONGEST), chance.randint(_SHORTEST, _LONGEST)


def _picture(chance: random.Random, width: int, height: int) -> bytes:
    from PIL import Image  # noqa: PLC0415

    file = io.BytesIO()
    pixels = chance.randbytes(3 * 8 * 8)
    Image.frombytes("RGB", (8, 8), pixels).resize((width, height), Image.Resampling.BICUBIC).save(file, "png")
    return file.getvalue()


def _resident() -> float:
    kibibytes = re.search(r"VmRSS:\s+(\d+) kB", Path("/proc/self/status").read_text())
    return int(kibibytes[1]) / 1024 if kibibytes else float("nan")


if __name__ == "__main__":
    main()

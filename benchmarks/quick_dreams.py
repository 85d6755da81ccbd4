"""The dreams that :mod:`benchmarks.quick` times, in one process: ``python -P quick_dreams.py SOURCE REPORT``.

It imports nothing but the engine's public names, so that it also runs with the engine of an older commit.
"""

import json
import sys
import time
from pathlib import Path
from typing import Any

from PIL import Image

from dream_engine import DreamSession

CASES: dict[str, tuple[int, dict[str, Any]]] = {
    "a small picture, 256 pixels": (256, {"preset": "intense", "iterations": 10}),
    "a picture of 512 pixels": (512, {"preset": "animals", "iterations": 8}),
    "the bot's default size, 1024 pixels": (1024, {"preset": "intense", "octaves": 2, "iterations": 4}),
    "a photograph of 3000 pixels": (3000, {"preset": "mild", "octaves": 1, "iterations": 2}),
}
"""The longest side and the settings of each dream, by the name of the row."""


def main() -> None:
    """Dream each case twice, and report the seconds and the processor seconds of the second time."""
    source, report = Path(sys.argv[1]), Path(sys.argv[2])
    found = {}
    with DreamSession() as session:
        for name, (side, settings) in CASES.items():
            picture = Image.open(source).convert("RGB")
            picture = picture.resize((side, side * picture.height // picture.width))
            for _ in range(2):
                started, used = time.perf_counter(), time.process_time()
                session.dream(picture, seed=1, **settings)
                found[name] = [time.perf_counter() - started, time.process_time() - used]
    report.write_text(json.dumps(found))


if __name__ == "__main__":
    main()

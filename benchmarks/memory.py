"""The peak memory of ``dream`` at 3 and at 12 megapixels at full size.

Neither the number of steps nor that of octaves affects it, so there are few of both.
"""

from collections.abc import Mapping
from functools import partial
from pathlib import Path
from typing import Any

from benchmarks.jobs import enlarged
from benchmarks.processes import Bench, median
from scripts.write_tables import table

SIZES = {"3 megapixels": (2120, 1415), "12 megapixels": (4240, 2829)}
"""Width and height in pixels."""

PRESETS = {"efficientnet_lite0": "mild", "inception_v3": "classic"}
"""The preset of each backbone. The deepest layer of ``classic`` needs most of InceptionV3."""

PICTURES = 27
"""Bytes for each pixel: the source in uint8, the dream and its gradient in float32."""

_LARGE = tuple(SIZES)[-1]


def measure(bench: Bench) -> dict[str, Any]:
    """Dream every size with both networks, and the larger size in float32 too."""
    sources = {
        name: enlarged("rocket.jpg", size, bench.folder / f"{name}.jpg") for name, size in SIZES.items()
    }
    few = ("--octaves", "2", "--iterations", "2")
    inception = ("--backbone", "inception_v3", "--weights", bench.prepared["inception_weights"])
    result = {}
    for backbone, weights in {"efficientnet_lite0": (), "inception_v3": inception}.items():
        words = (*few, *weights, "--preset", PRESETS[backbone])
        peers = {name: _dream(bench, source, *words) for name, source in sources.items()}
        peers[f"{_LARGE}, float32"] = _dream(bench, sources[_LARGE], *words, "--precision", "float32")
        runs = bench.interleaved(peers)
        result[backbone] = {
            name: {
                "memory": [run.memory for run in finished],
                "precision": finished[0].report["precision"],
                "preset": PRESETS[backbone],
            }
            for name, finished in runs.items()
        }
    return result


def _dream(bench: Bench, source: Path, *words: str) -> partial[Any]:
    files = (source, "-o", bench.folder / "dream.png", "--report", "REPORT")
    return partial(bench.run, "dream_engine", *files, "--quiet", *words)


def peaks(result: Mapping[str, Any], backbone: str) -> dict[str, float]:
    """The peak in MiB, by size."""
    return {name: median(found["memory"]) for name, found in result[backbone].items()}


def render(result: Mapping[str, Any]) -> str:
    """Build the table."""
    small, large = (width * height for width, height in SIZES.values())
    pictures = PICTURES * (large - small) / 2**20
    rows = []
    for backbone, found in result.items():
        peak = list(peaks(result, backbone).values())
        large = found[_LARGE]
        name = f"`{large.get('preset', 'mild')}` on `{backbone}`, {large['precision']}"
        own = (f"{mebibytes:.0f}" for mebibytes in peak)
        rows.append((name, *own, f"{peak[1] - peak[0] - pictures:.0f}"))
    head = ("peak, MiB", *SIZES, f"{_LARGE}, float32", "added from 3 to 12 megapixels, without the pictures")
    words = f"The pictures themselves add {pictures:.0f} MiB: {PICTURES} bytes per pixel."
    return f"{table(head, rows)}\n{words}"

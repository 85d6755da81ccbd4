"""How steady a dreamed clip is, and what it costs, beside three other ways of dreaming its frames.

The others are written here, after DeepDreamVideo, which blends each frame with the dream before, and
DeepDreamAnim, which adds the dream's change along the optical flow wherever it leads.

Run as a module, it is the process that dreams: ``python -m benchmarks.motion PRESET WAY REPORT``.
"""

import io
import json
import sys
import time
from collections.abc import Iterator, Mapping
from functools import partial
from pathlib import Path
from typing import TYPE_CHECKING, Any

from benchmarks.processes import Bench, Run, median
from scripts.write_tables import table

if TYPE_CHECKING:
    import numpy as np

    from benchmarks.synthetic_clip import KnownFrame
    from dream_engine.compute.dreamer import Dreamer
    from dream_engine.settings import DreamSettings

_SIZE = (512, 342)
_FRAMES = 12
_PRESETS = ("mild", "intense")
_WAYS = {
    "alone": "each frame alone, one seed",
    "blended": "blended with the dream before",
    "carried": "the dream's change added along the flow",
    "held": "**as this engine does**",
}
_BLEND = 0.5


def measure(bench: Bench) -> dict[str, Any]:
    """Dream the clip in every way, in turn."""
    found: dict[str, Any] = {}
    for preset in _PRESETS:
        runs = bench.interleaved({way: partial(_run, bench, preset, way) for way in _WAYS})
        found[preset] = {way: [run.report for run in runs[way]] for way in _WAYS}
    return found


def _run(bench: Bench, preset: str, way: str) -> Run:
    return bench.run("benchmarks.motion", preset, way, "REPORT")


def render(result: Mapping[str, Any]) -> str:
    """Build the table."""
    rows = []
    for preset, ways in result.items():
        alone = ways["alone"]
        for way, reports in ways.items():
            quick = median(
                report["seconds"] / base["seconds"] for report, base in zip(reports, alone, strict=True)
            )
            last = reports[-1]
            rows.append(
                (
                    f"`{preset}`, {_WAYS[way]}",
                    f"{last['flicker']:.2f}",
                    f"{last['flicker'] / alone[-1]['flicker']:.2f}",
                    f"{last['weakest']:.2f} to {last['strongest']:.2f}",
                    f"{last['sharpness']:.2f}",
                    f"{quick:.2f}",
                    f"{last['bytes'] / 1000:.0f} kB",
                )
            )
    heads = ("way", "flicker", "÷ alone", "strength", "sharpness", "time ÷ alone", "WebP")
    return table(heads, rows)


def main() -> None:
    """Dream the clip in one way, and report about it."""
    import numpy as np  # noqa: PLC0415 - the measuring process stays small

    from benchmarks.synthetic_clip import flicker, sharpness, strength, synthetic_clip  # noqa: PLC0415
    from dream_engine import presets  # noqa: PLC0415
    from dream_engine.compute.dreamer import Dreamer  # noqa: PLC0415
    from dream_engine.compute.warping import warp  # noqa: PLC0415

    preset, way, report = sys.argv[1], sys.argv[2], Path(sys.argv[3])
    clip = synthetic_clip(_FRAMES, _SIZE)
    settings = presets.get(preset).settings_for("efficientnet_lite0").replace(seed=1)
    dreamer = Dreamer()
    list(_dreams("alone", dreamer, settings, clip[:1]))  # compiles the step, and oneDNN's code for this size
    dreams, seconds = [], []
    started = time.perf_counter()
    for dream in _dreams(way, dreamer, settings, clip):
        seconds.append(time.perf_counter() - started)
        dreams.append(dream)
        started = time.perf_counter()
    strengths = np.array([strength(d, frame.pixels) for d, frame in zip(dreams, clip, strict=True)])
    found = {
        "flicker": flicker(dreams, clip, warp),
        "weakest": float(strengths.min() / strengths[0]),
        "strongest": float(strengths.max() / strengths[0]),
        "sharpness": min(sharpness(dream) for dream in dreams) / sharpness(dreams[0]),
        "seconds": median(seconds[1:]),
        "bytes": _animation_bytes(dreams),
    }
    report.write_text(json.dumps(found))


def _dreams(
    way: str, dreamer: "Dreamer", settings: "DreamSettings", clip: "list[KnownFrame]"
) -> "Iterator[np.ndarray]":
    """Dream the frames, one after the other."""
    import numpy as np  # noqa: PLC0415

    from dream_engine.compute.flow import estimate_flow  # noqa: PLC0415
    from dream_engine.compute.warping import warp  # noqa: PLC0415

    if way == "held":
        yield from _held(dreamer, settings, clip)
        return
    before: np.ndarray | None = None
    for number, frame in enumerate(clip):
        start = frame.pixels
        if before is not None and way == "blended":
            start = (_BLEND * before + (1 - _BLEND) * start.astype(np.float32)).round().astype(np.uint8)
        elif before is not None and way == "carried":
            former = clip[number - 1].pixels
            motion = estimate_flow(frame.pixels, former, max(_SIZE)).motion
            moved = warp(before.astype(np.float32) - former, motion)
            start = np.clip(start + moved, 0, 255).round().astype(np.uint8)
        before = _whole(dreamer, settings, start)
        yield before


def _whole(dreamer: "Dreamer", settings: "DreamSettings", pixels: "np.ndarray") -> "np.ndarray":
    from dream_engine.dreams import Dream, DreamRequest  # noqa: PLC0415
    from dream_engine.images import Picture, encode_frame  # noqa: PLC0415

    for event in dreamer.dream(DreamRequest(encode_frame(Picture(pixels)), settings)):
        if isinstance(event, Dream):
            return _pixels(event.image)
    raise AssertionError("the Dreamer yields the dream last")


def _held(dreamer: "Dreamer", settings: "DreamSettings", clip: "list[KnownFrame]") -> "Iterator[np.ndarray]":
    from dream_engine.frames import ChunkRequest, Frame  # noqa: PLC0415
    from dream_engine.images import Picture, encode_frame  # noqa: PLC0415

    pictures = tuple(encode_frame(Picture(frame.pixels)) for frame in clip)
    request = ChunkRequest("clip", settings, 0, len(clip), len(clip), pictures)
    for event in dreamer.dream_chunk(request):
        if isinstance(event, Frame):
            yield _pixels(event.picture)


def _pixels(content: bytes) -> "np.ndarray":
    import numpy as np  # noqa: PLC0415
    from PIL import Image  # noqa: PLC0415

    return np.asarray(Image.open(io.BytesIO(content)).convert("RGB"))


def _animation_bytes(dreams: "list[np.ndarray]") -> int:
    from PIL import Image  # noqa: PLC0415

    images = [Image.fromarray(dream) for dream in dreams]
    buffer = io.BytesIO()
    images[0].save(buffer, "webp", save_all=True, append_images=images[1:], duration=67, loop=0, quality=80)
    return len(buffer.getvalue())


if __name__ == "__main__":
    main()

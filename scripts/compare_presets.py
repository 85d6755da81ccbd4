"""Compares the presets with those of earlier versions: colour noise, loss and steps, in docs/engine.md.

Run as ``python -m scripts.compare_presets``. It takes some minutes.
"""

import io
import json
import re
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path

import numpy as np
from PIL import Image

from dream_engine.compute.dreamer import Dreamer
from dream_engine.dreams import Dream, DreamRequest
from dream_engine.presets import PRESETS
from dream_engine.settings import DreamSettings
from scripts.write_tables import ROOT, table

EARLIER = Path(__file__).with_name("earlier_presets.json")
PAGE = ROOT / "docs" / "engine.md"
EXAMPLES = (
    "astronaut.jpg",
    "cat.jpg",
    "coffee.jpg",
    "drawing.png",
    "mountains.jpg",
    "pavilion.jpg",
    "rocket.jpg",
)
SIZE, SEED = 512, 7
BLUR = 1.5


@dataclass(frozen=True)
class Measured:
    """What one dream was measured for.

    Attributes:
        noise: Its colour noise; see :func:`colour_noise`.
        loss: The last loss of its last octave.
    """

    noise: float
    loss: float


def colour_noise(picture: Image.Image) -> float:
    """The standard deviation of the chroma planes less their blur of 1.5 pixels, in levels of 255."""
    chroma = [np.asarray(plane, np.float32) for plane in picture.convert("YCbCr").split()[1:]]
    return float(np.std([plane - _blurred(plane) for plane in chroma]))


def _blurred(plane: np.ndarray) -> np.ndarray:
    radius = round(4 * BLUR)
    weights = np.exp(-(np.arange(-radius, radius + 1) ** 2) / (2 * BLUR**2))
    weights /= weights.sum()
    for axis in (0, 1):
        padded = np.pad(plane, [(radius, radius) if side == axis else (0, 0) for side in (0, 1)], "reflect")
        windows = np.lib.stride_tricks.sliding_window_view(padded, len(weights), axis)
        plane = windows @ weights
    return plane


def measure(dreamer: Dreamer, source: bytes, settings: DreamSettings) -> Measured:
    """Dream a source, and measure the dream."""
    *_, dream = dreamer.dream(DreamRequest(source, settings.replace(size=SIZE, seed=SEED)))
    assert isinstance(dream, Dream)
    return Measured(colour_noise(_opaque(dream.image)), dream.losses[-1][-1])


def _shrunk(example: str) -> Image.Image:
    picture = _opaque((ROOT / "examples" / example).read_bytes())
    picture.thumbnail((SIZE, SIZE))
    return picture


def _opaque(content: bytes) -> Image.Image:
    picture = Image.open(io.BytesIO(content)).convert("RGBA")
    return Image.alpha_composite(Image.new("RGBA", picture.size, "white"), picture).convert("RGB")


def compare(dreamer: Dreamer, earlier: Mapping[str, DreamSettings]) -> str:
    """Measure every preset that both versions have, and return the table."""
    own = [colour_noise(_shrunk(example)) for example in EXAMPLES]
    rows = [["the picture itself", *(f"{noise:.1f}" for noise in own), "", ""]]
    for name, before in earlier.items():
        now = PRESETS[name].settings_for("efficientnet_lite0")
        noises, losses = [], []
        for example in EXAMPLES:
            source = (ROOT / "examples" / example).read_bytes()
            old, new = measure(dreamer, source, before), measure(dreamer, source, now)
            noises.append(f"{old.noise:.1f} → {new.noise:.1f}")
            losses.append(new.loss / old.loss)
        steps = f"{before.iterations} → {now.iterations}"
        rows.append([f"`{name}`", *noises, steps, f"{np.mean(losses):.2f}"])
        print(*rows[-1], flush=True)
    head = ["preset", *(Path(example).stem for example in EXAMPLES), "steps", "loss"]
    return table(head, rows)


def replace_between(mark: str, text: str) -> None:
    """Replace what docs/engine.md has between the comment ``<!-- mark -->`` and the next ``<!-- end -->``."""
    marked = re.compile(rf"(<!-- {mark} -->\n).*?(<!-- end -->)", re.DOTALL)
    page = PAGE.read_text("utf-8")
    PAGE.write_text(marked.sub(lambda match: f"{match[1]}\n{text}\n{match[2]}", page), "utf-8")


def main() -> None:
    """Replace the table in docs/engine.md."""
    earlier = {
        name: DreamSettings(**settings) for name, settings in json.loads(EARLIER.read_text("utf-8")).items()
    }
    replace_between("compared presets", compare(Dreamer(), earlier))


if __name__ == "__main__":
    main()

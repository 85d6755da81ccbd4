"""Checks that the network sees the things that were dreamed, and writes the share into docs/engine.md.

Run as ``python -m scripts.see_things``. It takes about ten minutes.
"""

import io
from collections import Counter

import numpy as np
from PIL import Image

from dream_engine import backbones, image_classes
from dream_engine.compute.dreamer import Dreamer
from dream_engine.dreams import Dream, DreamRequest
from dream_engine.presets import resolve
from scripts.compare_presets import EXAMPLES, replace_between
from scripts.write_tables import ROOT

THINGS = (
    "jellyfish",
    "goldfish",
    "daisy",
    "peafowl",
    "macaw",
    "monarch butterfly",
    "tabby cat",
    "golden retriever",
    "tiger",
    "castle",
    "coral reef",
    "great grey owl",
    "snail",
    "volcano",
    "lighthouse",
    "strawberry",
    "teapot",
    "sports car",
    "pug",
    "zebra",
)
PHOTOGRAPHS = tuple(example for example in EXAMPLES if example.endswith(".jpg"))
SIZE, SEED = 384, 7
INPUT_SIDE = 224
"""The side in pixels of the pictures on which EfficientNet-Lite0 was trained."""


class Classifier:
    """The classifier of the default backbone."""

    def __init__(self) -> None:
        self._backbone = backbones.get("efficientnet_lite0")
        self._model = self._backbone.load()

    def top(self, content: bytes) -> str:
        """The name of the class that the network finds most probable in a picture's file."""
        picture = Image.open(io.BytesIO(content)).convert("RGB").resize((INPUT_SIDE, INPUT_SIDE))
        values = np.asarray(picture, np.float32)[None] / 127.5 - 1.0
        scores = np.asarray(self._model(self._backbone.prepare(values)))[0]
        return image_classes.all_classes()[int(np.argmax(scores))].name


def main() -> None:
    """Dream every thing out of every photograph, and replace the paragraph in docs/engine.md."""
    dreamer, classifier = Dreamer(), Classifier()
    seen: Counter[str] = Counter()
    for thing in THINGS:
        settings = resolve(classes={thing: 1.0}).replace(size=SIZE, seed=SEED)
        for photograph in PHOTOGRAPHS:
            *_, dream = dreamer.dream(DreamRequest((ROOT / "examples" / photograph).read_bytes(), settings))
            assert isinstance(dream, Dream)
            found = classifier.top(dream.image)
            seen[thing] += found == thing
            print(thing, photograph, found, flush=True)
    pictures = len(PHOTOGRAPHS)
    share = sum(seen.values()) / (len(THINGS) * pictures)
    missed = [f"{thing} ({seen[thing]} of {pictures})" for thing in THINGS if seen[thing] < pictures]
    exceptions = f"; not always for {', '.join(missed)}" if missed else ""
    replace_between(
        "seen things",
        f"Of {len(THINGS)} things out of {pictures} photographs at {SIZE} pixels, the network's own first\n"
        f"guess at the finished dream, shrunk to {INPUT_SIDE} × {INPUT_SIDE}, was the thing in {share:.0%}"
        f"{exceptions}.\n"
        "`python -m scripts.see_things` measures this again.\n",
    )


if __name__ == "__main__":
    main()

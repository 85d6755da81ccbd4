"""The two dreams that the engine and its peers compute."""

from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from pathlib import Path

from PIL import Image

from benchmarks.processes import EXAMPLES
from dream_engine import presets
from dream_engine.settings import DreamSettings

SEED = 7
"""Seeds the jitter of all peers."""


UNCONDITIONED = {
    "octaves": 5,
    "octave_scale": 1.4,
    "iterations": 30,
    "step_size": 0.02,
    "jitter": 64,
    "colour_decorrelation": 0.0,
    "frequency_emphasis": 0.0,
    "soft_range": 0.0,
}
"""The numbers of ``intense`` before its gradient was conditioned. No peer conditions gradients."""


@dataclass(frozen=True)
class Job:
    """A source and a preset.

    Attributes:
        preset: The preset's name.
        backbone: The network's name.
        example: The source's file in ``examples/``.
        shape: The height and width of the resized source, in pixels.
        changes: Settings that replace the preset's.
    """

    preset: str
    backbone: str
    example: str
    shape: tuple[int, int]
    changes: Mapping[str, float] = field(default_factory=dict)

    def settings(self) -> DreamSettings:
        """The preset's settings for the network, with the job's changes."""
        return presets.get(self.preset).settings_for(self.backbone).replace(seed=SEED, **self.changes)

    def write_source(self, path: Path) -> Path:
        """Write the source to a lossless file."""
        return enlarged(self.example, self.shape[::-1], path)


def enlarged(example: str, size: tuple[int, int], path: Path) -> Path:
    """Write an example photograph at a width and a height in pixels."""
    Image.open(EXAMPLES / example).resize(size).save(path, icc_profile=None)
    return path


JOBS = {
    "classic": Job("classic", "inception_v3", "rocket.jpg", (640, 960)),
    "intense": Job("intense", "efficientnet_lite0", "cat.jpg", (341, 512), UNCONDITIONED),
}

LARGE = replace(JOBS["intense"], shape=(640, 960), changes={**UNCONDITIONED, "octaves": 1})
"""The last octave of ``intense`` for a larger picture."""

"""The two dreams that the engine and its peers compute."""

from dataclasses import dataclass
from pathlib import Path

from PIL import Image

from benchmarks.processes import EXAMPLES
from dream_engine import presets
from dream_engine.settings import DreamSettings

SEED = 7
"""Seeds the jitter of all peers."""


@dataclass(frozen=True)
class Job:
    """A source and a preset.

    Attributes:
        preset: The preset's name.
        backbone: The network's name.
        example: The source's file in ``examples/``.
        shape: The height and width of the resized source, in pixels.
    """

    preset: str
    backbone: str
    example: str
    shape: tuple[int, int]

    def settings(self) -> DreamSettings:
        """The preset's settings for the network."""
        return presets.get(self.preset).settings_for(self.backbone).replace(seed=SEED)

    def write_source(self, path: Path) -> Path:
        """Write the source to a lossless file."""
        return enlarged(self.example, self.shape[::-1], path)


def enlarged(example: str, size: tuple[int, int], path: Path) -> Path:
    """Write an example photograph at a width and a height in pixels."""
    Image.open(EXAMPLES / example).resize(size).save(path, icc_profile=None)
    return path


JOBS = {
    "classic": Job("classic", "inception_v3", "rocket.jpg", (640, 960)),
    "intense": Job("intense", "efficientnet_lite0", "cat.jpg", (341, 512)),
}

"""Finds the cuts of a clip."""

import numpy as np
from PIL import Image

from dream_engine.images import Picture

_SIDE = 32
_BINS = 8

_MIN_CHANGE = 0.35
"""The share of the colours that differ between two frames with a cut between them."""

_MIN_DIFFERENCE = 22.0
"""The mean difference in levels of 255 of two frames with a cut between them, at a small size."""


_MAX_CORRELATION = 0.7
"""The correlation of the brightness of two frames, at a small size, above which they show the same."""


class CutDetector:
    """Compares each frame with the one before.

    A cut changes both where things are and which colours there are. A moving camera changes only the first,
    a flash of light only the second.
    """

    def __init__(self) -> None:
        self._small: np.ndarray | None = None
        self._colours: np.ndarray | None = None

    def begins_scene(self, picture: Picture) -> bool:
        """Whether a frame begins a scene; the first frame does."""
        image = Image.fromarray(picture.rgb)
        small = np.asarray(image.resize((_SIDE, _SIDE), Image.Resampling.BOX), np.float32)
        colours = _histogram(np.asarray(image.resize((4 * _SIDE, 4 * _SIDE), Image.Resampling.NEAREST)))
        before, former = self._small, self._colours
        self._small, self._colours = small, colours
        if before is None or former is None:
            return True
        changed = 0.5 * float(np.abs(colours - former).sum())
        difference = float(np.abs(small - before).mean())
        if changed <= _MIN_CHANGE or difference <= _MIN_DIFFERENCE:
            return False
        return _correlation(small.mean(2), before.mean(2)) < _MAX_CORRELATION


def _correlation(one: np.ndarray, other: np.ndarray) -> float:
    """The correlation of two planes; 0 if one is uniform."""
    one, other = one - one.mean(), other - other.mean()
    scale = float(np.sqrt((one**2).sum() * (other**2).sum()))
    return float((one * other).sum()) / scale if scale else 0.0


def _histogram(pixels: np.ndarray) -> np.ndarray:
    """The share of each colour, with eight levels of each channel, smoothed over neighbouring levels."""
    levels = pixels.reshape(-1, 3).astype(np.int32) * _BINS // 256
    index = (levels[:, 0] * _BINS + levels[:, 1]) * _BINS + levels[:, 2]
    counts: np.ndarray = np.bincount(index, minlength=_BINS**3).reshape((_BINS,) * 3).astype(np.float32)
    for axis in range(3):
        padded = np.pad(counts, [(1, 1) if a == axis else (0, 0) for a in range(3)], "edge")
        ends = [padded.take(range(i, i + _BINS), axis) for i in range(3)]
        counts = (ends[0] + 2 * ends[1] + ends[2]) / 4
    shares: np.ndarray = counts.ravel() / counts.sum()
    return shares

"""Frames that show how a dream came about, and frames that turn a source into its dream."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from itertools import pairwise

import numpy as np
from PIL import Image

from dream_engine.compute.frame_dreamer import resized
from dream_engine.pixels import to_values
from dream_engine.shapes import Shape

_COMPARED_SIDE = 128
"""The number of places along the longest side at which changes are measured."""

_BANDS = 5
"""The number of frequency bands that a morph brings in one after the other, from coarse to fine."""

_BAND_SPREAD = 0.5
"""The share of the morph in which one band comes in."""


@dataclass(frozen=True, slots=True)
class Snapshot:
    """The dream after a step.

    Attributes:
        change: The dream minus the source at the octave's size, float16 ``[height, width, 3]``.
    """

    change: np.ndarray

    @classmethod
    def of(cls, image: np.ndarray, source: np.ndarray) -> "Snapshot":
        """Take a snapshot.

        Args:
            image: The octave's picture, float32 ``[height, width, 3]``.
            source: The source, uint8 ``[height, width, 3]``.
        """
        return cls((image - _at_size(source, image.shape[:2])).astype(np.float16))


def growth_frames(
    source: np.ndarray, snapshots: Sequence[Snapshot], dream: np.ndarray, count: int
) -> Iterator[np.ndarray]:
    """Compute frames from the source to the dream, each of which changes as much as the last.

    Args:
        source: uint8 ``[height, width, 3]``.
        snapshots: The snapshots after each step.
        dream: The finished dream, of the source's shape.
        count: The number of frames, at least 2; the first is the source, the last the dream.

    Yields:
        uint8 ``[height, width, 3]``.
    """
    shape: Shape = source.shape[:2]
    values = to_values(source)
    final = Snapshot((to_values(dream) - values).astype(np.float16))
    taken = [Snapshot(np.zeros((2, 2, 3), np.float16)), *snapshots, final]
    positions = _even_positions([_compared(snapshot.change, shape) for snapshot in taken], count)
    for number, position in enumerate(positions):
        if number in (0, count - 1):
            yield dream if number else source
            continue
        before, share = int(position), position - int(position)
        change = _at_full_size(taken[before], shape) * (1 - share)
        if share:
            change += _at_full_size(taken[before + 1], shape) * share
        yield _to_pixels(values + change)


def morph_frames(source: np.ndarray, dream: np.ndarray, count: int) -> Iterator[np.ndarray]:
    """Compute frames that turn the source into the dream, large shapes first, each an equal change.

    Args:
        source: uint8 ``[height, width, 3]``.
        dream: The dream, of the same shape.
        count: The number of frames, at least 2; the first is the source, the last the dream.

    Yields:
        uint8 ``[height, width, 3]``.
    """
    values = to_values(source)
    bands = _bands(to_values(dream) - values)
    times = np.linspace(0, 1, 4 * count)
    compared = [_compared(_mixed(bands, time), source.shape[:2]) for time in times]
    for number, position in enumerate(_even_positions(compared, count)):
        if number in (0, count - 1):
            yield dream if number else source
        else:
            yield _to_pixels(values + _mixed(bands, float(np.interp(position, range(len(times)), times))))


def _even_positions(pictures: Sequence[np.ndarray], count: int) -> np.ndarray:
    """Positions in a sequence of pictures between which the pictures change equally, float64 ``[count]``."""
    changes = [np.abs(later - earlier).mean() for earlier, later in pairwise(pictures)]
    total = np.concatenate([[0.0], np.cumsum(changes, dtype=np.float64)])
    total += np.arange(len(total)) * 1e-9  # interpolation needs increasing numbers
    positions: np.ndarray = np.interp(np.linspace(0, total[-1], count), total, np.arange(len(total)))
    return positions


def _compared(change: np.ndarray, shape: Shape) -> np.ndarray:
    """Sample a change at full size, at the same places for all; an average would lose fine details."""
    step = max(1, max(shape) // _COMPARED_SIDE)
    return _at_full_size(Snapshot(change), shape)[::step, ::step]


def _at_full_size(snapshot: Snapshot, shape: Shape) -> np.ndarray:
    return resized(snapshot.change.astype(np.float32), shape, Image.Resampling.BICUBIC)


def _at_size(source: np.ndarray, shape: Shape) -> np.ndarray:
    return resized(to_values(source), shape)


def _bands(change: np.ndarray) -> list[np.ndarray]:
    """Split a change into frequency bands, the coarsest first; their sum is the change."""
    shape: Shape = change.shape[:2]
    bands, rest = [], change
    for octaves in range(1, _BANDS):
        small: Shape = (max(1, shape[0] >> octaves), max(1, shape[1] >> octaves))
        coarse = resized(resized(change, small), shape, Image.Resampling.BICUBIC)
        bands.append(rest - coarse)
        rest = coarse
    return [rest, *reversed(bands)]


def _mixed(bands: Sequence[np.ndarray], time: float) -> np.ndarray:
    """The sum of the bands as far as they have come in at a time from 0 to 1."""
    mixed = np.zeros_like(bands[0])
    for number, band in enumerate(bands):
        begin = (1 - _BAND_SPREAD) * number / (len(bands) - 1)
        share = min(max((time - begin) / _BAND_SPREAD, 0.0), 1.0)
        if share:
            mixed += np.float32(share * share * (3 - 2 * share)) * band
    return mixed


def _to_pixels(image: np.ndarray) -> np.ndarray:
    pixels: np.ndarray = np.rint((np.clip(image, -1, 1) + 1) * 127.5).astype(np.uint8)
    return pixels

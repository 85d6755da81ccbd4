"""Cuts a picture into tiles whose losses add up to the loss of the whole.

The loss is a sum over positions. Each tile counts the positions of its core and includes a halo around it.
The cores' windows overlap smoothly and add up to one, so the tiles' gradients add up to the picture's.
Every pixel has a gradient at every step, and there are no seams. Only influences from beyond the halo are
lost.

Tiles start at multiples of :data:`ALIGNMENT` and end so that every downsampling in the network falls on the
same pixels as in the whole picture.
"""

import math
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from itertools import pairwise
from typing import Any

import numpy as np

from dream_engine.compute.regions import BORDER, Region
from dream_engine.runtime import tf

ALIGNMENT = 32
"""The largest downsampling of a backbone, in pixels."""

HALO = 64
"""The width of the halo around a tile's core in pixels; at most a sixth of the tile."""

_FEATHER = 32
"""Half the width over which neighbouring cores' windows overlap, in pixels."""


@dataclass(frozen=True)
class Span:
    """One tile's extent along one side of the picture.

    Attributes:
        start: The first pixel.
        stop: The pixel after the last.
        window: float32 ``[stop - start]``: the weight of each pixel, from 0 to 1.
        at_start: Whether the span starts at the picture's start.
        at_stop: Whether the span stops at the picture's end.
    """

    start: int
    stop: int
    window: np.ndarray
    at_start: bool
    at_stop: bool


@dataclass(frozen=True)
class Tile:
    """A tile: a span of rows and a span of columns."""

    rows: Span
    columns: Span

    @property
    def pixels(self) -> int:
        """The number of pixels, halo included."""
        return (self.rows.stop - self.rows.start) * (self.columns.stop - self.columns.start)

    @property
    def edges(self) -> np.ndarray:
        """Whether each edge is the picture's: 1.0 or 0.0 for top, bottom, left, right; float32 ``[4]``."""
        ends = (self.rows.at_start, self.rows.at_stop, self.columns.at_start, self.columns.at_stop)
        return np.array(ends, np.float32)


def spans(length: int, tile: int, shift: float = 0.0) -> list[Span]:
    """Cut one side of a picture into spans.

    Args:
        length: The side in pixels.
        tile: The largest length of a span in pixels.
        shift: The displacement of inner boundaries from an even division, from -1 to 1.

    Returns:
        Spans that cover the side, whose windows add up to one everywhere.
    """
    halo = min(HALO, tile // 6)
    max_core = tile - 2 * halo - 2 * ALIGNMENT
    count = 1 if length <= tile else math.ceil(length / max_core)
    core = length / count
    offset = shift * min(halo, core / 2)
    # All spans have one length at every shift, so that each can reuse the memory of the last.
    min_extent = math.ceil(core) + 2 * halo + ALIGNMENT
    extent = length if count == 1 else min_extent + (length - min_extent) % ALIGNMENT
    inner = [index * core + offset for index in range(1, count)]
    boundaries = [0.0, *inner, float(length)]
    found = []
    for low, high in pairwise(boundaries):
        aligned = math.floor((low - halo) / ALIGNMENT) * ALIGNMENT
        start = min(max(0, aligned), length - extent)
        stop = start + extent
        positions = np.arange(start, stop) + 0.5
        rise = 1.0 if low == 0 else ((positions - low) / (2 * _FEATHER) + 0.5).clip(0.0, 1.0)
        fall = 0.0 if high == length else ((positions - high) / (2 * _FEATHER) + 0.5).clip(0.0, 1.0)
        window = np.broadcast_to(rise - fall, positions.shape).astype(np.float32)
        found.append(Span(start, stop, window, start == 0, stop == length))
    return found


def tiles(height: int, width: int, tile: int, shift: Sequence[float] = (0.0, 0.0)) -> Iterator[Tile]:
    """Cut a picture into tiles; see :func:`spans`."""
    columns = spans(width, tile, shift[1])
    for row in spans(height, tile, shift[0]):
        for column in columns:
            yield Tile(row, column)


class TileWindow(Region):
    """The positions of one tile, weighted by its window, as a share of the whole picture's.

    Args:
        rows: The window along the height, float32 ``[height of the tile]``.
        columns: The window along the width, float32 ``[width of the tile]``.
        edges: The value of :attr:`Tile.edges`.
        picture: The height and width of the whole picture, float32 ``[2]``.
    """

    def __init__(self, rows: Any, columns: Any, edges: Any, picture: Any) -> None:
        self._windows = (rows, columns)
        self._edges = edges
        self._picture = picture

    def shares(self, scores: Any) -> Any:
        """Weight each position by the window, and exclude the picture's own border."""
        return self._shares(scores, BORDER) / tf.cast(tf.shape(scores)[3], tf.float32)

    def position_shares(self, scores: Any) -> Any:
        """Weight each position by the window."""
        return self._shares(scores, 0)

    def _shares(self, scores: Any, border_width: int) -> Any:
        shape = tf.shape(scores)
        rows, height = self._weights(0, shape[1], border_width)
        columns, width = self._weights(1, shape[2], border_width)
        return rows[None, :, None, None] * columns[None, None, :, None] / (height * width)

    def _weights(self, axis: int, count: Any, border_width: int) -> tuple[Any, Any]:
        """The weights of the tile's positions along one side, and the whole picture's number of them."""
        window = self._windows[axis]
        length, positions = tf.cast(tf.size(window), tf.float32), tf.cast(count, tf.float32)
        stride = 2.0 ** tf.round(tf.math.log(length / positions) / np.log(2.0))
        # Unpadded convolutions lose the same number of pixels on both sides; positions are evenly spaced.
        first = (length - stride * (positions - 1.0)) / 2.0
        weights = _sampled(window, first + stride * tf.range(positions))
        number = tf.range(count)
        border = tf.cast(self._edges[2 * axis : 2 * axis + 2], tf.int32) * border_width
        inside = (number >= border[0]) & (number < count - border[1])
        in_picture = positions + (self._picture[axis] - length) / stride
        return weights * tf.cast(inside, tf.float32), in_picture


def _sampled(window: Any, centres: Any) -> Any:
    """Interpolate a window linearly; the centres of its pixels are at 0.5, 1.5 and so on."""
    last = tf.size(window) - 1
    position = tf.clip_by_value(centres - 0.5, 0.0, tf.cast(last, tf.float32))
    before = tf.cast(tf.floor(position), tf.int32)
    after = tf.minimum(before + 1, last)
    fraction = position - tf.floor(position)
    return tf.gather(window, before) * (1.0 - fraction) + tf.gather(window, after) * fraction

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
from functools import lru_cache
from itertools import pairwise
from typing import Any

import numpy as np

from dream_engine.compute.regions import BORDER, Region
from dream_engine.runtime import tf

ALIGNMENT = 32
"""The largest downsampling of a backbone, in pixels."""

HALO = 64
"""The width of the halo around a tile's core in pixels; at most a sixth of the tile."""

_MAX_SHIFT = 16
"""How far a boundary moves from an even division in pixels. Jitter moves it over the picture, too."""

_FEATHER = 32
"""Half the width over which neighbouring cores' windows overlap, in pixels."""

Block = tuple[slice, slice]
"""A rectangle of pixels: its rows and its columns."""


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
    def height(self) -> int:
        """The number of rows, halo included."""
        return self.rows.stop - self.rows.start

    @property
    def width(self) -> int:
        """The number of columns, halo included."""
        return self.columns.stop - self.columns.start

    def blocks(self, height: int, width: int, shift: tuple[int, int]) -> Iterator[tuple[Block, Block]]:
        """Yield each block of pixels in the tile, and its place in a picture that is rolled around its edges.

        Args:
            height: The picture's height in pixels.
            width: Its width in pixels.
            shift: By how many pixels the picture is rolled down and to the right.
        """
        down, right = shift
        for row, row_in_picture in _wrapped(self.rows.start - down, self.height, height):
            for column, column_in_picture in _wrapped(self.columns.start - right, self.width, width):
                yield (row, column), (row_in_picture, column_in_picture)

    @property
    def edges(self) -> np.ndarray:
        """Whether each edge is the picture's: 1.0 or 0.0 for top, bottom, left, right; float32 ``[4]``."""
        ends = (self.rows.at_start, self.rows.at_stop, self.columns.at_start, self.columns.at_stop)
        return np.array(ends, np.float32)


def _wrapped(start: int, count: int, length: int) -> Iterator[tuple[slice, slice]]:
    """Divide positions that continue at the other end of a side: their slices, and those of the side."""
    done = 0
    while done < count:
        begin = (start + done) % length
        taken = min(count - done, length - begin)
        yield slice(done, done + taken), slice(begin, begin + taken)
        done += taken


def spans(length: int, count: int, shift: float = 0.0, halo: int = HALO) -> list[Span]:
    """Cut one side of a picture into spans of one length.

    Args:
        length: The side in pixels.
        count: How many spans cover it.
        shift: The displacement of inner boundaries from an even division, from -1 to 1.
        halo: The width of the halo in pixels.

    Returns:
        Spans that cover the side, whose windows add up to one everywhere.
    """
    extent, core = _extent(length, count, halo), length / count
    offset = shift * min(_MAX_SHIFT, core / 2)
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


@lru_cache(maxsize=256)
def grid(height: int, width: int, tile: int) -> tuple[int, int]:
    """Choose the rows and columns of tiles with which the tiles have the fewest pixels in all.

    Args:
        height: The picture's height in pixels.
        width: Its width in pixels.
        tile: No tile has more than tile × tile pixels.
    """
    if height * width <= tile**2:
        return 1, 1
    halo = _halo(tile)
    rows, columns = (_extents(side, halo) for side in (height, width))
    fitting = (
        (row_count * row * column_count * column, row_count, column_count)
        for row_count, row in rows.items()
        for column_count, column in columns.items()
        if row * column <= tile**2
    )
    _, row_count, column_count = min(fitting)
    return row_count, column_count


def tiles(height: int, width: int, tile: int, shift: Sequence[float] = (0.0, 0.0)) -> Iterator[Tile]:
    """Cut a picture into tiles of one size, so that each can reuse the memory of the last.

    Args:
        height: The picture's height in pixels.
        width: Its width in pixels.
        tile: No tile has more than tile × tile pixels.
        shift: The displacement of inner boundaries along the height and the width; see :func:`spans`.
    """
    row_count, column_count = grid(height, width, tile)
    columns = spans(width, column_count, shift[1], _halo(tile))
    for row in spans(height, row_count, shift[0], _halo(tile)):
        for column in columns:
            yield Tile(row, column)


def _halo(tile: int) -> int:
    return min(HALO, tile // 6)


def _extent(length: int, count: int, halo: int) -> int:
    """The length of a span with its halo, at every shift."""
    if count == 1:
        return length
    core = length / count
    # A span at the picture's edge has one halo and no loss by alignment; one between others has two.
    needed = math.ceil(core) + (halo + _MAX_SHIFT if count == 2 else 2 * halo + ALIGNMENT)
    return min(length, needed + (length - needed) % ALIGNMENT)


def _extents(length: int, halo: int) -> dict[int, int]:
    """The lengths of spans by their number, while the cores are wider than a window's rise and fall."""
    counts = range(1, max(2, length // (2 * _FEATHER + 1)))
    return {count: _extent(length, count, halo) for count in counts}


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

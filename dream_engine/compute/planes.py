"""Samples, averages and resizes planes of numbers, as the estimation of the optical flow needs them."""

import numpy as np
from PIL import Image

from dream_engine.shapes import Shape


def sample(plane: np.ndarray, motion: np.ndarray) -> np.ndarray:
    """Move a plane along a flow, interpolated bilinearly; it is continued beyond its border.

    Args:
        plane: float32 ``[height, width]``.
        motion: float32 ``[2, height, width]``: the distances down and right to the place to take.
    """
    height, width = plane.shape
    rows, columns = _places(motion)
    np.clip(rows, 0, height - 1, out=rows)
    np.clip(columns, 0, width - 1, out=columns)
    top = np.minimum(rows.astype(np.intp), max(0, height - 2))
    left = np.minimum(columns.astype(np.intp), max(0, width - 2))
    rows -= top  # in place, which stays float32
    columns -= left
    flat, start = plane.ravel(), top * width + left
    upper: np.ndarray = flat.take(start)
    lower: np.ndarray = flat.take(start + width)
    upper += (flat.take(start + 1) - upper) * columns
    lower += (flat.take(start + width + 1) - lower) * columns
    lower -= upper
    lower *= rows
    lower += upper
    return lower


def inside(motion: np.ndarray) -> np.ndarray:
    """Whether each pixel's former place lies in the frame, bool ``[height, width]``.

    Args:
        motion: float32 ``[2, height, width]``.
    """
    height, width = motion.shape[1:]
    rows, columns = _places(motion)
    found: np.ndarray = (rows >= 0) & (rows <= height - 1) & (columns >= 0) & (columns <= width - 1)
    return found


def _places(motion: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
    """The rows and the columns to which a flow leads."""
    height, width = motion.shape[1:]
    rows = motion[0] + np.arange(height, dtype=np.float32)[:, None]
    columns = motion[1] + np.arange(width, dtype=np.float32)
    return rows, columns


def window_mean(planes: np.ndarray, radius: int) -> np.ndarray:
    """The mean of the square window around each pixel; windows are cut off at the border."""
    for axis in (-2, -1):
        planes = _window_sums(planes, radius, axis)
        places = np.arange(planes.shape[axis])
        counts = np.minimum(places + radius, places[-1]) - np.maximum(places - radius, 0) + 1
        planes *= (1 / counts).astype(np.float32).reshape((-1, 1) if axis == -2 else -1)
    return planes


def _window_sums(planes: np.ndarray, radius: int, axis: int) -> np.ndarray:
    """The sums of windows along an axis, from sums of 2, 4, 8 and so on neighbours."""
    length = planes.shape[axis]
    shape = list(planes.shape)
    shape[axis] += 2 * radius
    sums = np.zeros(shape, np.float32)
    _part(sums, axis, radius, radius + length)[...] = planes
    total = np.zeros_like(planes, np.float32)
    start, width, rest = 0, 1, 2 * radius + 1
    while rest:
        if rest & 1:
            total += _part(sums, axis, start, start + length)
            start += width
        rest >>= 1
        if rest:
            end = sums.shape[axis] - width
            sums = _part(sums, axis, 0, end) + _part(sums, axis, width, end + width)
            width *= 2
    return total


def _part(planes: np.ndarray, axis: int, start: int, stop: int) -> np.ndarray:
    """Some of the rows (axis -2) or of the columns (axis -1)."""
    return planes[..., start:stop, :] if axis == -2 else planes[..., start:stop]


def median_of_five(planes: np.ndarray) -> np.ndarray:
    """The median of five: each pixel and its neighbours two pixels away."""
    height, width = planes.shape[-2:]
    padded = np.pad(planes, ((0, 0), (2, 2), (2, 2)), "edge")
    above, below = padded[:, :height, 2:-2], padded[:, 4:, 2:-2]
    left, right = padded[:, 2:-2, :width], padded[:, 2:-2, 4:]
    low = np.maximum(np.minimum(above, below), np.minimum(left, right))
    high = np.minimum(np.maximum(above, below), np.maximum(left, right))
    median: np.ndarray = np.maximum(np.minimum(planes, low), np.minimum(np.maximum(planes, low), high))
    return median


def resized_plane(plane: np.ndarray, shape: Shape) -> np.ndarray:
    """Resize a plane bilinearly, antialiased where it shrinks."""
    if plane.shape == shape:
        return plane
    scaled: np.ndarray = np.asarray(Image.fromarray(plane).resize(shape[::-1], Image.Resampling.BILINEAR))
    return scaled

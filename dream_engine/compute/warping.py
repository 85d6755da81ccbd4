"""Moves pictures along an optical flow."""

import numpy as np

_SPLINE_POLE = np.float32(np.sqrt(3.0) - 2.0)
_SPLINE_TERMS = 12
"""The terms of the sum with which the recursive filter begins; further ones are below float32's precision."""

_MAX_SHARPENING = 0.2
"""The largest share by which the contrast of the finest details is raised after a picture is moved."""


def warp(picture: np.ndarray, motion: np.ndarray) -> np.ndarray:
    """Move a picture along a flow, and keep its sharpness.

    It is interpolated by cubic B-splines (Unser, "Splines: A Perfect Fit for Signal and Image Processing",
    1999), and mirrored at the border. What interpolation blurs is restored by as much contrast of the finest
    details as was lost.

    Args:
        picture: float32 ``[height, width, channels]``.
        motion: float32 ``[height, width, 2]``: the distance to the place from which each pixel is taken.
    """
    moved = _interpolated(_spline_coefficients(picture), motion)
    details = moved - _softened(moved)
    before = np.abs(picture - _softened(picture)).mean(dtype=np.float64)
    after = np.abs(details).mean(dtype=np.float64)
    if after:
        moved += np.float32(np.clip(before / after - 1, 0, _MAX_SHARPENING)) * details
    return moved


def _interpolated(coefficients: np.ndarray, motion: np.ndarray) -> np.ndarray:
    height, width, channels = coefficients.shape
    rows, columns = places(motion)
    top, left = np.floor(rows), np.floor(columns)
    down, across = _spline_weights(rows - top), _spline_weights(columns - left)
    flat = coefficients.reshape(-1, channels)
    row_starts = [_mirrored(top.astype(np.int32) + i, height) * width for i in range(-1, 3)]
    column_indices = [_mirrored(left.astype(np.int32) + i, width) for i in range(-1, 3)]
    moved = np.zeros_like(coefficients)
    for row_start, row_weight in zip(row_starts, down, strict=True):
        for column, column_weight in zip(column_indices, across, strict=True):
            taken = np.take(flat, row_start + column, axis=0)
            taken *= (row_weight * column_weight)[..., None]
            moved += taken
    return moved


def _mirrored(indices: np.ndarray, length: int) -> np.ndarray:
    """Mirror indices at the first and the last pixel; those that are far outside end at the border."""
    indices = np.abs(indices)
    mirrored: np.ndarray = np.clip(np.minimum(indices, 2 * (length - 1) - indices), 0, length - 1)
    return mirrored


def _spline_coefficients(picture: np.ndarray) -> np.ndarray:
    """The coefficients of the cubic B-spline through a picture's pixels, by recursive filters."""
    coefficients = picture.astype(np.float32)
    for _ in range(2):
        coefficients = np.ascontiguousarray(np.swapaxes(coefficients, 0, 1))
        terms = np.arange(_SPLINE_TERMS)
        powers = (_SPLINE_POLE ** terms.astype(np.float32))[:, None, None]
        coefficients[0] = (coefficients[_mirrored(terms, len(coefficients))] * powers).sum(0)
        for row in range(1, len(coefficients)):
            coefficients[row] += _SPLINE_POLE * coefficients[row - 1]
        last = coefficients[-1] + _SPLINE_POLE * coefficients[-2]
        coefficients[-1] = _SPLINE_POLE / (_SPLINE_POLE**2 - 1) * last
        for row in range(len(coefficients) - 2, -1, -1):
            coefficients[row] = _SPLINE_POLE * (coefficients[row + 1] - coefficients[row])
        coefficients *= 6
    return coefficients


def _softened(picture: np.ndarray) -> np.ndarray:
    """Blur a picture by one pixel."""
    padded = np.pad(picture, ((1, 1), (1, 1), (0, 0)), "edge")
    padded = padded[:-2] + 2 * padded[1:-1] + padded[2:]
    softened: np.ndarray = (padded[:, :-2] + 2 * padded[:, 1:-1] + padded[:, 2:]) / 16
    return softened


def places(motion: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
    """The rows and the columns from which each pixel is taken, float32 ``[height, width]`` each."""
    height, width = motion.shape[:2]
    rows = motion[..., 0] + np.arange(height, dtype=np.float32)[:, None]
    columns = motion[..., 1] + np.arange(width, dtype=np.float32)
    return rows, columns


def _spline_weights(fraction: np.ndarray) -> list[np.ndarray]:
    """The weights of the four coefficients around a place, for the fraction between the middle two."""
    rest = 1 - fraction
    return [
        rest**3 / 6,
        2 / 3 - fraction**2 + fraction**3 / 2,
        2 / 3 - rest**2 + rest**3 / 2,
        fraction**3 / 6,
    ]

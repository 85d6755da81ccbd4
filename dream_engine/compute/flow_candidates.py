"""Finds candidates for an optical flow, and chooses between them for each pixel.

The refinement of a flow only finds small corrections. Larger motion is found here: by comparing coarse frames
at every shift, and by phase correlation (Kuglin and Hines, "The Phase Correlation Image Alignment Method",
1975), which repeated patterns do not mislead.
"""

from collections.abc import Sequence

import numpy as np
from numpy.lib.stride_tricks import sliding_window_view

from dream_engine.compute.planes import inside, sample, window_mean

_REACH = 5
"""The largest shift at which coarse frames are compared, in pixels of the coarsest level."""

_LARGEST = 40.0
"""Differences above this, in levels of 255, count as this: they are occlusions."""

_OUTSIDE = 12.0
"""The difference that counts where a flow leads out of the frame, in levels of 255."""

_DISTANCE = 0.3
"""What each pixel of a shift adds to its cost, in levels of 255: of equal shifts, the shortest is chosen."""

_NEIGHBOUR = 4
"""The distance of the neighbours whose flow a pixel can take over, in pixels."""

_COST_RADIUS = 2
_BETTER, _BETTER_BY = 0.9, 0.1
"""The share of a flow's cost, and the levels of 255, below which another flow's cost replaces it."""

_CAMERA_BONUS = 0.3
"""The levels of 255 by which the camera's flow may be worse; it is less noisy than a pixel's own."""

_FITS, _FIT_POINTS = 6, 24
_FIRST_SCALE, _SCALE_FACTOR, _LAST_SCALE = 4.0, 1.6, 0.5
"""The gap in pixels at which a point counts a quarter, in the first fit, its fall, and its end."""

_SHIFTS = 2
"""The number of peaks of the phase correlation that are tried."""

_PEAK_RADIUS = 2


def correlated_shifts(now: np.ndarray, before: np.ndarray) -> list[tuple[float, float]]:
    """Find the shifts of the whole frame, or of large parts of it, by phase correlation.

    Args:
        now: float32 ``[height, width]``.
        before: The frame before, of the same shape.

    Returns:
        The distances down and right to the former place, in whole pixels, the likeliest first.
    """
    height, width = now.shape
    window = np.hanning(height + 2)[1:-1, None] * np.hanning(width + 2)[1:-1]
    spectrum, former = (np.fft.rfft2((frame - frame.mean()) * window) for frame in (now, before))
    product = np.conj(spectrum) * former
    correlation = np.fft.irfft2(product / (np.abs(product) + 1e-3), s=now.shape)
    shifts = []
    for _ in range(_SHIFTS):
        row, column = divmod(int(correlation.argmax()), width)
        down = row - height if row > height // 2 else row
        right = column - width if column > width // 2 else column
        shifts.append((float(down), float(right)))
        near = range(-_PEAK_RADIUS, _PEAK_RADIUS + 1)
        correlation[np.ix_([(row + i) % height for i in near], [(column + i) % width for i in near])] = 0
    return shifts


def matched(now: np.ndarray, before: np.ndarray) -> np.ndarray:
    """Find the shift at which the surroundings of each pixel resemble the frame before most.

    Args:
        now: float32 ``[height, width]``.
        before: The frame before, of the same shape.

    Returns:
        The flow in whole pixels, float32 ``[2, height, width]``.
    """
    height, width = now.shape
    reach = min(_REACH, height // 2, width // 2)
    shifts = np.arange(-reach, reach + 1, dtype=np.float32)
    padded = np.pad(before, reach, constant_values=np.nan)
    differences = np.abs(now - sliding_window_view(padded, (height, width)))
    np.nan_to_num(differences, copy=False, nan=_OUTSIDE)
    np.minimum(differences, _LARGEST, out=differences)
    costs = window_mean(differences, 1) + window_mean(differences, 3)
    costs += _DISTANCE * np.hypot(shifts[:, None], shifts)[..., None, None]
    best = costs.reshape(-1, height, width).argmin(0)
    return np.stack([shifts[best // len(shifts)], shifts[best % len(shifts)]])


def chosen(
    now: np.ndarray,
    before: np.ndarray,
    motion: np.ndarray,
    shifts: Sequence[tuple[float, float]] = (),
) -> np.ndarray:
    """Give each pixel another flow where that explains its surroundings better.

    The other flows are the camera's, those of the pixel's neighbours, and shifts of the whole frame.

    Args:
        now: float32 ``[height, width]``.
        before: The frame before, of the same shape.
        motion: float32 ``[2, height, width]``.
        shifts: Distances down and right in pixels.
    """
    best, cost = motion.copy(), _cost(now, before, motion)
    camera = _camera(motion)
    of_camera = _cost(now, before, camera)
    _take(best, cost, camera, of_camera, of_camera < cost + _CAMERA_BONUS)
    others = _neighbours(best)
    others += [np.broadcast_to(np.array(shift, np.float32)[:, None, None], best.shape) for shift in shifts]
    for other in others:
        of_other = _cost(now, before, other)
        _take(best, cost, other, of_other, of_other < cost * _BETTER - _BETTER_BY)
    return best


def _take(
    best: np.ndarray, cost: np.ndarray, other: np.ndarray, of_other: np.ndarray, better: np.ndarray
) -> None:
    """Replace a flow and its cost, in place, where another flow is better."""
    np.copyto(best, other, where=better)
    np.copyto(cost, of_other, where=better)


def _cost(now: np.ndarray, before: np.ndarray, motion: np.ndarray) -> np.ndarray:
    """The mean difference of a pixel's surroundings from the place where a flow leads."""
    differences = np.minimum(np.abs(now - sample(before, motion)), _LARGEST)
    np.copyto(differences, np.float32(_OUTSIDE), where=~inside(motion))
    return window_mean(differences, _COST_RADIUS)


def _neighbours(motion: np.ndarray) -> list[np.ndarray]:
    """The flows of the neighbours above, below, left and right."""
    flows = []
    for axis in (1, 2):
        places = np.arange(motion.shape[axis])
        shifted = [np.clip(places + step, 0, places[-1]) for step in (-_NEIGHBOUR, _NEIGHBOUR)]
        flows += [motion.take(indices, axis) for indices in shifted]
    return flows


def _camera(motion: np.ndarray) -> np.ndarray:
    """The affine flow that fits most of a flow, by iteratively reweighted least squares."""
    height, width = motion.shape[1:]
    step = max(1, height // _FIT_POINTS)
    sparse = motion[:, ::step, ::step].reshape(2, -1).T.astype(np.float64)
    rows, columns = np.mgrid[:height:step, :width:step]
    places = np.stack([np.ones(rows.size), rows.ravel() / height - 0.5, columns.ravel() / width - 0.5], 1)
    flow = np.zeros((3, 2))
    flow[0] = np.median(sparse, 0)
    scale = _FIRST_SCALE
    for _ in range(_FITS):
        gaps = np.square(sparse - places @ flow).sum(1)
        weighted = places * (1 / (1 + gaps / scale**2) ** 2)[:, None]
        flow = np.linalg.solve(weighted.T @ places + 1e-3 * np.eye(3), weighted.T @ sparse)
        scale = max(_LAST_SCALE, scale / _SCALE_FACTOR)
    down = (np.arange(height) / height - 0.5)[:, None]
    across = np.arange(width) / width - 0.5
    camera = [flow[0, axis] + flow[1, axis] * down + flow[2, axis] * across for axis in range(2)]
    return np.stack(camera).astype(np.float32)

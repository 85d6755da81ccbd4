"""Estimates the optical flow between two frames.

The flow is Lucas and Kanade's, "An Iterative Image Registration Technique" (1981), dense and from coarse to
fine. Its reliability is checked as by Ruder, Dosovitskiy and Brox, "Artistic Style Transfer for Videos"
(2016).
"""

from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass

import numpy as np
from PIL import Image

from dream_engine.compute.warping import places
from dream_engine.shapes import Shape

_LUMA = np.array([0.299, 0.587, 0.114], np.float32)
_COARSEST_SIDE = 24
"""The shortest side of the coarsest level of the pyramid, in pixels."""

_RADIUS = 4
"""Half the side of the windows in which the flow is constant, in pixels."""

_SMOOTHING_RADIUS = 8
_SMOOTHING = 4.0
"""The confidence, in squared levels of 255, at which a window's own flow counts as much as that nearby."""

_OUTLIER = 8.0
"""The difference in levels of 255 at which a pixel counts half."""

_ITERATIONS = 3
_MIN_CONTRAST = 1.0
"""Regularises windows without structure, in squared levels of 255."""

_SPECK_RADIUS = 3
"""Where most of the window of this radius is reliable, specks in it are, too."""

_MAX_FLASH = 3.0
"""The largest factor by which the contrast of a frame is matched to the next frame's."""

_MAX_STEP = 1.5
"""The largest correction of the flow in one iteration, in pixels."""


@dataclass(frozen=True, slots=True)
class Flow:
    """Where each pixel of a frame was in the frame before.

    Attributes:
        motion: float32 ``[height, width, 2]``: the distance down and right to the pixel's former place.
        reliability: float32 ``[height, width]`` from 0 to 1: whether the pixel was visible, and is found;
            also 1 where it was outside of the frame before.
        inside: bool ``[height, width]``: whether the pixel was inside the frame before.
    """

    motion: np.ndarray
    reliability: np.ndarray
    inside: np.ndarray


def estimate_flow(frame: np.ndarray, previous: np.ndarray, side: int) -> Flow:
    """Estimate the flow from a frame back to the frame before.

    Args:
        frame: uint8 ``[height, width, 3]``.
        previous: The frame before, of the same shape.
        side: The longest side in pixels at which the flow is computed.
    """
    shape: Shape = frame.shape[:2]
    scale = min(1.0, side / max(shape))
    small: Shape = (max(2, round(shape[0] * scale)), max(2, round(shape[1] * scale)))
    now = _grey(frame, small)
    before = _with_brightness_of(_grey(previous, small), now)
    pyramids = list(_pyramid(now, before))
    with ThreadPoolExecutor(2) as threads:  # NumPy releases Python's lock
        swapped = threads.submit(_dense_flow, [(earlier, later) for later, earlier in pyramids])
        back = _dense_flow(pyramids)
        forth = swapped.result()
    reliability = _reliability(back, forth, now, before)
    factors = np.array([shape[0] / small[0], shape[1] / small[1]], np.float32)
    motion = np.dstack([_resized(back[..., axis], shape) * factors[axis] for axis in range(2)])
    return Flow(motion, np.clip(_resized(reliability, shape), 0, 1), _inside(motion))


def _grey(frame: np.ndarray, shape: Shape) -> np.ndarray:
    image = Image.fromarray(frame)
    if frame.shape[:2] != shape:
        image = image.resize(shape[::-1], Image.Resampling.BILINEAR)
    grey: np.ndarray = np.asarray(image, np.float32) @ _LUMA
    return grey


def _with_brightness_of(before: np.ndarray, now: np.ndarray) -> np.ndarray:
    """Give a frame the mean and the contrast of the next, so that a flash does not look like motion."""
    contrast = np.clip(now.std() / max(float(before.std()), 1e-3), 1 / _MAX_FLASH, _MAX_FLASH)
    matched: np.ndarray = ((before - before.mean()) * contrast + now.mean()).astype(np.float32)
    return matched


def _pyramid(now: np.ndarray, before: np.ndarray) -> Iterator[tuple[np.ndarray, np.ndarray]]:
    """Yield both frames at each level, the finest first."""
    yield now, before
    while min(now.shape) >= 2 * _COARSEST_SIDE:
        shape = ((now.shape[0] + 1) // 2, (now.shape[1] + 1) // 2)
        now, before = _resized(now, shape), _resized(before, shape)
        yield now, before


def _dense_flow(pyramid: list[tuple[np.ndarray, np.ndarray]]) -> np.ndarray:
    """The flow from the first to the second picture of each level, refined from coarse to fine."""
    motion = np.zeros((*pyramid[-1][0].shape, 2), np.float32)
    for now, before in reversed(pyramid):
        if motion.shape[:2] != now.shape:
            factors = [now.shape[axis] / motion.shape[axis] for axis in range(2)]
            motion = np.dstack([_resized(motion[..., axis], now.shape) * factors[axis] for axis in range(2)])
        motion = _refine(now, before, motion)
    return motion


def _refine(now: np.ndarray, before: np.ndarray, motion: np.ndarray) -> np.ndarray:
    """Correct a flow at one level of the pyramid."""
    down, across = np.gradient(now)
    for _ in range(_ITERATIONS):
        change = now - _sample(before, motion)
        weight = _inside(motion) / (1 + (change / _OUTLIER) ** 2)
        weighted_down, weighted_across = down * weight, across * weight
        a = _mean(weighted_down * down, _RADIUS) + _MIN_CONTRAST
        b = _mean(weighted_down * across, _RADIUS)
        c = _mean(weighted_across * across, _RADIUS) + _MIN_CONTRAST
        p, q = _mean(weighted_down * change, _RADIUS), _mean(weighted_across * change, _RADIUS)
        determinant = a * c - b * b
        step = np.dstack([(c * p - b * q) / determinant, (a * q - b * p) / determinant])
        motion = motion + np.clip(step, -_MAX_STEP, _MAX_STEP)
        motion = _smoothed(motion, determinant / (a + c))
    refined: np.ndarray = motion.astype(np.float32, copy=False)
    return refined


def _smoothed(motion: np.ndarray, confidence: np.ndarray) -> np.ndarray:
    """Where there is little structure, take over the flow of the structure nearby."""
    total = _mean(confidence, _SMOOTHING_RADIUS)
    planes = []
    for axis in range(2):
        nearby = _mean(confidence * motion[..., axis], _SMOOTHING_RADIUS) / total
        mixed = (confidence * motion[..., axis] + _SMOOTHING * nearby) / (confidence + _SMOOTHING)
        planes.append(_median(mixed))
    return np.dstack(planes)


def _inside(motion: np.ndarray) -> np.ndarray:
    """Whether each pixel's former place lies in the frame."""
    rows, columns = places(motion)
    height, width = motion.shape[:2]
    inside: np.ndarray = (rows >= 0) & (rows <= height - 1) & (columns >= 0) & (columns <= width - 1)
    return inside


def _reliability(back: np.ndarray, forth: np.ndarray, now: np.ndarray, before: np.ndarray) -> np.ndarray:
    """1 where the flow there and back ends where it began, and is not a motion boundary; else 0."""
    returned = np.dstack([_sample(forth[..., axis], back) for axis in range(2)])
    gap = np.sum((back + returned) ** 2, axis=2)
    moved = np.sum(back**2, axis=2) + np.sum(returned**2, axis=2)
    consistent = gap < 0.01 * moved + 0.5
    bend = sum(np.sum(np.square(np.gradient(back[..., axis])), axis=0) for axis in range(2))
    smooth = bend < 0.01 * np.sum(back**2, axis=2) + 0.02
    similar = np.abs(now - _sample(before, back)) < 24
    # Beyond the border, the dream is mirrored, and need not be found.
    found = (consistent & smooth & similar | ~_inside(back)).astype(np.float32)
    return _blurred((_mean(found, _SPECK_RADIUS) > 0.5).astype(np.float32))


def _sample(plane: np.ndarray, motion: np.ndarray) -> np.ndarray:
    """Move a plane along a flow, interpolated bilinearly."""
    height, width = plane.shape
    rows, columns = places(motion)
    rows, columns = np.clip(rows, 0, height - 1), np.clip(columns, 0, width - 1)
    top = np.minimum(rows.astype(np.int32), max(0, height - 2))
    left = np.minimum(columns.astype(np.int32), max(0, width - 2))
    down, across = rows - top, columns - left
    flat, start = plane.ravel(), top * width + left
    upper = flat[start] + (flat[start + 1] - flat[start]) * across
    lower = flat[start + width] + (flat[start + width + 1] - flat[start + width]) * across
    sampled: np.ndarray = upper + (lower - upper) * down
    return sampled


def _mean(plane: np.ndarray, radius: int) -> np.ndarray:
    """The mean of the square window around each pixel; windows are cut off at the border."""
    for axis in range(2):
        length = plane.shape[axis]
        sums = np.cumsum(plane, axis=axis, dtype=np.float64)
        sums = np.concatenate([np.zeros_like(sums.take([0], axis)), sums], axis)
        high = np.minimum(np.arange(length) + radius + 1, length)
        low = np.maximum(np.arange(length) - radius, 0)
        counts = (high - low).reshape([-1, 1] if axis == 0 else [1, -1])
        plane = (sums.take(high, axis) - sums.take(low, axis)) / counts
    return plane.astype(np.float32)


def _median(plane: np.ndarray) -> np.ndarray:
    """The median of five: each pixel and its neighbours two pixels away."""
    padded = np.pad(plane, 2, "edge")
    height, width = plane.shape
    parts = [
        padded[2:-2, 2:-2],
        padded[:height, 2:-2],
        padded[4:, 2:-2],
        padded[2:-2, :width],
        padded[2:-2, 4:],
    ]
    middle: np.ndarray = np.partition(np.stack(parts), 2, axis=0)[2]
    return middle


def _blurred(plane: np.ndarray) -> np.ndarray:
    """Fade a plane out towards its zeros."""
    blurred: np.ndarray = np.minimum(_mean(plane, 2), plane)
    return blurred


def _resized(plane: np.ndarray, shape: Shape) -> np.ndarray:
    if plane.shape == shape:
        return plane
    scaled: np.ndarray = np.asarray(Image.fromarray(plane).resize(shape[::-1], Image.Resampling.BILINEAR))
    return scaled

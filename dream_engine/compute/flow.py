"""Estimates the optical flow between two frames.

The flow is Lucas and Kanade's, "An Iterative Image Registration Technique" (1981), dense and from coarse to
fine; it begins from candidates, so that it also finds large motion. Its reliability is checked as by Ruder,
Dosovitskiy and Brox, "Artistic Style Transfer for Videos" (2016).
"""

from collections.abc import Iterator, Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass

import numpy as np
from PIL import Image

from dream_engine.compute.flow_candidates import chosen, correlated_shifts, matched
from dream_engine.compute.planes import inside, median_of_five, resized_plane, sample, window_mean
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

_LARGEST = 40.0
"""Differences above this, in levels of 255, count as this when shifts are compared: they are occlusions."""

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
    now, before = _grey(frame, small), _grey(previous, small)
    shifts = _shifts(now, before)
    before = _with_brightness_of(before, now, shifts)
    pyramid = list(_pyramid(now, before))
    swapped = [(earlier, later) for later, earlier in pyramid]
    with ThreadPoolExecutor(2) as threads:  # NumPy releases Python's lock
        other = threads.submit(_dense_flow, swapped, -shifts)
        back = _dense_flow(pyramid, shifts)
        forth = other.result()
    reliability = _reliability(back, forth, now, before)
    motion = _enlarged(back, shape)
    return Flow(
        np.ascontiguousarray(np.moveaxis(motion, 0, 2)),
        np.clip(resized_plane(reliability, shape), 0, 1),
        inside(motion),
    )


def _grey(frame: np.ndarray, shape: Shape) -> np.ndarray:
    image = Image.fromarray(frame)
    if frame.shape[:2] != shape:
        image = image.resize(shape[::-1], Image.Resampling.BILINEAR)
    grey: np.ndarray = np.asarray(image, np.float32) @ _LUMA
    return grey


def _with_brightness_of(before: np.ndarray, now: np.ndarray, shifts: np.ndarray) -> np.ndarray:
    """Give a frame the mean and the contrast of the next, so that a flash does not look like motion.

    Only what both frames show is compared, or a camera that leaves a bright sky would look like a flash. Of
    the likely shifts and of none, the one after which the frames differ least tells what both show.
    """
    best, least = before, np.inf
    for shift in (np.zeros(2), *shifts):
        down, right = (
            int(np.clip(round(by), -side // 2, side // 2)) for by, side in zip(shift, now.shape, strict=True)
        )
        seen, former = _overlap(now, -down, -right), _overlap(before, down, right)
        contrast = np.clip(seen.std() / max(float(former.std()), 1e-3), 1 / _MAX_FLASH, _MAX_FLASH)
        candidate = ((before - former.mean()) * contrast + seen.mean()).astype(np.float32)
        differences = np.abs(seen - _overlap(candidate, down, right))
        difference = np.minimum(differences, _LARGEST).mean()
        if difference < least:
            best, least = candidate, difference
    return best


def _overlap(frame: np.ndarray, down: int, right: int) -> np.ndarray:
    """The part of a frame that starts at a distance down and right, or ends at one up and left."""
    height, width = frame.shape
    part: np.ndarray = frame[max(0, down) : height + min(0, down), max(0, right) : width + min(0, right)]
    return part


def _pyramid(now: np.ndarray, before: np.ndarray) -> Iterator[tuple[np.ndarray, np.ndarray]]:
    """Yield both frames at each level, the finest first."""
    yield now, before
    while min(now.shape) >= 2 * _COARSEST_SIDE:
        shape = ((now.shape[0] + 1) // 2, (now.shape[1] + 1) // 2)
        now, before = resized_plane(now, shape), resized_plane(before, shape)
        yield now, before


def _shifts(now: np.ndarray, before: np.ndarray) -> np.ndarray:
    """Likely shifts of the whole frame in pixels, the likeliest first, float64 ``[count, 2]``."""
    half = ((now.shape[0] + 1) // 2, (now.shape[1] + 1) // 2)
    shifts = correlated_shifts(resized_plane(now, half), resized_plane(before, half))
    return np.array(shifts) * np.divide(now.shape, half)


def _dense_flow(pyramid: Sequence[tuple[np.ndarray, np.ndarray]], shifts: np.ndarray) -> np.ndarray:
    """The flow from the first to the second picture of each level, refined from coarse to fine."""
    finest = pyramid[0][0].shape
    motion = matched(*pyramid[-1])
    for number, (now, before) in reversed(list(enumerate(pyramid))):
        if motion.shape[1:] != now.shape:
            motion = _enlarged(motion, now.shape)
        ratios = [now.shape[axis] / finest[axis] for axis in range(2)]
        motion = chosen(now, before, motion, shifts * ratios if number else ())
        motion = _refine(now, before, motion)
    return chosen(*pyramid[0], motion)


def _enlarged(motion: np.ndarray, shape: Shape) -> np.ndarray:
    """Resize a flow, whose distances grow with the frame."""
    factors = [np.float32(shape[axis] / motion.shape[axis + 1]) for axis in range(2)]
    return np.stack([resized_plane(motion[axis], shape) * factors[axis] for axis in range(2)])


def _refine(now: np.ndarray, before: np.ndarray, motion: np.ndarray) -> np.ndarray:
    """Correct a flow at one level of the pyramid."""
    down, across = np.gradient(now)
    products = np.stack([down * down, down * across, across * across])
    for _ in range(_ITERATIONS):
        change = now - sample(before, motion)
        weight = inside(motion) / (1 + (change / _OUTLIER) ** 2)
        weighted = change * weight
        sums = window_mean(np.concatenate([products * weight, [down * weighted, across * weighted]]), _RADIUS)
        a, b, c, p, q = sums
        a, c = a + _MIN_CONTRAST, c + _MIN_CONTRAST
        determinant = a * c - b * b
        step = np.stack([c * p - b * q, a * q - b * p]) / determinant
        motion = motion + np.clip(step, -_MAX_STEP, _MAX_STEP)
        motion = _smoothed(motion, determinant / (a + c))
    return motion


def _smoothed(motion: np.ndarray, confidence: np.ndarray) -> np.ndarray:
    """Where there is little structure, take over the flow of the structure nearby."""
    sums = window_mean(np.concatenate([confidence * motion, confidence[None]]), _SMOOTHING_RADIUS)
    nearby = sums[:2] / sums[2]
    mixed = (confidence * motion + _SMOOTHING * nearby) / (confidence + _SMOOTHING)
    return median_of_five(mixed)


def _reliability(back: np.ndarray, forth: np.ndarray, now: np.ndarray, before: np.ndarray) -> np.ndarray:
    """1 where the flow there and back ends where it began, and is not a motion boundary; else 0."""
    returned = np.stack([sample(forth[axis], back) for axis in range(2)])
    gap = np.sum((back + returned) ** 2, axis=0)
    moved = np.sum(back**2, axis=0) + np.sum(returned**2, axis=0)
    consistent = gap < 0.01 * moved + 0.5
    bend = sum(np.sum(np.square(np.gradient(back[axis])), axis=0) for axis in range(2))
    smooth = bend < 0.01 * np.sum(back**2, axis=0) + 0.02
    similar = np.abs(now - sample(before, back)) < 24
    # Beyond the border, the dream is mirrored, and need not be found.
    found = (consistent & smooth & similar | ~inside(back)).astype(np.float32)
    return _blurred((window_mean(found, _SPECK_RADIUS) > 0.5).astype(np.float32))


def _blurred(plane: np.ndarray) -> np.ndarray:
    """Fade a plane out towards its zeros."""
    blurred: np.ndarray = np.minimum(window_mean(plane, 2), plane)
    return blurred

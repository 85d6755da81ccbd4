"""Moves a picture that is too large for one compiled step, in place.

The bands are so small that they stay in a core's cache. Moving them takes less time than to copy the picture
into TensorFlow's memory would.
"""

import numpy as np

from dream_engine.compute.conditioning import soft_step_in_place

MASK_SHARE = np.float32(1 / 255)
"""The share of a pixel's change for each level of a mask."""

_BAND_ROWS = 16


def mean_magnitude(gradient: np.ndarray) -> float:
    """The mean of all absolute values, of which bands are summed in float64.

    Args:
        gradient: float32 ``[height, width, 3]``.
    """
    magnitudes = np.empty_like(gradient[:_BAND_ROWS])
    total = 0.0
    for top in range(0, len(gradient), _BAND_ROWS):
        band = gradient[top : top + _BAND_ROWS]
        total += float(np.abs(band, out=magnitudes[: len(band)]).sum(axis=(1, 2)).sum(dtype=np.float64))
    return total / gradient.size


def step_in_place(
    image: np.ndarray,
    gradient: np.ndarray,
    factor: np.float32,
    share: np.float32 | None,
    limit: np.float32,
    mask: np.ndarray | None,
) -> None:
    """Move a picture along a gradient.

    Args:
        image: float32 ``[height, width, 3]``, moved in place.
        gradient: float32 ``[height, width, 3]``.
        factor: The factor of the gradient.
        share: The largest share of its distance to black or white by which a value moves; ``None`` to clip
            the picture instead.
        limit: The value of white; infinite for no bound.
        mask: The factor of each pixel's change as a share of 255, uint8 ``[1, height, width, 1]``; ``None``
            for 255 everywhere.
    """
    for top in range(0, len(image), _BAND_ROWS):
        rows = slice(top, top + _BAND_ROWS)
        band, change = image[rows], factor * gradient[rows]
        before = None if mask is None else band.copy()
        if share is None:
            band += change
            np.clip(band, -limit, limit, out=band)
        else:
            soft_step_in_place(band, change, share, limit)
        if mask is not None:
            band[:] = before + mask[0, rows] * MASK_SHARE * (band - before)

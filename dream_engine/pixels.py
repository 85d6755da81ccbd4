"""Converts pixels to the values that the ascent works on, and back.

Pixels are uint8, values float32 in [-1, 1]. Pictures are converted row by row, to avoid large copies.
"""

import numpy as np

# The luma weights of red, green and blue (ITU-R BT.601), as in JPEG.
_LUMA = np.array([0.299, 0.587, 0.114], np.float32)


def to_values(pixels: np.ndarray) -> np.ndarray:
    """Convert uint8 of any shape to float32 in [-1, 1]."""
    values = pixels.astype(np.float32)
    values /= 127.5
    values -= 1.0
    return values


def to_pixels(image: np.ndarray) -> np.ndarray:
    """Convert float32 ``[height, width, 3]`` to uint8; values out of [-1, 1] are clipped."""
    pixels = np.empty(image.shape, np.uint8)
    for row, values in zip(pixels, image, strict=True):
        row[:] = ((values.clip(-1.0, 1.0) + 1.0) * 127.5).round()
    return pixels


def give_colours(dream: np.ndarray, source: np.ndarray) -> None:
    """Give a dream the source's colours; it keeps its own brightness.

    Args:
        dream: float32 ``[height, width, 3]``, changed in place.
        source: uint8 ``[height, width, 3]``.
    """
    for row, pixels in zip(dream, source, strict=True):
        original = to_values(pixels)
        row[:] = original + (row.clip(-1.0, 1.0) @ _LUMA - original @ _LUMA)[:, None]

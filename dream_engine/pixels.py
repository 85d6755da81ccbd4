"""From pixels to the values that are climbed on, and back.

Pixels are uint8, values float32 in [-1, 1]. Large pictures go row by row, or copies of them would add up.
"""

import numpy as np

# How bright red, green and blue are (ITU-R BT.601), as in JPEG.
_LUMA = np.array([0.299, 0.587, 0.114], np.float32)


def to_values(pixels: np.ndarray) -> np.ndarray:
    """From uint8 of any shape to float32 in [-1, 1]."""
    values = pixels.astype(np.float32)
    values /= 127.5
    values -= 1.0
    return values


def to_pixels(image: np.ndarray) -> np.ndarray:
    """From float32 ``[height, width, 3]`` to uint8; what is out of range becomes the nearest in it."""
    pixels = np.empty(image.shape, np.uint8)
    for row, values in zip(pixels, image, strict=True):
        row[:] = ((values.clip(-1.0, 1.0) + 1.0) * 127.5).round()
    return pixels


def give_colours(dream: np.ndarray, source: np.ndarray) -> None:
    """Make a dream the source, as bright as the dream.

    Args:
        dream: float32 ``[height, width, 3]``; it is changed in place.
        source: uint8 ``[height, width, 3]``.
    """
    for row, pixels in zip(dream, source, strict=True):
        original = to_values(pixels)
        row[:] = original + (row.clip(-1.0, 1.0) @ _LUMA - original @ _LUMA)[:, None]

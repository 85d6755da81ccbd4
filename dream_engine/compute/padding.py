"""Pads pictures that are too small for a network."""

import numpy as np


def mirror_pad(image: np.ndarray, minimum_side: int) -> tuple[np.ndarray, tuple[slice, ...]]:
    """Pad a picture by mirroring, until no side is shorter than a minimum.

    Args:
        image: ``[1, height, width, channels]``.
        minimum_side: The shortest side of the result, in pixels.

    Returns:
        The padded picture, and the slices of the original one in it.
    """
    _, height, width, _ = image.shape
    down, across = (max(0, minimum_side - side) for side in (height, width))
    top, left = down // 2, across // 2
    inside = np.s_[:, top : top + height, left : left + width, :]
    if down or across:
        margins = ((0, 0), (top, down - top), (left, across - left), (0, 0))
        image = np.pad(image, margins, "symmetric")
    return image, inside

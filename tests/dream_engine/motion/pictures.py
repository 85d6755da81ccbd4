"""Small frames for the tests of motions."""

import numpy as np

from dream_engine.images import Picture

WIDTH, HEIGHT = 64, 48


def frame(index: int, *, width: int = WIDTH, height: int = HEIGHT, hidden: bool = False) -> Picture:
    """A smooth picture with a bright square that moves; with ``hidden``, only the square is visible."""
    down, across = np.mgrid[:height, :width]
    rgb = np.stack([40 + down, 60 + across, np.full_like(down, 90)], axis=-1).clip(0, 255).astype(np.uint8)
    square = np.zeros((height, width), bool)
    square[10:26, 4 + 4 * index : 20 + 4 * index] = True
    rgb[square] = (230, 60 + 10 * index, 40)
    return Picture(rgb, np.where(square, 255, 0).astype(np.uint8) if hidden else None)


def clouds(index: int, width: int = WIDTH, height: int = HEIGHT) -> Picture:
    """A picture with many colours and details, which no format compresses well."""
    coarse = np.random.default_rng(index).integers(0, 256, (height // 2, width // 2, 3), np.uint8)
    return Picture(coarse).resized(height, width)

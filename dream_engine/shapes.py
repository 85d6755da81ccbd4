"""Computes the shapes of a dream's octaves and the amount of work in them."""

from collections.abc import Sequence

Shape = tuple[int, int]
"""Height and width in pixels."""

TILES = (800, 1024, 1448, 2048, 2896)
"""The tiles between which memory decides, in steps so coarse that small changes of memory seldom matter."""

SMALLEST_SIDE = 32
"""The shortest side of an octave in pixels; networks find no features in smaller ones."""


def octave_shapes(shape: Shape, octaves: int, scale: float) -> list[Shape]:
    """Return the shapes of the octaves, from the smallest to the picture's own.

    A side at ``i`` octaves below the picture is ``int(side / scale**i)``, as in the Keras example. Octaves
    that would be smaller than :data:`SMALLEST_SIDE` are left out, so a small picture has fewer.

    Args:
        shape: The picture's height and width in pixels.
        octaves: The largest number of octaves, at least 1.
        scale: The ratio between neighbouring octaves, above 1.

    Returns:
        At least one shape.
    """
    height, width = shape
    shapes = [(int(height / scale**i), int(width / scale**i)) for i in range(1, octaves)]
    return [smaller for smaller in reversed(shapes) if min(smaller) >= SMALLEST_SIDE] + [shape]


def shrunk_shape(shape: Shape, size: int | None, min_side: int = SMALLEST_SIDE) -> Shape:
    """Return the shape of a picture shrunk to a longest side. Pictures are never enlarged.

    Args:
        shape: The picture's height and width in pixels.
        size: The longest side in pixels; ``None`` leaves the picture as it is.
        min_side: The shortest side in pixels to which a picture is shrunk.
    """
    if size is None:
        return shape
    scale = max(size / max(shape), min_side / min(shape))
    if scale >= 1.0:
        return shape
    height, width = (max(min_side, round(side * scale)) for side in shape)
    return height, width


def work(shapes: Sequence[Shape], steps: int) -> int:
    """Count the pixels that all steps of all octaves process; a dream's time is proportional to it.

    Args:
        shapes: The octaves' heights and widths.
        steps: The number of steps of each octave.
    """
    return steps * sum(height * width for height, width in shapes)

"""How large a dream is at each of its octaves, and how much work that makes."""

from collections.abc import Sequence

Shape = tuple[int, int]
"""Height and width in pixels."""

SMALLEST_SIDE = 32
"""An octave with a shorter side, in pixels, shows a network nothing."""


def octave_shapes(shape: Shape, octaves: int, scale: float) -> list[Shape]:
    """The shapes of the octaves, octave 0 the smallest, the last one the picture itself.

    A side at ``i`` octaves below the picture is ``int(side / scale**i)``, as in the Keras example. Octaves
    that would be smaller than :data:`SMALLEST_SIDE` are left out, so a small picture has fewer.

    Args:
        shape: The picture's height and width in pixels.
        octaves: How many scales at most, at least 1.
        scale: The ratio between neighbours, above 1.

    Returns:
        At least one shape.
    """
    height, width = shape
    shapes = [(int(height / scale**i), int(width / scale**i)) for i in range(1, octaves)]
    return [smaller for smaller in reversed(shapes) if min(smaller) >= SMALLEST_SIDE] + [shape]


def shrunk_shape(shape: Shape, size: int | None, shortest: int = SMALLEST_SIDE) -> Shape:
    """The shape of a picture shrunk to a longest side; never enlarged, no side made too short.

    Args:
        shape: The picture's height and width in pixels.
        size: The longest side, in pixels; ``None`` leaves the picture as it is.
        shortest: The least that a side is shrunk to, in pixels.
    """
    if size is None:
        return shape
    scale = max(size / max(shape), shortest / min(shape))
    if scale >= 1.0:
        return shape
    height, width = (max(shortest, round(side * scale)) for side in shape)
    return height, width


def work(shapes: Sequence[Shape], steps: int) -> int:
    """How many pixels all steps at all octaves go over: what a dream's seconds are proportional to.

    Args:
        shapes: The octaves' heights and widths.
        steps: The steps of each octave.
    """
    return steps * sum(height * width for height, width in shapes)

"""The scales over which a dream grows, and the detail that each gives back."""

from abc import ABC, abstractmethod
from typing import Any

from dream_engine.runtime import tf

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


class Growth(ABC):
    """A picture on its way up the octaves.

    Args:
        original: The source, float32 ``[1, height, width, 3]`` in [-1, 1].
    """

    def __init__(self, original: Any) -> None:
        self._original = original

    @abstractmethod
    def enter(self, shape: Shape) -> Any:
        """The picture that the ascent at this octave starts from."""

    @abstractmethod
    def leave(self, image: Any) -> Any:
        """Take back what the ascent made of it.

        Returns:
            The dream at this octave, its detail given back.
        """


class ReferenceGrowth(Growth):
    """The Keras example's way: enlarge the dream, then add what the source had lost by being shrunk.

    Everything is resized bilinearly and without antialiasing, as there.
    """

    def __init__(self, original: Any) -> None:
        super().__init__(original)
        self._dream = original
        self._shrunk: Any = None

    def enter(self, shape: Shape) -> Any:
        """Resize the dream so far."""
        if self._shrunk is None:
            self._shrunk = tf.image.resize(self._original, shape)
        return tf.image.resize(self._dream, shape)

    def leave(self, image: Any) -> Any:
        """Add the source at this size, less the source as the octave before had it."""
        shape = image.shape[1:3]
        same_size = tf.image.resize(self._original, shape)
        lost_detail = same_size - tf.image.resize(self._shrunk, shape)
        self._shrunk = same_size
        self._dream = image + lost_detail
        return self._dream


class AnchoredGrowth(Growth):
    """google/deepdream's way: carry only what the dream added, and add it to the source at every size.

    The source stays as sharp as it is, and shrinking it is antialiased, so fine patterns bring no moiré.
    """

    def __init__(self, original: Any) -> None:
        super().__init__(original)
        self._base: Any = None
        self._dream: Any = None
        self._base_before: Any = None

    def enter(self, shape: Shape) -> Any:
        """The source at this size and on it what the dream has added so far."""
        same = tuple(self._original.shape[1:3]) == shape
        self._base = self._original if same else tf.image.resize(self._original, shape, antialias=True)
        if self._dream is None:
            return self._base
        added = self._dream - self._base_before
        self._dream = self._base_before = None  # a large picture leaves no room for what is done with
        return self._base + tf.image.resize(added, shape, method="bicubic")

    def leave(self, image: Any) -> Any:
        """Keep it, and what was added to the source with it."""
        self._dream, self._base_before = image, self._base
        return image


GROWTHS: dict[str, type[Growth]] = {"reference": ReferenceGrowth, "anchored": AnchoredGrowth}
"""By the name of the detail mode."""

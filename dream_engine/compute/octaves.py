"""What each octave starts from, and the detail that it gives back."""

from abc import ABC, abstractmethod

import numpy as np
from PIL import Image

from dream_engine.pixels import to_values
from dream_engine.shapes import Shape


class Growth(ABC):
    """A picture on its way up the octaves.

    Pictures are NumPy arrays here: TensorFlow keeps the memory of its tensors for later ones, which a large
    picture would not leave it enough of. The source is kept as pixels, a quarter of what its values take,
    and everything goes one colour after the other, so that few copies are in memory at once.

    Args:
        source: The source, uint8 ``[height, width, 3]``.
    """

    def __init__(self, source: np.ndarray) -> None:
        self._source = source
        self._dream: np.ndarray | None = None

    @property
    def dream(self) -> np.ndarray:
        """The dream at the octave that was left last, its detail given back."""
        if self._dream is None:
            raise RuntimeError("no octave was left yet")
        return self._dream

    def enter(self, shape: Shape) -> np.ndarray:
        """The picture that the ascent at this octave starts from.

        Returns:
            float32 ``[1, height, width, 3]`` in [-1, 1], an array of its own.
        """
        image = np.empty((1, *shape, 3), np.float32)
        for colour in range(3):
            image[0, ..., colour] = self._entering(colour, shape)
        self._dream = None
        return image

    @abstractmethod
    def leave(self, image: np.ndarray) -> None:
        """Take back what the ascent made of it, an array that is nobody else's."""

    @abstractmethod
    def _entering(self, colour: int, shape: Shape) -> np.ndarray:
        """One colour, float32 ``[height, width]``, of the source or the dream so far."""

    def _source_of(self, colour: int) -> np.ndarray:
        return to_values(self._source[..., colour])


class ReferenceGrowth(Growth):
    """The Keras example's way: enlarge the dream, then add what the source had lost by being shrunk.

    Everything is resized bilinearly and without antialiasing, as there.
    """

    def __init__(self, source: np.ndarray) -> None:
        super().__init__(source)
        self._shrunk: Shape | None = None

    def leave(self, image: np.ndarray) -> None:
        """Add the source at this size, less the source as the octave before had it."""
        shape = image.shape[1:3]
        if self._shrunk is not None:
            for colour in range(3):
                source = self._source_of(colour)
                shrunk = _sampled(source, self._shrunk)
                image[0, ..., colour] += _sampled(source, shape) - _sampled(shrunk, shape)
        self._dream, self._shrunk = image, shape

    def _entering(self, colour: int, shape: Shape) -> np.ndarray:
        """Resize the dream so far."""
        plane = self._source_of(colour) if self._dream is None else self._dream[0, ..., colour]
        return _sampled(plane, shape)


class AnchoredGrowth(Growth):
    """google/deepdream's way: carry only what the dream added, and add it to the source at every size.

    The source stays as sharp as it is, and shrinking it is antialiased, so fine patterns bring no moiré.
    """

    def leave(self, image: np.ndarray) -> None:
        """Keep the dream."""
        self._dream = image

    def _entering(self, colour: int, shape: Shape) -> np.ndarray:
        """The source at this size and on it what the dream has added so far."""
        source = self._source_of(colour)
        entering = _resized(source, shape, Image.Resampling.BILINEAR)
        if self._dream is not None:
            dream = self._dream[0, ..., colour]
            added = dream - _resized(source, dream.shape, Image.Resampling.BILINEAR)
            entering = entering + _resized(added, shape, Image.Resampling.BICUBIC)
        return entering


GROWTHS: dict[str, type[Growth]] = {"reference": ReferenceGrowth, "anchored": AnchoredGrowth}
"""By the name of the detail mode."""


def _resized(plane: np.ndarray, shape: Shape, resampling: Image.Resampling) -> np.ndarray:
    """Resize, antialiased where it shrinks."""
    if plane.shape == shape:
        return plane
    return np.asarray(Image.fromarray(plane).resize(shape[::-1], resampling))


def _sampled(plane: np.ndarray, shape: Shape) -> np.ndarray:
    """Resize bilinearly and not antialiased, as ``tf.image.resize`` does it."""
    if plane.shape == shape:
        return plane
    down, across = (old / new for old, new in zip(plane.shape, shape, strict=True))
    window = (across, 0, 0, 0, down, 0)
    image = Image.fromarray(np.ascontiguousarray(plane))
    return np.asarray(image.transform(shape[::-1], Image.Transform.AFFINE, window, Image.Resampling.BILINEAR))

"""What each octave starts from, and the detail that it gives back."""

from abc import ABC, abstractmethod

import numpy as np
from PIL import Image

from dream_engine.runtime import tf
from dream_engine.shapes import Shape


class Growth(ABC):
    """A picture on its way up the octaves.

    Pictures are NumPy arrays here: TensorFlow keeps the memory of its tensors for later ones, which a large
    picture would not leave it enough of.

    Args:
        original: The source, float32 ``[1, height, width, 3]`` in [-1, 1].
    """

    def __init__(self, original: np.ndarray) -> None:
        self._original = original

    @abstractmethod
    def enter(self, shape: Shape) -> np.ndarray:
        """The picture that the ascent at this octave starts from, an array of its own."""

    @abstractmethod
    def leave(self, image: np.ndarray) -> np.ndarray:
        """Take back what the ascent made of it.

        Returns:
            The dream at this octave, its detail given back.
        """


class ReferenceGrowth(Growth):
    """The Keras example's way: enlarge the dream, then add what the source had lost by being shrunk.

    Everything is resized bilinearly and without antialiasing, as there.
    """

    def __init__(self, original: np.ndarray) -> None:
        super().__init__(original)
        self._dream = original
        self._shrunk: np.ndarray | None = None

    def enter(self, shape: Shape) -> np.ndarray:
        """Resize the dream so far."""
        if self._shrunk is None:
            self._shrunk = _resized_as_the_reference(self._original, shape)
        return _resized_as_the_reference(self._dream, shape)

    def leave(self, image: np.ndarray) -> np.ndarray:
        """Add the source at this size, less the source as the octave before had it."""
        shape = (image.shape[1], image.shape[2])
        same_size = _resized_as_the_reference(self._original, shape)
        self._dream = image + (same_size - _resized_as_the_reference(self._shrunk, shape))
        self._shrunk = same_size
        return self._dream


class AnchoredGrowth(Growth):
    """google/deepdream's way: carry only what the dream added, and add it to the source at every size.

    The source stays as sharp as it is, and shrinking it is antialiased, so fine patterns bring no moiré.
    """

    def __init__(self, original: np.ndarray) -> None:
        super().__init__(original)
        self._base = original
        self._added: np.ndarray | None = None

    def enter(self, shape: Shape) -> np.ndarray:
        """The source at this size and on it what the dream has added so far."""
        self._base = _resized(self._original, shape, Image.Resampling.BILINEAR)
        if self._added is None:
            return self._base.copy()
        started: np.ndarray = self._base + _resized(self._added, shape, Image.Resampling.BICUBIC)
        return started

    def leave(self, image: np.ndarray) -> np.ndarray:
        """Keep what was added."""
        self._added = image - self._base
        return image


GROWTHS: dict[str, type[Growth]] = {"reference": ReferenceGrowth, "anchored": AnchoredGrowth}
"""By the name of the detail mode."""


def _resized_as_the_reference(image: np.ndarray | None, shape: Shape) -> np.ndarray:
    resized: np.ndarray = tf.image.resize(image, shape).numpy()
    return resized.copy()  # an array of its own: the tensor's is shared and read-only


def _resized(image: np.ndarray, shape: Shape, resampling: Image.Resampling) -> np.ndarray:
    """Resize with antialiasing, a channel at a time."""
    height, width = shape
    if image.shape[1:3] == shape:
        return image
    resized = np.empty((1, height, width, 3), np.float32)
    for channel in range(3):
        plane = Image.fromarray(np.ascontiguousarray(image[0, ..., channel]))
        resized[0, ..., channel] = np.asarray(plane.resize((width, height), resampling))
    return resized

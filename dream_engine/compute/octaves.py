"""Computes the picture that each octave starts from, and restores detail that shrinking lost."""

from abc import ABC, abstractmethod

import numpy as np
from PIL import Image

from dream_engine.compute.masks import Mask
from dream_engine.pixels import to_values
from dream_engine.shapes import Shape


class DetailStrategy(ABC):
    """Passes a dream from octave to octave.

    Pictures are NumPy arrays here, because TensorFlow keeps the memory of its tensors for later ones, and
    large pictures would exhaust it. The source is stored as pixels, in a quarter of its values' memory, and
    colours are processed one after the other, so that few copies are in memory at once.

    Args:
        source: The source, uint8 ``[height, width, 3]``.
        mask: The part of the source that dreams; ``None`` for all of it.
    """

    def __init__(self, source: np.ndarray, mask: Mask | None = None) -> None:
        self._source = source
        self._mask = mask
        self._enlarged_share: np.ndarray | None = None
        self._dream: np.ndarray | None = None

    @property
    def dream(self) -> np.ndarray:
        """The dream at the last finished octave, with its detail restored."""
        if self._dream is None:
            raise RuntimeError("no octave is finished yet")
        return self._dream

    def start_octave(self, shape: Shape) -> np.ndarray:
        """Compute the picture from which the ascent at an octave starts.

        Returns:
            float32 ``[1, height, width, 3]`` in [-1, 1], a new array.
        """
        image = np.empty((1, *shape, 3), np.float32)
        if self._mask is not None and self._dream is not None:
            self._enlarged_share = self._mask.share_of_enlarged(self._dream.shape[1:3], shape)
        for colour in range(3):
            image[0, ..., colour] = self._start_plane(colour, shape)
        self._dream = self._enlarged_share = None
        return image

    @abstractmethod
    def finish_octave(self, image: np.ndarray) -> None:
        """Take the result of the ascent, an array that nothing else uses."""

    @abstractmethod
    def _start_plane(self, colour: int, shape: Shape) -> np.ndarray:
        """Compute one colour of the picture to start from, float32 ``[height, width]``."""

    def _confined(self, added: np.ndarray) -> np.ndarray:
        """Take back the part of the dream that enlarging has spread out of the mask."""
        return added if self._enlarged_share is None else added * self._enlarged_share

    def _source_plane(self, colour: int) -> np.ndarray:
        return to_values(self._source[..., colour])


class ReferenceDetail(DetailStrategy):
    """The Keras example's method: enlarge the dream, then add the detail that shrinking the source lost.

    Everything is resized bilinearly and without antialiasing, as in the example.
    """

    def __init__(self, source: np.ndarray, mask: Mask | None = None) -> None:
        super().__init__(source, mask)
        self._shrunk: Shape | None = None

    def finish_octave(self, image: np.ndarray) -> None:
        """Add the source at this size minus the source at the previous octave's size."""
        shape = image.shape[1:3]
        if self._shrunk is not None:
            for colour in range(3):
                source = self._source_plane(colour)
                shrunk = _sampled(source, self._shrunk)
                image[0, ..., colour] += _sampled(source, shape) - _sampled(shrunk, shape)
        self._dream, self._shrunk = image, shape

    def _start_plane(self, colour: int, shape: Shape) -> np.ndarray:
        """Resize the source, or from the second octave on the dream."""
        plane = self._source_plane(colour) if self._dream is None else self._dream[0, ..., colour]
        start = _sampled(plane, shape)
        if self._enlarged_share is None or self._shrunk is None:
            return start
        undreamed = _sampled(_sampled(self._source_plane(colour), self._shrunk), shape)
        confined: np.ndarray = undreamed + self._confined(start - undreamed)
        return confined


class AnchoredDetail(DetailStrategy):
    """google/deepdream's method: keep only what the dream added, and add it to the source at every size.

    The source stays sharp, and antialiasing avoids moiré in fine patterns when it is shrunk.
    """

    def finish_octave(self, image: np.ndarray) -> None:
        """Keep the dream."""
        self._dream = image

    def _start_plane(self, colour: int, shape: Shape) -> np.ndarray:
        """Resize the source, and add what the dream has added so far."""
        source = self._source_plane(colour)
        start = _resized(source, shape, Image.Resampling.BILINEAR)
        if self._dream is not None:
            dream = self._dream[0, ..., colour]
            added = dream - _resized(source, dream.shape, Image.Resampling.BILINEAR)
            start = start + self._confined(_resized(added, shape, Image.Resampling.BICUBIC))
        return start


DETAIL_STRATEGIES: dict[str, type[DetailStrategy]] = {
    "reference": ReferenceDetail,
    "anchored": AnchoredDetail,
}
"""The strategies by the value of the setting ``detail``."""


def _resized(plane: np.ndarray, shape: Shape, resampling: Image.Resampling) -> np.ndarray:
    """Resize, antialiased where it shrinks."""
    if plane.shape == shape:
        return plane
    return np.asarray(Image.fromarray(plane).resize(shape[::-1], resampling))


def _sampled(plane: np.ndarray, shape: Shape) -> np.ndarray:
    """Resize bilinearly without antialiasing, as ``tf.image.resize`` does."""
    if plane.shape == shape:
        return plane
    down, across = (old / new for old, new in zip(plane.shape, shape, strict=True))
    window = (across, 0, 0, 0, down, 0)
    image = Image.fromarray(np.ascontiguousarray(plane))
    return np.asarray(image.transform(shape[::-1], Image.Transform.AFFINE, window, Image.Resampling.BILINEAR))

"""Dreams single frames of a motion: adds a few steps to a frame that is dreamed already."""

from collections.abc import Iterator

import numpy as np
from PIL import Image

from dream_engine import backbones
from dream_engine.compute.networks import Networks
from dream_engine.compute.objectives import Objective
from dream_engine.compute.padding import mirror_pad
from dream_engine.settings import DreamSettings
from dream_engine.shapes import Shape, octave_shapes


class FrameDreamer:
    """Takes steps at every octave of a picture, and keeps all of its detail.

    Args:
        settings: The settings of the dream.
        objective: The objective to maximise.
        networks: Provides the compiled steps.
    """

    def __init__(self, settings: DreamSettings, objective: Objective, networks: Networks) -> None:
        self._settings = settings
        self._objective = objective
        self._ascent = networks.ascent(settings.backbone, type(objective), objective.layers)
        self._minimum_side = backbones.get(settings.backbone).minimum_side

    def refine(
        self,
        image: np.ndarray,
        settings: DreamSettings,
        random: np.random.Generator,
        weights: np.ndarray | None = None,
    ) -> Iterator[None]:
        """Take the steps of all octaves, and change the picture in place.

        An octave sees the picture at its size, and its change is enlarged and added. So the picture keeps the
        detail that a smaller octave cannot hold.

        Args:
            image: float32 ``[height, width, 3]`` in [-1, 1].
            settings: The settings of the dream, with the octaves, steps and step size to use.
            random: Draws the jitter.
            weights: The factor of each pixel's change as a share of 255, uint8 ``[height, width]``; ``None``
                for 255 everywhere.

        Yields:
            After each step.
        """
        shape: Shape = (image.shape[0], image.shape[1])
        for octave in octave_shapes(shape, settings.octaves, settings.octave_scale):
            start = resized(image, octave)[None]
            padded, inside = mirror_pad(start.copy(), self._minimum_side)
            mask = None
            if weights is not None:
                scaled = Image.fromarray(weights).resize(octave[::-1], Image.Resampling.BILINEAR)
                mask = mirror_pad(np.asarray(scaled)[None, ..., None], self._minimum_side)[0]
            result = padded
            for state in self._ascent.run(padded, self._objective, settings, random, mask):
                result = state.image
                yield
            image += resized(np.asarray(result[inside])[0] - start[0], shape, Image.Resampling.BICUBIC)
        np.clip(image, -1.0, 1.0, out=image)


def resized(
    picture: np.ndarray, shape: Shape, resampling: Image.Resampling = Image.Resampling.BILINEAR
) -> np.ndarray:
    """Resize float32 ``[height, width, channels]``, antialiased where it shrinks."""
    if picture.shape[:2] == shape:
        return picture
    planes = [
        Image.fromarray(np.ascontiguousarray(picture[..., channel])).resize(shape[::-1], resampling)
        for channel in range(picture.shape[2])
    ]
    return np.dstack([np.asarray(plane) for plane in planes])

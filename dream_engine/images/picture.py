"""A picture in memory."""

from dataclasses import dataclass, replace
from typing import Self

import numpy as np
from PIL import Image

from dream_engine.images.alpha import fill_hidden, resize


@dataclass(frozen=True, slots=True)
class Picture:
    """A decoded, upright picture in sRGB.

    Attributes:
        rgb: uint8 ``[height, width, 3]``. Hidden pixels have colours too: the ascent changes all pixels.
        alpha: uint8 ``[height, width]``, or ``None`` if every pixel is opaque.
        is_cut_short: Whether the file is truncated, so that pixels are missing.
    """

    rgb: np.ndarray
    alpha: np.ndarray | None = None
    is_cut_short: bool = False

    @property
    def height(self) -> int:
        """In pixels."""
        return int(self.rgb.shape[0])

    @property
    def width(self) -> int:
        """In pixels."""
        return int(self.rgb.shape[1])

    def resized(self, height: int, width: int) -> Self:
        """Return the picture at another size, in pixels."""
        alpha = None if self.alpha is None else Image.fromarray(self.alpha)
        resized = self.of(*resize(Image.fromarray(self.rgb), alpha, (width, height)))
        return replace(resized, is_cut_short=self.is_cut_short)

    @classmethod
    def of(cls, colours: Image.Image, alpha: Image.Image | None) -> Self:
        """Create a picture from Pillow images; :func:`fill_hidden` replaces fully transparent colours.

        Args:
            colours: An RGB image.
            alpha: Its alpha, mode ``L``; ``None`` if it is opaque.
        """
        rgb = np.array(colours)
        if alpha is None or alpha.getextrema() == (255, 255):
            return cls(rgb)
        opacity = np.array(alpha)
        fill_hidden(rgb, opacity)
        return cls(rgb, opacity)

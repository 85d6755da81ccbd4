"""A picture in memory."""

from dataclasses import dataclass
from typing import Self

import numpy as np
from PIL import Image


@dataclass(frozen=True, slots=True)
class Picture:
    """A decoded, upright picture in sRGB.

    Attributes:
        rgb: uint8 ``[height, width, 3]``.
        alpha: uint8 ``[height, width]``, or ``None`` where every pixel is opaque.
        is_cut_short: Whether the file broke off, so that a part of the pixels is missing.
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
        """The same picture at another size, in pixels."""
        alpha = None if self.alpha is None else _resized(self.alpha, height, width)
        return type(self)(_resized(self.rgb, height, width), alpha, self.is_cut_short)


def _resized(plane: np.ndarray, height: int, width: int) -> np.ndarray:
    return np.asarray(Image.fromarray(plane).resize((width, height), Image.Resampling.LANCZOS))

"""A picture in memory."""

from dataclasses import dataclass

import numpy as np


@dataclass(frozen=True, slots=True)
class Picture:
    """A decoded, upright picture in sRGB.

    Attributes:
        rgb: uint8 ``[height, width, 3]``.
        alpha: uint8 ``[height, width]``, or ``None`` where every pixel is opaque.
    """

    rgb: np.ndarray
    alpha: np.ndarray | None = None

    @property
    def height(self) -> int:
        """In pixels."""
        return int(self.rgb.shape[0])

    @property
    def width(self) -> int:
        """In pixels."""
        return int(self.rgb.shape[1])

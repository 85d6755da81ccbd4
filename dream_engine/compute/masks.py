"""Masks: pictures that weigh how much each part of a source dreams."""

from dataclasses import dataclass
from typing import Self

import numpy as np
from PIL import Image, ImageChops, ImageFilter

from dream_engine.errors import MaskAspectError
from dream_engine.images import Picture
from dream_engine.shapes import Shape

_MAX_ASPECT_ERROR = 0.02
"""By how much the proportions of a mask and its source may differ, as a share."""

_END_LEVELS = 8
"""The levels next to black and white that count as such: JPEG stores neither exactly."""

_FEATHER_SHARE = 0.015
"""The standard deviation of a feathered edge, as a share of the source's shorter side."""


@dataclass(frozen=True, slots=True)
class Mask:
    """How much each pixel of a source dreams, at the size of any octave.

    Attributes:
        image: The weights at the source's size, mode ``L``: 0 stays as it is, 255 dreams.
        is_cut_short: Whether the mask's file is truncated, so that a part of the mask is missing.
    """

    image: Image.Image
    is_cut_short: bool = False

    @classmethod
    def scaled(cls, picture: Picture, shape: Shape) -> Self:
        """Scale a picture to a source and feather it.

        Args:
            picture: The mask; transparent parts count as black.
            shape: The source's height and width in pixels.

        Raises:
            MaskAspectError: The picture has other proportions than the source.
        """
        _check_aspect(picture, shape)
        grey = Image.fromarray(picture.rgb).convert("L")
        if picture.alpha is not None:
            grey = ImageChops.multiply(grey, Image.fromarray(picture.alpha))
        scale = 255 / (255 - 2 * _END_LEVELS)
        grey = grey.point([min(max(round((level - _END_LEVELS) * scale), 0), 255) for level in range(256)])
        # The box filter alone does not spread white over an edge, but enlarges in steps.
        scaled = ImageChops.darker(_resized(grey, shape), _resized(grey, shape, Image.Resampling.BOX))
        return cls(_feathered(scaled), picture.is_cut_short)

    def weights(self, shape: Shape) -> np.ndarray:
        """The mask at an octave's size, uint8 ``[1, height, width, 1]``."""
        return np.asarray(_resized(self.image, shape))[None, ..., None]

    def share_of_enlarged(self, smaller: Shape, shape: Shape) -> np.ndarray:
        """Compute how much of a dream stays when it is enlarged from one octave to the next.

        Enlarging spreads the dream over the mask's edge. The share is the mask of the larger octave, divided
        by the enlarged mask of the smaller one: 0 where the larger mask is black, and 1 in even parts.

        Args:
            smaller: The height and width of the octave that is enlarged.
            shape: The height and width of the next octave.

        Returns:
            float32 ``[height, width]`` from 0 to 1.
        """
        enlarged = np.asarray(_resized(_resized(self.image, smaller), shape))
        share = np.asarray(_resized(self.image, shape)).astype(np.float32)
        share /= np.maximum(enlarged, 1)
        return np.minimum(share, 1.0, out=share)

    def restore(self, pixels: np.ndarray, source: np.ndarray) -> None:
        """Give black parts the source's pixels.

        Args:
            pixels: The dream, uint8 ``[height, width, 3]``, changed in place.
            source: The source, of the same shape.
        """
        for row, original, weights in zip(pixels, source, np.asarray(self.image), strict=True):
            row[weights == 0] = original[weights == 0]


def _check_aspect(picture: Picture, shape: Shape) -> None:
    """Compare the proportions; either picture may have been made from the other by rounding its sides."""
    height, width = shape
    difference = abs(picture.width * height - picture.height * width)
    one_pixel = max(height, width, picture.height, picture.width)
    if difference > max(one_pixel, _MAX_ASPECT_ERROR * picture.height * width):
        raise MaskAspectError(
            mask_width=picture.width, mask_height=picture.height, width=width, height=height
        )


def _feathered(mask: Image.Image) -> Image.Image:
    """Soften hard edges inwards, so that black stays black.

    At a straight edge, the weight rises from 0 to 1 like ``2 × blurred - 1``. The blurred mask is compared
    with the largest value nearby, so that a thin line dreams in its middle, and with the mask itself, so that
    even grey parts keep their weights.
    """
    sigma = _FEATHER_SHARE * min(mask.size)
    blurred = np.asarray(mask.filter(ImageFilter.GaussianBlur(sigma)))
    weights = np.array(mask)
    whole = np.minimum(weights, _largest_nearby(blurred, round(2 * sigma) + 1))
    for row, value, most in zip(weights, blurred, whole, strict=True):
        share = value / np.maximum(most, np.float32(1))
        row[:] = (row * (2 * share - 1).clip(0, 1)).round()
    return Image.fromarray(weights)


def _largest_nearby(values: np.ndarray, radius: int) -> np.ndarray:
    """The largest value in a square around each pixel; ``values`` is uint8 ``[height, width]``."""
    largest = values.copy()
    reach = 0
    while reach < radius:
        step = min(reach + 1, radius - reach)
        for axis in (0, 1):
            ahead, behind = np.moveaxis(largest, axis, 0), np.moveaxis(largest.copy(), axis, 0)
            np.maximum(ahead[step:], behind[:-step], out=ahead[step:])
            np.maximum(ahead[:-step], behind[step:], out=ahead[:-step])
        reach += step
    return largest


def _resized(
    image: Image.Image, shape: Shape, resampling: Image.Resampling = Image.Resampling.BILINEAR
) -> Image.Image:
    return image if image.size == shape[::-1] else image.resize(shape[::-1], resampling)

"""Splits decoded pixels into 8-bit colours, the low bytes of 16-bit samples, and alpha."""

from dataclasses import dataclass

import numpy as np
from PIL import Image
from PIL.TiffImagePlugin import BITSPERSAMPLE, PHOTOMETRIC_INTERPRETATION, SAMPLEFORMAT, TiffImageFile

from dream_engine.images.samples import join, rounded, split_bytes, strips

# TIFF's values for signed samples, and for greyscale in which zero is white.
_SIGNED = 2
_WHITE_IS_ZERO = 0

_PNG_BIT_DEPTH = 24
"""The position of the bit depth in a PNG file."""


@dataclass(frozen=True, slots=True)
class Channels:
    """A picture's channels.

    Attributes:
        colours: An image without alpha, of 8 bits per sample; the high bytes of 16-bit samples.
        low: The low bytes of 16-bit samples.
        alpha: An image of mode ``L``, or ``None`` if the picture is opaque.
    """

    colours: Image.Image
    low: Image.Image | None = None
    alpha: Image.Image | None = None


def split(image: Image.Image, low: Image.Image | None, original: Image.Image, data: bytes) -> Channels:
    """Split an image into its channels.

    Args:
        image: The decoded image.
        low: The low bytes of its samples; see :func:`~dream_engine.images.samples.low_bytes`.
        original: The image as it was opened, before any rotation.
        data: The content of its file.
    """
    key = image.info.get("transparency")
    if original.format == "PNG" and isinstance(key, int | tuple) and image.mode in {"L", "RGB", "I;16"}:
        alpha = _keyed_alpha(image, low, key, depth=data[_PNG_BIT_DEPTH])
        image.info.pop("transparency")
    else:
        alpha = None
    if image.mode == "I;16" and original.format == "PNG":
        colours, low = split_bytes(np.asarray(image))
        return Channels(colours, low, alpha)
    image = _to_eight_bits(image, original)
    if not image.has_transparency_data:
        return Channels(image, low, alpha)
    if image.mode in {"L", "LA", "La"}:  # greyscale stays greyscale, as its colour profile is for greyscale
        grey, alpha = image.convert("LA").split()
        return Channels(grey, None, alpha)
    if image.mode != "RGBA":
        image = image.convert("RGBA")
    if low is not None and low.mode == "RGBA":
        alpha = rounded(image.getchannel("A"), low.getchannel("A"))
        return Channels(image.convert("RGB"), low.convert("RGB"), alpha)
    return Channels(image.convert("RGB"), None, image.getchannel("A"))


def _keyed_alpha(
    image: Image.Image, low: Image.Image | None, key: int | tuple[int, ...], depth: int
) -> Image.Image:
    """Compute the alpha of a PNG that declares one of its colours transparent (tRNS).

    All bits of a sample are compared. Bits of the declared colour above the bit depth are ignored.
    """
    colour = np.array(key) & (2**depth - 1)
    if depth < 8:
        colour = colour * 255 // (2**depth - 1)  # Pillow has spread the samples to 8 bits
    alpha = Image.new("L", image.size)
    for top, bottom in strips(image.height, image.width):
        box = (0, top, image.width, bottom)
        samples = np.asarray(image.crop(box)) if low is None else join(image, low, top, bottom)
        same = samples == colour
        hidden = same.all(axis=-1) if same.ndim == 3 else same
        alpha.paste(Image.fromarray(np.where(hidden, 0, 255).astype(np.uint8)), (0, top))
    return alpha


def _to_eight_bits(image: Image.Image, original: Image.Image) -> Image.Image:
    """Scale greyscale of more than 8 bits, which Pillow's own conversion would clip."""
    if not image.mode.startswith(("I", "F")):
        return image
    values = np.asarray(image)
    white, white_is_zero = _scale_of(original, values)
    if white > np.iinfo(np.int32).max and values.dtype == np.int32:
        values = values.view(np.uint32)
    grey = np.nan_to_num(values.astype(np.float32)).clip(0.0, white)
    grey *= np.float32(255.0 / white)
    return Image.fromarray((255.0 - grey if white_is_zero else grey).round().astype(np.uint8))


def _scale_of(image: Image.Image, values: np.ndarray) -> tuple[float, bool]:
    """Return the value of white in a picture of more than 8 bits, and whether zero is white instead."""
    if image.mode == "F":
        brightest = float(values[np.isfinite(values)].max(initial=0.0))
        # White is 1 in floating point, with highlights slightly above; some files use the 8-bit range.
        return (1.0 if brightest <= 2.0 else max(255.0, brightest)), False
    if not isinstance(image, TiffImageFile):
        return 65535.0, False
    bits = image.tag_v2.get(BITSPERSAMPLE, (16,))[0]
    signed = image.tag_v2.get(SAMPLEFORMAT, (1,))[0] == _SIGNED
    white_is_zero = image.tag_v2.get(PHOTOMETRIC_INTERPRETATION) == _WHITE_IS_ZERO
    return float(2 ** (bits - signed) - 1), white_is_zero

"""Takes decoded pixels apart: colours of 8 bits a sample, what more there is of them, and the alpha."""

from dataclasses import dataclass

import numpy as np
from PIL import Image
from PIL.TiffImagePlugin import BITSPERSAMPLE, PHOTOMETRIC_INTERPRETATION, SAMPLEFORMAT, TiffImageFile

from dream_engine.images.samples import join, rounded, split_bytes, strips

# What TIFF writes for signed samples, and for greyscale whose zero is white.
_SIGNED = 2
_WHITE_IS_ZERO = 0

_PNG_BIT_DEPTH = 24
"""Where a PNG tells how many bits a sample has."""


@dataclass(frozen=True, slots=True)
class Channels:
    """A picture's channels.

    Attributes:
        colours: An image without alpha, of 8 bits a sample; of more, their high bytes.
        low: The low bytes, where the samples have 16 bits.
        alpha: An image of mode ``L``, or ``None`` where the picture is opaque.
    """

    colours: Image.Image
    low: Image.Image | None = None
    alpha: Image.Image | None = None


def split(image: Image.Image, low: Image.Image | None, original: Image.Image, data: bytes) -> Channels:
    """Take an image apart.

    Args:
        image: The decoded image.
        low: The low bytes of its samples; see :func:`~dream_engine.images.samples.low_bytes`.
        original: The file that it was opened from, if it was turned since.
        data: The content of that file.
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
    if image.mode in {"L", "LA", "La"}:  # grey stays grey, for its colour profile is one of grey
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
    """The alpha of a PNG that names one of its colours as the transparent one (tRNS).

    All bits of a sample are compared, and of the colour named no more bits than a sample has.
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
    """Scale greyscale of more than 8 bits; Pillow's own conversion would cut it off."""
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
    """The value of white in a picture of more than 8 bits, and whether zero is white instead."""
    if image.mode == "F":
        brightest = float(values[np.isfinite(values)].max(initial=0.0))
        # Floating point has white at 1, but for the few who write 8-bit values so; a little above is glare.
        return (1.0 if brightest <= 2.0 else max(255.0, brightest)), False
    if not isinstance(image, TiffImageFile):
        return 65535.0, False
    bits = image.tag_v2.get(BITSPERSAMPLE, (16,))[0]
    signed = image.tag_v2.get(SAMPLEFORMAT, (1,))[0] == _SIGNED
    white_is_zero = image.tag_v2.get(PHOTOMETRIC_INTERPRETATION) == _WHITE_IS_ZERO
    return float(2 ** (bits - signed) - 1), white_is_zero

"""Reads pictures of every usual format.

What a file is, its bytes say and not its name. Everything is bounded before it is decoded, and of the
source's metadata only what the pixels need is heeded: their orientation and their colours.
"""

import contextlib
import io
import warnings
from collections.abc import Iterator
from dataclasses import dataclass

import numpy as np
import pillow_heif
from PIL import Image, ImageCms, ImageOps, UnidentifiedImageError
from PIL.TiffImagePlugin import BITSPERSAMPLE, PHOTOMETRIC_INTERPRETATION, SAMPLEFORMAT, TiffImageFile

from dream_engine.errors import (
    DamagedPictureError,
    EmptyPictureError,
    NotAPictureError,
    PictureBombError,
    PictureError,
    TooManyBytesError,
    TooManyPixelsError,
    TooNarrowError,
    TooSmallError,
)
from dream_engine.images.picture import Picture
from dream_engine.images.recognition import begins_like_a_picture, jpeg_scans, looks_like
from dream_engine.shapes import shrunk_shape
from dream_engine.silence import silenced_stderr

pillow_heif.register_heif_opener()
Image.MAX_IMAGE_PIXELS = None  # whoever decodes says how many are too many, in Limits

_READ = ("PNG", "JPEG", "WEBP", "GIF", "BMP", "DIB", "TIFF", "AVIF", "HEIF")
_READ_IN_WORDS = "PNG, JPEG, WebP, GIF, BMP, TIFF, AVIF and HEIC"

_JPEG_SCANS = 200
"""A progressive JPEG has about ten scans, each of them a pass over the whole picture."""

# What TIFF writes for signed samples, and for greyscale whose zero is white.
_SIGNED = 2
_WHITE_IS_ZERO = 0


@dataclass(frozen=True, slots=True)
class Limits:
    """What a source may be, checked before any pixel is decoded. Of an animation only one frame is read.

    Attributes:
        megabytes: The size of the file, in units of 10⁶ bytes.
        megapixels: The number of pixels that its header declares, in units of 10⁶.
        shortest_side: The least width and height, in pixels.
        aspect: How many times the shorter side the longer may be.
    """

    megabytes: float = 50.0
    megapixels: float = 64.0
    shortest_side: int = 32
    aspect: float = 20.0


def decode(
    data: bytes, limits: Limits | None = None, size: int | None = None, most_decoded: int | None = None
) -> Picture:
    """Read a picture; of an animation, its first frame.

    Args:
        data: A file's content.
        limits: What is too much, or too little.
        size: Shrink the picture so that its longest side has so many pixels; ``None`` leaves it. A long
            strip keeps a shortest side that can still be dreamed.
        most_decoded: How many pixels there is memory for; a JPEG that is to be shrunk is decoded smaller.

    Returns:
        The picture, oriented as its EXIF data says, its colours brought to sRGB.

    Raises:
        PictureError: The bytes are no picture that can be read, or out of the limits.
    """
    limits = limits or Limits()
    with opened(data, limits) as image:
        _check_shape(image, limits)
        if size is not None and image.format in ("JPEG", "MPO"):  # MPO: a phone's JPEG with more behind it
            image.draft(None, (size, size))  # decodes at a half, a quarter or an eighth
        if most_decoded is not None and image.width * image.height > most_decoded:
            raise TooManyPixelsError(limit=most_decoded / 1e6)
        # libtiff speaks to stderr itself of what it stumbles over.
        with silenced_stderr() if image.format == "TIFF" else contextlib.nullcontext():
            image.load()
        return _to_picture(image, limits, size)


def suffixes() -> frozenset[str]:
    """How names of files end that may be read, in small letters; what a file is, only its bytes say."""
    return frozenset(suffix for suffix, kind in Image.registered_extensions().items() if kind in _READ)


@contextlib.contextmanager
def opened(data: bytes, limits: Limits) -> Iterator[Image.Image]:
    """Open a file whose size and number of pixels are within the limits.

    Raises:
        PictureError: They are not, or it is no picture, or what is done with it shows that it is damaged.
    """
    _check_bytes(data, limits)
    try:
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")  # Pillow warns of odd metadata; the pixels are what counts
            with Image.open(io.BytesIO(data), formats=_READ) as image:
                if image.width * image.height > limits.megapixels * 1e6:
                    raise TooManyPixelsError(limit=limits.megapixels)
                yield image
    except PictureError:
        raise
    except Image.DecompressionBombError:
        raise TooManyPixelsError(limit=limits.megapixels) from None
    except UnidentifiedImageError:
        if begins_like_a_picture(data):
            raise DamagedPictureError from None
        raise NotAPictureError(looks_like=looks_like(data), formats=_READ_IN_WORDS) from None
    except MemoryError:
        raise  # the machine's fault, or ours, and not the picture's
    except Exception as error:  # decoders raise whatever a broken file makes them stumble over
        raise DamagedPictureError from error


def _check_bytes(data: bytes, limits: Limits) -> None:
    if not data:
        raise EmptyPictureError
    if len(data) > limits.megabytes * 1e6:
        raise TooManyBytesError(limit=limits.megabytes)
    if data.startswith(b"\xff\xd8") and jpeg_scans(data) > _JPEG_SCANS:
        raise PictureBombError


def _check_shape(image: Image.Image, limits: Limits) -> None:
    width, height = image.size
    if min(width, height) < limits.shortest_side:
        raise TooSmallError(width=width, height=height, limit=limits.shortest_side)
    if max(width, height) > limits.aspect * min(width, height):
        raise TooNarrowError(width=width, height=height, limit=f"{limits.aspect:g}")


def _to_picture(image: Image.Image, limits: Limits, size: int | None) -> Picture:
    colours, alpha = _split_alpha(_to_eight_bits(_upright(image), original=image))
    colours = _to_srgb(colours, image.info.get("icc_profile"))
    if size is not None:
        colours, alpha = _shrink(colours, alpha, size, limits.shortest_side)
    opaque = alpha is None or alpha.getextrema() == (255, 255)
    return Picture(np.array(colours), None if alpha is None or opaque else np.array(alpha))


def _upright(image: Image.Image) -> Image.Image:
    try:
        return ImageOps.exif_transpose(image)
    except Exception:  # noqa: BLE001 - broken EXIF data says nothing, and the pixels are sound
        return image


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


def _split_alpha(image: Image.Image) -> tuple[Image.Image, Image.Image | None]:
    if not image.has_transparency_data:
        return image, None
    if image.mode in ("L", "LA", "La"):  # grey stays grey, for its colour profile is one of grey
        grey, alpha = image.convert("LA").split()
        return grey, alpha
    image = image.convert("RGBA")
    return image.convert("RGB"), image.getchannel("A")


def _to_srgb(image: Image.Image, profile: bytes | None) -> Image.Image:
    if profile:
        # A profile that is broken, or of other channels, says nothing: the values stand as they are.
        with contextlib.suppress(ImageCms.PyCMSError, OSError, ValueError):
            source = ImageCms.ImageCmsProfile(io.BytesIO(profile))
            profiled = image if image.mode in ("RGB", "CMYK", "L", "LAB") else image.convert("RGB")
            converted = ImageCms.profileToProfile(
                profiled, source, ImageCms.createProfile("sRGB"), outputMode="RGB"
            )
            if converted is not None:
                return converted
    return image.convert("RGB")


def _shrink(
    colours: Image.Image, alpha: Image.Image | None, size: int, shortest: int
) -> tuple[Image.Image, Image.Image | None]:
    shape = shrunk_shape((colours.height, colours.width), size, shortest)
    if shape == (colours.height, colours.width):
        return colours, alpha
    height, width = shape
    resample = Image.Resampling.LANCZOS
    shrunk = colours.resize((width, height), resample)
    return shrunk, None if alpha is None else alpha.resize((width, height), resample)

"""Reads pictures of every usual format.

What a file is, its bytes say and not its name. Everything is bounded before it is decoded, and of the
source's metadata only what the pixels need is heeded: their orientation and their colours.
"""

import contextlib
import io
import warnings
from collections.abc import Iterator
from dataclasses import dataclass

import pillow_heif
from PIL import Image, ImageOps, UnidentifiedImageError

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
from dream_engine.images.alpha import resize
from dream_engine.images.channels import split
from dream_engine.images.colour import to_srgb
from dream_engine.images.colour_space import colour_space
from dream_engine.images.picture import Picture
from dream_engine.images.recognition import begins_like_a_picture, jpeg_scans, looks_like
from dream_engine.images.samples import load
from dream_engine.images.transfer import SRGB
from dream_engine.shapes import shrunk_shape
from dream_engine.silence import silenced_stderr

pillow_heif.register_heif_opener()

_READ = ("PNG", "JPEG", "WEBP", "GIF", "BMP", "DIB", "TIFF", "AVIF", "HEIF")
_READ_IN_WORDS = "PNG, JPEG, WebP, GIF, BMP, TIFF, AVIF and HEIC"

_JPEG_SCANS = 200
"""A progressive JPEG has about ten scans, each of them a pass over the whole picture."""


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
        return _to_picture(image, data, limits, size)


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


def _to_picture(image: Image.Image, data: bytes, limits: Limits, size: int | None) -> Picture:
    colours, alpha = _srgb_and_alpha(image, data)
    if size is not None:
        height, width = shrunk_shape((colours.height, colours.width), size, limits.shortest_side)
        if (width, height) != colours.size:
            colours, alpha = resize(colours, alpha, (width, height))
    return Picture.of(colours, alpha)


def _srgb_and_alpha(image: Image.Image, data: bytes) -> tuple[Image.Image, Image.Image | None]:
    """Load an opened file, turn it upright and bring its colours to sRGB."""
    space = colour_space(image, data)
    # libtiff speaks to stderr itself of what it stumbles over.
    with silenced_stderr() if image.format == "TIFF" else contextlib.nullcontext():
        loaded, low = load(image, data, deep=space not in {None, SRGB})
    channels = split(_upright(loaded), None if low is None else _upright(low), image, data)
    del loaded, low  # or more copies would be in memory at once
    profile = image.info.get("icc_profile")
    return to_srgb(channels.colours, channels.low, space, profile), channels.alpha


def _upright(image: Image.Image) -> Image.Image:
    try:
        return ImageOps.exif_transpose(image)
    except Exception:  # noqa: BLE001 - broken EXIF data says nothing, and the pixels are sound
        return image

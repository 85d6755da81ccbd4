"""Reads pictures of every usual format.

What a file is, its bytes say and not its name. Everything is bounded before it is decoded, and of the
source's metadata only what the pixels need is heeded: their orientation and their colours.
"""

import contextlib
import io
import warnings
from collections.abc import Callable, Iterator
from dataclasses import dataclass, replace

import numpy as np
import pillow_heif
from PIL import Image, ImageOps, UnidentifiedImageError

from dream_engine.errors import (
    DamagedPictureError,
    EmptyPictureError,
    InvisiblePictureError,
    NotAPictureError,
    PictureError,
    TooManyBytesError,
    TooManyPixelsError,
    TooNarrowError,
    TooSmallError,
)
from dream_engine.images.alpha import resize
from dream_engine.images.channels import Channels, split
from dream_engine.images.colour import to_srgb
from dream_engine.images.colour_space import colour_space
from dream_engine.images.gif_stream import MOST_FRAMES
from dream_engine.images.loading import frames, load, load_what_is_there, rows_alike
from dream_engine.images.picture import Picture
from dream_engine.images.preparation import Prepared, prepared, without_foreign_start
from dream_engine.images.recognition import begins_like_a_picture, looks_like
from dream_engine.images.samples import heif_samples, low_bytes, split_bytes
from dream_engine.images.transfer import SRGB, ColourSpace
from dream_engine.memory import DECODING_BYTES
from dream_engine.shapes import shrunk_shape

pillow_heif.register_heif_opener()
Image.MAX_IMAGE_PIXELS = None  # whoever decodes says how many are too many, in Limits

_READ = ("PNG", "JPEG", "WEBP", "GIF", "BMP", "DIB", "TIFF", "AVIF", "HEIF")
_READ_IN_WORDS = "PNG, JPEG, WebP, GIF, BMP, TIFF, AVIF and HEIC"

_READ_IN_PART = ("PNG", "GIF", "BMP", "DIB", "TIFF")
"""Of these, Pillow gives the pixels that came before an error."""


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
    data: bytes, limits: Limits | None = None, size: int | None = None, max_decoded_pixels: int | None = None
) -> Picture:
    """Read a picture; of an animation, its first frame that shows something.

    Args:
        data: A file's content.
        limits: What is too much, or too little.
        size: Shrink the picture so that its longest side has so many pixels; ``None`` leaves it. A long
            strip keeps a shortest side that can still be dreamed.
        max_decoded_pixels: The most pixels to decode; a JPEG that is to be shrunk is decoded smaller.

    Returns:
        The picture, oriented as its EXIF data says, its colours brought to sRGB.

    Raises:
        PictureError: The bytes are no picture that can be read, or out of the limits.
    """
    limits = limits or Limits()
    file = _prepared(data, limits)

    def open_file(content: bytes) -> Image.Image:
        image = _open(content, limits)
        if size is not None and image.format in ("JPEG", "MPO"):  # MPO: a phone's JPEG with more behind it
            image.draft(None, (size, size))  # decodes at a half, a quarter or an eighth
        return image

    with _told_as_picture_errors(data, limits):
        _check_shape(_open(file.files[0], limits), limits)
        image = open_file(file.files[0])
        held = max(image.width * image.height, file.whole_bytes / DECODING_BYTES)
        if max_decoded_pixels is not None and held > max_decoded_pixels:
            raise TooManyPixelsError(limit=max_decoded_pixels / 1e6)
        space = colour_space(image, file.files[0])
        low = low_bytes(image, file.files[0])
        image, is_cut_short = _loaded(image, file, open_file)
        if image.width * image.height > limits.megapixels * 1e6:  # a header can lie
            raise TooManyPixelsError(limit=limits.megapixels)
        pixels = _Pixels(image, low, space, file.files[0])
        return replace(_to_picture(pixels, limits, size), is_cut_short=is_cut_short)


def suffixes() -> frozenset[str]:
    """How names of files end that may be read, in small letters; what a file is, only its bytes say."""
    return frozenset(suffix for suffix, kind in Image.registered_extensions().items() if kind in _READ)


@contextlib.contextmanager
def opened(data: bytes, limits: Limits) -> Iterator[Image.Image]:
    """Open a file whose size and number of pixels are within the limits.

    Raises:
        PictureError: They are not, or it is no picture, or what is done with it shows that it is damaged.
    """
    file = _prepared(data, limits)
    with _told_as_picture_errors(data, limits), _open(file.files[0], limits) as image:
        yield image


@contextlib.contextmanager
def _told_as_picture_errors(data: bytes, limits: Limits) -> Iterator[None]:
    """Tell whatever a decoder raises as a sentence about the picture."""
    try:
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")  # Pillow warns of odd metadata; the pixels are what counts
            yield
    except PictureError:
        raise
    except Image.DecompressionBombError:
        raise TooManyPixelsError(limit=limits.megapixels) from None
    except UnidentifiedImageError:
        if begins_like_a_picture(without_foreign_start(data)):
            raise DamagedPictureError from None
        raise NotAPictureError(looks_like=looks_like(data), formats=_READ_IN_WORDS) from None
    except MemoryError:
        raise  # the machine's fault, or ours, and not the picture's
    except Exception as error:  # decoders raise whatever a broken file makes them stumble over
        raise DamagedPictureError from error


def _prepared(data: bytes, limits: Limits) -> Prepared:
    if not data:
        raise EmptyPictureError
    if len(data) > limits.megabytes * 1e6:
        raise TooManyBytesError(limit=limits.megabytes)
    with _told_as_picture_errors(data, limits):
        file = prepared(data, limits.megapixels * 1e6)
    if file.refused_as is not None:
        raise NotAPictureError(looks_like=file.refused_as, formats=_READ_IN_WORDS)
    return file


def _open(content: bytes, limits: Limits) -> Image.Image:
    image = Image.open(io.BytesIO(content), formats=_READ)
    if image.width * image.height > limits.megapixels * 1e6:
        raise TooManyPixelsError(limit=limits.megapixels)
    return image


def _loaded(
    image: Image.Image, file: Prepared, open_file: Callable[[bytes], Image.Image]
) -> tuple[Image.Image, bool]:
    """An opened file's pixels, and whether some are missing."""
    content, *others = file.files
    try:
        load(image)
    except MemoryError:
        raise
    except Exception:  # decoders raise anything, and a part of the picture may be there
        if image.format not in _READ_IN_PART or others:
            raise
        return load_what_is_there(lambda: open_file(content))
    if others:
        planes = [open_file(other) for other in others]
        for plane in planes:
            load(plane)
        return _merged([image, *planes]), False
    if file.probe is None:
        return image, False
    other = open_file(file.probe)
    load(other)
    return image, rows_alike(image, other) < 1.0 or not file.is_complete


def _merged(planes: list[Image.Image]) -> Image.Image:
    """One picture of colours that were stored apart in 16 bits."""
    grey = [Image.fromarray((np.asarray(plane).astype(np.uint16) >> 8).astype(np.uint8)) for plane in planes]
    return Image.merge("RGBA" if len(grey) == 4 else "RGB", grey)


def _check_shape(image: Image.Image, limits: Limits) -> None:
    width, height = image.size
    if min(width, height) < limits.shortest_side:
        raise TooSmallError(width=width, height=height, limit=limits.shortest_side)
    if max(width, height) > limits.aspect * min(width, height):
        raise TooNarrowError(width=width, height=height, limit=f"{limits.aspect:g}")


@dataclass(frozen=True, slots=True)
class _Pixels:
    """A loaded file.

    Attributes:
        image: Its pixels.
        low: The low bytes of their samples, where they have 16 bits.
        space: The colour space that the file tells by numbers.
        content: The file's content.
    """

    image: Image.Image
    low: Image.Image | None
    space: ColourSpace | None
    content: bytes


def _to_picture(pixels: _Pixels, limits: Limits, size: int | None) -> Picture:
    colours, alpha = _srgb_and_alpha(pixels, limits)
    if size is not None:
        height, width = shrunk_shape((colours.height, colours.width), size, limits.shortest_side)
        if (width, height) != colours.size:
            colours, alpha = resize(colours, alpha, (width, height))
    return Picture.of(colours, alpha)


def _srgb_and_alpha(pixels: _Pixels, limits: Limits) -> tuple[Image.Image, Image.Image | None]:
    profile = pixels.image.info.get("icc_profile")
    channels = _first_that_shows(pixels, limits)
    return to_srgb(channels.colours, channels.low, pixels.space, profile), channels.alpha


def _first_that_shows(pixels: _Pixels, limits: Limits) -> Channels:
    """The first frame that shows something.

    Raises:
        InvisiblePictureError: Every frame is transparent everywhere.
    """
    image, low = pixels.image, pixels.low
    if image.format == "HEIF" and pixels.space not in {None, SRGB}:
        samples = heif_samples(pixels.content)
        if samples is not None:
            image, low = split_bytes(samples)
    if image.info.get("default_image"):  # an APNG whose first picture is for those who cannot show it
        with contextlib.suppress(EOFError, ValueError, SyntaxError):
            image.seek(1)
            image.load()
            low = None
    for frame in frames(image, MOST_FRAMES, limits.megapixels * 1e6):
        channels = split(_upright(frame), None if low is None else _upright(low), frame, pixels.content)
        low = None  # of the first frame alone
        if channels.alpha is None or channels.alpha.getextrema() != (0, 0):
            return channels
        if frame.format in ("BMP", "DIB"):  # whose programs fill in the fourth byte only if they use it
            return replace(channels, alpha=None)
    raise InvisiblePictureError


def _upright(image: Image.Image) -> Image.Image:
    """Turn a picture as its EXIF data says; what else speaks of an orientation is not heeded by browsers."""
    for name in ("xmp", "XML:com.adobe.xmp", "Raw profile type exif"):
        image.info.pop(name, None)
    with contextlib.suppress(Exception):  # broken EXIF data says nothing, and the pixels are sound
        ImageOps.exif_transpose(image, in_place=True)
    return image

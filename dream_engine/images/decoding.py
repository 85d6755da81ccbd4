"""Decodes pictures of all common formats.

A file's content, not its name, determines its format. All bounds are checked before decoding. Of the
source's metadata, only orientation and colours are used.
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
from dream_engine.images.gif_stream import MAX_FRAMES
from dream_engine.images.loading import frames, load, load_partial, matching_rows
from dream_engine.images.picture import Picture
from dream_engine.images.preparation import PreparedFile, prepare, strip_foreign_start
from dream_engine.images.recognition import looks_like, starts_like_picture
from dream_engine.images.samples import heif_samples, low_bytes, split_bytes
from dream_engine.images.transfer import SRGB, ColourSpace
from dream_engine.memory import DECODING_BYTES
from dream_engine.shapes import shrunk_shape

pillow_heif.register_heif_opener()
Image.MAX_IMAGE_PIXELS = None  # Limits bound the number of pixels instead

_FORMATS = ("PNG", "JPEG", "WEBP", "GIF", "BMP", "DIB", "TIFF", "AVIF", "HEIF")
_FORMATS_IN_WORDS = "PNG, JPEG, WebP, GIF, BMP, TIFF, AVIF and HEIC"

_PARTIAL_FORMATS = ("PNG", "GIF", "BMP", "DIB", "TIFF")
"""The formats of which Pillow returns the pixels before an error."""


@dataclass(frozen=True, slots=True)
class Limits:
    """The bounds of a source, checked before any pixel is decoded.

    Attributes:
        megabytes: The largest size of the file, in units of 10⁶ bytes.
        megapixels: The largest number of pixels, in units of 10⁶.
        shortest_side: The smallest width and height, in pixels.
        aspect: The largest ratio of the longer to the shorter side.
    """

    megabytes: float = 50.0
    megapixels: float = 64.0
    shortest_side: int = 32
    aspect: float = 20.0


def decode(
    data: bytes, limits: Limits | None = None, size: int | None = None, max_decoded_pixels: int | None = None
) -> Picture:
    """Decode a picture; of an animation, the first frame that is not fully transparent.

    Args:
        data: A file's content.
        limits: The bounds of the picture.
        size: The longest side in pixels to which the picture is shrunk; ``None`` keeps its size. The shorter
            side is never shrunk below ``limits.shortest_side``.
        max_decoded_pixels: The most pixels to decode; a JPEG that is to be shrunk is decoded smaller.

    Returns:
        The picture, oriented by its EXIF data and converted to sRGB.

    Raises:
        PictureError: The picture cannot be read, or exceeds the limits.
    """
    limits = limits or Limits()
    file = _prepare(data, limits)

    def open_file(content: bytes) -> Image.Image:
        image = _open(content, limits)
        if size is not None and image.format in ("JPEG", "MPO"):  # MPO: a JPEG with further pictures
            image.draft(None, (size, size))  # decodes at a half, a quarter or an eighth of the size
        return image

    with _translate_errors(data, limits):
        _check_shape(_open(file.files[0], limits), limits)
        image = open_file(file.files[0])
        decoded_pixels = max(image.width * image.height, file.decoder_bytes / DECODING_BYTES)
        if max_decoded_pixels is not None and decoded_pixels > max_decoded_pixels:
            raise TooManyPixelsError(limit=max_decoded_pixels / 1e6)
        space = colour_space(image, file.files[0])
        low = low_bytes(image, file.files[0])
        image, is_cut_short = _load_pixels(image, file, open_file)
        if image.width * image.height > limits.megapixels * 1e6:  # a header can be wrong
            raise TooManyPixelsError(limit=limits.megapixels)
        pixels = _LoadedFile(image, low, space, file.files[0])
        return replace(_to_picture(pixels, limits, size), is_cut_short=is_cut_short)


def suffixes() -> frozenset[str]:
    """The file name suffixes of readable formats, in lower case."""
    return frozenset(suffix for suffix, kind in Image.registered_extensions().items() if kind in _FORMATS)


@contextlib.contextmanager
def opened(data: bytes, limits: Limits) -> Iterator[Image.Image]:
    """Open a file whose size and number of pixels are within the limits.

    Raises:
        PictureError: The limits are exceeded, the file is no picture, or using it within the context fails.
    """
    file = _prepare(data, limits)
    with _translate_errors(data, limits), _open(file.files[0], limits) as image:
        yield image


@contextlib.contextmanager
def _translate_errors(data: bytes, limits: Limits) -> Iterator[None]:
    """Translate the exceptions of decoders into errors about the picture."""
    try:
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")  # Pillow warns of unusual metadata, which the pixels do not need
            yield
    except PictureError:
        raise
    except Image.DecompressionBombError:
        raise TooManyPixelsError(limit=limits.megapixels) from None
    except UnidentifiedImageError:
        if starts_like_picture(strip_foreign_start(data)):
            raise DamagedPictureError from None
        raise NotAPictureError(looks_like=looks_like(data), formats=_FORMATS_IN_WORDS) from None
    except MemoryError:
        raise  # the picture need not be the cause
    except Exception as error:  # decoders raise all kinds of exceptions for broken files
        raise DamagedPictureError from error


def _prepare(data: bytes, limits: Limits) -> PreparedFile:
    if not data:
        raise EmptyPictureError
    if len(data) > limits.megabytes * 1e6:
        raise TooManyBytesError(limit=limits.megabytes)
    with _translate_errors(data, limits):
        file = prepare(data, limits.megapixels * 1e6)
    if file.rejected_as is not None:
        raise NotAPictureError(looks_like=file.rejected_as, formats=_FORMATS_IN_WORDS)
    return file


def _open(content: bytes, limits: Limits) -> Image.Image:
    image = Image.open(io.BytesIO(content), formats=_FORMATS)
    if image.width * image.height > limits.megapixels * 1e6:
        raise TooManyPixelsError(limit=limits.megapixels)
    return image


def _load_pixels(
    image: Image.Image, file: PreparedFile, open_file: Callable[[bytes], Image.Image]
) -> tuple[Image.Image, bool]:
    """Load an opened file's pixels; also returns whether some are missing."""
    content, *others = file.files
    try:
        load(image)
    except MemoryError:
        raise
    except Exception:  # decoders raise all kinds of exceptions, and a part may be readable
        if image.format not in _PARTIAL_FORMATS or others:
            raise
        return load_partial(lambda: open_file(content))
    if others:
        planes = [open_file(other) for other in others]
        for plane in planes:
            load(plane)
        return _merge_planes([image, *planes]), False
    if file.probe is None:
        return image, False
    other = open_file(file.probe)
    load(other)
    return image, matching_rows(image, other) < 1.0 or not file.is_complete


def _merge_planes(planes: list[Image.Image]) -> Image.Image:
    """Merge 16-bit planes of single colours into one picture."""
    grey = [Image.fromarray((np.asarray(plane).astype(np.uint16) >> 8).astype(np.uint8)) for plane in planes]
    return Image.merge("RGBA" if len(grey) == 4 else "RGB", grey)


def _check_shape(image: Image.Image, limits: Limits) -> None:
    width, height = image.size
    if min(width, height) < limits.shortest_side:
        raise TooSmallError(width=width, height=height, limit=limits.shortest_side)
    if max(width, height) > limits.aspect * min(width, height):
        raise TooNarrowError(width=width, height=height, limit=f"{limits.aspect:g}")


@dataclass(frozen=True, slots=True)
class _LoadedFile:
    """A loaded file.

    Attributes:
        image: The file's pixels.
        low: The low bytes of 16-bit samples.
        space: The colour space that the file declares by numbers.
        content: The file's content.
    """

    image: Image.Image
    low: Image.Image | None
    space: ColourSpace | None
    content: bytes


def _to_picture(pixels: _LoadedFile, limits: Limits, size: int | None) -> Picture:
    colours, alpha = _srgb_and_alpha(pixels, limits)
    if size is not None:
        height, width = shrunk_shape((colours.height, colours.width), size, limits.shortest_side)
        if (width, height) != colours.size:
            colours, alpha = resize(colours, alpha, (width, height))
    return Picture.of(colours, alpha)


def _srgb_and_alpha(pixels: _LoadedFile, limits: Limits) -> tuple[Image.Image, Image.Image | None]:
    profile = pixels.image.info.get("icc_profile")
    channels = _first_visible_frame(pixels, limits)
    return to_srgb(channels.colours, channels.low, pixels.space, profile), channels.alpha


def _first_visible_frame(pixels: _LoadedFile, limits: Limits) -> Channels:
    """Find the first frame that is not fully transparent.

    Raises:
        InvisiblePictureError: Every frame is fully transparent.
    """
    image, low = pixels.image, pixels.low
    if image.format == "HEIF" and pixels.space not in {None, SRGB}:
        samples = heif_samples(pixels.content)
        if samples is not None:
            image, low = split_bytes(samples)
    if image.info.get("default_image"):  # an APNG whose first picture is only for programs without APNG
        with contextlib.suppress(EOFError, ValueError, SyntaxError):
            image.seek(1)
            image.load()
            low = None
    for frame in frames(image, MAX_FRAMES, limits.megapixels * 1e6):
        channels = split(_upright(frame), None if low is None else _upright(low), frame, pixels.content)
        low = None  # it belongs to the first frame
        if channels.alpha is None or channels.alpha.getextrema() != (0, 0):
            return channels
        if frame.format in ("BMP", "DIB"):  # most programs leave the unused fourth byte at zero
            return replace(channels, alpha=None)
    raise InvisiblePictureError


def _upright(image: Image.Image) -> Image.Image:
    """Rotate a picture by its EXIF orientation. Other orientation metadata is ignored, as in browsers."""
    for name in ("xmp", "XML:com.adobe.xmp", "Raw profile type exif"):
        image.info.pop(name, None)
    with contextlib.suppress(Exception):  # invalid EXIF data is ignored: the pixels are intact
        ImageOps.exif_transpose(image, in_place=True)
    return image

"""Bytes to pictures and back: decode, orient, bound, keep the alpha, encode.

What a file is, its bytes say and not its name. Everything is bounded before it is decoded, and nothing of
the source's metadata reaches the output but what the pixels need: its orientation and its colours.
"""

import io
import json
import warnings
from dataclasses import dataclass
from typing import Any, Literal

import numpy as np
import pillow_heif
from PIL import ExifTags, Image, ImageCms, ImageOps, UnidentifiedImageError

from dream_engine import __version__
from dream_engine.errors import (
    DamagedPictureError,
    EmptyPictureError,
    NoDreamInsideError,
    NotAPictureError,
    PictureError,
    TooManyBytesError,
    TooManyPixelsError,
    TooNarrowError,
    TooSmallError,
)

pillow_heif.register_heif_opener()

Format = Literal["png", "jpeg", "webp"]

_READ = ("PNG", "JPEG", "WEBP", "GIF", "BMP", "DIB", "TIFF", "AVIF", "HEIF")
_READ_IN_WORDS = "PNG, JPEG, WebP, GIF, BMP, TIFF, AVIF and HEIC"

# What people attach in place of a picture, by how it begins.
_OTHER_KINDS = (
    (b"PK\x03\x04", "a zip archive"),
    (b"%PDF", "a PDF"),
    (b"\x1f\x8b", "a gzip archive"),
    (b"\x1aE\xdf\xa3", "a video"),
    (b"ID3", "a sound"),
    (b"OggS", "a sound"),
    (b"RIFF", "a sound or a video"),
)


@dataclass(frozen=True, slots=True)
class Limits:
    """What a source may be, checked before any pixel is decoded.

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


def decode(data: bytes, limits: Limits | None = None, size: int | None = None) -> Picture:
    """Read a picture; of an animation, its first frame.

    Args:
        data: A file's content.
        limits: What is too much, or too little.
        size: Shrink the picture so that its longest side has so many pixels; ``None`` leaves it. A long
            strip keeps a shortest side that can still be dreamed.

    Returns:
        The picture, oriented as its EXIF data says, its colours brought to sRGB.

    Raises:
        PictureError: The bytes are no picture that can be read, or out of the limits.
    """
    limits = limits or Limits()
    if not data:
        raise EmptyPictureError
    if len(data) > limits.megabytes * 1e6:
        raise TooManyBytesError(megabytes=len(data) / 1e6, limit=limits.megabytes)
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")  # Pillow warns of odd metadata; the pixels are what counts
        image = _open(data, limits)
        _check_dimensions(image, limits)
        try:
            return _to_picture(image, limits, size)
        except Exception as error:  # decoders raise whatever a broken file makes them stumble over
            raise DamagedPictureError from error


def _open(data: bytes, limits: Limits) -> Image.Image:
    try:
        return Image.open(io.BytesIO(data), formats=_READ)
    except UnidentifiedImageError:
        raise NotAPictureError(looks_like=_looks_like(data), formats=_READ_IN_WORDS) from None
    except Image.DecompressionBombError:
        raise TooManyPixelsError(limit=limits.megapixels) from None
    except Exception as error:  # a header that promises what does not follow
        raise DamagedPictureError from error


def _looks_like(data: bytes) -> str:
    for start, kind in _OTHER_KINDS:
        if data.startswith(start):
            return kind
    beginning = data[:1024]
    if b"<svg" in beginning:
        return "an SVG drawing"
    if b"<html" in beginning.lower():
        return "a web page"
    try:
        beginning.decode("utf-8" if len(data) <= len(beginning) else "ascii")
    except UnicodeDecodeError:
        return "something else"
    return "a text"


def _check_dimensions(image: Image.Image, limits: Limits) -> None:
    width, height = image.size
    if width * height > limits.megapixels * 1e6:
        raise TooManyPixelsError(limit=limits.megapixels)
    if min(width, height) < limits.shortest_side:
        raise TooSmallError(width=width, height=height, limit=limits.shortest_side)
    if max(width, height) > limits.aspect * min(width, height):
        raise TooNarrowError(width=width, height=height, limit=f"{limits.aspect:g}")


def _to_picture(image: Image.Image, limits: Limits, size: int | None) -> Picture:
    if size is not None and image.format in ("JPEG", "MPO"):  # MPO: a phone's JPEG with more behind it
        image.draft(None, (size, size))  # decodes at a half, a quarter or an eighth
    image.load()
    profile = image.info.get("icc_profile")
    image = ImageOps.exif_transpose(image)
    image = _to_eight_bits(image)
    colours, alpha = _split_alpha(image)
    colours = _to_srgb(colours, profile)
    if size is not None:
        colours, alpha = _shrink(colours, alpha, size, limits.shortest_side)
    opaque = alpha is None or alpha.getextrema() == (255, 255)
    return Picture(np.array(colours), None if alpha is None or opaque else np.array(alpha))


def _to_eight_bits(image: Image.Image) -> Image.Image:
    """Scale greyscale of 16 bits, 32 bits or floating point to 8, where Pillow would cut it off."""
    if not image.mode.startswith(("I", "F")):
        return image
    values = np.nan_to_num(np.asarray(image, np.float64))
    brightest = values.max(initial=0.0)
    if image.mode == "F":
        white = 1.0 if brightest <= 1.0 else max(255.0, brightest)
    else:
        white = 255.0 if brightest <= 255.0 and image.mode == "I" else max(65535.0, brightest)
    return Image.fromarray((values.clip(0.0, white) * (255.0 / white)).round().astype(np.uint8))


def _split_alpha(image: Image.Image) -> tuple[Image.Image, Image.Image | None]:
    if image.has_transparency_data:
        image = image.convert("RGBA")
        return image.convert("RGB"), image.getchannel("A")
    return image, None


def _to_srgb(image: Image.Image, profile: bytes | None) -> Image.Image:
    if profile:
        try:
            source = ImageCms.ImageCmsProfile(io.BytesIO(profile))
            srgb = ImageCms.createProfile("sRGB")
            if image.mode not in ("RGB", "CMYK", "L", "LAB"):
                image = image.convert("RGB")
            return ImageCms.profileToProfile(image, source, srgb, outputMode="RGB") or image.convert("RGB")
        except (ImageCms.PyCMSError, OSError, ValueError):
            pass  # a profile that is broken or for other channels: take the values as sRGB
    return image.convert("RGB")


def _shrink(
    colours: Image.Image, alpha: Image.Image | None, size: int, shortest: int
) -> tuple[Image.Image, Image.Image | None]:
    scale = max(size / max(colours.size), shortest / min(colours.size))
    if scale >= 1.0:
        return colours, alpha
    width, height = (max(shortest, round(side * scale)) for side in colours.size)
    resample = Image.Resampling.LANCZOS
    shrunk = colours.resize((width, height), resample)
    return shrunk, None if alpha is None else alpha.resize((width, height), resample)


def encode(picture: Picture, file_format: Format, description: dict[str, Any] | None = None) -> bytes:
    """Write a picture.

    Args:
        picture: The picture; JPEG has no alpha, so transparency becomes white there.
        file_format: ``png``, ``jpeg`` or ``webp``.
        description: What made the picture; it is the only metadata in the file, and :func:`describe`
            reads it back.

    Returns:
        The file's content.
    """
    image = Image.fromarray(picture.rgb)
    if picture.alpha is not None:
        alpha = Image.fromarray(picture.alpha)
        if file_format == "jpeg":
            image = Image.composite(image, Image.new("RGB", image.size, "white"), alpha)
        else:
            image.putalpha(alpha)
    options: dict[str, Any] = {
        "png": {"compress_level": 6},
        "jpeg": {"quality": 93, "subsampling": 0, "optimize": True},
        "webp": {"quality": 92, "method": 4, "exact": True},
    }[file_format]
    if description is not None:
        exif = Image.Exif()
        exif[ExifTags.Base.Software] = f"dream-bot {__version__}"
        exif[ExifTags.Base.ImageDescription] = json.dumps(description)
        options["exif"] = exif
    buffer = io.BytesIO()
    image.save(buffer, file_format, **options)
    return buffer.getvalue()


def describe(data: bytes) -> dict[str, Any]:
    """Read what made a dream out of its file.

    Raises:
        PictureError: The bytes are no picture, or one without a dream's settings.
    """
    if not data:
        raise EmptyPictureError
    try:
        description = json.loads(_open(data, Limits()).getexif()[ExifTags.Base.ImageDescription])
    except PictureError:
        raise
    except Exception as error:  # a foreign file's metadata can be anything
        raise NoDreamInsideError from error
    if not isinstance(description, dict) or "settings" not in description:
        raise NoDreamInsideError
    return description


def encode_preview(rgb: np.ndarray, longest: int = 512) -> bytes:
    """A small JPEG of a dream that is still growing.

    Args:
        rgb: uint8 ``[height, width, 3]``.
        longest: The longest side of the preview, in pixels.
    """
    image = Image.fromarray(rgb)
    image.thumbnail((longest, longest), reducing_gap=2.0)
    buffer = io.BytesIO()
    image.save(buffer, "jpeg", quality=80)
    return buffer.getvalue()

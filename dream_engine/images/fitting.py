"""Encodes a picture within a file size limit: first by lower quality, then by a smaller size."""

import contextlib
from dataclasses import dataclass
from typing import Any

from dream_engine.errors import NoDreamInsideError
from dream_engine.images.decoding import Limits, decode
from dream_engine.images.encoding import LONGEST_SIDE, Format, describe, encode
from dream_engine.images.picture import Picture

_QUALITIES = (92, 80, 65)
"""The WebP qualities to try; below these, a smaller picture looks better than a coarser one."""

_MAX_QUALITY_GAIN = 4
"""A file that exceeds the limit by a larger factor does not fit by lower quality alone."""

_MAX_WEBP_PIXELS = 12_000_000
"""More take WebP's encoder many seconds, and at several times as many it can fail."""

_MAX_SCALE = 0.8
_SMALLEST_SIDE = 64
"""The shorter side in pixels at which shrinking ends, even if the file still exceeds the limit."""


@dataclass(frozen=True, slots=True)
class Rendition:
    """An encoded picture.

    Attributes:
        image: The file's content.
        file_format: The file's format.
        height: In pixels.
        width: In pixels.
    """

    image: bytes
    file_format: Format
    height: int
    width: int


def fit(
    picture: Picture,
    file_format: Format,
    max_bytes: int | None = None,
    description: dict[str, Any] | None = None,
) -> Rendition:
    """Encode a picture so that its file does not exceed a size limit.

    Args:
        picture: The picture.
        file_format: The preferred format. A file that does not fit becomes a WebP, or a JPEG if the picture
            is too large for WebP. A WebP that cannot be encoded becomes a JPEG, or a PNG if there is
            transparency.
        max_bytes: The limit; ``None`` for no limit.
        description: The dream's settings, stored in the file.

    Returns:
        The best rendition that fits, or the smallest one if none fits.
    """
    rendition = _render(picture, file_format, None, description)
    if max_bytes is None:
        return rendition
    qualities = _QUALITIES if file_format == "png" else _QUALITIES[1:]
    for quality in () if _has_too_much_alpha(picture) else qualities:
        size = len(rendition.image)
        if size <= max_bytes or (rendition.file_format != "png" and size > _MAX_QUALITY_GAIN * max_bytes):
            break
        rendition = _render(picture, _lossy_format(picture), quality, description)
    while len(rendition.image) > max_bytes and min(picture.height, picture.width) > _SMALLEST_SIDE:
        picture = _shrink(picture, len(rendition.image) / max_bytes)
        rendition = _render(picture, _lossy_format(picture), _QUALITIES[1], description)
    return rendition


def refit(
    image: bytes,
    max_bytes: int,
    limits: Limits | None = None,
    *,
    keep_description: bool = True,
    max_decoded_pixels: int | None = None,
) -> Rendition:
    """Reduce an encoded picture's file to a size limit.

    Args:
        image: The file's content.
        max_bytes: The limit.
        limits: The bounds of the picture.
        keep_description: Whether the file keeps a dream's settings.
        max_decoded_pixels: The most pixels to decode.

    Raises:
        PictureError: The picture cannot be read, or exceeds the limits.
    """
    description = None
    if keep_description:
        with contextlib.suppress(NoDreamInsideError):
            description = describe(image, limits)
    picture = decode(image, limits, max_decoded_pixels=max_decoded_pixels)
    if _has_too_much_alpha(picture):
        picture = _shrink(picture, 1.0)
    return fit(picture, _lossy_format(picture), max_bytes, description)


def _lossy_format(picture: Picture) -> Format:
    """WebP, or JPEG if a side is too long for WebP or encoding it would take many seconds."""
    too_long = max(picture.height, picture.width) > LONGEST_SIDE["webp"]
    too_slow = picture.height * picture.width > _MAX_WEBP_PIXELS and picture.alpha is None
    return "jpeg" if too_long or too_slow else "webp"


def _has_too_much_alpha(picture: Picture) -> bool:
    """Whether a picture is too large for WebP and has transparency, which JPEG does not support."""
    return picture.alpha is not None and picture.height * picture.width > _MAX_WEBP_PIXELS


def _render(
    picture: Picture, file_format: Format, quality: int | None, description: dict[str, Any] | None
) -> Rendition:
    try:
        image = encode(picture, file_format, description, quality)
    except (OSError, ValueError):
        if file_format != "webp":
            raise
        # WebP's first partition has a size limit, which very many detailed pixels can exceed.
        file_format = "jpeg" if picture.alpha is None else "png"
        image = encode(picture, file_format, description, quality)
    return Rendition(image, file_format, picture.height, picture.width)


def _shrink(picture: Picture, excess: float) -> Picture:
    """Shrink a picture by the ratio of its file size to the limit; file sizes are proportional to pixels."""
    if _has_too_much_alpha(picture):
        excess = max(excess, picture.height * picture.width / _MAX_WEBP_PIXELS)
    shortest = min(picture.height, picture.width)
    scale = max(min(_MAX_SCALE, excess**-0.5), _SMALLEST_SIDE / shortest)
    height, width = (round(side * scale) for side in (picture.height, picture.width))
    return picture.resized(height, width)

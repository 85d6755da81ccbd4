"""Makes a picture's file fit a limit: first by quality, then by size."""

import contextlib
from dataclasses import dataclass
from typing import Any

from dream_engine.errors import NoDreamInsideError
from dream_engine.images.decoding import Limits, decode
from dream_engine.images.encoding import LONGEST_SIDE, Format, describe, encode
from dream_engine.images.picture import Picture

_QUALITIES = (92, 80, 65)
"""WebP qualities worth having; below, a smaller picture looks better than a coarser one."""

_MOST_GAIN = 4
"""A file that is so many times too large is not made to fit by quality alone."""

_MOST_WEBP_PIXELS = 12_000_000
"""More take WebP's encoder many seconds, and at several times as many it can give up."""

_SHRINK = 0.8
_SMALLEST_SIDE = 64
"""Where shrinking ends: whoever asks for fewer bytes gets more than they asked for."""


@dataclass(frozen=True, slots=True)
class Rendition:
    """A picture as a file.

    Attributes:
        image: The file's content.
        file_format: What it is encoded as.
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
    """Encode a picture so that its file is no larger than a limit.

    Args:
        picture: The picture.
        file_format: What it becomes where that fits; else a WebP, or a JPEG where it is too large for one.
            A WebP that cannot be encoded becomes a JPEG, or a PNG where there is transparency.
        max_bytes: The limit; ``None`` for none.
        description: What made the picture, kept in the file.

    Returns:
        The best rendition that fits, or the smallest there is.
    """
    rendition = _rendition(picture, file_format, None, description)
    if max_bytes is None:
        return rendition
    qualities = _QUALITIES if file_format == "png" else _QUALITIES[1:]
    for quality in () if _has_too_much_alpha(picture) else qualities:
        size = len(rendition.image)
        if size <= max_bytes or (rendition.file_format != "png" and size > _MOST_GAIN * max_bytes):
            break
        rendition = _rendition(picture, _lossy(picture), quality, description)
    while len(rendition.image) > max_bytes and min(picture.height, picture.width) > _SMALLEST_SIDE:
        picture = _scaled(picture, len(rendition.image) / max_bytes)
        rendition = _rendition(picture, _lossy(picture), _QUALITIES[1], description)
    return rendition


def refit(
    image: bytes,
    max_bytes: int,
    limits: Limits | None = None,
    *,
    keep_description: bool = True,
    max_decoded_pixels: int | None = None,
) -> Rendition:
    """Make a finished picture's file smaller than a limit.

    Args:
        image: The file's content.
        max_bytes: The limit.
        limits: What the picture may be.
        keep_description: Whether what made it, if it is a dream, is still told in the file.
        max_decoded_pixels: How many pixels there is memory for.

    Raises:
        PictureError: It is no picture within the limits.
    """
    description = None
    if keep_description:
        with contextlib.suppress(NoDreamInsideError):
            description = describe(image, limits)
    picture = decode(image, limits, max_decoded_pixels=max_decoded_pixels)
    if _has_too_much_alpha(picture):
        picture = _scaled(picture, 1.0)
    return fit(picture, _lossy(picture), max_bytes, description)


def _lossy(picture: Picture) -> Format:
    """WebP, but JPEG where a side is too long for it, or where WebP would take many seconds."""
    too_long = max(picture.height, picture.width) > LONGEST_SIDE["webp"]
    too_slow = picture.height * picture.width > _MOST_WEBP_PIXELS and picture.alpha is None
    return "jpeg" if too_long or too_slow else "webp"


def _has_too_much_alpha(picture: Picture) -> bool:
    """Whether a picture is too large for WebP, and JPEG has no room for its transparency."""
    return picture.alpha is not None and picture.height * picture.width > _MOST_WEBP_PIXELS


def _rendition(
    picture: Picture, file_format: Format, quality: int | None, description: dict[str, Any] | None
) -> Rendition:
    try:
        image = encode(picture, file_format, description, quality)
    except (OSError, ValueError):
        if file_format != "webp":
            raise
        # The details of very many pixels do not fit into the part of the file where WebP describes them.
        file_format = "jpeg" if picture.alpha is None else "png"
        image = encode(picture, file_format, description, quality)
    return Rendition(image, file_format, picture.height, picture.width)


def _scaled(picture: Picture, excess: float) -> Picture:
    """The picture so much smaller as its file is too large; a file grows with the number of pixels."""
    if _has_too_much_alpha(picture):
        excess = max(excess, picture.height * picture.width / _MOST_WEBP_PIXELS)
    shortest = min(picture.height, picture.width)
    scale = max(min(_SHRINK, excess**-0.5), _SMALLEST_SIDE / shortest)
    height, width = (round(side * scale) for side in (picture.height, picture.width))
    return picture.resized(height, width)

"""Makes a picture's file fit a limit: first by quality, then by size."""

from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any

from dream_engine.errors import NoDreamInsideError
from dream_engine.images.decoding import decode
from dream_engine.images.encoding import LONGEST_SIDE, Format, describe, encode
from dream_engine.images.picture import Picture

_QUALITIES = (92, 80, 65)
"""WebP qualities worth having; below, a smaller picture looks better than a coarser one."""

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
    most_bytes: int | None = None,
    description: dict[str, Any] | None = None,
) -> Rendition:
    """Encode a picture so that its file is no larger than a limit.

    Args:
        picture: The picture.
        file_format: What it becomes where that fits; else a WebP, or a JPEG where it is too long for one.
        most_bytes: The limit; ``None`` for none.
        description: What made the picture, kept in the file.

    Returns:
        The best rendition that fits, or the smallest there is.
    """
    rendition = _rendition(picture, file_format, None, description)
    if most_bytes is None:
        return rendition
    for attempt in _ever_smaller(picture):
        if len(rendition.image) <= most_bytes:
            break
        rendition = _rendition(*attempt, description)
    return rendition


def refit(image: bytes, most_bytes: int) -> Rendition:
    """Make a finished dream's file smaller than a limit, with its description kept.

    Raises:
        PictureError: It is no picture.
    """
    try:
        description = describe(image)
    except NoDreamInsideError:
        description = None
    picture = decode(image)
    return fit(picture, _lossy(picture), most_bytes, description)


def _ever_smaller(picture: Picture) -> Iterator[tuple[Picture, Format, int]]:
    for quality in _QUALITIES:
        yield picture, _lossy(picture), quality
    while min(picture.height, picture.width) * _SHRINK >= _SMALLEST_SIDE:
        picture = _scaled(picture, _SHRINK)
        yield picture, _lossy(picture), _QUALITIES[1]


def _lossy(picture: Picture) -> Format:
    return "webp" if max(picture.height, picture.width) <= LONGEST_SIDE["webp"] else "jpeg"


def _rendition(
    picture: Picture, file_format: Format, quality: int | None, description: dict[str, Any] | None
) -> Rendition:
    image = encode(picture, file_format, description, quality)
    return Rendition(image, file_format, picture.height, picture.width)


def _scaled(picture: Picture, scale: float) -> Picture:
    height, width = (round(side * scale) for side in (picture.height, picture.width))
    return picture.resized(height, width)

"""The interface of the readers of all formats."""

from collections.abc import Callable, Iterator
from dataclasses import dataclass
from typing import Any

from PIL import Image

from dream_engine.errors import TooManyPixelsError, TooNarrowError, TooSmallError
from dream_engine.motion.clips import ClipLimits

Drawn = tuple[Image.Image, Image.Image | None]
"""An RGB image, and its alpha of mode ``L``, or ``None`` if it is opaque."""

_HASTE_MILLISECONDS = 10
_USUAL_MILLISECONDS = 100

_UPRIGHT = {
    2: Image.Transpose.FLIP_LEFT_RIGHT,
    3: Image.Transpose.ROTATE_180,
    4: Image.Transpose.FLIP_TOP_BOTTOM,
    5: Image.Transpose.TRANSPOSE,
    6: Image.Transpose.ROTATE_270,
    7: Image.Transpose.TRANSVERSE,
    8: Image.Transpose.ROTATE_90,
}
"""The operation that makes a picture of an EXIF orientation upright."""

_EXIF_ORIENTATION = 0x0112


@dataclass(frozen=True, slots=True)
class SourceFrame:
    """A frame of a source.

    Attributes:
        start: When it is shown, in ms from the start.
        end: Until when; the next frame's start takes precedence.
        draw: Returns the frame's pixels; to be called before the next frame is read.
    """

    start: float
    end: float
    draw: Callable[[], Drawn]


@dataclass(slots=True)
class Source:
    """An opened clip, in its own size.

    Attributes:
        width: The width in pixels of upright frames.
        height: Their height.
        frames: The frames, each read when it is asked for.
        source_frames: The number of frames; ``None`` if unknown.
        duration: How long the clip plays, in ms; ``None`` if unknown.
        loops: How often it plays: 0 for ever; ``None`` if not stated.
        has_sound: Whether it has a sound track.
        is_video: Whether it is a video.
        is_cut_short: Whether a part of the file is missing.
        has_more: Whether the clip goes on after the last frame that was read.
        orientation: The EXIF orientation of the pixels that the frames draw, from 1 to 8.
        to_srgb: Converts the colours that the frames draw, after they are shrunk; ``None`` if they are sRGB.
    """

    width: int
    height: int
    frames: Iterator[SourceFrame]
    source_frames: int | None = None
    duration: int | None = None
    loops: int | None = None
    has_sound: bool = False
    is_video: bool = False
    is_cut_short: bool = False
    has_more: bool = False
    orientation: int = 1
    to_srgb: Callable[[Image.Image], Image.Image] | None = None

    def upright(self, drawn: Drawn) -> Drawn:
        """Turn a frame as its orientation demands."""
        operation = _UPRIGHT.get(self.orientation)
        if operation is None:
            return drawn
        colours, alpha = drawn
        return colours.transpose(operation), None if alpha is None else alpha.transpose(operation)


def shown_milliseconds(stated: float) -> float:
    """How long browsers show an animation's frame: very short times mean that none was chosen."""
    return stated if stated > _HASTE_MILLISECONDS else _USUAL_MILLISECONDS


def swaps_sides(orientation: int) -> bool:
    """Whether an EXIF orientation exchanges width and height."""
    return orientation >= 5


def exif_orientation(image: Image.Image) -> int:
    """The EXIF orientation of an image, from 1 to 8; 1 if it is unknown or invalid."""
    try:
        orientation: Any = image.getexif().get(_EXIF_ORIENTATION, 1)
    except Exception:  # noqa: BLE001 - invalid EXIF data is ignored: the pixels are intact
        return 1
    return orientation if orientation in _UPRIGHT else 1


def check_shape(width: int, height: int, limits: ClipLimits) -> None:
    """Refuse frames whose shape exceeds the limits.

    Raises:
        TooManyPixelsError: There are more pixels.
        TooSmallError: A side is shorter.
        TooNarrowError: The sides differ more.
    """
    if width * height > limits.megapixels * 1e6:
        raise TooManyPixelsError(limit=limits.megapixels)
    if min(width, height) < limits.shortest_side:
        raise TooSmallError(width=width, height=height, limit=limits.shortest_side)
    if max(width, height) > limits.aspect * min(width, height):
        raise TooNarrowError(width=width, height=height, limit=f"{limits.aspect:g}")


def straight(image: Image.Image) -> Drawn:
    """Split an RGBA image into colours and alpha; an opaque one has no alpha."""
    alpha = image.getchannel("A")
    return image.convert("RGB"), None if alpha.getextrema() == (255, 255) else alpha

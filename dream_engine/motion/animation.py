"""The formats of animations, the options of their files, and what is known about a written one."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, Literal

from dream_engine.errors import FileError, TooLargeForFormatError

AnimationFormat = Literal["webp", "gif", "avif", "apng", "mp4", "webm"]

ANIMATION_FORMATS: Mapping[str, AnimationFormat] = {
    ".webp": "webp",
    ".gif": "gif",
    ".avif": "avif",
    ".apng": "apng",
    ".mp4": "mp4",
    ".webm": "webm",
}
"""The formats of animations, by file name suffix in lower case. A ``.png`` is a still."""

DEFAULT_QUALITIES: Mapping[AnimationFormat, int] = {
    "webp": 80,
    "gif": 80,
    "avif": 65,
    "apng": 100,
    "mp4": 80,
    "webm": 80,
}
"""The qualities at which a moving dream looks like its frames; each format has a scale of its own."""

LONGEST_SIDE: Mapping[AnimationFormat, int] = {
    "webp": 16383,
    "gif": 65535,
    "avif": 16384,
    "apng": 2**31 - 1,
    "mp4": 4096,
    "webm": 8192,
}
"""The longest side in pixels that common players show."""


def animation_format_of(path: Path) -> AnimationFormat:
    """The format of an animation by its file's suffix.

    Raises:
        FileError: The suffix stands for no format of animations.
    """
    try:
        return ANIMATION_FORMATS[path.suffix.lower()]
    except KeyError:
        raise FileError(reason=f"{path} must end in {', '.join(ANIMATION_FORMATS)}.") from None


@dataclass(frozen=True, slots=True)
class AnimationOptions:
    """How an animation's file is written.

    Attributes:
        size: The width and height in pixels. Frames of another size are resized. Videos lose the last
            column or row of an odd side.
        loops: How often the animation plays; 0 for without end, ``None`` for once. Players of videos decide
            that themselves.
        description: The dream's preset, settings and precision, for
            :func:`~dream_engine.motion.description.describe_animation` to read back.
        quality: From 0 to 100; ``None`` for the default. APNG is lossless and ignores it.
        sound: The content of the video whose sound the file gets, from that video's beginning and at most a
            minute; a child process reads it. Only MP4 and WebM can have sound.
        transparent: Whether the file has transparency; ``None`` if the first frame decides. Without it, or
            in a video, transparent pixels become white.
    """

    size: tuple[int, int]
    loops: int | None = 0
    description: dict[str, Any] | None = field(default=None, repr=False)
    quality: int | None = None
    sound: bytes | None = field(default=None, repr=False)
    transparent: bool | None = None

    @property
    def plays(self) -> int:
        """How often the animation plays; 0 for without end."""
        return 1 if self.loops is None else self.loops


Reduction = Literal["quality", "rate", "size"]
"""What a file had less of to fit: its quality, its frames a second, or its width and height."""


@dataclass(frozen=True, slots=True)
class AnimationRendition:
    """A written animation.

    Attributes:
        path: The file.
        file_format: Its format.
        bytes: Its size.
        width: In pixels.
        height: In pixels.
        frames: The number of frames.
        milliseconds: How long it is.
        quality: From 0 to 100, on the format's own scale.
        has_sound: Whether it has sound.
        reduced: Which of quality, frame rate and size were lowered so that the file fits, in that order.
    """

    path: Path
    file_format: AnimationFormat
    bytes: int
    width: int
    height: int
    frames: int
    milliseconds: float
    quality: int
    has_sound: bool = False
    reduced: tuple[Reduction, ...] = ()

    @property
    def fps(self) -> float:
        """The mean number of frames per second."""
        return 1000 * self.frames / self.milliseconds


def check_animation_size(size: tuple[int, int], file_format: AnimationFormat) -> None:
    """Check that a format supports a width and height in pixels.

    Raises:
        TooLargeForFormatError: A side is longer than the format supports.
    """
    longest = LONGEST_SIDE[file_format]
    if max(size) > longest:
        raise TooLargeForFormatError(format=file_format.upper(), limit=longest)

"""Opens writers of animations."""

from collections.abc import Mapping
from pathlib import Path

from dream_engine.errors import VideoMissingError
from dream_engine.motion.animation import (
    ANIMATION_FORMATS,
    DEFAULT_QUALITIES,
    AnimationFormat,
    AnimationOptions,
    animation_format_of,
    check_animation_size,
)
from dream_engine.motion.apng import ApngWriter
from dream_engine.motion.avif import AvifWriter
from dream_engine.motion.base_writer import AnimationWriter
from dream_engine.motion.gif import GifWriter
from dream_engine.motion.webp import WebPWriter

__all__ = [
    "ANIMATION_FORMATS",
    "DEFAULT_QUALITIES",
    "AnimationFormat",
    "AnimationOptions",
    "AnimationWriter",
    "animation_format_of",
    "check_animation_size",
    "open_writer",
]


_WRITERS: Mapping[AnimationFormat, type[AnimationWriter]] = {
    "webp": WebPWriter,
    "gif": GifWriter,
    "avif": AvifWriter,
    "apng": ApngWriter,
}
"""The writers that need no optional dependency."""


def open_writer(path: Path, file_format: AnimationFormat, options: AnimationOptions) -> AnimationWriter:
    """Open a file for an animation.

    Args:
        path: The file to write. An existing one is replaced when the animation is complete.
        file_format: The format, whatever the file's suffix.
        options: How the file is written.

    Raises:
        FileError: The file cannot be written.
        TooLargeForFormatError: A side is longer than the format supports.
        VideoMissingError: The format needs the extra ``video``, which is not installed.
    """
    check_animation_size(options.size, file_format)
    kind = _WRITERS.get(file_format) or _video_writers()[file_format]
    return kind(path, options)


def _video_writers() -> Mapping[AnimationFormat, type[AnimationWriter]]:
    try:
        from dream_engine.motion.video import Mp4Writer, WebmWriter  # noqa: PLC0415 - needs the extra
    except ImportError:
        raise VideoMissingError from None
    return {"mp4": Mp4Writer, "webm": WebmWriter}

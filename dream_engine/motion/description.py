"""Stores dreams' settings in animations, and reads them back."""

import json
from typing import Any

from PIL import ExifTags, Image

from dream_engine import __version__
from dream_engine.errors import NoDreamInsideError
from dream_engine.images import Limits, describe
from dream_engine.motion.comments import gif_comment, mp4_comment, webm_comment

_GIF = (b"GIF87a", b"GIF89a")
_EBML = b"\x1a\x45\xdf\xa3"
_VIDEO_BRANDS = (b"iso", b"mp4", b"avc1", b"M4V", b"qt")


def software() -> str:
    """The name and version of the program, as files store it."""
    return f"dream-bot {__version__}"


def text_of(description: dict[str, Any]) -> str:
    """Encode a description as text in ASCII, for a format's comment."""
    return json.dumps(description)


def exif_of(description: dict[str, Any]) -> bytes:
    """Encode a description as EXIF, without the prefix that only JPEG needs."""
    exif = Image.Exif()
    exif[ExifTags.Base.Software] = software()
    exif[ExifTags.Base.ImageDescription] = text_of(description)
    return exif.tobytes().removeprefix(b"Exif\0\0")


def describe_animation(data: bytes, limits: Limits | None = None) -> dict[str, Any]:
    """Read a dream's preset, settings and precision from the file of an animation or a picture.

    No frame is decoded, except by formats whose metadata Pillow reads.

    Args:
        data: The file's content.
        limits: The bounds of a picture.

    Raises:
        PictureError: The file cannot be read, exceeds the limits, or contains no dream settings.
    """
    if data[:6] in _GIF:
        comment = gif_comment(data)
    elif data[4:8] == b"ftyp" and data[8:12].startswith(_VIDEO_BRANDS):
        comment = mp4_comment(data)
    elif data[:4] == _EBML:
        comment = webm_comment(data)
    else:
        return describe(data, limits)
    try:
        description = json.loads(comment or b"")
    except (ValueError, RecursionError) as error:  # other programs' comments can be anything
        raise NoDreamInsideError from error
    if not isinstance(description, dict) or "settings" not in description:
        raise NoDreamInsideError
    return description

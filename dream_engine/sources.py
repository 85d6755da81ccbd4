"""Reads a picture that a caller gives as a path, bytes, a file or a Pillow image."""

import io
import os
from pathlib import Path
from typing import IO, Any, TypeAlias

from PIL import ExifTags, Image

from dream_engine.errors import DamagedPictureError, FileError, SettingsError
from dream_engine.file_content import read
from dream_engine.images import Limits

Source: TypeAlias = str | os.PathLike[str] | bytes | bytearray | memoryview | IO[bytes] | Image.Image
"""A path, the content of a file, a file opened for reading in binary, or a Pillow image."""

_PNG_MODES = frozenset({"1", "L", "LA", "P", "RGB", "RGBA", "I", "I;16"})
"""The modes of Pillow images that PNG stores without loss."""

_TIFF_MODES = frozenset({"CMYK", "LAB"})
"""The modes that only TIFF stores."""

_PREMULTIPLIED = {"RGBa": "RGBA", "La": "LA"}


def read_source(
    source: Source, name: str = "source", limits: Limits | None = None, megabytes: float | None = None
) -> bytes:
    """Read the content of a picture's file.

    Args:
        source: The picture. A Pillow image is encoded without loss and keeps its EXIF orientation and its
            colour profile; an animation is reduced to its current frame.
        name: The picture's name in error messages.
        limits: The bound of a file's size. At most one byte more is read, which shows that it is exceeded.
        megabytes: The bound of a file's size in units of 10⁶ bytes, if it is not that of the limits.

    Raises:
        FileError: The file cannot be read.
        PictureError: The Pillow image cannot be loaded.
        SettingsError: The source has an unsupported type.
    """
    if isinstance(source, bytes):
        return source
    if isinstance(source, bytearray | memoryview):
        return bytes(source)
    if isinstance(source, str | os.PathLike):
        return read(Path(source), megabytes)
    if isinstance(source, Image.Image):
        return _encoded(source)
    return _read_open_file(source, name, (limits or Limits()).megabytes if megabytes is None else megabytes)


def _read_open_file(file: Any, name: str, megabytes: float) -> bytes:
    bound = "a path, bytes, a file opened in binary mode or a Pillow image"
    if not callable(getattr(file, "read", None)):
        raise SettingsError(field=name, bound=bound, value=f"a {type(file).__name__}")
    try:
        content = file.read(int(megabytes * 1e6) + 1)
    except (OSError, ValueError) as error:
        raise FileError(reason=f"The {name} cannot be read: {error}.") from error
    if not isinstance(content, bytes):
        raise SettingsError(field=name, bound=bound, value=f"a file that gives {type(content).__name__}")
    return content


def _encoded(image: Image.Image) -> bytes:
    exif, profile = image.getexif(), image.info.get("icc_profile")
    if image.mode in _PREMULTIPLIED:
        image = image.convert(_PREMULTIPLIED[image.mode])
    elif image.mode not in _PNG_MODES | _TIFF_MODES:
        image = image.convert("RGBA" if "transparency" in image.info or image.mode == "PA" else "RGB")
        profile = None
    buffer = io.BytesIO()
    try:
        if image.mode in _TIFF_MODES:
            image.save(buffer, "TIFF", icc_profile=profile, exif=_orientation_only(exif))
        else:
            # Compress for speed: the file exists only until it is decoded again.
            image.save(buffer, "PNG", icc_profile=profile, exif=_orientation_only(exif), compress_level=1)
    except (OSError, ValueError, SyntaxError, SystemError) as error:
        raise DamagedPictureError from error
    return buffer.getvalue()


def _orientation_only(exif: Image.Exif) -> Image.Exif:
    kept = Image.Exif()
    if (orientation := exif.get(ExifTags.Base.Orientation)) is not None:
        kept[ExifTags.Base.Orientation] = orientation
    return kept

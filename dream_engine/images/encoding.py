"""Encodes pictures, with their dream settings as metadata."""

import io
import json
from collections.abc import Mapping
from pathlib import Path
from typing import Any, Literal

import numpy as np
from PIL import ExifTags, Image

import dream_engine
from dream_engine.errors import FileError, NoDreamInsideError, TooLargeForFormatError
from dream_engine.images.decoding import Limits, opened
from dream_engine.images.picture import Picture
from dream_engine.shapes import Shape

Format = Literal["png", "jpeg", "webp"]

_OPTIONS: dict[Format, dict[str, Any]] = {
    "png": {"compress_level": 6},
    "jpeg": {"quality": 93, "subsampling": 0},
    "webp": {"quality": 92, "method": 4},
}

FORMATS: Mapping[str, Format] = {".png": "png", ".jpg": "jpeg", ".jpeg": "jpeg", ".webp": "webp"}
"""The supported output formats, by file name suffix in lower case."""

LONGEST_SIDE: dict[Format, int] = {"png": 2**31 - 1, "jpeg": 65500, "webp": 16383}


def format_of(path: Path) -> Format:
    """The format of a file by its suffix.

    Raises:
        FileError: The suffix stands for no output format.
    """
    try:
        return FORMATS[path.suffix.lower()]
    except KeyError:
        raise FileError(reason=f"{path} must end in {', '.join(FORMATS)}.") from None


def check_encodable(picture: Picture, file_format: Format) -> None:
    """Check before a dream that a picture of this size can be encoded after it.

    Raises:
        TooLargeForFormatError: A side is longer than the format supports.
    """
    longest = LONGEST_SIDE[file_format]
    if max(picture.width, picture.height) > longest:
        raise TooLargeForFormatError(format=file_format.upper(), limit=longest)


def encode(
    picture: Picture,
    file_format: Format,
    description: dict[str, Any] | None = None,
    quality: int | None = None,
) -> bytes:
    """Encode a picture.

    Args:
        picture: The picture; JPEG has no alpha, so transparency becomes white there.
        file_format: ``png``, ``jpeg`` or ``webp``.
        description: The dream's preset, settings and precision, for :func:`describe` to read back. The file
            has no other metadata.
        quality: From 0 to 100, for JPEG and WebP; by default visually lossless.

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
    exif = Image.Exif()
    if description is not None:
        exif[ExifTags.Base.Software] = f"dream-bot {dream_engine.__version__}"
        exif[ExifTags.Base.ImageDescription] = json.dumps(description)
    buffer = io.BytesIO()
    options = _OPTIONS[file_format] | ({} if quality is None else {"quality": quality})
    image.save(buffer, file_format, exif=exif, **options)
    return buffer.getvalue()


def describe(data: bytes, limits: Limits | None = None) -> dict[str, Any]:
    """Read a dream's preset, settings and precision from its file.

    Raises:
        PictureError: The picture cannot be read, exceeds the limits, or contains no dream settings.
    """
    with opened(data, limits or Limits()) as image:
        try:
            description = json.loads(image.getexif()[ExifTags.Base.ImageDescription])
        except (KeyError, TypeError, ValueError) as error:  # other programs' metadata can be anything
            raise NoDreamInsideError from error
    if not isinstance(description, dict) or "settings" not in description:
        raise NoDreamInsideError
    return description


def encode_frame(picture: Picture) -> bytes:
    """Encode a frame of a motion losslessly and quickly, as a PNG."""
    image = Image.fromarray(picture.rgb)
    if picture.alpha is not None:
        image.putalpha(Image.fromarray(picture.alpha))
    buffer = io.BytesIO()
    image.save(buffer, "png", compress_level=1)
    return buffer.getvalue()


def encode_preview(rgb: np.ndarray, shape: Shape, alpha: np.ndarray | None = None) -> bytes:
    """Encode a preview of a running dream.

    Args:
        rgb: uint8 ``[height, width, 3]``.
        shape: The height and width of the preview in pixels; smaller octaves are enlarged to it.
        alpha: uint8 ``[height, width]``; ``None`` if the dream is opaque.

    Returns:
        A JPEG, or a WebP if there is transparency.
    """
    size, buffer = shape[::-1], io.BytesIO()
    if alpha is None:
        image = Image.fromarray(rgb).resize(size, Image.Resampling.BICUBIC, reducing_gap=2.0)
        image.save(buffer, "jpeg", quality=80)
    else:
        image = Image.fromarray(np.dstack([rgb, alpha]))  # Pillow premultiplies RGBA when it resizes
        image.resize(size, Image.Resampling.BICUBIC).save(buffer, "webp", quality=80, method=2)
    return buffer.getvalue()

"""Prepares a file for its decoder: checks bounds, drops parts that the pixels do not need, adds an end."""

import re
from dataclasses import dataclass

from dream_engine.errors import PictureBombError
from dream_engine.images import tiff_stream
from dream_engine.images.container import check_container, missing_bytes
from dream_engine.images.gif_stream import read_gif
from dream_engine.images.jpeg_stream import read_jpeg
from dream_engine.images.png_stream import SIGNATURE, read_png
from dream_engine.images.recognition import RAW, looks_like, starts_like_picture
from dream_engine.images.webp_stream import read_webp

_JPEG_START = re.compile(rb"\xff\xd8\xff[\xc0\xc1\xc2\xc4\xdb\xdd\xe0-\xef\xfe]")
_RUN_LENGTHS = (b"\1", b"\2")
_MAX_RUN_BYTES = 4_000_000
"""Pillow decodes a BMP's run lengths in Python, which takes a second for this many bytes."""

_MAX_FOREIGN_BYTES = 1024
"""The bytes at the start of a file in which a misplaced start of a picture is searched for."""


@dataclass(frozen=True, slots=True)
class PreparedFile:
    """A file that is ready for its decoder.

    Attributes:
        files: The file's content; several if the picture's colours are stored separately.
        probe: The same with other data for the missing part, if the file is truncated.
        is_complete: Whether the file has every part that it declares, as far as is known before decoding.
        decoder_bytes: The bytes that the decoder holds of the whole picture, at any decoded size.
        rejected_as: The kind of the file if it starts like a picture but is not readable as one.
    """

    files: tuple[bytes, ...]
    probe: bytes | None = None
    is_complete: bool = True
    decoder_bytes: int = 0
    rejected_as: str | None = None


def prepare(data: bytes, max_pixels: float) -> PreparedFile:
    """Prepare a file for its decoder. A file of unknown format is left as it is.

    Args:
        data: The file's content.
        max_pixels: The most pixels that a picture may have.

    Raises:
        DamagedPictureError: The file is inconsistent.
        PictureBombError: Decoding would take excessive memory or time for the number of pixels.
    """
    data = strip_foreign_start(data)
    if data.startswith(b"\xff\xd8\xff"):
        jpeg = read_jpeg(data)
        return PreparedFile((jpeg.data,), jpeg.probe, jpeg.is_complete, jpeg.coefficient_bytes)
    if data.startswith(b"RIFF") and data[8:12] == b"WEBP":
        webp = read_webp(data)
        return PreparedFile((webp.data,), webp.probe)
    if data.startswith(tiff_stream.STARTS):
        if tiff_stream.is_raw(data):
            return PreparedFile((data,), rejected_as=RAW)
        tiff = tiff_stream.read_tiff(data)
        return PreparedFile(tiff.planes, tiff.probe)
    if data[4:8] == b"ftyp":
        check_container(data, max_pixels)
        missing = missing_bytes(data)
        return PreparedFile((data + bytes(missing),), data + b"\x5a" * missing if missing else None)
    if data.startswith(SIGNATURE):
        data = read_png(data)
    elif data.startswith((b"GIF87a", b"GIF89a")):
        data = read_gif(data)
    elif data.startswith(b"BM") and data[30:31] in _RUN_LENGTHS and len(data) > _MAX_RUN_BYTES:
        raise PictureBombError
    return PreparedFile((data,))


def strip_foreign_start(data: bytes) -> bytes:
    """Remove bytes that precede a picture by mistake: white space, or up to a kibibyte before a JPEG."""
    if starts_like_picture(data):
        return data
    start = data[:_MAX_FOREIGN_BYTES]
    stripped = start.removeprefix(b"\xef\xbb\xbf").lstrip(b"\0\t\n\r ")
    skipped = len(start) - len(stripped)
    if skipped and starts_like_picture(stripped) and not stripped.startswith(b"BM"):
        return data[skipped:]
    if looks_like(data) not in ("a text file", "something else"):
        return data
    begin = _JPEG_START.search(start)
    return data if begin is None else data[begin.start() :]

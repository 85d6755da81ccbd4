"""Makes a file ready for its decoder: bounded, without what the pixels do not need, and with an end."""

import re
from dataclasses import dataclass

from dream_engine.errors import PictureBombError
from dream_engine.images import tiff_stream
from dream_engine.images.container import check_container, missing_bytes
from dream_engine.images.gif_stream import read_gif
from dream_engine.images.jpeg_stream import read_jpeg
from dream_engine.images.png_stream import SIGNATURE, read_png
from dream_engine.images.recognition import RAW, begins_like_a_picture, looks_like
from dream_engine.images.webp_stream import read_webp

_JPEG_BEGINS = re.compile(rb"\xff\xd8\xff[\xc0\xc1\xc2\xc4\xdb\xdd\xe0-\xef\xfe]")
_RUN_LENGTHS = (b"\1", b"\2")
_MOST_RUN_BYTES = 4_000_000
"""Pillow reads a BMP's run lengths in Python, which takes a second for so many bytes."""

_FOREIGN_BYTES = 1024
"""So far into a file, the beginning of a picture is searched for behind what does not belong to it."""


@dataclass(frozen=True, slots=True)
class Prepared:
    """A file that is ready for its decoder.

    Attributes:
        files: The file's content; several, where the picture's colours are stored apart.
        probe: The same with other data in place of what is missing, if the file broke off.
        is_complete: Whether the file has every part that it speaks of, as far as can be told undecoded.
        whole_bytes: What the decoder holds of the whole picture, whatever size it is decoded at.
        refused_as: What the file is, if it begins like a picture and is none.
    """

    files: tuple[bytes, ...]
    probe: bytes | None = None
    is_complete: bool = True
    whole_bytes: int = 0
    refused_as: str | None = None


def prepared(data: bytes, most_pixels: float) -> Prepared:
    """Make a file ready for its decoder; one of no known format is left as it is.

    Args:
        data: The file's content.
        most_pixels: How many pixels a picture may have.

    Raises:
        DamagedPictureError: Its parts contradict each other.
        PictureBombError: Decoding it would take memory or time out of all proportion to its pixels.
    """
    data = without_foreign_start(data)
    if data.startswith(b"\xff\xd8\xff"):
        jpeg = read_jpeg(data)
        return Prepared((jpeg.data,), jpeg.probe, jpeg.is_complete, jpeg.coefficient_bytes)
    if data.startswith(b"RIFF") and data[8:12] == b"WEBP":
        webp = read_webp(data)
        return Prepared((webp.data,), webp.probe)
    if data.startswith(tiff_stream.STARTS):
        if tiff_stream.is_raw(data):
            return Prepared((data,), refused_as=RAW)
        tiff = tiff_stream.read_tiff(data)
        return Prepared(tiff.planes, tiff.probe)
    if data[4:8] == b"ftyp":
        check_container(data, most_pixels)
        missing = missing_bytes(data)
        return Prepared((data + bytes(missing),), data + b"\x5a" * missing if missing else None)
    if data.startswith(SIGNATURE):
        data = read_png(data)
    elif data.startswith((b"GIF87a", b"GIF89a")):
        data = read_gif(data)
    elif data.startswith(b"BM") and data[30:31] in _RUN_LENGTHS and len(data) > _MOST_RUN_BYTES:
        raise PictureBombError
    return Prepared((data,))


def without_foreign_start(data: bytes) -> bytes:
    """Leave out what stands before a picture by mistake: white space, or a few bytes before a JPEG."""
    if begins_like_a_picture(data):
        return data
    start = data[:_FOREIGN_BYTES]
    stripped = start.removeprefix(b"\xef\xbb\xbf").lstrip(b"\0\t\n\r ")
    skipped = len(start) - len(stripped)
    if skipped and begins_like_a_picture(stripped) and not stripped.startswith(b"BM"):
        return data[skipped:]
    if looks_like(data) not in ("a text", "something else"):
        return data
    begin = _JPEG_BEGINS.search(start)
    return data if begin is None else data[begin.start() :]

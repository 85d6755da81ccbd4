"""Builds damaged, unusual or hostile files from small pictures."""

import io
import struct
import zlib
from collections.abc import Sequence

import numpy as np
from PIL import Image

from dream_engine.images import Picture

HEIGHT, WIDTH = 96, 128


def gradient(height: int = HEIGHT, width: int = WIDTH) -> Image.Image:
    """A picture without symmetry: red increases to the right, green downward, one corner is blue."""
    rows, columns = np.mgrid[0:height, 0:width]
    corner = (rows < height / 2) & (columns < width / 2)
    channels = [columns * 255 // width, rows * 255 // height, corner * 200]
    return Image.fromarray(np.stack(channels, axis=-1).astype(np.uint8))


def saved(image: Image.Image, file_format: str, **options) -> bytes:
    buffer = io.BytesIO()
    image.save(buffer, file_format, **options)
    return buffer.getvalue()


def difference(picture: Picture, image: Image.Image, rows: int | None = None) -> float:
    """The mean difference of two pictures, in their first rows or all."""
    shown, expected = picture.rgb.astype(float)[:rows], np.asarray(image.convert("RGB"), float)[:rows]
    return float(np.abs(shown - expected).mean())


def segment(kind: int, content: bytes) -> bytes:
    """A segment of a JPEG."""
    return b"\xff" + bytes([kind]) + struct.pack(">H", len(content) + 2) + content


def chunk(kind: bytes, content: bytes) -> bytes:
    """A chunk of a PNG."""
    return struct.pack(">I", len(content)) + kind + content + struct.pack(">I", zlib.crc32(kind + content))


def with_chunks(png: bytes, *chunks: bytes) -> bytes:
    """A PNG with more chunks before its pixels."""
    return png[:33] + b"".join(chunks) + png[33:]


def without_checksum(chunk: bytes) -> bytes:
    """A PNG chunk with a wrong checksum."""
    return chunk[:-1] + bytes([chunk[-1] ^ 1])


def riff_chunk(kind: bytes, content: bytes) -> bytes:
    """A chunk of a WebP."""
    return kind + struct.pack("<I", len(content)) + content + b"\0" * (len(content) % 2)


def tiff(
    *directories: dict[int, Sequence[int]], data: bytes = b"", order: str = "<", big: bool = False
) -> bytes:
    """A TIFF with a chain of directories after its pixels, which start at byte 16."""
    word, count, size = ("Q", "Q", 8) if big else ("I", "H", 4)
    kind = 16 if big else 4
    start = (b"II" if order == "<" else b"MM") + struct.pack(order + "H", 43 if big else 42)
    content = data + b"\0" * (len(data) % 2)
    position = 16 + len(content)
    first, bodies = position, b""
    for number, entries in enumerate(directories):
        length = struct.calcsize(order + count) + len(entries) * (4 + 2 * size) + size
        listed, apart = b"", b""
        for tag, values in sorted(entries.items()):
            packed = struct.pack(f"{order}{len(values)}{word}", *values)
            if len(values) > 1:
                packed, apart = struct.pack(order + word, position + length + len(apart)), apart + packed
            listed += struct.pack(f"{order}HH{word}", tag, kind, len(values)) + packed
        following = position + length + len(apart) if number + 1 < len(directories) else 0
        bodies += (
            struct.pack(order + count, len(entries)) + listed + struct.pack(order + word, following) + apart
        )
        position += length + len(apart)
    header = start + (struct.pack(order + "HHQ", 8, 0, first) if big else struct.pack(order + "I", first))
    return header.ljust(16, b"\0") + content + bodies


def grey_tiff(height: int, width: int, **changes: int | Sequence[int]) -> dict[int, Sequence[int]]:
    """The directory of a greyscale picture in one strip, with changed tags such as ``t322=16``."""
    entries: dict[int, Sequence[int]] = {
        256: [width], 257: [height], 258: [8], 259: [1], 262: [1], 273: [16], 277: [1], 278: [height],
        279: [height * width],
    }  # fmt: skip
    for name, value in changes.items():
        entries[int(name[1:])] = [value] if isinstance(value, int) else value
    return entries

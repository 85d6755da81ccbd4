"""Writes animated PNG files, frame by frame.

The chunks are written here (PNG specification, third edition, 11.3.6), because Pillow keeps all frames in
memory until it has the last.
"""

import io
import zlib
from collections.abc import Callable, Iterator
from functools import partial
from typing import BinaryIO

from PIL import Image

from dream_engine.motion.base_writer import Timing
from dream_engine.motion.description import exif_of
from dream_engine.motion.frame_encoding import Box, ChangeFinder, EncodedFrame, FrameEncodingWriter

_SIGNATURE = b"\x89PNG\r\n\x1a\n"
_RGB, _RGBA = 2, 6
_COMPRESS_LEVEL = 6
_ANIMATION_CONTROL = len(_SIGNATURE) + 12 + 13
"""The position of the chunk that holds the number of frames: behind the header."""


class ApngWriter(FrameEncodingWriter):
    """Writes an animated PNG."""

    file_format = "apng"

    def _write_header(self, file: BinaryIO) -> None:
        self._timing = Timing(1.0)
        self._changes = ChangeFinder()
        self._chunks = 0
        width, height = self.options.size
        kind = _RGBA if self._transparent else _RGB
        header = width.to_bytes(4) + height.to_bytes(4) + bytes([8, kind, 0, 0, 0])
        file.write(_SIGNATURE + _chunk(b"IHDR", header) + self._animation_control())
        if self.options.description is not None:
            file.write(_chunk(b"eXIf", exif_of(self.options.description)))

    def _encoder(self, image: Image.Image, milliseconds: float) -> Callable[[], EncodedFrame]:
        if image.mode == "RGBA":
            hidden = image.getchannel("A").point([255] + 255 * [0], "L")
            image.paste((0, 0, 0, 0), mask=hidden)  # their colours would make up most of the file
        return partial(_encode, image, self._changes.box(image), self._timing.add(milliseconds))

    def _write(self, file: BinaryIO, frame: EncodedFrame) -> None:
        left, top, right, bottom = frame.box
        numbers = (self._chunks, right - left, bottom - top, left, top)
        control = b"".join(number.to_bytes(4) for number in numbers) + _delay(frame.units) + bytes(2)
        file.write(_chunk(b"fcTL", control))
        if self._chunks == 0:
            file.write(_chunk(b"IDAT", frame.content))
            self._chunks = 1
        else:
            file.write(_chunk(b"fdAT", (self._chunks + 1).to_bytes(4) + frame.content))
            self._chunks += 2

    def _write_end(self, file: BinaryIO) -> None:
        file.write(_chunk(b"IEND", b""))
        file.seek(_ANIMATION_CONTROL)
        file.write(self._animation_control())

    def _animation_control(self) -> bytes:
        return _chunk(b"acTL", self.frames.to_bytes(4) + self.options.plays.to_bytes(4))


def _encode(image: Image.Image, box: Box, units: int) -> EncodedFrame:
    buffer = io.BytesIO()
    image.crop(box).save(buffer, "png", compress_level=_COMPRESS_LEVEL)
    chunks = _chunks(buffer.getvalue())
    return EncodedFrame(b"".join(content for kind, content in chunks if kind == b"IDAT"), box, units)


def _chunks(data: bytes) -> Iterator[tuple[bytes, bytes]]:
    position = len(_SIGNATURE)
    while position < len(data):
        length = int.from_bytes(data[position : position + 4])
        yield data[position + 4 : position + 8], data[position + 8 : position + 8 + length]
        position += 12 + length


def _chunk(kind: bytes, content: bytes) -> bytes:
    return len(content).to_bytes(4) + kind + content + zlib.crc32(kind + content).to_bytes(4)


def _delay(milliseconds: int) -> bytes:
    """A duration as a fraction of a second; whole seconds if there are too many milliseconds."""
    if milliseconds < 2**16:
        return milliseconds.to_bytes(2) + (1000).to_bytes(2)
    return min(round(milliseconds / 1000), 2**16 - 1).to_bytes(2) + (1).to_bytes(2)

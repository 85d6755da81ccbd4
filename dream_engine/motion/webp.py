"""Writes animated WebP files, frame by frame.

The container is written here (RFC 9649, "Animation"), because Pillow encodes an animation only once it has
all frames. Each frame is encoded as a still; for frames whose every pixel changes, the files are as small as
those of libwebp's animation encoder.
"""

import io
from collections.abc import Callable, Iterator
from functools import partial
from typing import BinaryIO

from PIL import Image

from dream_engine.motion.base_writer import Timing
from dream_engine.motion.description import exif_of
from dream_engine.motion.frame_encoding import Box, ChangeFinder, EncodedFrame, FrameEncodingWriter

_METHOD = 4
"""Of libwebp's methods 0 to 6; 6 takes twice as long for a file that is 0.5 to 2 % smaller."""

_EXIF, _ALPHA, _ANIMATION = 0x08, 0x10, 0x02
_DO_NOT_BLEND = 0x02
_BITSTREAMS = {b"ALPH", b"VP8 ", b"VP8L"}
_LONGEST_MILLISECONDS = 2**24 - 1
_MOST_LOOPS = 2**16 - 1


class WebPWriter(FrameEncodingWriter):
    """Writes an animated WebP."""

    file_format = "webp"

    def _write_header(self, file: BinaryIO) -> None:
        self._timing = Timing(1.0)
        self._changes = ChangeFinder()
        width, height = self.options.size
        described = self.options.description is not None
        flags = _ANIMATION | (_ALPHA if self._transparent else 0) | (_EXIF if described else 0)
        canvas = bytes([flags, 0, 0, 0]) + _three_bytes(width - 1) + _three_bytes(height - 1)
        loops = min(self.options.plays, _MOST_LOOPS)
        file.write(b"RIFF\0\0\0\0WEBP")
        file.write(_chunk(b"VP8X", canvas) + _chunk(b"ANIM", bytes(4) + loops.to_bytes(2, "little")))

    def _encoder(self, image: Image.Image, milliseconds: float) -> Callable[[], EncodedFrame]:
        units = min(self._timing.add(milliseconds), _LONGEST_MILLISECONDS)
        return partial(_encode, image, self._changes.box(image, step=2), units, self._quality)

    def _write(self, file: BinaryIO, frame: EncodedFrame) -> None:
        left, top, right, bottom = frame.box
        position = _three_bytes(left // 2) + _three_bytes(top // 2)
        size = _three_bytes(right - left - 1) + _three_bytes(bottom - top - 1)
        header = position + size + _three_bytes(frame.units) + bytes([_DO_NOT_BLEND])
        file.write(_chunk(b"ANMF", header + frame.content))

    def _write_end(self, file: BinaryIO) -> None:
        if self.options.description is not None:
            file.write(_chunk(b"EXIF", exif_of(self.options.description)))
        length = file.tell() - 8
        file.seek(4)
        file.write(length.to_bytes(4, "little"))


def _encode(image: Image.Image, box: Box, units: int, quality: int) -> EncodedFrame:
    buffer = io.BytesIO()
    image.crop(box).save(buffer, "webp", quality=quality, method=_METHOD)
    chunks = _chunks(buffer.getvalue())
    return EncodedFrame(b"".join(_chunk(*chunk) for chunk in chunks if chunk[0] in _BITSTREAMS), box, units)


def _chunks(data: bytes) -> Iterator[tuple[bytes, bytes]]:
    position = 12
    while position < len(data):
        length = int.from_bytes(data[position + 4 : position + 8], "little")
        yield data[position : position + 4], data[position + 8 : position + 8 + length]
        position += 8 + length + length % 2


def _chunk(kind: bytes, content: bytes) -> bytes:
    return kind + len(content).to_bytes(4, "little") + content + b"\0" * (len(content) % 2)


def _three_bytes(value: int) -> bytes:
    return value.to_bytes(3, "little")

"""Writes animated GIF files, frame by frame.

The blocks are written here (GIF89a specification), because Pillow keeps all frames in memory until it has the
last, and merges equal ones.
"""

from collections.abc import Callable, Iterator
from functools import partial
from pathlib import Path
from typing import BinaryIO

import numpy as np
from PIL import Image

from dream_engine.motion.animation import AnimationOptions
from dream_engine.motion.base_writer import Timing
from dream_engine.motion.description import text_of
from dream_engine.motion.frame_encoding import Box, EncodedFrame, FrameEncodingWriter
from dream_engine.motion.gif_palette import HeldPalette

_TRANSPARENT = 255
"""The index of transparent pixels; the palette has 255 colours before it."""

_CODE_BITS = 8
_KEEP, _RESTORE_BACKGROUND = 1 << 2, 2 << 2
_HAS_TRANSPARENCY = 1
_COLOUR_TABLE = 0x87  # present, with 2 ** (7 + 1) colours
_SHORTEST_UNITS = 2
"""In 1/100 s; browsers show frames of fewer for 1/10 s."""
_LONGEST_UNITS = 2**16 - 1
_MOST_REPEATS = 2**16 - 1
_BLOCK_BYTES = 255


class GifWriter(FrameEncodingWriter):
    """Writes an animated GIF.

    Opaque frames contain only the pixels that change, so that the rest neither flickers nor takes space.
    Frames with transparency are whole, because only then can pixels become transparent again.
    """

    file_format = "gif"

    def __init__(self, path: Path, options: AnimationOptions) -> None:
        super().__init__(path, options, threads=1)  # a frame depends on the one before
        self._timing = Timing(10.0, _SHORTEST_UNITS)
        self._palette = HeldPalette(_colours_of(self._quality))
        self._before: Image.Image | None = None
        self._shown: np.ndarray | None = None

    def _write_header(self, file: BinaryIO) -> None:
        width, height = self.options.size
        file.write(b"GIF89a" + width.to_bytes(2, "little") + height.to_bytes(2, "little") + bytes(3))
        if self.options.plays != 1:
            repeats = min(max(self.options.plays - 1, 0), _MOST_REPEATS)
            content = b"\x01" + repeats.to_bytes(2, "little")
            file.write(b"\x21\xff\x0bNETSCAPE2.0" + bytes([len(content)]) + content + b"\0")
        if self.options.description is not None:
            file.write(b"\x21\xfe" + b"".join(_blocks(text_of(self.options.description).encode())) + b"\0")

    def _encoder(self, image: Image.Image, milliseconds: float) -> Callable[[], EncodedFrame]:
        units = min(self._timing.add(milliseconds), _LONGEST_UNITS)
        return partial(self._encode, image, units)

    def _encode(self, image: Image.Image, units: int) -> EncodedFrame:
        colours = image.convert("RGB")
        quantized, is_new = self._palette.quantize(colours)
        indices = np.array(quantized)
        unchanged = self._unchanged(image)
        box: Box = (0, 0, *image.size)
        if self._transparent:
            if self._shown is not None and not is_new:
                indices = np.where(unchanged, self._shown, indices)
            indices[np.asarray(image.getchannel("A")) < 128] = _TRANSPARENT
            self._shown = indices
        else:
            indices[unchanged] = _TRANSPARENT
            box = _box_of(~unchanged)
        left, top, right, bottom = box
        shown = Image.fromarray(indices[top:bottom, left:right])
        content = shown.tobytes("gif", "L", _CODE_BITS, 0)
        return EncodedFrame(self._palette.table + bytes([_CODE_BITS]) + content + b"\0", box, units)

    def _unchanged(self, image: Image.Image) -> np.ndarray:
        """Find the pixels that are as in the frame before, bool ``[height, width]``."""
        before, self._before = self._before, image
        if before is None:
            return np.zeros(image.size[::-1], bool)
        same: np.ndarray = (np.asarray(before) == np.asarray(image)).all(axis=-1)
        return same

    def _write(self, file: BinaryIO, frame: EncodedFrame) -> None:
        disposal = _RESTORE_BACKGROUND if self._transparent else _KEEP
        left, top, right, bottom = frame.box
        units = frame.units.to_bytes(2, "little")
        file.write(b"\x21\xf9\x04" + bytes([disposal | _HAS_TRANSPARENCY]) + units + bytes([_TRANSPARENT, 0]))
        numbers = (left, top, right - left, bottom - top)
        file.write(b"\x2c" + b"".join(number.to_bytes(2, "little") for number in numbers))
        file.write(bytes([_COLOUR_TABLE]) + frame.content)

    def _write_end(self, file: BinaryIO) -> None:
        file.write(b"\x3b")


def _colours_of(quality: int) -> int:
    """The number of colours of a palette for a quality; the default quality has all."""
    return max(8, min(_TRANSPARENT, round(_TRANSPARENT * (quality / 80) ** 2)))


def _box_of(changed: np.ndarray) -> Box:
    """The smallest box around the changed pixels; one pixel if there are none."""
    if not changed.any():
        return (0, 0, 1, 1)
    rows, columns = np.flatnonzero(changed.any(axis=1)), np.flatnonzero(changed.any(axis=0))
    return int(columns[0]), int(rows[0]), int(columns[-1]) + 1, int(rows[-1]) + 1


def _blocks(content: bytes) -> Iterator[bytes]:
    for begin in range(0, len(content), _BLOCK_BYTES):
        block = content[begin : begin + _BLOCK_BYTES]
        yield bytes([len(block)]) + block

"""Parses the structure of an animated GIF, without decoding its pixels."""

from collections.abc import Iterator
from dataclasses import dataclass, field

from dream_engine.errors import ClipBombError, DamagedClipError
from dream_engine.images.gif_stream import table_bytes

_MAX_BLOCKS = 1_000_000
_IMAGE, _EXTENSION, _TRAILER = 0x2C, 0x21, 0x3B
_CONTROL, _APPLICATION = 0xF9, 0xFF
_LOOPING = (b"NETSCAPE2.0", b"ANIMEXTS1.0")
_DESCRIPTOR_BYTES = 10


@dataclass(frozen=True, slots=True)
class GifFrame:
    """A frame of a GIF.

    Attributes:
        left: The frame's left edge in the picture, in pixels.
        top: Its top edge.
        width: Its width.
        height: Its height.
        palette: Its colour table, three bytes a colour; empty if the file has none.
        transparent: The index that stands for no change, or ``None``.
        disposal: What becomes of its pixels afterwards: 2 clears them, 3 restores those before it.
        milliseconds: The delay that the file states.
        pixels: Where its compressed pixels lie in the file, and whether their rows are interlaced.
    """

    left: int
    top: int
    width: int
    height: int
    palette: bytes = field(repr=False)
    transparent: int | None
    disposal: int
    milliseconds: int
    pixels: tuple[int, int, bool]


@dataclass(slots=True)
class GifStructure:
    """The structure of a GIF.

    Attributes:
        width: The picture's width in pixels.
        height: Its height in pixels.
        frames: The frames, as many as were asked for.
        loops: How often the animation plays, once more than the repetitions that the file states; 0 for
            ever, ``None`` if the file states none.
        has_more: Whether there may be further frames.
        is_cut_short: Whether the file ends within a frame, or without a trailer.
    """

    width: int
    height: int
    frames: list[GifFrame] = field(default_factory=list)
    loops: int | None = None
    has_more: bool = False
    is_cut_short: bool = False


@dataclass(slots=True)
class _Control:
    """A graphic control extension; it belongs to the next frame."""

    transparent: int | None = None
    disposal: int = 0
    milliseconds: int = 0


class _Blocks:
    """Reads sequences of data blocks, as many as any GIF needs.

    Args:
        data: The file's content.
    """

    def __init__(self, data: bytes) -> None:
        self._data = data
        self._budget = _MAX_BLOCKS

    def read(self, position: int) -> Iterator[tuple[int, int]]:
        """Yield the start and end of each block of a sequence; the last one is the empty terminator."""
        while position < len(self._data):
            length = self._data[position]
            yield position + 1, position + 1 + length
            position += 1 + length
            self._budget -= 1
            if not self._budget:
                raise ClipBombError
            if not length:
                return

    def end(self, position: int) -> tuple[int, bool]:
        """Return the position after a sequence, and whether the sequence is complete."""
        *_, (begin, end) = self.read(position)
        return end, begin == end


def parse_gif(data: bytes, max_frames: int) -> GifStructure:
    """Parse a GIF up to a number of frames.

    Args:
        data: The file's content.
        max_frames: The most frames to find.

    Raises:
        DamagedClipError: The file has no header.
        ClipBombError: It has more blocks than any GIF needs.
    """
    if len(data) < 13:
        raise DamagedClipError
    gif = GifStructure(int.from_bytes(data[6:8], "little"), int.from_bytes(data[8:10], "little"))
    position = 13 + table_bytes(data[10])
    palette, control, blocks = data[13:position], _Control(), _Blocks(data)
    while position < len(data):
        kind = data[position]
        if len(gif.frames) == max_frames and kind != _TRAILER:
            gif.has_more = True
            return gif
        if kind == _IMAGE and (begin := _pixels_begin(data, position)) + 1 < len(data):
            end, is_complete = blocks.end(begin + 1)
            if not is_complete:
                break
            frame = _frame(data, position, (begin, end), palette, control)
            if frame.width and frame.height:
                gif.frames.append(frame)
            position, control = end, _Control()
        elif kind == _EXTENSION and position + 2 < len(data):
            _read_extension(data, position, blocks, gif, control)
            position, is_complete = blocks.end(position + 2)
            if not is_complete:
                break
        else:
            gif.is_cut_short = kind != _TRAILER
            return gif
    gif.is_cut_short = True
    return gif


def _pixels_begin(data: bytes, position: int) -> int:
    """The offset of an image's compressed pixels; the length of the file if its descriptor is incomplete."""
    begin = position + _DESCRIPTOR_BYTES
    return begin + table_bytes(data[begin - 1]) if begin <= len(data) else len(data)


def _frame(
    data: bytes, position: int, pixels: tuple[int, int], palette: bytes, control: _Control
) -> GifFrame:
    left, top, width, height = (
        int.from_bytes(data[at : at + 2], "little") for at in range(position + 1, position + 9, 2)
    )
    flags, begin = data[position + 9], position + _DESCRIPTOR_BYTES
    return GifFrame(
        left,
        top,
        width,
        height,
        data[begin : pixels[0]] or palette,
        control.transparent,
        control.disposal,
        control.milliseconds,
        (*pixels, bool(flags & 0x40)),
    )


def _read_extension(
    data: bytes, position: int, blocks: _Blocks, gif: GifStructure, control: _Control
) -> None:
    """Read a graphic control extension, or the number of loops."""
    label, length, begin = data[position + 1], data[position + 2], position + 3
    if label == _CONTROL and length >= 4 and begin + 4 <= len(data):
        flags = data[begin]
        control.disposal = flags >> 2 & 7
        control.milliseconds = 10 * int.from_bytes(data[begin + 1 : begin + 3], "little")
        control.transparent = data[begin + 3] if flags & 1 else None
    elif label == _APPLICATION and data[begin : begin + 11] in _LOOPING:
        for inner, end in blocks.read(position + 2):
            if end - inner == 3 and data[inner : inner + 1] == b"\1" and end <= len(data):
                repeats = int.from_bytes(data[inner + 1 : end], "little")
                gif.loops = repeats + 1 if repeats else 0

"""Rewrites a GIF so that decoders read it in bounded time: its first frames, without comments."""

from dream_engine.errors import DamagedPictureError, PictureBombError

_MAX_BLOCKS = 1_000_000
MAX_FRAMES = 100
"""The number of frames among which the first visible one is searched for."""

_IMAGE, _EXTENSION, _CONTROL = 0x2C, 0x21, 0xF9


def read_gif(data: bytes) -> bytes:
    """Parse a GIF and keep its first frames; a missing end is added.

    Args:
        data: The file's content.

    Raises:
        DamagedPictureError: The file has no header.
        PictureBombError: It has more blocks than any picture needs.
    """
    if len(data) < 13:
        raise DamagedPictureError
    position = 13 + table_bytes(data[10])
    kept = [data[:position]]
    frames, control, budget = 0, b"", _MAX_BLOCKS
    while frames < MAX_FRAMES and position < len(data):
        begin, kind = position, data[position]
        if kind == _IMAGE:
            position += 10
            position += 1 + (table_bytes(data[position - 1]) if position <= len(data) else 0)
        elif kind == _EXTENSION:
            position += 2
        else:
            break
        position, budget = _skip_blocks(data, position, budget)
        if kind == _IMAGE:
            if data[begin + 5 : begin + 9].count(0) < 4 and not _is_empty(data[begin : begin + 10]):
                kept.extend((control, data[begin:position]))
                frames += 1
            control = b""
        elif data[begin + 1 : begin + 2] == bytes([_CONTROL]):
            control = data[begin:position]
    return b"".join((*kept, b"\x3b"))


def table_bytes(flags: int) -> int:
    """The length of the colour table that a descriptor's flags declare."""
    return 3 * 2 ** ((flags & 7) + 1) if flags & 0x80 else 0


def _is_empty(descriptor: bytes) -> bool:
    """Whether a frame has no pixels."""
    return descriptor[5:7] == b"\0\0" or descriptor[7:9] == b"\0\0"


def _skip_blocks(data: bytes, position: int, budget: int) -> tuple[int, int]:
    """Skip a sequence of blocks; returns the position after them and the remaining budget of blocks."""
    while position < len(data) and (length := data[position]):
        position += 1 + length
        budget -= 1
        if not budget:
            raise PictureBombError
    return min(position + 1, len(data)), budget

"""Brings a GIF into the form that a decoder reads in bounded time: frames, and no comments."""

from dream_engine.errors import DamagedPictureError, PictureBombError

_MOST_BLOCKS = 1_000_000
MOST_FRAMES = 100
"""Among so many frames the first that shows something is searched for."""

_IMAGE, _EXTENSION, _CONTROL = 0x2C, 0x21, 0xF9


def read_gif(data: bytes) -> bytes:
    """Walk over a GIF and keep its first frames; a missing end is added.

    Args:
        data: The file's content.

    Raises:
        DamagedPictureError: It has no header.
        PictureBombError: It is made of more blocks than any picture.
    """
    if len(data) < 13:
        raise DamagedPictureError
    position = 13 + _table_bytes(data[10])
    kept = [data[:position]]
    frames, control, budget = 0, b"", _MOST_BLOCKS
    while frames < MOST_FRAMES and position < len(data):
        begin, kind = position, data[position]
        if kind == _IMAGE:
            position += 10
            position += 1 + (_table_bytes(data[position - 1]) if position <= len(data) else 0)
        elif kind == _EXTENSION:
            position += 2
        else:
            break
        position, budget = _past_blocks(data, position, budget)
        if kind == _IMAGE:
            if data[begin + 5 : begin + 9].count(0) < 4 and not _is_empty(data[begin : begin + 10]):
                kept.extend((control, data[begin:position]))
                frames += 1
            control = b""
        elif data[begin + 1 : begin + 2] == bytes([_CONTROL]):
            control = data[begin:position]
    return b"".join((*kept, b"\x3b"))


def _table_bytes(flags: int) -> int:
    return 3 * 2 ** ((flags & 7) + 1) if flags & 0x80 else 0


def _is_empty(descriptor: bytes) -> bool:
    """Whether a frame has no pixel."""
    return descriptor[5:7] == b"\0\0" or descriptor[7:9] == b"\0\0"


def _past_blocks(data: bytes, position: int, budget: int) -> tuple[int, int]:
    """The position behind a row of blocks, and how many more blocks are walked over."""
    while position < len(data) and (length := data[position]):
        position += 1 + length
        budget -= 1
        if not budget:
            raise PictureBombError
    return min(position + 1, len(data)), budget

"""Reads what the containers of videos declare, before FFmpeg opens them."""

from collections.abc import Iterator

_TRACKS, _TRACK, _VIDEO, _WIDTH, _HEIGHT = 0x1654AE6B, 0xAE, 0xE0, 0xB0, 0xBA
_SEGMENT = 0x18538067
_MAX_ELEMENTS = 1000
_MAX_ID_BYTES, _MAX_LENGTH_BYTES = 4, 8


def boxes_are_cut_short(data: bytes) -> bool:
    """Whether a file of boxes (ISO/IEC 14496-12) ends before its last box does.

    Args:
        data: The file's content.
    """
    begin = 0
    while begin + 8 <= len(data):
        length = int.from_bytes(data[begin : begin + 4])
        if length == 1:
            length = int.from_bytes(data[begin + 8 : begin + 16])
        if length < 8:  # up to the end of the file, or invalid
            return False
        begin += length
    return begin != len(data)


def matroska_is_cut_short(data: bytes) -> bool:
    """Whether a Matroska file, WebM included, ends before its segment does.

    Args:
        data: The file's content.
    """
    for kind, begin, length in elements(data, 0, len(data)):
        if kind == _SEGMENT:
            return length is not None and begin + length > len(data)
    return True


def matroska_shapes(data: bytes) -> list[tuple[int, int]]:
    """The height and width in pixels of each video track of a Matroska file.

    Args:
        data: The file's content.
    """
    found = [(0, len(data))]
    for name in (_SEGMENT, _TRACKS, _TRACK, _VIDEO):
        found = [
            (begin, end if length is None else min(end, begin + length))
            for outer, end in found
            for kind, begin, length in elements(data, outer, end)
            if kind == name
        ]
    shapes = []
    for outer, end in found:
        sides = {
            kind: int.from_bytes(data[begin : begin + (length or 0)])
            for kind, begin, length in elements(data, outer, end)
            if kind in (_WIDTH, _HEIGHT)
        }
        shapes.append((sides.get(_HEIGHT, 0), sides.get(_WIDTH, 0)))
    return shapes


def elements(data: bytes, begin: int, end: int) -> Iterator[tuple[int, int, int | None]]:
    """Yield the elements in a range (RFC 8794): ID, start of the content, and length; ``None`` if unknown."""
    for _ in range(_MAX_ELEMENTS):
        id_bytes = _vint_bytes(data, begin)
        length_bytes = _vint_bytes(data, begin + id_bytes)
        if id_bytes > _MAX_ID_BYTES or length_bytes > _MAX_LENGTH_BYTES or begin + id_bytes >= end:
            return
        kind = int.from_bytes(data[begin : begin + id_bytes])
        begin += id_bytes
        unknown = (1 << 7 * length_bytes) - 1
        length = int.from_bytes(data[begin : begin + length_bytes]) & unknown
        begin += length_bytes
        yield kind, begin, None if length == unknown else length
        if length == unknown:
            return
        begin += length


def _vint_bytes(data: bytes, position: int) -> int:
    """The number of bytes of a variable-size integer; 9 if it is invalid."""
    return 9 - data[position].bit_length() if position < len(data) else 9

"""Reads and sets how often an AVIF animation plays, which Pillow cannot; without it, an animation has no end.

AVIF repeats an edit of the track (ISO/IEC 14496-12, 8.6.6, flag 1) for as long as the track's duration.
"""

from collections.abc import Iterator
from pathlib import Path

from dream_engine.motion.comments import boxes

_MAX_PLAYS = 2**16 - 1
_PARENTS = {b"moov", b"trak", b"edts"}
_FLAGS, _EDIT_DURATION = 3, 8
_DURATIONS = {b"mvhd": 24, b"tkhd": 28}
"""The positions of the durations in the boxes of version 1, whose durations have 8 bytes."""
_ENDLESS = 2**64 - 1


def set_plays(path: Path, plays: int) -> None:
    """Change how often an AVIF file plays, in place.

    Args:
        path: The file, as libavif writes it without a number of repetitions.
        plays: How often the animation plays; 0 for without end.
    """
    if plays == 0:
        return
    data = bytearray(path.read_bytes())
    found = list(_headers(data, 0, len(data)))
    edits = [begin for kind, begin in found if kind == b"elst"]
    if not edits:
        return  # a single frame
    duration = plays * int.from_bytes(data[edits[0] + _EDIT_DURATION :][:8])
    for kind, begin in found:
        if kind == b"elst":
            data[begin + _FLAGS] = 0 if plays == 1 else 1
        else:
            at = begin + _DURATIONS[kind]
            data[at : at + 8] = duration.to_bytes(8)
    path.write_bytes(data)


def read_plays(data: bytes) -> int | None:
    """How often an AVIF file plays: 0 for without end, ``None`` if its edit list does not tell.

    Args:
        data: The file's content.
    """
    duration: int | None = None
    for kind, begin, end in _boxes(data, 0, len(data)):
        wide = data[begin] == 1
        if kind == b"tkhd":
            duration = _number(data, begin + (28 if wide else 20), end, wide=wide)
        elif kind == b"elst":
            edit = _number(data, begin + 8, end, wide=wide)
            if not data[begin + _FLAGS] & 1:
                return 1
            if not edit or duration is None:
                return None
            if duration == (_ENDLESS if wide else 2**32 - 1):
                return 0
            return min(-(-duration // edit), _MAX_PLAYS)
    return None


def _number(data: bytes, begin: int, end: int, *, wide: bool) -> int | None:
    """A duration of 8 or 4 bytes; ``None`` if the box is too short."""
    stop = begin + (8 if wide else 4)
    return int.from_bytes(data[begin:stop]) if stop <= end else None


def _boxes(data: bytes, begin: int, end: int) -> Iterator[tuple[bytes, int, int]]:
    """Yield the name, start and end of the content of the first track's header and edit list."""
    for name, inner, inner_end in boxes(data, begin, end):
        if name in _PARENTS:
            yield from _boxes(data, inner, inner_end)
        elif name in (b"tkhd", b"elst") and inner_end - inner >= 8:
            yield name, inner, inner_end


def _headers(data: bytearray, begin: int, end: int) -> Iterator[tuple[bytes, int]]:
    """Yield the name and the start of the content of the boxes with durations, of version 1."""
    for name, inner, inner_end in boxes(data, begin, end):
        if name in _PARENTS:
            yield from _headers(data, inner, inner_end)
        elif (name == b"elst" or name in _DURATIONS) and data[inner] == 1:
            yield name, inner

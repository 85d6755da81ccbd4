"""Corrects the duration of an MP4 whose frames are stored in another order than they are shown.

FFmpeg takes the time of the last stored frame for the end of the video. Players stop at the duration of the
edit list, or at that of the stored frames if that is shorter, so both have to be right.
"""

from collections.abc import Iterator
from pathlib import Path

from dream_engine.motion.comments import boxes

_PARENTS = {b"moov", b"trak", b"edts"}
_DURATIONS = {b"mvhd": 16, b"tkhd": 20, b"elst": 8}
"""The positions of the durations in the boxes of version 0, whose durations have 4 bytes."""


def set_duration(path: Path, milliseconds: int) -> None:
    """Set how long the first track of an MP4 is shown, in place.

    Args:
        path: The file, as FFmpeg writes it: its time scale is 1/1000 s.
        milliseconds: The duration.
    """
    data = path.read_bytes()
    changes: dict[bytes, int] = {}
    longest = milliseconds
    for name, at in _durations(data, 0, len(data)):
        if name in changes:  # of a further track
            if name == b"tkhd":
                longest = max(longest, int.from_bytes(data[at : at + 4]))
        else:
            changes[name] = at
    with path.open("r+b") as file:
        for name, at in changes.items():
            file.seek(at)
            file.write((longest if name == b"mvhd" else milliseconds).to_bytes(4))


def _durations(data: bytes, begin: int, end: int) -> Iterator[tuple[bytes, int]]:
    """Yield the names of boxes of version 0, and the positions of their durations."""
    for name, inner, inner_end in boxes(data, begin, end):
        if name in _PARENTS:
            yield from _durations(data, inner, inner_end)
        elif name in _DURATIONS and data[inner] == 0:
            yield name, inner + _DURATIONS[name]

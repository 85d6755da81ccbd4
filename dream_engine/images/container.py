"""Checks AVIF and HEIC files before they are decoded: their boxes, items and grids.

A grid puts one picture together of many, and may name the same one again and again.
"""

from collections.abc import Iterator
from dataclasses import dataclass, field

from dream_engine.errors import DamagedPictureError, PictureBombError

_MOST_BOXES = 10_000
_MOST_META_BYTES = 8_000_000
_MOST_ITEMS = 2_000
_MOST_REFERENCES = 4_000
_SPARE = 1.25
"""The cells of a grid may reach beyond its edges, and a picture may have an alpha of its own."""
_CELL_BYTES = 65536 * 16
_LONGEST_SIDE = 65_536


@dataclass(slots=True)
class _Items:
    sizes: list[tuple[int, int]] = field(default_factory=list)
    kinds: list[bytes] = field(default_factory=list)
    references: int = 0


def check_container(data: bytes, most_pixels: float) -> None:
    """Hold what a file's boxes say against what a picture may be.

    Args:
        data: The file's content.
        most_pixels: How many pixels a picture may have.

    Raises:
        DamagedPictureError: A box is longer than what holds it.
        PictureBombError: Its parts are more, or larger, than any picture's.
    """
    items = _Items()
    for kind, begin, end in _boxes(data, 0, len(data)):
        if kind == b"meta":
            if end - begin > _MOST_META_BYTES:
                raise PictureBombError
            _read_meta(data, begin + 4, end, items)
    pixels = [width * height for width, height in items.sizes]
    if any(max(size) > _LONGEST_SIDE for size in items.sizes) or max(pixels, default=0) > 4 * most_pixels:
        raise PictureBombError
    if len(items.kinds) > _MOST_ITEMS or items.references > _MOST_REFERENCES:
        raise PictureBombError


def missing_bytes(data: bytes) -> int:
    """How many bytes the last box of a file would have to have more; none, where that is most of it."""
    begin = 0
    for _ in range(_MOST_BOXES):
        if begin + 8 > len(data):
            return 0
        length = int.from_bytes(data[begin : begin + 4])
        if length == 1:
            length = int.from_bytes(data[begin + 8 : begin + 16])
        if length < 8:
            return 0
        kind, begin = data[begin + 4 : begin + 8], begin + length
        if begin > len(data):
            return begin - len(data) if kind == b"mdat" and begin <= 2 * len(data) else 0
    return 0


def _read_meta(data: bytes, begin: int, end: int, items: _Items) -> None:
    for kind, inner, inner_end in _boxes(data, begin, end):
        if kind == b"iinf":
            wide = data[inner : inner + 1] != b"\0"
            for entry, at, at_end in _boxes(data, inner + (8 if wide else 6), inner_end):
                if entry == b"infe":
                    items.kinds.append(data[at + 8 : min(at + 12, at_end)])
        elif kind == b"iprp":
            for holder, at, at_end in _boxes(data, inner, inner_end):
                if holder == b"ipco":
                    items.sizes.extend(_sizes(data, at, at_end))
        elif kind == b"iref":
            wide = data[inner : inner + 1] != b"\0"
            for _, at, at_end in _boxes(data, inner + 4, inner_end):
                count = int.from_bytes(data[at + (4 if wide else 2) : at + (6 if wide else 4)])
                items.references += min(count, at_end - at)


def _sizes(data: bytes, begin: int, end: int) -> Iterator[tuple[int, int]]:
    for kind, at, _ in _boxes(data, begin, end):
        if kind == b"ispe":
            yield int.from_bytes(data[at + 4 : at + 8]), int.from_bytes(data[at + 8 : at + 12])


def _boxes(data: bytes, begin: int, end: int) -> Iterator[tuple[bytes, int, int]]:
    """The boxes in a stretch of the file: each one's name, and where its content begins and ends.

    Raises:
        PictureBombError: There are more than in any picture.
    """
    for _ in range(_MOST_BOXES):
        if begin + 8 > end:
            return
        length, kind, header = int.from_bytes(data[begin : begin + 4]), data[begin + 4 : begin + 8], 8
        if length == 1:
            length, header = int.from_bytes(data[begin + 8 : begin + 16]), 16
        elif length == 0:
            length = end - begin
        if length < header:
            raise DamagedPictureError
        yield kind, begin + header, min(begin + length, end)
        begin += length
    raise PictureBombError

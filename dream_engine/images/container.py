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
_SPARE, _SPARE_PIXELS = 1.25, 4_000_000
"""The cells of a grid may reach so far beyond its edges."""
_LONGEST_SIDE = 65_536


@dataclass(slots=True)
class _Items:
    """The items of a container.

    Attributes:
        properties: The sizes that are told, in their order; ``None`` for properties that are no sizes.
        grids: The numbers of the items that are grids.
        count: How many items there are.
        used: The properties of each item, by their places in the list, from 1.
        references: How many references from item to item there are.
        cells: The items that an item puts together, for each that does.
    """

    properties: list[tuple[int, int] | None] = field(default_factory=list)
    grids: set[int] = field(default_factory=set)
    count: int = 0
    used: dict[int, list[int]] = field(default_factory=dict)
    references: int = 0
    cells: list[tuple[int, tuple[int, ...]]] = field(default_factory=list)

    @property
    def sizes(self) -> list[tuple[int, int]]:
        """The sizes that are told."""
        return [size for size in self.properties if size is not None]

    def pixels(self, item: int) -> int:
        """How many pixels an item has; none, where its size is not told."""
        known = range(1, len(self.properties) + 1)
        told = (self.properties[place - 1] for place in self.used.get(item, ()) if place in known)
        return max((width * height for width, height in filter(None, told)), default=0)

    def most_pixels_of_cells(self) -> int:
        """How many pixels the cells of a grid have together, where those are most."""
        pixels = {item: self.pixels(item) for _, cells in self.cells for item in cells}
        grids = (cells for item, cells in self.cells if item in self.grids)
        return max((sum(pixels[item] for item in cells) for cells in grids), default=0)


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
    if items.count > _MOST_ITEMS or items.references > _MOST_REFERENCES:
        raise PictureBombError
    if items.most_pixels_of_cells() > _SPARE * most_pixels + _SPARE_PIXELS:
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
            _read_items(data, inner, inner_end, items)
        elif kind == b"iprp":
            for holder, at, at_end in _boxes(data, inner, inner_end):
                if holder == b"ipco":
                    items.properties.extend(_properties(data, at, at_end))
                elif holder == b"ipma":
                    _read_used(data[at:at_end], items)
        elif kind == b"iref":
            _read_references(data, inner, inner_end, items)


def _read_items(data: bytes, begin: int, end: int, items: _Items) -> None:
    wide = data[begin : begin + 1] != b"\0"
    for entry, at, at_end in _boxes(data, begin + (8 if wide else 6), end):
        if entry != b"infe":
            continue
        number_bytes = 4 if data[at : at + 1] == b"\3" else 2
        number, kind = at + 4, at + 4 + number_bytes + 2
        items.count += 1
        if data[kind : min(kind + 4, at_end)] == b"grid":
            items.grids.add(int.from_bytes(data[number : number + number_bytes]))


def _properties(data: bytes, begin: int, end: int) -> Iterator[tuple[int, int] | None]:
    for kind, at, _ in _boxes(data, begin, end):
        if kind == b"ispe":
            yield int.from_bytes(data[at + 4 : at + 8]), int.from_bytes(data[at + 8 : at + 12])
        else:
            yield None


def _read_used(content: bytes, items: _Items) -> None:
    """Which properties each item has (ISO/IEC 14496-12, 8.11.14)."""
    number_bytes, place_bytes = 2 if content[:1] == b"\0" else 4, 2 if content[3:4] > b"\0" else 1
    highest_bit = 1 << (8 * place_bytes - 1)  # tells whether a reader must know the property
    position = 8
    for _ in range(min(int.from_bytes(content[4:8]), _MOST_ITEMS)):
        item = int.from_bytes(content[position : position + number_bytes])
        position += number_bytes + 1
        count = content[position - 1] if position <= len(content) else 0
        places = (
            content[at : at + place_bytes]
            for at in range(position, position + count * place_bytes, place_bytes)
        )
        items.used.setdefault(item, []).extend(int.from_bytes(place) & ~highest_bit for place in places)
        position += count * place_bytes


def _read_references(data: bytes, begin: int, end: int, items: _Items) -> None:
    number_bytes = 2 if data[begin : begin + 1] == b"\0" else 4
    for kind, at, at_end in _boxes(data, begin + 4, end):
        first = at + number_bytes + 2
        count = min(int.from_bytes(data[first - 2 : first]), at_end - at)
        items.references += count
        if items.references > _MOST_REFERENCES:
            raise PictureBombError
        if kind == b"dimg":
            numbers = range(first, first + count * number_bytes, number_bytes)
            cells = tuple(int.from_bytes(data[number : number + number_bytes]) for number in numbers)
            items.cells.append((int.from_bytes(data[at : at + number_bytes]), cells))


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

"""Checks AVIF and HEIC files before they are decoded: their boxes, items and grids.

A grid composes a picture from many items, and may use the same item repeatedly.
"""

from collections.abc import Iterator
from dataclasses import dataclass, field

from dream_engine.errors import DamagedPictureError, PictureBombError

_MAX_BOXES = 10_000
_MAX_META_BYTES = 8_000_000
_MAX_ITEMS = 2_000
_MAX_REFERENCES = 4_000
_CELL_MARGIN, _CELL_MARGIN_PIXELS = 1.25, 4_000_000
"""The ratio and the number of pixels by which a grid's cells may exceed the picture."""
_LONGEST_SIDE = 65_536


@dataclass(slots=True)
class _Items:
    """The items of a container.

    Attributes:
        properties: The declared sizes in order; ``None`` for properties other than sizes.
        grids: The IDs of the items that are grids.
        count: The number of items.
        property_indices: By item ID, the indices of the item's properties, from 1.
        references: The number of references between items.
        cells: Pairs of an item ID and the IDs of the items that it is composed of.
    """

    properties: list[tuple[int, int] | None] = field(default_factory=list)
    grids: set[int] = field(default_factory=set)
    count: int = 0
    property_indices: dict[int, list[int]] = field(default_factory=dict)
    references: int = 0
    cells: list[tuple[int, tuple[int, ...]]] = field(default_factory=list)

    @property
    def sizes(self) -> list[tuple[int, int]]:
        """All declared sizes."""
        return [size for size in self.properties if size is not None]

    def pixels(self, item: int) -> int:
        """The number of pixels of an item; 0 if its size is not declared."""
        known = range(1, len(self.properties) + 1)
        indices = (index for index in self.property_indices.get(item, ()) if index in known)
        sizes = filter(None, (self.properties[index - 1] for index in indices))
        return max((width * height for width, height in sizes), default=0)

    def max_cell_pixels(self) -> int:
        """The largest total number of pixels of one grid's cells."""
        pixels = {item: self.pixels(item) for _, cells in self.cells for item in cells}
        grids = (cells for item, cells in self.cells if item in self.grids)
        return max((sum(pixels[item] for item in cells) for cells in grids), default=0)


def check_container(data: bytes, max_pixels: float) -> None:
    """Check a file's boxes, items and grids against the limits.

    Args:
        data: The file's content.
        max_pixels: The most pixels that a picture may have.

    Raises:
        DamagedPictureError: A box has an impossible length.
        PictureBombError: The file has more or larger parts than any picture needs.
    """
    items = _Items()
    for kind, begin, end in boxes(data, 0, len(data)):
        if kind == b"meta":
            if end - begin > _MAX_META_BYTES:
                raise PictureBombError
            _read_meta(data, begin + 4, end, items)
    pixels = [width * height for width, height in items.sizes]
    if any(max(size) > _LONGEST_SIDE for size in items.sizes) or max(pixels, default=0) > 4 * max_pixels:
        raise PictureBombError
    if items.count > _MAX_ITEMS or items.references > _MAX_REFERENCES:
        raise PictureBombError
    if items.max_cell_pixels() > _CELL_MARGIN * max_pixels + _CELL_MARGIN_PIXELS:
        raise PictureBombError


def missing_bytes(data: bytes) -> int:
    """Count the missing bytes of a file's last box; 0 if more of the file is missing than present."""
    begin = 0
    for _ in range(_MAX_BOXES):
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
    for kind, inner, inner_end in boxes(data, begin, end):
        if kind == b"iinf":
            _read_items(data, inner, inner_end, items)
        elif kind == b"iprp":
            for holder, at, at_end in boxes(data, inner, inner_end):
                if holder == b"ipco":
                    items.properties.extend(_properties(data, at, at_end))
                elif holder == b"ipma":
                    _read_associations(data[at:at_end], items)
        elif kind == b"iref":
            _read_references(data, inner, inner_end, items)


def _read_items(data: bytes, begin: int, end: int, items: _Items) -> None:
    wide = data[begin : begin + 1] != b"\0"
    for entry, at, at_end in boxes(data, begin + (8 if wide else 6), end):
        if entry != b"infe":
            continue
        number_bytes = 4 if data[at : at + 1] == b"\3" else 2
        number, kind = at + 4, at + 4 + number_bytes + 2
        items.count += 1
        if data[kind : min(kind + 4, at_end)] == b"grid":
            items.grids.add(int.from_bytes(data[number : number + number_bytes]))


def _properties(data: bytes, begin: int, end: int) -> Iterator[tuple[int, int] | None]:
    for kind, at, _ in boxes(data, begin, end):
        if kind == b"ispe":
            yield int.from_bytes(data[at + 4 : at + 8]), int.from_bytes(data[at + 8 : at + 12])
        else:
            yield None


def _read_associations(content: bytes, items: _Items) -> None:
    """Read which properties each item has (ISO/IEC 14496-12, 8.11.14)."""
    number_bytes, index_bytes = 2 if content[:1] == b"\0" else 4, 2 if content[3:4] > b"\0" else 1
    highest_bit = 1 << (8 * index_bytes - 1)  # marks properties that a reader must support
    position = 8
    for _ in range(min(int.from_bytes(content[4:8]), _MAX_ITEMS)):
        item = int.from_bytes(content[position : position + number_bytes])
        position += number_bytes + 1
        count = content[position - 1] if position <= len(content) else 0
        indices = (
            int.from_bytes(content[at : at + index_bytes])
            for at in range(position, position + count * index_bytes, index_bytes)
        )
        items.property_indices.setdefault(item, []).extend(index & ~highest_bit for index in indices)
        position += count * index_bytes


def _read_references(data: bytes, begin: int, end: int, items: _Items) -> None:
    number_bytes = 2 if data[begin : begin + 1] == b"\0" else 4
    for kind, at, at_end in boxes(data, begin + 4, end):
        first = at + number_bytes + 2
        count = min(int.from_bytes(data[first - 2 : first]), at_end - at)
        items.references += count
        if items.references > _MAX_REFERENCES:
            raise PictureBombError
        if kind == b"dimg":
            numbers = range(first, first + count * number_bytes, number_bytes)
            cells = tuple(int.from_bytes(data[number : number + number_bytes]) for number in numbers)
            items.cells.append((int.from_bytes(data[at : at + number_bytes]), cells))


def boxes(data: bytes, begin: int, end: int) -> Iterator[tuple[bytes, int, int]]:
    """Yield the boxes in a range of the file: each one's name, and the start and end of its content.

    Args:
        data: The file's content.
        begin: The offset at which the range starts.
        end: The offset at which it ends.

    Raises:
        DamagedPictureError: A box has an impossible length.
        PictureBombError: There are more than any picture needs.
    """
    for _ in range(_MAX_BOXES):
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

"""Brings a TIFF into the form that a decoder reads in bounded time: one directory, and only what pixels need.

A TIFF's first directory need not be its picture: cameras put a thumbnail there. And what a directory says of
tiles, strips and tags decides what decoders allocate, so that it is held against the number of pixels.
"""

import contextlib
import struct
from collections.abc import Iterator
from dataclasses import dataclass

from dream_engine.errors import DamagedPictureError, PictureBombError

STARTS = (b"II*\0", b"MM\0*", b"II+\0", b"MM\0+")

_SUBFILE, _WIDTH, _HEIGHT, _BITS, _PHOTOMETRIC = 254, 256, 257, 258, 262
_STRIP_OFFSETS, _SAMPLES, _ROWS, _STRIP_BYTES, _PLANAR = 273, 277, 278, 279, 284
_TILE_WIDTH, _TILE_HEIGHT, _TILE_OFFSETS, _TILE_BYTES = 322, 323, 324, 325
_SUB_DIRECTORIES, _EXTRA, _SAMPLE_FORMAT, _PROFILE, _DNG_VERSION = 330, 338, 339, 34675, 50706

_HEEDED = frozenset(
    {
        _SUBFILE,
        _WIDTH,
        _HEIGHT,
        _BITS,
        259,
        _PHOTOMETRIC,
        266,
        _STRIP_OFFSETS,
        274,
        _SAMPLES,
        _ROWS,
        _STRIP_BYTES,
    }
    | {_PLANAR, 292, 293, 317, 318, 319, 320, _TILE_WIDTH, _TILE_HEIGHT, _TILE_OFFSETS, _TILE_BYTES, 332}
    | {_EXTRA, _SAMPLE_FORMAT, 347, *range(512, 522), *range(529, 533), _PROFILE}
)
"""What says how the pixels lie and are meant; everything else is left out."""

_SENSOR = frozenset({32803, 34892})
"""How values of a camera's sensor are marked, which are no picture yet."""
_REDUCED, _MASK = 1, 4

_TYPE_BYTES = {3: 2, 4: 4, 5: 8, 8: 2, 9: 4, 10: 8, 11: 4, 12: 8, 13: 4, 16: 8, 17: 8, 18: 8}
"""How many bytes a value of each type has; of every other type, 1."""
_NUMBERS = {1: "B", 3: "H", 4: "I", 13: "I", 16: "Q", 18: "Q"}
_LONG_NUMBERS = frozenset({16, 18})
_HEADER_BYTES = 8

_MOST_DIRECTORIES = 32
_MOST_ENTRIES = 4096
_MOST_PIECES = 1_000_000
_MOST_SAMPLES = 8
_MOST_PROFILE_BYTES = 4_000_000
_MOST_MISSING, _MOST_MISSING_BYTES = 16, 250_000_000
_SPARE_PIXELS = 4_000_000
"""Tiles may be larger than a small picture, but not so much larger."""


@dataclass(frozen=True, slots=True)
class TiffStream:
    """A TIFF with the one directory that is its picture.

    Attributes:
        planes: One file, or one for each colour where those are stored apart in more than 8 bits.
        probe: The first with other data in place of what is missing, if the file broke off.
    """

    planes: tuple[bytes, ...]
    probe: bytes | None = None


@dataclass(frozen=True, slots=True)
class _Entry:
    kind: int
    count: int
    raw: bytes
    """The value, or where it is."""


_Value = tuple[int, int, bytes]
"""The type of a tag's numbers, how many there are, and all their bytes."""


class _Layout:
    """How numbers are written in a file.

    Raises:
        DamagedPictureError: It has no header.
    """

    def __init__(self, data: bytes) -> None:
        self.data = data
        self.order = "<" if data[:1] == b"I" else ">"
        self.big = data[2:4] in (b"+\0", b"\0+")
        self.header_bytes, self.word = (16, "Q") if self.big else (8, "I")
        if len(data) < self.header_bytes:
            raise DamagedPictureError
        self.word_bytes = struct.calcsize(self.word)
        self.count = "Q" if self.big else "H"

    def numbers(self, form: str, position: int) -> tuple[int, ...]:
        """Read numbers.

        Raises:
            DamagedPictureError: The file ends before.
        """
        try:
            return struct.unpack_from(self.order + form, self.data, position)
        except (struct.error, OverflowError):
            raise DamagedPictureError from None

    def first(self) -> int:
        """Where the first directory is."""
        return self.numbers(self.word, self.header_bytes - self.word_bytes)[0]

    def directory(self, position: int) -> tuple[dict[int, _Entry], int]:
        """A directory, and where the next one is."""
        count = self.numbers(self.count, position)[0]
        if count > _MOST_ENTRIES:
            raise PictureBombError
        position += struct.calcsize(self.count)
        entries: dict[int, _Entry] = {}
        for _ in range(count):
            tag, kind, values = self.numbers(f"HH{self.word}", position)
            position += 4 + self.word_bytes
            entries.setdefault(tag, _Entry(kind, values, self.data[position : position + self.word_bytes]))
            position += self.word_bytes
        try:
            following = self.numbers(self.word, position)[0]
        except DamagedPictureError:
            following = 0
        return entries, following

    def values(self, entry: _Entry | None) -> tuple[int, ...]:
        """An entry's whole numbers; none, where there are no such.

        Raises:
            DamagedPictureError: They lie outside of the file.
            PictureBombError: There are too many.
        """
        if entry is None or entry.kind not in _NUMBERS:
            return ()
        if entry.count > _MOST_PIECES:
            raise PictureBombError
        form = f"{self.order}{entry.count}{_NUMBERS[entry.kind]}"
        if struct.calcsize(form) <= len(entry.raw):
            return struct.unpack_from(form, entry.raw)
        return self.numbers(form[1:], self.offset(entry))

    def offset(self, entry: _Entry) -> int:
        """Where an entry's value is."""
        return int(struct.unpack(self.order + self.word, entry.raw)[0])

    def value(self, entry: _Entry | None, default: int) -> int:
        """An entry's first number."""
        return (self.values(entry) or (default,))[0]

    def content(self, entry: _Entry) -> bytes:
        """All bytes of an entry's value, with numbers in 4 bytes that were written in 8."""
        if entry.kind in _LONG_NUMBERS:
            numbers = self.values(entry)
            if max(numbers, default=0) >= 2**32:
                raise DamagedPictureError
            return struct.pack(f"{self.order}{len(numbers)}I", *numbers)
        length = entry.count * _TYPE_BYTES.get(entry.kind, 1)
        if length <= len(entry.raw):
            return entry.raw[:length]
        begin = self.offset(entry)
        if begin + length > len(self.data):
            raise DamagedPictureError
        return self.data[begin : begin + length]

    def with_directory(self, values: dict[int, _Value], end: bytes = b"") -> bytes:
        """The file, with an end, and one directory in place of all others, written as a classic TIFF."""
        body = self.data[_HEADER_BYTES:] + end + b"\0" * ((len(self.data) + len(end)) % 2)
        position = _HEADER_BYTES + len(body)
        entries, apart = b"", b""
        for tag, (kind, count, content) in sorted(values.items()):
            entries += struct.pack(self.order + "HHI", tag, kind, count)
            if len(content) <= 4:
                entries += content.ljust(4, b"\0")
            else:
                entries += struct.pack(self.order + "I", position + len(apart))
                apart += content + b"\0" * (len(content) % 2)
        directory = struct.pack(self.order + "H", len(values)) + entries + bytes(4)
        header = self.data[:2] + struct.pack(self.order + "HI", 42, position + len(apart))
        return b"".join((header, body, apart, directory))


def is_raw(data: bytes) -> bool:
    """Whether a TIFF is what a camera's sensor saw, and no picture yet."""
    if data[8:10] == b"CR" and data.startswith(STARTS):
        return True
    layout = _Layout(data)
    try:
        directories = list(_directories(layout))
        return any(
            _DNG_VERSION in entries or layout.value(entries.get(_PHOTOMETRIC), 0) in _SENSOR
            for entries in directories
        )
    except (DamagedPictureError, PictureBombError):
        return False


def read_tiff(data: bytes) -> TiffStream:
    """Find the directory that is the picture, and hold it against its pixels.

    Args:
        data: The file's content.

    Raises:
        DamagedPictureError: It has no directory.
        PictureBombError: Decoding it would take memory or time out of all proportion to its pixels.
    """
    layout = _Layout(data)
    entries = _picture(layout)
    kept = {tag: entry for tag, entry in entries.items() if tag in _HEEDED}
    _check_values(layout, kept)
    _check_pieces(layout, kept)
    bits = layout.values(kept.get(_BITS))
    if layout.value(kept.get(_PLANAR), 1) == 2 and len(bits) > 1 and max(bits) > 8:
        return TiffStream(tuple(_planes(layout, kept)))
    values, missing = _values(layout, kept), _missing(layout, kept)
    whole = layout.with_directory(values, bytes(missing))
    return TiffStream((whole,), layout.with_directory(values, b"\xff" * missing) if missing else None)


def _values(layout: _Layout, entries: dict[int, _Entry]) -> dict[int, _Value]:
    return {
        tag: (4 if entry.kind in _LONG_NUMBERS else entry.kind, entry.count, layout.content(entry))
        for tag, entry in entries.items()
    }


def _directories(layout: _Layout) -> Iterator[dict[int, _Entry]]:
    """The directories in their order, each followed by those inside of it."""
    waiting = [layout.first()]
    seen: set[int] = set()
    while waiting and len(seen) < _MOST_DIRECTORIES:
        position = waiting.pop(0)
        if not position or position in seen:
            continue
        seen.add(position)
        try:
            entries, following = layout.directory(position)
        except (DamagedPictureError, PictureBombError):
            if len(seen) == 1:
                raise
            continue
        yield entries
        inside: tuple[int, ...] = ()
        with contextlib.suppress(DamagedPictureError, PictureBombError):  # the pixels do not need them
            inside = layout.values(entries.get(_SUB_DIRECTORIES))
        waiting.extend((*inside[:_MOST_DIRECTORIES], following))


def _picture(layout: _Layout) -> dict[int, _Entry]:
    """The first directory, or the largest that is no thumbnail where the first is one."""
    directories = list(_directories(layout))
    if not directories:
        raise DamagedPictureError
    first = directories[0]
    if not layout.value(first.get(_SUBFILE), 0) & _REDUCED:
        return first
    whole = [
        entries
        for entries in directories
        if not layout.value(entries.get(_SUBFILE), 0) & (_REDUCED | _MASK) and _WIDTH in entries
    ]
    return max(whole, key=lambda entries: _area(layout, entries), default=first)


def _area(layout: _Layout, entries: dict[int, _Entry]) -> int:
    return layout.value(entries.get(_WIDTH), 0) * layout.value(entries.get(_HEIGHT), 0)


def _check_values(layout: _Layout, entries: dict[int, _Entry]) -> None:
    """Values may not be larger together than the file, or one place of it would be read again and again."""
    if _PROFILE in entries and entries[_PROFILE].count > _MOST_PROFILE_BYTES:
        del entries[_PROFILE]
    total = sum(entry.count * _TYPE_BYTES.get(entry.kind, 1) for entry in entries.values())
    if total > len(layout.data) + 65536:
        raise PictureBombError


def _check_pieces(layout: _Layout, entries: dict[int, _Entry]) -> None:
    width, height = (layout.value(entries.get(tag), 0) for tag in (_WIDTH, _HEIGHT))
    samples = layout.value(entries.get(_SAMPLES), 1)
    if not width or not height or not samples:
        raise DamagedPictureError
    if samples > _MOST_SAMPLES or max(layout.values(entries.get(_BITS)), default=1) > 64:
        raise DamagedPictureError
    if _TILE_OFFSETS in entries or _TILE_WIDTH in entries:
        across, down = (layout.value(entries.get(tag), 0) for tag in (_TILE_WIDTH, _TILE_HEIGHT))
        offsets, lengths = entries.get(_TILE_OFFSETS), entries.get(_TILE_BYTES)
    else:
        across, down = width, min(height, layout.value(entries.get(_ROWS), height))
        offsets, lengths = entries.get(_STRIP_OFFSETS), entries.get(_STRIP_BYTES)
    if not across or not down:
        raise DamagedPictureError
    pieces = -(-width // across) * -(-height // down)
    if pieces * across * down > 2 * width * height + _SPARE_PIXELS:
        raise PictureBombError
    most = pieces * samples
    if most > _MOST_PIECES or (offsets is not None and offsets.count > most):
        raise PictureBombError
    if sum(layout.values(lengths)[:most]) > 2 * len(layout.data) + 65536:
        raise PictureBombError


def _missing(layout: _Layout, entries: dict[int, _Entry]) -> int:
    """How many bytes the file would have to have more for all its pieces to be there.

    Raises:
        DamagedPictureError: Nearly all of them are missing.
    """
    end = 0
    for offset_tag, length_tag in ((_STRIP_OFFSETS, _STRIP_BYTES), (_TILE_OFFSETS, _TILE_BYTES)):
        offsets, lengths = (layout.values(entries.get(tag)) for tag in (offset_tag, length_tag))
        end = max(end, *(begin + length for begin, length in zip(offsets, lengths, strict=False)), 0)
    missing = max(0, end - len(layout.data))
    if missing > min(_MOST_MISSING * len(layout.data), _MOST_MISSING_BYTES):
        raise DamagedPictureError
    return missing


def _planes(layout: _Layout, entries: dict[int, _Entry]) -> Iterator[bytes]:
    """A grey picture for each colour; Pillow reads colours that are stored apart only in 8 bits."""
    samples = layout.value(entries.get(_SAMPLES), 1)
    tiled = _TILE_OFFSETS in entries
    tags = (_TILE_OFFSETS, _TILE_BYTES) if tiled else (_STRIP_OFFSETS, _STRIP_BYTES)
    pieces = [layout.values(entries.get(tag)) for tag in tags]
    colours = samples - (layout.value(entries.get(_EXTRA), 0) == 0 and _EXTRA in entries)
    if len(pieces[0]) % samples or len(pieces[1]) != len(pieces[0]):
        raise DamagedPictureError
    if layout.value(entries.get(_PHOTOMETRIC), 0) != 2 or colours not in (3, 4):
        raise DamagedPictureError
    each = len(pieces[0]) // samples
    common = {
        tag: entry for tag, entry in entries.items() if tag not in (_EXTRA, _PROFILE, _SAMPLE_FORMAT, *tags)
    }
    values = _values(layout, common)
    end = bytes(_missing(layout, entries))
    for number in range(colours):
        grey = {_PHOTOMETRIC: 1, _SAMPLES: 1, _PLANAR: 1, _BITS: layout.values(entries[_BITS])[number]}
        plane = values | {tag: (3, 1, struct.pack(layout.order + "H", value)) for tag, value in grey.items()}
        for tag, all_pieces in zip(tags, pieces, strict=True):
            chosen = all_pieces[number * each : (number + 1) * each]
            plane[tag] = (4, each, struct.pack(f"{layout.order}{each}I", *chosen))
        yield layout.with_directory(plane, end)

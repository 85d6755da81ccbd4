"""Rewrites a TIFF so that decoders read it in bounded time: one directory with only the tags of its pixels.

A TIFF's first directory need not be its picture: cameras put a thumbnail there. Decoders allocate memory
according to a directory's tiles, strips and tags, so these are checked against the number of pixels.
"""

import contextlib
import struct
from collections.abc import Iterator
from dataclasses import dataclass

from dream_engine.errors import DamagedPictureError, PictureBombError
from dream_engine.images.tiff_layout import LONG_NUMBERS, TYPE_BYTES, Entry, TiffLayout, Value

STARTS = (b"II*\0", b"MM\0*", b"II+\0", b"MM\0+")

_SUBFILE, _WIDTH, _HEIGHT, _BITS, _PHOTOMETRIC = 254, 256, 257, 258, 262
_STRIP_OFFSETS, _SAMPLES, _ROWS, _STRIP_BYTES, _PLANAR = 273, 277, 278, 279, 284
_TILE_WIDTH, _TILE_HEIGHT, _TILE_OFFSETS, _TILE_BYTES = 322, 323, 324, 325
_SUB_DIRECTORIES, _EXTRA, _SAMPLE_FORMAT, _PROFILE, _DNG_VERSION = 330, 338, 339, 34675, 50706

_USED = frozenset(
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
"""The tags that describe the pixels' layout and meaning; all others are dropped."""

_SENSOR = frozenset({32803, 34892})
"""The photometric interpretations of raw sensor data."""
_REDUCED, _MASK = 1, 4

_MAX_DIRECTORIES = 32
_MAX_PIECES = 1_000_000
_MAX_SAMPLES = 8
_MAX_PROFILE_BYTES = 4_000_000
_MAX_MISSING_RATIO, _MAX_MISSING_BYTES = 16, 250_000_000
_SPARE_PIXELS = 4_000_000
"""The pixels by which tiles may exceed a small picture."""


@dataclass(frozen=True, slots=True)
class TiffStream:
    """A TIFF reduced to the directory of its picture.

    Attributes:
        planes: One file, or one per colour if colours are stored separately in more than 8 bits.
        probe: The first file with other data for its missing part, if the file is truncated.
    """

    planes: tuple[bytes, ...]
    probe: bytes | None = None


def is_raw(data: bytes) -> bool:
    """Whether a TIFF contains raw data of a camera's sensor."""
    if data[8:10] == b"CR" and data.startswith(STARTS):
        return True
    layout = TiffLayout(data)
    try:
        directories = list(_directories(layout))
        return any(
            _DNG_VERSION in entries or layout.value(entries.get(_PHOTOMETRIC), 0) in _SENSOR
            for entries in directories
        )
    except (DamagedPictureError, PictureBombError):
        return False


def read_tiff(data: bytes) -> TiffStream:
    """Find the directory of the picture, and check its values against its number of pixels.

    Args:
        data: The file's content.

    Raises:
        DamagedPictureError: The file has no valid directory.
        PictureBombError: Decoding would take excessive memory or time for the number of pixels.
    """
    layout = TiffLayout(data)
    entries = _picture(layout)
    kept = {tag: entry for tag, entry in entries.items() if tag in _USED}
    _check_values(layout, kept)
    _check_pieces(layout, kept)
    bits = layout.values(kept.get(_BITS))
    if layout.value(kept.get(_PLANAR), 1) == 2 and len(bits) > 1 and max(bits) > 8:
        return TiffStream(tuple(_planes(layout, kept)))
    values, missing = _values(layout, kept), _missing(layout, kept)
    whole = layout.with_directory(values, bytes(missing))
    return TiffStream((whole,), layout.with_directory(values, b"\xff" * missing) if missing else None)


def _values(layout: TiffLayout, entries: dict[int, Entry]) -> dict[int, Value]:
    return {
        tag: (4 if entry.kind in LONG_NUMBERS else entry.kind, entry.count, layout.content(entry))
        for tag, entry in entries.items()
    }


def _directories(layout: TiffLayout) -> Iterator[dict[int, Entry]]:
    """Read the directories in order, with their subdirectories."""
    waiting = [layout.first()]
    seen: set[int] = set()
    while waiting and len(seen) < _MAX_DIRECTORIES:
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
        nested: tuple[int, ...] = ()
        with contextlib.suppress(DamagedPictureError, PictureBombError):  # the pixels do not need them
            nested = layout.values(entries.get(_SUB_DIRECTORIES))
        waiting.extend((*nested[:_MAX_DIRECTORIES], following))


def _picture(layout: TiffLayout) -> dict[int, Entry]:
    """The first directory, or if that is a thumbnail, the largest one that is not."""
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


def _area(layout: TiffLayout, entries: dict[int, Entry]) -> int:
    return layout.value(entries.get(_WIDTH), 0) * layout.value(entries.get(_HEIGHT), 0)


def _check_values(layout: TiffLayout, entries: dict[int, Entry]) -> None:
    """Check that the values are not larger than the file, so that no part of it is read repeatedly."""
    if _PROFILE in entries and entries[_PROFILE].count > _MAX_PROFILE_BYTES:
        del entries[_PROFILE]
    total = sum(entry.count * TYPE_BYTES.get(entry.kind, 1) for entry in entries.values())
    if total > len(layout.data) + 65536:
        raise PictureBombError


def _check_pieces(layout: TiffLayout, entries: dict[int, Entry]) -> None:
    width, height = (layout.value(entries.get(tag), 0) for tag in (_WIDTH, _HEIGHT))
    samples = layout.value(entries.get(_SAMPLES), 1)
    if not width or not height or not samples:
        raise DamagedPictureError
    if samples > _MAX_SAMPLES or max(layout.values(entries.get(_BITS)), default=1) > 64:
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
    max_pieces = pieces * samples
    if max_pieces > _MAX_PIECES or (offsets is not None and offsets.count > max_pieces):
        raise PictureBombError
    if sum(layout.values(lengths)[:max_pieces]) > 2 * len(layout.data) + 65536:
        raise PictureBombError


def _missing(layout: TiffLayout, entries: dict[int, Entry]) -> int:
    """Count the bytes of tiles or strips that lie behind the end of the file.

    Raises:
        DamagedPictureError: Nearly all of them are missing.
    """
    end = 0
    for offset_tag, length_tag in ((_STRIP_OFFSETS, _STRIP_BYTES), (_TILE_OFFSETS, _TILE_BYTES)):
        offsets, lengths = (layout.values(entries.get(tag)) for tag in (offset_tag, length_tag))
        end = max(end, *(begin + length for begin, length in zip(offsets, lengths, strict=False)), 0)
    missing = max(0, end - len(layout.data))
    if missing > min(_MAX_MISSING_RATIO * len(layout.data), _MAX_MISSING_BYTES):
        raise DamagedPictureError
    return missing


def _planes(layout: TiffLayout, entries: dict[int, Entry]) -> Iterator[bytes]:
    """Write a greyscale picture for each colour: Pillow reads separate colours in 8 bits only."""
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

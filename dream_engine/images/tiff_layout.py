"""Reads and writes the directories of a TIFF: its header, tags and their values, in both byte orders."""

import struct
from dataclasses import dataclass

from dream_engine.errors import DamagedPictureError, PictureBombError

TYPE_BYTES = {3: 2, 4: 4, 5: 8, 8: 2, 9: 4, 10: 8, 11: 4, 12: 8, 13: 4, 16: 8, 17: 8, 18: 8}
"""The size in bytes of one value, by TIFF type; 1 for every other type."""
_NUMBERS = {1: "B", 3: "H", 4: "I", 13: "I", 16: "Q", 18: "Q"}
LONG_NUMBERS = frozenset({16, 18})
_HEADER_BYTES = 8
_MAX_ENTRIES = 4096
_MAX_NUMBERS = 1_000_000


@dataclass(frozen=True, slots=True)
class Entry:
    """A directory entry.

    Attributes:
        kind: The TIFF type of its values.
        count: The number of values.
        raw: The values if they fit, otherwise their offset in the file.
    """

    kind: int
    count: int
    raw: bytes


Value = tuple[int, int, bytes]
"""The TIFF type of a tag's values, their number, and their bytes."""


class TiffLayout:
    """Reads and writes numbers in the byte order and word size of a file.

    Raises:
        DamagedPictureError: The file has no header.
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
            DamagedPictureError: The file ends before them.
        """
        try:
            return struct.unpack_from(self.order + form, self.data, position)
        except (struct.error, OverflowError):
            raise DamagedPictureError from None

    def first(self) -> int:
        """The offset of the first directory."""
        return self.numbers(self.word, self.header_bytes - self.word_bytes)[0]

    def directory(self, position: int) -> tuple[dict[int, Entry], int]:
        """Read a directory and the offset of the next one."""
        count = self.numbers(self.count, position)[0]
        if count > _MAX_ENTRIES:
            raise PictureBombError
        position += struct.calcsize(self.count)
        entries: dict[int, Entry] = {}
        for _ in range(count):
            tag, kind, values = self.numbers(f"HH{self.word}", position)
            position += 4 + self.word_bytes
            entries.setdefault(tag, Entry(kind, values, self.data[position : position + self.word_bytes]))
            position += self.word_bytes
        try:
            following = self.numbers(self.word, position)[0]
        except DamagedPictureError:
            following = 0
        return entries, following

    def values(self, entry: Entry | None) -> tuple[int, ...]:
        """Read an entry's integers; empty for a missing entry or one of another type.

        Raises:
            DamagedPictureError: They lie outside of the file.
            PictureBombError: There are too many.
        """
        if entry is None or entry.kind not in _NUMBERS:
            return ()
        if entry.count > _MAX_NUMBERS:
            raise PictureBombError
        form = f"{self.order}{entry.count}{_NUMBERS[entry.kind]}"
        if struct.calcsize(form) <= len(entry.raw):
            return struct.unpack_from(form, entry.raw)
        return self.numbers(form[1:], self.offset(entry))

    def offset(self, entry: Entry) -> int:
        """The offset of an entry's values."""
        return int(struct.unpack(self.order + self.word, entry.raw)[0])

    def value(self, entry: Entry | None, default: int) -> int:
        """Read an entry's first integer."""
        return (self.values(entry) or (default,))[0]

    def content(self, entry: Entry) -> bytes:
        """Read the bytes of an entry's values, with 8-byte integers converted to 4 bytes."""
        if entry.kind in LONG_NUMBERS:
            numbers = self.values(entry)
            if max(numbers, default=0) >= 2**32:
                raise DamagedPictureError
            return struct.pack(f"{self.order}{len(numbers)}I", *numbers)
        length = entry.count * TYPE_BYTES.get(entry.kind, 1)
        if length <= len(entry.raw):
            return entry.raw[:length]
        begin = self.offset(entry)
        if begin + length > len(self.data):
            raise DamagedPictureError
        return self.data[begin : begin + length]

    def with_directory(self, values: dict[int, Value], end: bytes = b"") -> bytes:
        """Write the file as a classic TIFF with a single directory.

        Args:
            values: The directory's values by tag.
            end: Bytes to append to the file's content.
        """
        body = self.data[_HEADER_BYTES:] + end + b"\0" * ((len(self.data) + len(end)) % 2)
        position = _HEADER_BYTES + len(body)
        entries, long_values = b"", b""
        for tag, (kind, count, content) in sorted(values.items()):
            entries += struct.pack(self.order + "HHI", tag, kind, count)
            if len(content) <= 4:
                entries += content.ljust(4, b"\0")
            else:
                entries += struct.pack(self.order + "I", position + len(long_values))
                long_values += content + b"\0" * (len(content) % 2)
        directory = struct.pack(self.order + "H", len(values)) + entries + bytes(4)
        header = self.data[:2] + struct.pack(self.order + "HI", 42, position + len(long_values))
        return b"".join((header, body, long_values, directory))

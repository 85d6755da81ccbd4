"""Rewrites a JPEG so that decoders read it in bounded time, even if it is truncated.

libjpeg accepts markers anywhere, and Pillow keeps every metadata segment. This module therefore follows the
markers by libjpeg's rules, counts the scans, drops segments that the pixels do not need, and adds the end
marker that some cameras and broken downloads omit.
"""

import hashlib
import re
from dataclasses import dataclass, field

from dream_engine.errors import DamagedPictureError, PictureBombError

_MARKER = re.compile(rb"\xff+([^\x00\xff])", re.DOTALL)
_SCAN_END = re.compile(rb"\xff+[^\x00\x01\xd0-\xd7\xff]", re.DOTALL)
"""In compressed data, 0xFF precedes 0 or a restart marker; before any other byte it begins a segment."""

_START, _END, _SCAN = 0xD8, 0xD9, 0xDA
_STANDALONE = frozenset({0x01, *range(0xD0, 0xD8)})
"""Markers without a length."""
_TABLES = frozenset({0xC4, 0xCC, 0xDB, 0xDC, 0xDD})
_FRAMES = frozenset(range(0xC0, 0xD0)) - {0xC4, 0xC8, 0xCC}
_PROGRESSIVE = frozenset({0xC2, 0xC6, 0xCA, 0xCE})
_METADATA = frozenset({*range(0xE0, 0xF0), 0xFE})

_MAX_SCANS = 200
_MAX_SCANNED_PIXELS = 1.5e9
"""A progressive JPEG has about ten scans, each of them a pass over the whole picture."""
_MAX_SEGMENTS = 100_000
_MAX_PROFILE_BYTES = 4_000_000

_COEFFICIENT_BYTES = 2
_COEFFICIENTS = 64

_PROBE_DATA = hashlib.shake_256(b"missing").digest(512).replace(b"\xff", b"\xfe")
"""Compressed data appended to a truncated file: pixels that it changes are not in the file."""


@dataclass(frozen=True, slots=True)
class JpegStream:
    """A JPEG with an end marker.

    Attributes:
        data: The file's content.
        probe: The same with other data appended, if the file is truncated; pixels that differ are missing.
        is_complete: Whether the file has an end marker, or every scan of its frame.
        coefficient_bytes: The bytes of coefficients that the decoder buffers, at any decoded size.
    """

    data: bytes
    probe: bytes | None
    is_complete: bool
    coefficient_bytes: int


@dataclass(slots=True)
class _Frame:
    """A frame's header, and the coefficients that scans have contained so far."""

    progressive: bool
    pixels: int
    components: dict[int, int]
    shifts: dict[int, list[int | None]] = field(default_factory=dict)

    def scan(self, header: bytes) -> None:
        """Record the coefficients of a scan."""
        count = header[0] if header else 0
        names = header[1 : 1 + 2 * count : 2]
        declared = (*header[1 + 2 * count : 4 + 2 * count], 0, _COEFFICIENTS, 0)[:3]
        first, last, approximation = declared if self.progressive else (0, _COEFFICIENTS, 0)
        for name in names:
            known = self.shifts.setdefault(name, [None] * _COEFFICIENTS)
            for index in range(_COEFFICIENTS)[first : last + 1]:
                known[index] = approximation & 0x0F

    @property
    def is_complete(self) -> bool:
        """Whether all coefficients are known, so that further scans are redundant."""
        return all(not any(shift != 0 for shift in self.shifts.get(name, [None])) for name in self.components)


def read_jpeg(data: bytes) -> JpegStream:
    """Parse a JPEG and keep the segments that its pixels need.

    Args:
        data: The file's content, from its first marker on.

    Raises:
        DamagedPictureError: The file has no scan, or its header is inconsistent.
        PictureBombError: It has more scans or segments than any photograph needs.
    """
    parser = _MarkerParser(data)
    parser.parse()
    return parser.stream()


class _MarkerParser:
    def __init__(self, data: bytes) -> None:
        self._data = data
        self._kept: list[bytes] = [b"\xff\xd8"]
        self._profile: list[bytes] = []
        self._seen: set[str] = set()
        self._frame: _Frame | None = None
        self._scans = 0
        self._ended = False

    def parse(self) -> None:
        """Read markers until the picture ends, is complete, or is cut off."""
        position: int | None = 2
        segments = 0
        while position is not None and (marker := _MARKER.search(self._data, position)) is not None:
            segments += 1
            if segments > _MAX_SEGMENTS:
                raise PictureBombError
            kind = marker[1][0]
            if kind == _END:
                self._ended = True
                return
            position = marker.end()
            if kind not in _STANDALONE:
                position = self._segment(kind, position)

    def stream(self) -> JpegStream:
        """Assemble the kept segments.

        Raises:
            DamagedPictureError: They contain no picture.
        """
        frame = self._frame
        if frame is None or not self._scans:
            raise DamagedPictureError
        profile = self._profile if sum(map(len, self._profile)) <= _MAX_PROFILE_BYTES else []
        kept = b"".join([self._kept[0], *profile, *self._kept[1:]])
        buffered = frame.progressive or self._scans > 1
        return JpegStream(
            data=kept + b"\xff\xd9",
            probe=None if self._ended else kept + _PROBE_DATA + b"\xff\xd9",
            is_complete=self._ended or frame.is_complete,
            coefficient_bytes=self._coefficients(frame) if buffered else 0,
        )

    def _segment(self, kind: int, begin: int) -> int | None:
        """Keep or drop a segment; returns where the next one may begin, if there is one."""
        length = int.from_bytes(self._data[begin : begin + 2])
        end = begin + length
        if length < 2 or end > len(self._data):
            return None
        content = self._data[begin + 2 : end]
        if kind in _METADATA:
            self._keep_metadata(kind, content)
        elif kind == _SCAN:
            return self._keep_scan(content, end)
        elif kind in _FRAMES:
            if self._frame is not None:
                return None
            self._frame = _frame(kind, content)
            self._keep(kind, content)
        elif kind in _TABLES:
            self._keep(kind, content)
        else:
            return None  # libjpeg rejects it: it belongs to a trailer
        return end

    def _keep_scan(self, header: bytes, begin: int) -> int | None:
        frame = self._frame
        if frame is None:
            raise DamagedPictureError
        self._scans += 1
        if self._scans > _MAX_SCANS or self._scans * frame.pixels > _MAX_SCANNED_PIXELS:
            raise PictureBombError
        found = _SCAN_END.search(self._data, begin)
        end = len(self._data) if found is None else found.start()
        if not frame.is_complete:  # a scan after a complete picture would only take time
            self._keep(_SCAN, header)
            compressed = self._data[begin:end]
            self._kept.append(compressed if found else compressed.rstrip(b"\xff"))
            frame.scan(header)
        return end

    def _keep_metadata(self, kind: int, content: bytes) -> None:
        """Keep the first of each metadata segment that the interpretation of pixels depends on."""
        if kind == 0xE2 and content.startswith(b"ICC_PROFILE\x00"):
            self._profile.append(_segment(kind, content))
            return
        for name, marker, start in (
            ("jfif", 0xE0, b"JFIF"),
            ("exif", 0xE1, b"Exif\0"),
            ("adobe", 0xEE, b"Adobe"),
        ):
            if kind == marker and content.startswith(start) and name not in self._seen:
                self._seen.add(name)
                self._keep(kind, content)

    def _keep(self, kind: int, content: bytes) -> None:
        self._kept.append(_segment(kind, content))

    @staticmethod
    def _coefficients(frame: _Frame) -> int:
        samples = sum(frame.components.values()) / max(frame.components.values(), default=1)
        return round(frame.pixels * samples) * _COEFFICIENT_BYTES


def _frame(kind: int, content: bytes) -> _Frame:
    if len(content) < 6 or len(content) < 6 + 3 * content[5]:
        raise DamagedPictureError
    height, width = int.from_bytes(content[1:3]), int.from_bytes(content[3:5])
    triples = (content[start : start + 3] for start in range(6, 6 + 3 * content[5], 3))
    components = {name: (sampling >> 4) * (sampling & 15) for name, sampling, _ in triples}
    return _Frame(kind in _PROGRESSIVE, height * width, components)


def _segment(kind: int, content: bytes) -> bytes:
    return b"\xff" + bytes([kind]) + (len(content) + 2).to_bytes(2) + content

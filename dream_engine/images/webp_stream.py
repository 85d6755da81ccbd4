"""Brings a WebP into the form that a decoder reads in bounded time, whatever its metadata look like."""

import hashlib
from collections.abc import Iterator
from dataclasses import dataclass

from dream_engine.errors import DamagedPictureError

_PICTURES = frozenset({b"VP8 ", b"VP8L", b"ALPH", b"ANMF"})
_HEEDED = _PICTURES | {b"VP8X", b"ICCP", b"ANIM", b"EXIF"}
_MOST_KEPT = 100
_MOST_MISSING = 64
_MOST_METADATA_BYTES = 4_000_000
_MOST_CHUNKS = 100_000
_XMP, _EXIF, _ICC = 0x04, 0x08, 0x20


@dataclass(frozen=True, slots=True)
class WebpStream:
    """A WebP that is as long as it says.

    Attributes:
        data: The file's content.
        probe: The same with other data in place of what is missing, if the file broke off.
    """

    data: bytes
    probe: bytes | None


def read_webp(data: bytes) -> WebpStream:
    """Walk over a WebP and keep what its pixels need.

    Args:
        data: The file's content.

    Raises:
        DamagedPictureError: It has no picture.
    """
    kept: list[tuple[bytes, bytes]] = []
    seen: set[bytes] = set()
    missing = 0
    for kind, content, missing in _chunks(data):  # noqa: B007 - the last one's is needed below
        if kind in _HEEDED - seen and not _is_too_large(kind, content):
            kept.append((kind, content))
            seen |= {kind} - {b"ANMF"}
        if len(kept) == _MOST_KEPT:
            break
    if not any(kind in _PICTURES for kind, _ in kept) or missing > _MOST_MISSING * len(data):
        raise DamagedPictureError
    if not missing:
        return WebpStream(_written(kept), None)
    kind, content = kept.pop()
    noise = hashlib.shake_256(b"missing").digest(missing)
    ends = (_written([*kept, (kind, content + end)]) for end in (bytes(missing), noise))
    return WebpStream(*ends)


def _chunks(data: bytes) -> Iterator[tuple[bytes, bytes, int]]:
    """The chunks, each with its name, its content, and how many bytes of that are missing.

    Only of the picture itself may some be missing.
    """
    position = 12
    for _ in range(_MOST_CHUNKS):
        kind, length = (
            data[position : position + 4],
            int.from_bytes(data[position + 4 : position + 8], "little"),
        )
        content = data[position + 8 : position + 8 + length]
        missing = length - len(content)
        if position + 8 > len(data) or (missing and kind not in _PICTURES):
            return
        yield kind, content, missing
        position += 8 + length + length % 2


def _is_too_large(kind: bytes, content: bytes) -> bool:
    return kind in (b"ICCP", b"EXIF") and len(content) > _MOST_METADATA_BYTES


def _written(chunks: list[tuple[bytes, bytes]]) -> bytes:
    kinds = {kind for kind, _ in chunks}
    flags = _XMP | (0 if b"EXIF" in kinds else _EXIF) | (0 if b"ICCP" in kinds else _ICC)
    body = [b"WEBP"]
    for kind, content in chunks:
        if kind == b"VP8X" and content:
            content = bytes([content[0] & ~flags]) + content[1:]  # noqa: PLW2901 - only this one is changed
        body += [kind, len(content).to_bytes(4, "little"), content, b"\0" * (len(content) % 2)]
    whole = b"".join(body)
    return b"RIFF" + len(whole).to_bytes(4, "little") + whole

"""Rewrites a WebP so that decoders read it in bounded time, even with invalid metadata."""

import hashlib
from collections.abc import Iterator
from dataclasses import dataclass

from dream_engine.errors import DamagedPictureError

_PICTURES = frozenset({b"VP8 ", b"VP8L", b"ALPH", b"ANMF"})
_USED = _PICTURES | {b"VP8X", b"ICCP", b"ANIM", b"EXIF"}
_MAX_KEPT = 100
_MAX_MISSING_RATIO = 64
_MAX_METADATA_BYTES = 4_000_000
_MAX_CHUNKS = 100_000
_XMP, _EXIF, _ICC = 0x04, 0x08, 0x20


@dataclass(frozen=True, slots=True)
class WebpStream:
    """A WebP of the length that it declares.

    Attributes:
        data: The file's content.
        probe: The same with other data for the missing part, if the file is truncated.
    """

    data: bytes
    probe: bytes | None


def read_webp(data: bytes, max_chunks: int = _MAX_KEPT) -> WebpStream:
    """Parse a WebP and keep the chunks that its pixels need.

    Args:
        data: The file's content.
        max_chunks: The most chunks to keep; each frame is one.

    Raises:
        DamagedPictureError: The file contains no picture.
    """
    kept: list[tuple[bytes, bytes]] = []
    seen: set[bytes] = set()
    missing = 0
    for kind, content, missing in chunks(data):  # noqa: B007 - the last value is used below
        if kind in _USED - seen and not _is_too_large(kind, content):
            kept.append((kind, content))
            seen |= {kind} - {b"ANMF"}
        if len(kept) == max_chunks:
            break
    if not any(kind in _PICTURES for kind, _ in kept) or missing > _MAX_MISSING_RATIO * len(data):
        raise DamagedPictureError
    if not missing:
        return WebpStream(_serialise(kept), None)
    kind, content = kept.pop()
    noise = hashlib.shake_256(b"missing").digest(missing)
    ends = (_serialise([*kept, (kind, content + end)]) for end in (bytes(missing), noise))
    return WebpStream(*ends)


def chunks(data: bytes) -> Iterator[tuple[bytes, bytes, int]]:
    """Yield the chunks, each with its name, its content, and its number of missing bytes.

    Only chunks of pixels may have missing bytes.

    Args:
        data: The file's content.
    """
    position = 12
    for _ in range(_MAX_CHUNKS):
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
    return kind in (b"ICCP", b"EXIF") and len(content) > _MAX_METADATA_BYTES


def _serialise(parts: list[tuple[bytes, bytes]]) -> bytes:
    kinds = {kind for kind, _ in parts}
    flags = _XMP | (0 if b"EXIF" in kinds else _EXIF) | (0 if b"ICCP" in kinds else _ICC)
    body = [b"WEBP"]
    for kind, content in parts:
        if kind == b"VP8X" and content:
            content = bytes([content[0] & ~flags]) + content[1:]  # noqa: PLW2901 - only this one is changed
        body += [kind, len(content).to_bytes(4, "little"), content, b"\0" * (len(content) % 2)]
    whole = b"".join(body)
    return b"RIFF" + len(whole).to_bytes(4, "little") + whole

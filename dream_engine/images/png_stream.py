"""Rewrites a PNG so that decoders read it in bounded time, even with invalid metadata.

Chunks with a wrong checksum are dropped if the pixels do not need them.
"""

import zlib

from dream_engine.errors import DamagedPictureError, PictureBombError

SIGNATURE = b"\x89PNG\r\n\x1a\n"

_ANIMATION = frozenset({b"acTL", b"fcTL", b"fdAT"})
_NEEDED = frozenset({b"IHDR", b"PLTE", b"IDAT"})
_USED = frozenset(
    {
        *(b"tRNS", b"cICP", b"mDCV", b"cLLI", b"iCCP", b"sRGB", b"gAMA", b"cHRM", b"eXIf"),
        *_ANIMATION,
    }
)
"""The chunks that the interpretation of pixels depends on; all others are dropped."""

_LENGTHS = {
    b"cICP": 4,
    b"mDCV": 24,
    b"cLLI": 8,
    b"sRGB": 1,
    b"gAMA": 4,
    b"cHRM": 32,
    b"acTL": 8,
    b"fcTL": 26,
}
"""The lengths in bytes of chunks of fixed length; Pillow fails on others."""

_TRANSPARENT_COLOUR_BYTES = {0: 2, 2: 6}
"""The length of tRNS by colour type: greyscale and RGB."""

_MAX_CHUNKS = 100_000
_MAX_PROFILE_BYTES = 1_000_000
"""The largest profile that Pillow reads."""
_MAX_METADATA_BYTES = 4_000_000


def read_png(data: bytes) -> bytes:
    """Parse a PNG and keep the chunks that its pixels need; a missing end is added.

    Args:
        data: The file's content.

    Raises:
        DamagedPictureError: A chunk that the pixels need has a wrong checksum.
        PictureBombError: The file has more chunks than any picture needs.
    """
    kept, frames = [SIGNATURE], _Frames(data)
    position = len(SIGNATURE)
    for _ in range(_MAX_CHUNKS):
        length, kind = int.from_bytes(data[position : position + 4]), data[position + 4 : position + 8]
        end = position + 12 + length
        if kind == b"IEND" or len(kind) < 4 or not kind.isalpha():
            break
        if end > len(data):
            if kind == b"IDAT":
                kept.append(chunk(kind, data[position + 8 :]))
            break
        if kind in _NEEDED or (kind in _USED and _has_valid_length(kind, length, data)):
            checked = _validated(kind, data[position:end])
            kept.extend(checked if kind not in _ANIMATION else frames.accept(kind, checked))
        position = end
    else:
        raise PictureBombError
    if not frames.has_complete_frame:
        kept = [part for part in kept if part[4:8] not in _ANIMATION]
    kept.append(chunk(b"IEND", b""))
    return b"".join(kept)


def chunk(kind: bytes, content: bytes) -> bytes:
    """Assemble a chunk with its length and checksum."""
    checksum = zlib.crc32(content, zlib.crc32(kind))
    return len(content).to_bytes(4) + kind + content + checksum.to_bytes(4)


class _Frames:
    """Validates the frames of an animation. All chunks from the first invalid one on are dropped.

    Args:
        data: The file's content.

    Attributes:
        has_complete_frame: Whether a frame other than the default picture was accepted.
    """

    def __init__(self, data: bytes) -> None:
        header = data[len(SIGNATURE) + 8 :]
        self._width, self._height = int.from_bytes(header[:4]), int.from_bytes(header[4:8])
        self._next = 0
        self._valid = True
        self.has_complete_frame = False

    def accept(self, kind: bytes, chunks: list[bytes]) -> list[bytes]:
        """Return an animation's next chunk if it is valid.

        Args:
            kind: The chunk's name.
            chunks: The chunk; empty if its checksum is wrong.
        """
        if kind != b"acTL":
            self._valid = self._valid and bool(chunks) and self._is_valid(kind, chunks[0][8:-4])
            self._next += 1
            self.has_complete_frame |= self._valid and kind == b"fdAT"
        return chunks if self._valid else []

    def _is_valid(self, kind: bytes, content: bytes) -> bool:
        """Whether a chunk has the next sequence number, and its frame lies within the picture."""
        if int.from_bytes(content[:4]) != self._next:
            return False
        if kind == b"fdAT":
            return len(content) >= 4
        width, height, left, top = (int.from_bytes(content[at : at + 4]) for at in (4, 8, 12, 16))
        return min(width, height) > 0 and left + width <= self._width and top + height <= self._height


def _has_valid_length(kind: bytes, length: int, data: bytes) -> bool:
    """Whether a chunk has the length that the specification demands for this file."""
    expected = _LENGTHS.get(kind)
    if kind == b"tRNS":
        colour_type = data[len(SIGNATURE) + 17]
        expected = _TRANSPARENT_COLOUR_BYTES.get(colour_type)
    return expected in (None, length)


def _validated(kind: bytes, whole: bytes) -> list[bytes]:
    """Return the chunk; empty if it is invalid or too large and the pixels do not need it."""
    if kind == b"IDAT":
        return [whole]  # the compressed data contain their own checksum
    if zlib.crc32(whole[4:-4]) != int.from_bytes(whole[-4:]):
        if kind in _NEEDED:
            raise DamagedPictureError
        return []
    if kind == b"iCCP" and not _is_usable_profile(whole[8:-4]):
        return []
    if kind == b"eXIf" and len(whole) > _MAX_METADATA_BYTES:
        return []
    return [whole]


def _is_usable_profile(profile: bytes) -> bool:
    """Whether a colour profile can be decompressed to a size that Pillow reads."""
    _, _, compressed = profile.partition(b"\0")
    if compressed[:1] != b"\0":  # the only compression method
        return False
    reader = zlib.decompressobj()
    try:
        reader.decompress(compressed[1:], _MAX_PROFILE_BYTES)
        return not reader.decompress(reader.unconsumed_tail, 1)
    except zlib.error:
        return False

"""Brings a PNG into the form that a decoder reads in bounded time, whatever its metadata look like.

A checksum guards a chunk; where the pixels do not need the chunk, they do not need its checksum either.
"""

import zlib

from dream_engine.errors import DamagedPictureError, PictureBombError

SIGNATURE = b"\x89PNG\r\n\x1a\n"

_ANIMATION = frozenset({b"acTL", b"fcTL", b"fdAT"})
_NEEDED = frozenset({b"IHDR", b"PLTE", b"IDAT"})
_HEEDED = frozenset(
    {
        *(b"tRNS", b"cICP", b"mDCV", b"cLLI", b"iCCP", b"sRGB", b"gAMA", b"cHRM", b"eXIf"),
        *_ANIMATION,
    }
)
"""What says how the pixels are meant; everything else is left out."""

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
"""How long those are that have one length, in bytes; Pillow stumbles over others."""

_TRANSPARENT_COLOUR_BYTES = {0: 2, 2: 6}
"""How long tRNS is in a picture of grey, and of colours."""

_MOST_CHUNKS = 100_000
_MOST_PROFILE_BYTES = 1_000_000
"""Pillow reads no larger one."""
_MOST_METADATA_BYTES = 4_000_000


def read_png(data: bytes) -> bytes:
    """Walk over a PNG and keep what its pixels need; a missing end is added.

    Args:
        data: The file's content.

    Raises:
        DamagedPictureError: A chunk that the pixels need does not fit its checksum.
        PictureBombError: It has more chunks than any picture.
    """
    kept, frames = [SIGNATURE], _Frames(data)
    position = len(SIGNATURE)
    for _ in range(_MOST_CHUNKS):
        length, kind = int.from_bytes(data[position : position + 4]), data[position + 4 : position + 8]
        end = position + 12 + length
        if kind == b"IEND" or len(kind) < 4 or not kind.isalpha():
            break
        if end > len(data):
            if kind == b"IDAT":
                kept.append(chunk(kind, data[position + 8 :]))
            break
        if kind in _NEEDED or (kind in _HEEDED and _has_its_length(kind, length, data)):
            checked = _checked(kind, data[position:end])
            kept.extend(checked if kind not in _ANIMATION else frames.go_on(kind, checked))
        position = end
    else:
        raise PictureBombError
    if not frames.any_complete:
        kept = [one for one in kept if one[4:8] not in _ANIMATION]
    kept.append(chunk(b"IEND", b""))
    return b"".join(kept)


def chunk(kind: bytes, content: bytes) -> bytes:
    """A chunk with its length and its checksum."""
    checksum = zlib.crc32(content, zlib.crc32(kind))
    return len(content).to_bytes(4) + kind + content + checksum.to_bytes(4)


class _Frames:
    """Follows the frames of an animation until one does not fit: nothing of it is read from there on.

    Args:
        data: The file's content.
    """

    def __init__(self, data: bytes) -> None:
        header = data[len(SIGNATURE) + 8 :]
        self._width, self._height = int.from_bytes(header[:4]), int.from_bytes(header[4:8])
        self._next = 0
        self._fit = True
        self.any_complete = False

    def go_on(self, kind: bytes, chunks: list[bytes]) -> list[bytes]:
        """What of an animation's next chunk is to be read.

        Args:
            kind: The chunk's name.
            chunks: The chunk; nothing, where it is broken.
        """
        if kind != b"acTL":
            self._fit = self._fit and bool(chunks) and self._is_fit(kind, chunks[0][8:-4])
            self._next += 1
            self.any_complete |= self._fit and kind == b"fdAT"
        return chunks if self._fit else []

    def _is_fit(self, kind: bytes, content: bytes) -> bool:
        """Whether a chunk is the next one of the sequence, and a frame lies within the picture."""
        if int.from_bytes(content[:4]) != self._next:
            return False
        if kind == b"fdAT":
            return len(content) >= 4
        width, height, left, top = (int.from_bytes(content[at : at + 4]) for at in (4, 8, 12, 16))
        return min(width, height) > 0 and left + width <= self._width and top + height <= self._height


def _has_its_length(kind: bytes, length: int, data: bytes) -> bool:
    """Whether a chunk is as long as the specification demands, in the file that holds it."""
    expected = _LENGTHS.get(kind)
    if kind == b"tRNS":
        colour_type = data[len(SIGNATURE) + 17]
        expected = _TRANSPARENT_COLOUR_BYTES.get(colour_type)
    return expected in (None, length)


def _checked(kind: bytes, whole: bytes) -> list[bytes]:
    """A chunk as it is kept; none, where it is broken or too large and not needed."""
    if kind == b"IDAT":
        return [whole]  # the compressed data carry a checksum of their own
    if zlib.crc32(whole[4:-4]) != int.from_bytes(whole[-4:]):
        if kind in _NEEDED:
            raise DamagedPictureError
        return []
    if kind == b"iCCP" and not _is_small(whole[8:-4]):
        return []
    if kind == b"eXIf" and len(whole) > _MOST_METADATA_BYTES:
        return []
    return [whole]


def _is_small(profile: bytes) -> bool:
    """Whether a colour profile can be decompressed, and is then no larger than Pillow reads."""
    _, _, compressed = profile.partition(b"\0")
    if compressed[:1] != b"\0":  # the one method of compression that there is
        return False
    reader = zlib.decompressobj()
    try:
        reader.decompress(compressed[1:], _MOST_PROFILE_BYTES)
        return not reader.decompress(reader.unconsumed_tail, 1)
    except zlib.error:
        return False

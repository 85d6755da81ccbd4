"""Brings a PNG into the form that a decoder reads in bounded time, whatever its metadata look like.

A checksum guards a chunk; where the pixels do not need the chunk, they do not need its checksum either.
"""

import zlib

from dream_engine.errors import DamagedPictureError, PictureBombError

SIGNATURE = b"\x89PNG\r\n\x1a\n"

_NEEDED = frozenset({b"IHDR", b"PLTE", b"IDAT"})
_HEEDED = frozenset(
    {
        *(b"tRNS", b"cICP", b"mDCV", b"cLLI", b"iCCP", b"sRGB", b"gAMA", b"cHRM", b"eXIf"),
        *(b"acTL", b"fcTL", b"fdAT"),
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
    kept = [SIGNATURE]
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
            kept.extend(_checked(kind, data[position:end]))
        position = end
    else:
        raise PictureBombError
    kept.append(chunk(b"IEND", b""))
    return b"".join(kept)


def chunk(kind: bytes, content: bytes) -> bytes:
    """A chunk with its length and its checksum."""
    checksum = zlib.crc32(content, zlib.crc32(kind))
    return len(content).to_bytes(4) + kind + content + checksum.to_bytes(4)


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

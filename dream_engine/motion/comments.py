"""Finds the comments in GIF, MP4 and WebM files, without decoding a frame.

Files may come from strangers: all lengths are checked, and nothing is read twice.
"""

from collections.abc import Iterator

from dream_engine.motion.containers import elements

_MAX_BLOCKS = 1_000_000

_GIF_IMAGE, _GIF_EXTENSION, _GIF_COMMENT = 0x2C, 0x21, 0xFE

# Matroska's element numbers, RFC 9559.
_SEGMENT, _TAGS = 0x18538067, 0x1254C367
_TAG, _SIMPLE_TAG, _TAG_NAME, _TAG_STRING = 0x7373, 0x67C8, 0x45A3, 0x4487


def gif_comment(data: bytes) -> bytes | None:
    """The first comment of a GIF."""
    position = 13 + _table_bytes(data[10]) if len(data) >= 13 else len(data)
    blocks = 0
    while position < len(data) and blocks < _MAX_BLOCKS:
        kind, label = data[position], data[position + 1 : position + 2]
        if kind == _GIF_IMAGE and position + 10 < len(data):
            position += 11 + _table_bytes(data[position + 9])
        elif kind == _GIF_EXTENSION:
            position += 2
        else:
            return None
        content = []
        while position < len(data) and (length := data[position]) and blocks < _MAX_BLOCKS:
            if kind == _GIF_EXTENSION and label == bytes([_GIF_COMMENT]):
                content.append(data[position + 1 : position + 1 + length])
            position += 1 + length
            blocks += 1
        if content:
            return b"".join(content)
        position += 1
    return None


def mp4_comment(data: bytes) -> bytes | None:
    """The comment in the iTunes metadata of an MP4."""
    begin, end = 0, len(data)
    for name in (b"moov", b"udta", b"meta", b"ilst", b"\xa9cmt", b"data"):
        found = next((box for box in boxes(data, begin, end) if box[0] == name), None)
        if found is None:
            return None
        _, begin, end = found
        if name == b"meta":
            begin += 4  # version and flags
    return data[begin + 8 : end]  # behind the type and the locale


def boxes(data: bytes | bytearray, begin: int, end: int) -> Iterator[tuple[bytes, int, int]]:
    """Yield the name, start and stop of the content of each box (ISO/IEC 14496-12, 4.2)."""
    for _ in range(_MAX_BLOCKS):
        if begin + 8 > end:
            return
        length, header = int.from_bytes(data[begin : begin + 4]), 8
        if length == 1:
            length, header = int.from_bytes(data[begin + 8 : begin + 16]), 16
        elif length == 0:
            length = end - begin
        if length < header or begin + length > end:
            return
        yield bytes(data[begin + 4 : begin + 8]), begin + header, begin + length
        begin += length


def webm_comment(data: bytes) -> bytes | None:
    """The comment in the tags of a WebM."""
    for segment, begin, end in _contents(data, 0, len(data)):
        if segment != _SEGMENT:
            continue
        for tags, tags_begin, tags_end in _contents(data, begin, end):
            if tags != _TAGS:
                continue
            for comment in _comments(data, tags_begin, tags_end):
                return comment
    return None


def _comments(data: bytes, begin: int, end: int) -> Iterator[bytes]:
    for tag, tag_begin, tag_end in _contents(data, begin, end):
        if tag != _TAG:
            continue
        for simple, simple_begin, simple_end in _contents(data, tag_begin, tag_end):
            if simple != _SIMPLE_TAG:
                continue
            parts = {kind: data[at:stop] for kind, at, stop in _contents(data, simple_begin, simple_end)}
            if parts.get(_TAG_NAME, b"").upper() == b"COMMENT" and _TAG_STRING in parts:
                yield parts[_TAG_STRING]


def _contents(data: bytes, begin: int, end: int) -> Iterator[tuple[int, int, int]]:
    """Yield the number, start and stop of the content of each complete element."""
    for number, content, length in elements(data, begin, end):
        stop = end if length is None else content + length
        if stop > end:
            return
        yield number, content, stop


def _table_bytes(flags: int) -> int:
    return 3 * 2 ** ((flags & 7) + 1) if flags & 0x80 else 0

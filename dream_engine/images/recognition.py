"""What bytes are, seen from outside, before any decoder touches them."""

import re

# In a JPEG's compressed data 0xFF is followed by 0 or by a restart marker; anything else is a new segment.
_JPEG_MARKER = re.compile(rb"\xff[^\x00\xd0-\xd7\xff]")
_START_OF_SCAN, _END_OF_IMAGE = 0xDA, 0xD9

_PICTURES = (b"\x89PNG", b"\xff\xd8\xff", b"GIF8", b"BM", b"II*\x00", b"MM\x00*")

_OTHERS = (
    (b"PK\x03\x04", "a zip archive"),
    (b"%PDF", "a PDF"),
    (b"\x1f\x8b", "a gzip archive"),
    (b"\x1aE\xdf\xa3", "a video"),
    (b"8BPS", "a Photoshop document"),
    (b"ID3", "a sound"),
    (b"OggS", "a sound"),
    (b"RIFF", "a sound or a video"),
)

_STILL_BRANDS = (b"avif", b"avis", b"heic", b"heix", b"heif", b"hevc", b"mif1", b"msf1")


def begins_like_a_picture(data: bytes) -> bool:
    """Whether a file begins as one of the formats that are read, whatever follows."""
    if data[4:8] == b"ftyp":
        return data[8:12] in _STILL_BRANDS
    if data.startswith(b"RIFF"):
        return data[8:12] in (b"WEBP", b"")
    return data.startswith(_PICTURES)


def looks_like(data: bytes) -> str:
    """What a file that is no picture seems to be, as a person would call it."""
    for start, kind in _OTHERS:
        if data.startswith(start):
            return kind
    if data[4:8] == b"ftyp":
        return "a video"
    beginning = data[:1024]
    if b"<svg" in beginning:
        return "an SVG drawing"
    if b"<html" in beginning.lower():
        return "a web page"
    text = beginning.decode("utf-8", errors="ignore")
    readable = len(text.encode()) >= len(beginning) - 3 and all(c.isprintable() or c.isspace() for c in text)
    return "a text" if readable else "something else"


def jpeg_scans(data: bytes) -> int:
    """How many scans a JPEG has; what stands behind its end, such as a phone's video, does not count."""
    scans, position = 0, 2
    while (marker := _JPEG_MARKER.search(data, position)) is not None:
        kind = data[marker.start() + 1]
        if kind == _END_OF_IMAGE:
            break
        scans += kind == _START_OF_SCAN
        # A segment tells its length, and is passed over whole: a thumbnail in it is another picture.
        position = marker.end() + int.from_bytes(data[marker.end() : marker.end() + 2])
    return scans

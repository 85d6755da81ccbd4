"""What bytes are by how they begin, for a kind answer where they are no picture that can be read."""

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

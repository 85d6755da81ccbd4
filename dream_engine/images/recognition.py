"""Recognises the kind of a file by its first bytes, without decoding it."""

import re

_PICTURES = (b"\x89PNG", b"\xff\xd8\xff", b"GIF8", b"BM", b"II*\x00", b"MM\x00*", b"II+\x00", b"MM\x00+")
_STILL_BRANDS = frozenset(
    {
        *(b"avif", b"avis", b"avio", b"heic", b"heix", b"heim", b"heis", b"heif", b"hevc", b"hevx"),
        *(b"mif1", b"mif2", b"msf1", b"miaf"),
    }
)

_SOUND, _VIDEO, RAW, _ARCHIVE = "an audio file", "a video", "a camera's raw file", "an archive"
_OFFICE = "an office document"

_SIGNATURES = (
    (b"%PDF", "a PDF"),
    (b"8BPS", "a Photoshop document"),
    (b"gimp xcf", "a GIMP document"),
    (b"%!PS", "a PostScript drawing"),
    (b"\xc5\xd0\xd3\xc6", "a PostScript drawing"),
    (b"\xd7\xcd\xc6\x9a", "a Windows drawing"),
    (b"\0\0\0\x0cJXL \r\n\x87\n", "a JPEG XL picture"),
    (b"\xff\x0a", "a JPEG XL picture"),
    (b"\0\0\0\x0cjP  \r\n\x87\n", "a JPEG 2000 picture"),
    (b"\xff\x4f\xff\x51", "a JPEG 2000 picture"),
    (b"II\xbc", "a JPEG XR picture"),
    (b"\0\0\x01\0", "an icon"),
    (b"\0\0\x02\0", "a mouse pointer"),
    (b"icns", "an icon"),
    (b"qoif", "a QOI picture"),
    (b"BPG\xfb", "a BPG picture"),
    (b"DDS ", "a DDS texture"),
    (b"\x8aMNG", "an MNG animation"),
    (b"\x8bJNG", "a JNG picture"),
    (b"\x76\x2f\x31\x01", "an OpenEXR picture"),
    (b"#?RADIANCE", "a Radiance picture"),
    (b"#?RGBE", "a Radiance picture"),
    (b"AT&TFORM", "a DjVu document"),
    (b"SIMPLE  =", "a FITS picture"),
    (b"FUJIFILMCCD-RAW", RAW),
    (b"IIRO", RAW),
    (b"IIRS", RAW),
    (b"MMOR", RAW),
    (b"IIU\0", RAW),
    (b"II\x1a\0\0\0HEAPCCDR", RAW),
    (b"FOVb", RAW),
    (b"\0MRM", RAW),
    (b"IIII", RAW),
    (b"ID3", _SOUND),
    (b"fLaC", _SOUND),
    (b"MThd", _SOUND),
    (b"#!AMR", _SOUND),
    (b"MAC ", _SOUND),
    (b"wvPK", _SOUND),
    (b".snd", _SOUND),
    (b"caff", _SOUND),
    (b"\x1a\x45\xdf\xa3", _VIDEO),
    (b"\x30\x26\xb2\x75\x8e\x66\xcf\x11", _VIDEO),
    (b"\0\0\x01\xba", _VIDEO),
    (b"\0\0\x01\xb3", _VIDEO),
    (b"FLV\x01", _VIDEO),
    (b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1", _OFFICE),
    (b"\x1f\x8b", "a gzip archive"),
    (b"7z\xbc\xaf\x27\x1c", _ARCHIVE),
    (b"Rar!\x1a\x07", _ARCHIVE),
    (b"\xfd7zXZ\0", _ARCHIVE),
    (b"BZh", _ARCHIVE),
    (b"\x28\xb5\x2f\xfd", _ARCHIVE),
    (b"\x7fELF", "a program"),
    (b"MZ", "a program"),
    (b"{\\rtf", "a text document"),
    (b"SQLite format 3\0", "a database"),
    (b"wOFF", "a font"),
    (b"wOF2", "a font"),
    (b"OTTO", "a font"),
    (b"\0\x01\0\0\0", "a font"),
)

_OFFSET_SIGNATURES = (
    *((4, mark, _VIDEO) for mark in (b"moov", b"mdat", b"wide", b"free", b"skip", b"pnot")),
    (8, b"AIFF", _SOUND),
    (8, b"AIFC", _SOUND),
    (40, b" EMF", "a Windows drawing"),
    (128, b"DICM", "a medical picture"),
    (257, b"ustar", _ARCHIVE),
)
"""Signatures at other offsets than the start."""

_RIFF_KINDS = {b"WAVE": _SOUND, b"AVI ": _VIDEO, b"RMID": _SOUND, b"ACON": "a mouse pointer"}
_BRANDS = (
    (("M4A", "M4B", "M4P", "F4A", "F4B"), _SOUND),
    (("crx",), RAW),
    (("jxl",), "a JPEG XL picture"),
    (("jp2", "jpx", "jpm"), "a JPEG 2000 picture"),
)

_SOUND_FRAME = re.compile(rb"\xff(?:[\xe2-\xe7\xf2-\xf7\xfa-\xfd\xf0\xf1\xf8\xf9])[^\xf0-\xff]", re.DOTALL)
"""The header of an MP3 or AAC frame."""

_SVG = re.compile(rb"<(?:\w+:)?svg[\s>/]", re.IGNORECASE)
_WEB_PAGE = re.compile(rb"<(?:!doctype\s+html|html[\s>])", re.IGNORECASE)
_MARKUP_BYTES = 1_000_000
_TEXT_BYTES = 1024


def starts_like_picture(data: bytes) -> bool:
    """Whether a file starts with the signature of a readable format."""
    if data[4:8] == b"ftyp":
        return bool(_brands(data) & _STILL_BRANDS)
    if data.startswith(b"RIFF"):
        return data[8:12] in (b"WEBP", b"")
    return data.startswith(_PICTURES)


def looks_like(data: bytes) -> str:
    """Name the apparent kind of a file that is no picture, for users."""
    if data.startswith(b"PK\x03\x04"):
        return _zip(data)
    for start, kind in _SIGNATURES:
        if data.startswith(start):
            return kind
    return _by_structure(data) or _as_text(data)


def _by_structure(data: bytes) -> str | None:
    """Name the kind of a file whose signature is not at its start."""
    if data.startswith((b"RIFF", b"RIFX", b"RF64")):
        return _RIFF_KINDS.get(data[8:12], "an audio or video file")
    if data.startswith(b"OggS"):
        return _VIDEO if b"theora" in data[:256] else _SOUND
    if data[4:8] == b"ftyp":
        return _by_brand(data)
    if data[:1] == b"G" and data[188:189] == b"G" and data[376:377] in (b"G", b""):
        return _VIDEO
    for position, mark, kind in _OFFSET_SIGNATURES:
        if data.startswith(mark, position):
            return kind
    return _SOUND if _SOUND_FRAME.match(data) and not data.startswith(b"\xff\xfe") else None


def _by_brand(data: bytes) -> str:
    brand = data[8:12].decode("latin-1").strip()
    for names, kind in _BRANDS:
        if brand in names:
            return kind
    return _VIDEO


def _brands(data: bytes) -> set[bytes]:
    """The major and compatible brands of a container."""
    length = min(int.from_bytes(data[:4]), 256)
    return {data[8:12], *(data[at : at + 4] for at in range(16, length - 3, 4))}


def _zip(data: bytes) -> str:
    beginning = data[:4096]
    if b"[Content_Types].xml" in beginning or b"mimetypeapplication/vnd.oasis.opendocument" in beginning:
        return _OFFICE
    if b"mimetypeapplication/epub+zip" in beginning:
        return "a book"
    if b"mimetypeapplication/x-krita" in beginning:
        return "a Krita document"
    if b"mimetypeimage/openraster" in beginning:
        return "an OpenRaster document"
    return "a zip archive"


def _as_text(data: bytes) -> str:
    encoding = "utf-16" if data.startswith((b"\xff\xfe", b"\xfe\xff")) else "utf-8"
    beginning = data[:_TEXT_BYTES]
    text = beginning.decode(encoding, errors="ignore")
    lost = len(beginning) - len(text.encode(encoding))
    if lost > 3 or not all(c.isprintable() or c.isspace() or c == "\ufeff" for c in text):
        return "something else"
    markup = data[:_MARKUP_BYTES]
    if encoding == "utf-16":
        markup = markup.decode(encoding, errors="ignore").encode()
    svg, page = _SVG.search(markup), _WEB_PAGE.search(markup)
    if svg and (page is None or svg.start() < page.start()):
        return "an SVG drawing"
    if page:
        return "a web page"
    return "a text file"

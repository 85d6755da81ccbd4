import gzip
import io
import struct
import zipfile

import pytest

from dream_engine.errors import DamagedPictureError, NotAPictureError
from dream_engine.images import decode
from dream_engine.images.recognition import looks_like, starts_like_picture
from tests.dream_engine.images.files import gradient, saved


def archive(*names: str, first: bytes = b"content") -> bytes:
    buffer = io.BytesIO()
    with zipfile.ZipFile(buffer, "w") as written:
        for name in names:
            written.writestr(name, first)
    return buffer.getvalue()


def container(brand: bytes, *others: bytes) -> bytes:
    body = brand + bytes(4) + b"".join(others)
    return struct.pack(">I", 8 + len(body)) + b"ftyp" + body + b"\xf0\x90 media data" * 9


SVG = b"<svg xmlns='http://www.w3.org/2000/svg'></svg>"
NOISE = bytes(range(128, 256)) * 20


@pytest.mark.parametrize(
    ("kind", "content"),
    [
        ("an SVG drawing", SVG),
        ("an SVG drawing", b"<?xml version='1.0'?>\n<!-- " + b"made with care " * 900 + b"-->" + SVG),
        ("an SVG drawing", b"\xef\xbb\xbf<SVG:svg xmlns:SVG='x'/>"),
        ("an SVG drawing", b"\xff\xfe" + SVG.decode().encode("utf-16-le")),
        ("a web page", b"<!DOCTYPE html><html>" + SVG + b"</html>"),
        ("a web page", b"\n<HTML lang=en>"),
        ("a text file", b"Dear bot, please dream."),
        ("a text file", "Träume, 꿈".encode()),
        ("a text file", b'{"svg": 1}'),
        ("an audio file", container(b"M4A ", b"isom", b"mp42")),
        ("an audio file", container(b"M4B ")),
        ("an audio file", b"ID3\4" + NOISE),
        ("an audio file", b"\xff\xfb\x90\x64" + NOISE),
        ("an audio file", b"\xff\xf3\x44\xc4" + NOISE),
        ("an audio file", b"\xff\xf1\x50\x80" + NOISE),
        ("an audio file", b"OggS\0\2" + b"\1vorbis" + NOISE),
        ("an audio file", b"fLaC" + NOISE),
        ("an audio file", b"RIFF\0\0\0\0WAVEfmt "),
        ("an audio file", b"FORM\0\0\0\0AIFFCOMM"),
        ("an audio file", b"MThd" + NOISE),
        ("a video", container(b"isom", b"mp41")),
        ("a video", container(b"qt  ")),
        ("a video", b"\0\0\0\x08wide\0\0\0\0mdat" + NOISE),
        ("a video", b"RIFF\0\0\0\0AVI LIST"),
        ("a video", b"\x1a\x45\xdf\xa3" + NOISE),
        ("a video", b"OggS\0\2" + b"\x80theora" + NOISE),
        ("a video", b"\0\0\1\xba" + NOISE),
        ("a video", (b"G" + NOISE[:187]) * 3),
        ("a JPEG XL picture", b"\0\0\0\x0cJXL \r\n\x87\n" + container(b"jxl ")),
        ("a JPEG XL picture", b"\xff\x0a" + NOISE),
        ("a JPEG 2000 picture", b"\0\0\0\x0cjP  \r\n\x87\n" + container(b"jp2 ")),
        ("a JPEG 2000 picture", b"\xff\x4f\xff\x51" + NOISE),
        ("a camera's raw file", container(b"crx ")),
        ("a camera's raw file", b"FUJIFILMCCD-RAW 0201" + NOISE),
        ("a camera's raw file", b"IIRO\x08\0\0\0" + NOISE),
        ("a camera's raw file", b"IIU\0\x18\0\0\0" + NOISE),
        ("a Photoshop document", b"8BPS\0\1" + NOISE),
        ("a GIMP document", b"gimp xcf v011" + NOISE),
        ("a PDF", b"%PDF-1.7 \xff"),
        ("a PostScript drawing", b"%!PS-Adobe-3.0 EPSF-3.0"),
        ("an icon", b"\0\0\1\0\1\0" + NOISE),
        ("an OpenEXR picture", b"\x76\x2f\x31\x01" + NOISE),
        ("a zip archive", archive("a.txt")),
        ("an office document", archive("[Content_Types].xml")),
        ("an office document", archive("mimetype", first=b"application/vnd.oasis.opendocument.text")),
        ("a Krita document", archive("mimetype", first=b"application/x-krita")),
        ("a book", archive("mimetype", first=b"application/epub+zip")),
        ("a gzip archive", gzip.compress(b"x", mtime=0)),
        ("an archive", b"7z\xbc\xaf\x27\x1c" + NOISE),
        ("an archive", b"Rar!\x1a\x07\x01\0" + NOISE),
        ("an archive", b"name".ljust(257, b"\0") + b"ustar\0" + NOISE),
        ("a Windows drawing", b"\1\0\0\0".ljust(40, b"\0") + b" EMF" + NOISE),
        ("a medical picture", bytes(128) + b"DICM" + NOISE),
        ("a program", b"\x7fELF" + NOISE),
        ("something else", NOISE),
        ("something else", b"FORM\0\0\0\0ILBM" + NOISE),
    ],
)  # fmt: skip
def test_the_kind_of_a_file_is_named(kind, content):
    assert looks_like(content) == kind
    with pytest.raises(NotAPictureError, match=kind):
        decode(content)


@pytest.mark.parametrize("brand", [b"avif", b"avis", b"heic", b"heix", b"mif1", b"msf1"])
def test_a_picture_container_is_recognised_by_any_of_its_brands(brand):
    assert starts_like_picture(container(brand))
    assert starts_like_picture(container(b"else", brand))
    assert not starts_like_picture(container(b"isom", b"mp41"))
    with pytest.raises(DamagedPictureError):
        decode(container(brand))


@pytest.mark.parametrize("file_format", ["PNG", "GIF", "WEBP", "TIFF"])
@pytest.mark.parametrize("foreign", [b"\n", b"\r\n", b"\xef\xbb\xbf", b"\0\0"])
def test_white_space_before_any_picture_is_dropped(file_format, foreign):
    content = saved(gradient(), file_format)
    assert decode(foreign + content).rgb.shape == decode(content).rgb.shape


def test_a_picture_embedded_in_another_file_is_not_read():
    cover = saved(gradient(), "JPEG")
    for content in (b"ID3\4" + cover, b"FUJIFILMCCD-RAW" + cover, NOISE + cover, b"8BPS" + cover):
        with pytest.raises(NotAPictureError):
            decode(content)


def test_brands_are_read_within_the_first_box_and_at_most_256_bytes():
    assert starts_like_picture(container(b"else", *[b"mp41"] * 58, b"avif"))
    assert starts_like_picture(container(b"else", *[b"mp41"] * 59, b"avif"))
    assert not starts_like_picture(container(b"else", *[b"mp41"] * 60, b"avif"))
    behind = struct.pack(">I", 20) + b"ftypisom" + bytes(4) + b"mp41" + b"avif"
    assert not starts_like_picture(behind)
    assert not starts_like_picture(struct.pack(">I", 16) + b"ftypisom" + b"avif")  # a version, no brand
    shifted = struct.pack(">I", 24) + b"ftypisom" + bytes(4) + b"..avif.."
    assert not starts_like_picture(shifted)


@pytest.mark.parametrize("content", [b"RIFF", b"RIFF\0\0\0\0", b"RIFF\0\0\0\0WEBP"])
def test_a_truncated_riff_header_counts_as_a_picture(content):
    assert starts_like_picture(content)
    assert not starts_like_picture(content[:4] + b"\0\0\0\0WAVE")


def test_a_theora_stream_is_recognised_by_its_first_256_bytes():
    assert looks_like((b"OggS" + NOISE[:246] + b"theora").ljust(300)) == "a video"
    assert looks_like((b"OggS" + NOISE[:247] + b"theora").ljust(300)) == "an audio file"


def test_a_transport_stream_is_recognised_by_a_mark_every_188_bytes():
    packet = b"G" + NOISE[:187]
    assert looks_like(packet * 2) == "a video"
    assert looks_like(packet) == "something else"
    assert looks_like(packet * 2 + b"H" + NOISE) == "something else"
    assert looks_like(b"H" + (packet * 3)[1:]) == "something else"
    assert looks_like(packet + b"H" + packet) == "something else"


@pytest.mark.parametrize("part", ["[Content_Types].xml", "mimetype"])
def test_an_office_document_is_recognised_by_its_first_4096_bytes(part):
    content = {"mimetype": b"application/vnd.oasis.opendocument.text"}.get(part, b"x")
    mark = archive(part, first=content)
    behind = b"[Content_Types].xml" if part != "mimetype" else b"mimetype" + content[:39]
    at = mark.index(behind[:20])
    length = len(behind) if part != "mimetype" else len(b"mimetypeapplication/vnd.oasis.opendocument")
    for room, kind in ((4096 - length, "an office document"), (4097 - length, "a zip archive")):
        assert looks_like(mark[:4] + b"." * (room - at) + mark[4:]) == kind


def test_an_openraster_document_is_named():
    assert looks_like(archive("mimetype", first=b"image/openraster")) == "an OpenRaster document"


@pytest.mark.parametrize("mark", [b"moov", b"mdat", b"wide", b"free", b"skip", b"pnot"])
def test_a_video_is_recognised_by_its_first_box(mark):
    assert looks_like(b"\0\0\0\x08" + mark + NOISE) == "a video"
    assert looks_like(b"\0\0\0\0\x08" + mark + NOISE) == "something else"


def test_text_may_end_within_a_character_but_not_be_invalid():
    assert looks_like(b"a" * 1023 + "😀😀".encode()) == "a text file"
    assert looks_like(b"a" * 1021 + "😀😀".encode()) == "a text file"
    assert looks_like(b"abc \xff\xff\xff") == "a text file"
    assert looks_like(b"abc \xff\xff\xff\xff") == "something else"
    assert looks_like(b"a" * 1024 + b"\xff" * 9) == "a text file"
    assert looks_like(b"a\tb\r\nc\xef\xbb\xbf") == "a text file"
    assert looks_like(b"abc\x07") == "something else"


def test_markup_is_searched_for_in_the_first_million_bytes():
    svg = b"<svg xmlns='x'>"
    assert looks_like(b" " * (1_000_000 - 5) + svg) == "an SVG drawing"
    assert looks_like(b" " * (1_000_000 - 4) + svg) == "a text file"


def test_the_outer_of_a_web_page_and_a_drawing_is_named():
    assert looks_like(SVG + b"<html>") == "an SVG drawing"
    assert looks_like(b"<html>" + SVG) == "a web page"
    assert looks_like(b"\xfe\xff" + "<html>".encode("utf-16-be")) == "a web page"


def test_a_sound_is_recognised_by_its_whole_brand():
    for brand, kind in (
        (b"M4A ", "an audio file"),
        (b"M4V ", "a video"),
        (b"jp2 ", "a JPEG 2000 picture"),
        (b"jxl ", "a JPEG XL picture"),
    ):
        assert looks_like(container(brand)) == kind
    assert looks_like(container(b"M4AX")) == "a video"


def test_text_is_checked_in_its_first_1024_bytes():
    assert looks_like(b"a" * 1023 + b"\x07") == "something else"
    assert looks_like(b"a" * 1024 + b"\x07") == "a text file"

import struct

import pytest
from PIL import Image
from pillow_heif import register_heif_opener

from dream_engine.errors import DamagedPictureError, PictureBombError
from dream_engine.images import decode
from dream_engine.images.container import check_container, missing_bytes
from tests.dream_engine.images.files import difference, gradient, saved

register_heif_opener()
MOST = 64e6


def box(kind: bytes, *content: bytes) -> bytes:
    body = b"".join(content)
    return struct.pack(">I", 8 + len(body)) + kind + body


def size(width: int, height: int) -> bytes:
    return box(b"ispe", bytes(4), struct.pack(">II", width, height))


def picture(*properties: bytes, items: int = 1, references: int = 0) -> bytes:
    """A container without any pixels."""
    listed = [box(b"infe", b"\2\0\0\0", struct.pack(">HH", number, 0), b"av01\0") for number in range(items)]
    named = box(b"dimg", struct.pack(">HH", 1, references), bytes(2 * references))
    return box(b"ftyp", b"avif", bytes(4), b"mif1") + box(
        b"meta",
        bytes(4),
        box(b"iinf", bytes(4), struct.pack(">H", items), *listed),
        box(b"iprp", box(b"ipco", *properties)),
        box(b"iref", bytes(4), named),
    )


def test_what_a_photograph_has_is_let_through():
    check_container(picture(size(8000, 8000), size(512, 512), items=256, references=256), MOST)


@pytest.mark.parametrize(
    "hostile",
    [
        picture(size(40_000, 40_000)),
        picture(size(70_000, 1)),
        picture(size(512, 512), items=2_001),
        picture(size(512, 512), references=4_001),
        picture(*[box(b"free")] * 10_001),
        box(b"ftyp", b"avif") + box(b"free") * 10_001,
        box(b"ftyp", b"avif") + box(b"meta", bytes(8_000_001)),
    ],
    ids=["pixels", "side", "items", "references", "properties", "boxes", "metadata"],
)
def test_what_no_photograph_has_is_refused(hostile):
    with pytest.raises(PictureBombError):
        check_container(hostile, MOST)


def test_a_box_that_is_shorter_than_its_header_is_damage():
    with pytest.raises(DamagedPictureError):
        check_container(box(b"ftyp", b"avif") + b"\0\0\0\5free", MOST)


def test_a_box_may_be_long_or_reach_to_the_end():
    long = b"\0\0\0\1meta" + struct.pack(">Q", 16)
    check_container(box(b"ftyp", b"avif") + long + b"\0\0\0\0mdat" + bytes(9), MOST)


@pytest.mark.parametrize("file_format", ["AVIF", "HEIF"])
def test_a_lying_size_is_a_refusal_and_not_a_crash(file_format):
    content = bytearray(saved(gradient(), file_format, quality=90))
    assert difference(decode(bytes(content)), gradient()) < 8
    at = content.index(b"ispe")
    content[at + 8 : at + 16] = struct.pack(">II", 60_000, 60_000)
    with pytest.raises(PictureBombError):
        decode(bytes(content))


@pytest.mark.parametrize("file_format", ["AVIF", "HEIF"])
def test_a_file_that_broke_off_is_shown_as_far_as_it_goes_and_says_so(file_format):
    noise = Image.effect_noise((256, 256), 60).convert("RGB")
    whole = saved(noise, file_format)
    picture = decode(whole[: int(len(whole) * 0.8)])
    assert picture.is_cut_short
    assert difference(picture, noise, rows=20) < 30
    with pytest.raises(DamagedPictureError):
        decode(whole[: int(len(whole) * 0.4)])


def test_what_is_missing_is_told_by_the_last_box():
    start = box(b"ftyp", b"avif") + box(b"meta", bytes(40))
    assert missing_bytes(start + box(b"mdat", bytes(20))) == 0
    assert missing_bytes((start + box(b"mdat", bytes(20)))[:-7]) == 7
    assert missing_bytes(start + b"\0\0\0\1mdat" + struct.pack(">Q", 36) + bytes(11)) == 9
    assert missing_bytes((start + box(b"free", bytes(20)))[:-7]) == 0
    assert missing_bytes(start + b"\0\0\0\0mdat") == 0
    assert missing_bytes(start + struct.pack(">I", 1_000_000) + b"mdat") == 0
    assert missing_bytes(start) == missing_bytes(b"") == 0


@pytest.mark.parametrize("file_format", ["AVIF", "HEIF"])
def test_what_follows_a_picture_does_not_matter(file_format):
    content = saved(Image.new("RGB", (64, 48), "teal"), file_format)
    assert decode(content + box(b"free", bytes(9)) + b"abc").rgb.shape == (48, 64, 3)

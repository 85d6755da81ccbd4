import struct

import numpy as np
import pytest
from PIL import ExifTags, Image

from dream_engine.errors import DamagedPictureError
from dream_engine.images import decode
from dream_engine.images.webp_stream import read_webp
from tests.dream_engine.images.files import HEIGHT, WIDTH, difference, gradient, riff_chunk, saved

LOSSY = saved(gradient(), "WEBP", quality=90)
LOSSLESS = saved(gradient(), "WEBP", lossless=True)
TURNED = b'<x:xmpmeta><rdf:Description tiff:Orientation="6"/></x:xmpmeta>'


def riff(body: bytes) -> bytes:
    return b"RIFF" + struct.pack("<I", len(body) + 4) + b"WEBP" + body


def test_only_exif_turns_a_picture():
    exif = Image.Exif()
    exif[ExifTags.Base.Orientation] = 6
    assert decode(saved(gradient(), "WEBP", exif=exif)).rgb.shape == (WIDTH, HEIGHT, 3)
    for file_format, options in [
        ("WEBP", {"xmp": TURNED}),
        ("JPEG", {"xmp": TURNED}),
        ("AVIF", {"xmp": TURNED}),
    ]:
        assert decode(saved(gradient(), file_format, **options)).rgb.shape == (HEIGHT, WIDTH, 3)


@pytest.mark.parametrize("webp", [LOSSY, LOSSLESS], ids=["lossy", "lossless"])
@pytest.mark.parametrize("broken_end", [b"EXIF\xff\0\0\0abc", b"XMP \xff\xff\0\0<x", b"abcd", b"ab"])
def test_metadata_that_broke_off_behind_the_picture_do_not_matter(webp, broken_end):
    picture = decode(riff(webp[12:] + broken_end))
    assert np.array_equal(picture.rgb, decode(webp).rgb)
    assert not picture.is_cut_short


def test_a_webp_that_broke_off_is_shown_as_far_as_it_goes_and_says_so():
    picture = decode(LOSSY[: int(len(LOSSY) * 0.7)])
    assert picture.is_cut_short
    assert difference(picture, gradient(), rows=HEIGHT // 4) < 8
    with pytest.raises(DamagedPictureError):
        decode(LOSSY[:30])


def test_a_length_that_is_wrong_does_not_matter():
    assert np.array_equal(decode(LOSSY[:4] + b"\xff\xff\xff\x7f" + LOSSY[8:]).rgb, decode(LOSSY).rgb)


def test_a_picture_that_claims_gigabytes_is_not_filled_up():
    with pytest.raises(DamagedPictureError):
        decode(LOSSY[:16] + b"\xff\xff\xff\x7f" + LOSSY[20:])


def test_of_many_chunks_the_needed_ones_are_kept():
    exif = Image.Exif()
    exif[ExifTags.Base.Orientation] = 1
    whole = saved(gradient(), "WEBP", exif=exif, xmp=TURNED, icc_profile=b"profile")
    kept = read_webp(whole + riff_chunk(b"junk", bytes(9)) * 1000)
    assert kept.probe is None
    assert b"junk" not in kept.data
    assert TURNED not in kept.data
    assert b"profile" in kept.data
    assert difference(decode(whole), gradient()) < 6


def test_a_webp_without_a_picture_is_damaged():
    with pytest.raises(DamagedPictureError):
        decode(riff(riff_chunk(b"EXIF", b"abc")))

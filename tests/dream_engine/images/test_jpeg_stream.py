import io
import time

import numpy as np
import pytest
from PIL import ExifTags, Image

from dream_engine.errors import DamagedPictureError, PictureBombError, TooManyPixelsError
from dream_engine.images import Limits, decode, describe, encode
from dream_engine.images.jpeg_stream import read_jpeg
from tests.dream_engine.images.files import HEIGHT, WIDTH, difference, gradient, saved, segment

END = b"\xff\xd9"
BASELINE = saved(gradient(), "JPEG", quality=95)
PROGRESSIVE = saved(gradient(), "JPEG", quality=95, progressive=True)


def last_scan(jpeg: bytes) -> bytes:
    return jpeg[jpeg.rindex(b"\xff\xda") : -2]


def with_more_scans(times: int, before: bytes = b"") -> bytes:
    return PROGRESSIVE[:-2] + (before + last_scan(PROGRESSIVE)) * times + END


@pytest.mark.parametrize("jpeg", [BASELINE, PROGRESSIVE], ids=["baseline", "progressive"])
@pytest.mark.parametrize(
    "trailer", [b"", b"\xff", b"\n", b"\0" * 100, b"SEFT\xff\x02trailer" * 9, b"\xff\xd8\xff\xe0" * 20]
)
def test_a_jpeg_without_its_end_is_whole_when_every_pixel_is_there(jpeg, trailer):
    picture = decode(jpeg.removesuffix(END) + trailer)
    assert np.array_equal(picture.rgb, decode(jpeg).rgb)
    assert not picture.is_cut_short


@pytest.mark.parametrize("jpeg", [BASELINE, PROGRESSIVE], ids=["baseline", "progressive"])
def test_a_jpeg_that_broke_off_is_shown_as_far_as_it_goes_and_says_so(jpeg):
    picture = decode(jpeg[: int(len(jpeg) * 0.8)])
    assert picture.is_cut_short
    assert picture.rgb.shape == (HEIGHT, WIDTH, 3)
    assert difference(picture, gradient(), rows=HEIGHT // 3) < 20


def test_a_jpeg_that_broke_off_is_shrunk_like_any_other():
    large = saved(gradient(480, 640), "JPEG", quality=95)
    picture = decode(large[: int(len(large) * 0.8)], size=160)
    assert picture.is_cut_short
    assert picture.rgb.shape == (120, 160, 3)


def test_a_progressive_jpeg_that_ends_between_two_scans_is_cut_short():
    without_last = PROGRESSIVE[: PROGRESSIVE.rindex(b"\xff\xda")]
    assert decode(without_last).is_cut_short
    assert not decode(without_last + END).is_cut_short  # then its writer meant it so


@pytest.mark.parametrize("part", [0.02, 0.3])
def test_of_a_jpeg_that_shows_nothing_there_is_no_picture(part):
    with pytest.raises(DamagedPictureError):
        decode(BASELINE[: int(len(BASELINE) * part)])


@pytest.mark.parametrize(
    "foreign", [b"\n", b"\r\n\r\n", b"\xef\xbb\xbf", b"\0\0\0\0", b"HTTP/1.1 200 OK\r\nA: b\r\n\r\n"]
)
def test_what_stands_before_a_jpeg_by_mistake_is_left_out(foreign):
    assert np.array_equal(decode(foreign + BASELINE).rgb, decode(BASELINE).rgb)


@pytest.mark.parametrize("hidden_by", [b"", b"\xff\x01", b"\xff\xd3", b"\xff\xff\x01", b"\xff\x01\xff\xd0"])
def test_scans_are_counted_as_the_decoder_sees_them(hidden_by):
    with pytest.raises(PictureBombError):
        read_jpeg(with_more_scans(250, hidden_by))
    assert decode(with_more_scans(3, hidden_by)).rgb.shape == (HEIGHT, WIDTH, 3)


def test_few_scans_of_many_pixels_are_as_much_work_as_many_of_few():
    header = BASELINE.index(b"\xff\xc0")
    huge = bytearray(PROGRESSIVE)
    header = huge.index(b"\xff\xc2")
    huge[header + 5 : header + 9] = (16_000).to_bytes(2) + (16_000).to_bytes(2)
    with pytest.raises(PictureBombError):
        read_jpeg(bytes(huge))


def test_a_scan_behind_a_complete_picture_is_not_decoded():
    assert len(read_jpeg(with_more_scans(50)).data) < len(PROGRESSIVE) + 100


def test_metadata_are_left_out_and_take_no_time():
    exif = segment(0xE1, b"Exif\0\0" + bytes(1000)) * 4000
    comments = segment(0xFE, b"a comment") * 20_000
    profiles = segment(0xE2, b"ICC_PROFILE\0\1\1" + bytes(60_000)) * 100
    began = time.process_time()
    picture = decode(BASELINE[:2] + exif + comments + profiles + BASELINE[2:])
    assert time.process_time() - began < 2
    assert difference(picture, gradient()) < 6


def test_more_segments_than_any_photograph_has_are_refused():
    with pytest.raises(PictureBombError):
        decode(BASELINE[:2] + segment(0xE5, b"") * 100_001 + BASELINE[2:])


def test_of_the_metadata_stays_what_the_pixels_need():
    exif = Image.Exif()
    exif[ExifTags.Base.Orientation] = 6
    whole = saved(gradient(), "JPEG", exif=exif, icc_profile=b"a profile", comment=b"hello")
    kept = Image.open(io.BytesIO(read_jpeg(whole).data))
    assert kept.getexif()[ExifTags.Base.Orientation] == 6
    assert kept.info["icc_profile"] == b"a profile"
    assert "comment" not in kept.info
    cmyk = saved(gradient().convert("CMYK"), "JPEG", quality=95)
    assert Image.open(io.BytesIO(read_jpeg(cmyk).data)).info["adobe"] == 100
    assert difference(decode(cmyk), gradient().convert("CMYK")) < 8


def test_the_first_of_several_exif_segments_counts():
    first, second = Image.Exif(), Image.Exif()
    first[ExifTags.Base.Orientation], second[ExifTags.Base.Orientation] = 1, 6
    both = b"".join(segment(0xE1, exif.tobytes()) for exif in (first, second))
    assert decode(BASELINE[:2] + both + BASELINE[2:]).rgb.shape == (HEIGHT, WIDTH, 3)


def test_a_dream_still_tells_what_made_it():
    description = {"settings": {"seed": 5}}
    assert describe(encode(decode(BASELINE), "jpeg", description)[:-2]) == description


def test_the_memory_for_coefficients_is_that_of_the_whole_picture():
    large = saved(gradient(640, 800), "JPEG", progressive=True, subsampling=0)
    assert read_jpeg(large).coefficient_bytes == 640 * 800 * 3 * 2
    assert read_jpeg(saved(gradient(640, 800), "JPEG", progressive=True)).coefficient_bytes == 640 * 800 * 3
    assert read_jpeg(saved(gradient(640, 800), "JPEG")).coefficient_bytes == 0
    decode(large, size=64, most_decoded=200_000)
    with pytest.raises(TooManyPixelsError):
        decode(large, size=64, most_decoded=100_000)
    decode(saved(gradient(640, 800), "JPEG"), size=64, most_decoded=100_000)


@pytest.mark.parametrize(
    "broken",
    [
        b"\xff\xd8\xff\xd9",
        b"\xff\xd8\xff\xdb",
        b"\xff\xd8\xff\xe0\0\1",
        b"\xff\xd8" + segment(0xC0, b"\x08\0\x40\0\x40\x03\1"),
        b"\xff\xd8" + segment(0xC0, b"\x08"),
        b"\xff\xd8" + segment(0xDA, b"\1\1\0\0\x3f\0"),
        b"\xff\xd8" + segment(0xC0, b"\x08\0\x40\0\x40\x01\1\x11\0") + segment(0xDA, b""),
    ],
)
def test_a_jpeg_that_contradicts_itself_is_damaged(broken):
    with pytest.raises(DamagedPictureError):
        decode(broken, Limits())


def test_a_second_picture_in_the_file_is_not_looked_at():
    other = saved(Image.new("RGB", (WIDTH, HEIGHT), "white"), "JPEG")
    assert np.array_equal(decode(BASELINE + other).rgb, decode(BASELINE).rgb)
    assert np.array_equal(decode(BASELINE[:-2] + other).rgb, decode(BASELINE).rgb)


def test_a_thumbnail_in_the_metadata_hides_and_ends_nothing():
    thumbnail = segment(0xE5, saved(gradient(32, 32), "JPEG"))
    assert np.array_equal(decode(BASELINE[:2] + thumbnail + BASELINE[2:]).rgb, decode(BASELINE).rgb)

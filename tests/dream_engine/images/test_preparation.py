"""The preparation of files for their decoders."""

import struct

import numpy as np
import pytest

from dream_engine.errors import PictureBombError
from dream_engine.images.preparation import prepare, strip_foreign_start
from tests.dream_engine.images.files import chunk, gradient, grey_tiff, saved, tiff, with_chunks

MOST = 64e6
JPEG, PNG = saved(gradient(), "JPEG"), saved(gradient(), "PNG")


def test_a_prepared_jpeg_has_its_decoder_memory_and_completeness():
    progressive = saved(gradient(), "JPEG", progressive=True, subsampling=0)
    whole = prepare(progressive, MOST)
    assert (whole.files, whole.probe, whole.is_complete) == ((progressive,), None, True)
    assert whole.decoder_bytes == gradient().width * gradient().height * 3 * 2
    cut = prepare(progressive[: progressive.rindex(b"\xff\xda")], MOST)
    assert not cut.is_complete
    assert cut.probe is not None


def test_a_truncated_webp_has_a_probe():
    webp = saved(gradient(), "WEBP")
    assert prepare(webp, MOST).files == (webp,)
    assert prepare(webp, MOST).probe is None
    cut = prepare(webp[:-9], MOST)
    assert cut.probe is not None
    assert cut.files != (cut.probe,)


def test_a_riff_that_is_no_webp_is_left_as_it_is():
    for content in (b"RIFF\0\0\0\0WAVE" + bytes(40), b"RIFX\0\0\0\0WEBP" + bytes(40)):
        assert prepare(content, MOST).files == (content,)


@pytest.mark.parametrize("file_format", ["AVIF", "HEIF"])
def test_missing_bytes_of_a_container_are_filled_in_two_ways(file_format):
    whole = saved(gradient(), file_format)
    assert prepare(whole, MOST).files == (whole,)
    assert prepare(whole, MOST).probe is None
    cut = prepare(whole[:-5], MOST)
    assert cut.files == (whole[:-5] + bytes(5),)
    assert cut.probe == whole[:-5] + b"\x5a" * 5


def test_containers_are_checked_against_the_limit():
    whole = saved(gradient(), "AVIF")
    pixels = gradient().width * gradient().height
    prepare(whole, pixels / 4)
    with pytest.raises(PictureBombError):
        prepare(whole, pixels / 4 - 1)


def test_a_tiff_is_one_file_or_one_for_each_colour_and_a_raw_one_is_named():
    pixels = np.asarray(gradient().convert("L")).tobytes()
    content = tiff(grey_tiff(96, 128), data=pixels)
    assert len(prepare(content, MOST).files) == 1
    assert prepare(content, MOST).rejected_as is None
    raw = prepare(tiff(grey_tiff(96, 128) | {262: [32803]}, data=pixels), MOST)
    assert raw.rejected_as == "a camera's raw file"


def test_comments_of_png_and_gif_are_dropped():
    assert prepare(with_chunks(PNG, chunk(b"tEXt", b"a\0b")), MOST).files == (PNG,)
    for version in (b"GIF87a", b"GIF89a"):
        gif = version + saved(gradient(), "GIF")[6:]
        assert prepare(gif + b"more", MOST).files == (gif,)


def run_lengths(length: int, compression: int) -> bytes:
    header = struct.pack("<IiiHHIIiiII", 40, 64, 48, 1, 8, compression, 9, 0, 0, 256, 0)
    return (b"BM" + struct.pack("<IHHI", length, 0, 0, 54) + header).ljust(length, b"\1")


@pytest.mark.parametrize("compression", [1, 2])
def test_a_bmp_of_run_lengths_may_have_four_megabytes(compression):
    allowed = run_lengths(4_000_000, compression)
    assert prepare(allowed, MOST).files == (allowed,)
    with pytest.raises(PictureBombError):
        prepare(run_lengths(4_000_001, compression), MOST)


@pytest.mark.parametrize("compression", [0, 3])
def test_a_bmp_of_plain_pixels_may_be_larger(compression):
    assert prepare(run_lengths(4_000_001, compression), MOST).files


@pytest.mark.parametrize("content", [JPEG, PNG])
@pytest.mark.parametrize("foreign", [b"\n", b" \t\r\n", b"\0" * 1016, b"\xef\xbb\xbf", b"\xef\xbb\xbf\n"])
def test_white_space_before_a_picture_is_dropped(content, foreign):
    assert strip_foreign_start(foreign + content) == content


def test_white_space_before_a_picture_is_bounded():
    assert strip_foreign_start(b"\n" * 1020 + PNG) == PNG
    for count in (1021, 1024, 2000):
        assert strip_foreign_start(b"\n" * count + PNG) == b"\n" * count + PNG


def test_up_to_1024_bytes_of_text_before_a_jpeg_are_dropped():
    for count, found in ((1020, True), (1021, False)):
        content = b"a" * count + JPEG
        assert strip_foreign_start(content) == (JPEG if found else content)
    assert strip_foreign_start(b"abc" + PNG) == b"abc" + PNG


@pytest.mark.parametrize("second", [*(0xC0, 0xC1, 0xC2, 0xC4, 0xDB, 0xDD, 0xFE), *range(0xE0, 0xF0)])
def test_a_jpeg_after_text_must_start_with_a_segment(second):
    jpeg = b"\xff\xd8\xff" + bytes([second]) + bytes(20)
    assert strip_foreign_start(b"text" + jpeg) == jpeg
    other = b"\xff\xd8\xff\xd9" + bytes(20)
    assert strip_foreign_start(b"text" + other) == b"text" + other


def test_bm_after_white_space_is_not_taken_for_a_bmp():
    assert strip_foreign_start(b"\nBM is a car maker") == b"\nBM is a car maker"

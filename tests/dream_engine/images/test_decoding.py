"""Decoding: limits, formats and frames."""

import struct

import numpy as np
import pytest
from PIL import Image

from dream_engine.errors import (
    DamagedPictureError,
    InvisiblePictureError,
    NotAPictureError,
    TooManyBytesError,
    TooManyPixelsError,
    TooNarrowError,
    TooSmallError,
)
from dream_engine.images import Limits, decode
from dream_engine.images.decoding import opened, suffixes
from dream_engine.images.png_stream import SIGNATURE
from tests.dream_engine.images.files import HEIGHT, WIDTH, chunk, difference, gradient, grey_tiff, saved, tiff

PNG = saved(gradient(), "PNG")
JPEG = saved(gradient(), "JPEG")
PIXELS = HEIGHT * WIDTH


def blank(width: int, height: int) -> bytes:
    return saved(Image.new("L", (width, height)), "PNG")


def test_the_limits_are_the_documented_ones():
    assert Limits() == Limits(megabytes=50.0, megapixels=64.0, shortest_side=32, aspect=20.0)


def test_a_file_may_have_as_many_bytes_as_the_limit():
    decode(PNG, Limits(megabytes=len(PNG) / 1e6))
    with pytest.raises(TooManyBytesError):
        decode(PNG, Limits(megabytes=(len(PNG) - 1) / 1e6))


@pytest.mark.parametrize("content", [PNG, JPEG])
def test_a_picture_may_have_as_many_pixels_as_the_limit(content):
    for read in (decode, lambda data, limits: opened(data, limits).__enter__()):
        read(content, Limits(megapixels=PIXELS / 1e6))
        with pytest.raises(TooManyPixelsError):
            read(content, Limits(megapixels=(PIXELS - 1) / 1e6))


@pytest.mark.parametrize("content", [PNG, JPEG])
def test_a_picture_may_have_as_many_pixels_as_there_is_memory_for(content):
    decode(content, max_decoded_pixels=PIXELS)
    with pytest.raises(TooManyPixelsError):
        decode(content, max_decoded_pixels=PIXELS - 1)


@pytest.mark.parametrize("file_format", ["JPEG", "MPO"])
def test_a_jpeg_that_is_shrunk_takes_the_memory_of_the_size_at_which_it_is_decoded(file_format):
    large = gradient(2 * HEIGHT, 2 * WIDTH)
    several = {"save_all": True, "append_images": [large]} if file_format == "MPO" else {}
    content = saved(large, file_format, **several)
    assert decode(content, size=64, max_decoded_pixels=PIXELS).rgb.shape == (48, 64, 3)
    for refused, most in ((content, PIXELS - 1), (saved(large, "PNG"), PIXELS)):
        with pytest.raises(TooManyPixelsError):
            decode(refused, size=64, max_decoded_pixels=most)


@pytest.mark.parametrize("turned", [False, True])
def test_a_side_may_be_as_short_as_the_limit(turned):
    for shortest, refused in ((31, True), (32, False)):
        content = blank(shortest, 60) if turned else blank(60, shortest)
        if refused:
            with pytest.raises(TooSmallError, match="31"):
                decode(content)
        else:
            decode(content)


@pytest.mark.parametrize("turned", [False, True])
def test_a_picture_may_be_as_narrow_as_the_limit(turned):
    for longest, refused in ((641, True), (640, False)):
        content = blank(32, longest) if turned else blank(longest, 32)
        if refused:
            with pytest.raises(TooNarrowError, match="20 times"):
                decode(content)
        else:
            decode(content)


def test_the_suffixes_cover_the_formats_named_in_errors():
    readable = suffixes()
    assert readable >= {".png", ".jpg", ".jpeg", ".webp", ".gif", ".bmp", ".tif", ".tiff", ".avif", ".heic"}
    assert not readable & {".eps", ".psd", ".ico", ".pdf", ".jp2", ".tga"}
    with pytest.raises(NotAPictureError, match="PNG, JPEG, WebP, GIF, BMP, TIFF, AVIF and HEIC"):
        decode(b"a text")


@pytest.mark.parametrize("file_format", ["TGA", "PPM", "PCX", "ICO", "SGI"])
def test_other_formats_that_pillow_supports_are_not_read(file_format):
    with pytest.raises(NotAPictureError):
        decode(saved(gradient(), file_format))


def test_a_decoders_exceptions_become_damage_except_for_memory_errors():
    for raised, told in (
        (OSError, DamagedPictureError),
        (MemoryError, MemoryError),
        (KeyError, DamagedPictureError),
    ):
        with pytest.raises(told), opened(PNG, Limits()):
            raise raised
    with pytest.raises(TooManyPixelsError, match="64"), opened(PNG, Limits()):
        raise Image.DecompressionBombError
    with pytest.raises(InvisiblePictureError), opened(PNG, Limits()):
        raise InvisiblePictureError


def test_running_out_of_memory_while_loading_is_not_reported_as_damage(monkeypatch):
    def load(image: Image.Image) -> None:
        raise MemoryError

    monkeypatch.setattr("dream_engine.images.decoding.load", load)
    with pytest.raises(MemoryError):
        decode(PNG)


def test_warnings_of_unusual_metadata_are_suppressed(recwarn):
    exif = b"Exif\0\0II*\0\x08\0\0\0\x01\0\x12\x01\x03\0\xff\0\0\0"
    decode(saved(gradient(), "JPEG", exif=exif))
    assert not recwarn.list


@pytest.mark.parametrize("size", [None, WIDTH, WIDTH - 1, 64])
def test_a_picture_is_shrunk_to_the_requested_size(size):
    picture = decode(PNG, size=size)
    assert picture.width == (size or WIDTH)
    if size in (None, WIDTH):
        assert np.array_equal(picture.rgb, np.asarray(gradient()))


def test_a_strip_keeps_the_shortest_side_of_the_limits():
    strip = saved(Image.new("RGB", (1000, 100)), "PNG")
    assert decode(strip, Limits(shortest_side=50), size=100).rgb.shape == (50, 500, 3)


def test_low_bytes_of_the_first_frame_are_not_applied_to_later_frames():
    first = Image.new("RGBA", (WIDTH, HEIGHT), (0, 0, 0, 0))
    animation = saved(first, "PNG", save_all=True, append_images=[gradient().convert("RGBA")])
    assert difference(decode(animation), gradient()) < 1


@pytest.mark.parametrize("colours", [3, 4])
def test_separate_planes_are_merged_by_their_high_bytes(colours):
    image = gradient()
    image.putalpha(200)
    planes = (np.asarray(image)[..., :colours].transpose(2, 0, 1).astype("<u2") << 8) + 255
    size = PIXELS * 2
    entries = grey_tiff(
        HEIGHT, WIDTH, t258=[16] * colours, t262=2, t277=colours, t284=2, t338=2,
        t273=[16 + size * plane for plane in range(colours)], t279=[size] * colours,
    )  # fmt: skip
    picture = decode(tiff(entries, data=planes.tobytes()))
    assert np.array_equal(picture.rgb, np.asarray(gradient()))
    assert not picture.is_cut_short
    assert (picture.alpha is None) == (colours == 3)
    assert picture.alpha is None or (picture.alpha == 200).all()


def test_a_picture_with_missing_planes_is_refused():
    planes = np.zeros((3, HEIGHT, WIDTH), "<u2")
    entries = grey_tiff(
        HEIGHT, WIDTH, t258=[16] * 3, t262=2, t277=3, t284=2, t259=5,
        t273=[16 + 100 * plane for plane in range(3)], t279=[100] * 3,
    )  # fmt: skip
    with pytest.raises(DamagedPictureError):
        decode(tiff(entries, data=planes.tobytes()))


def test_a_complete_picture_is_not_marked_as_cut_short():
    for file_format in ("PNG", "JPEG", "WEBP", "GIF", "BMP", "TIFF", "AVIF", "HEIF"):
        assert decode(saved(gradient(), file_format)).is_cut_short is False


def test_invalid_exif_data_leave_a_picture_unrotated():
    for exif in (b"Exif\0\0MM\0*\0\0\0\x08\0\x01\x01\x12\0\x02\0\0\0\x01x", b"Exif\0\0" + b"\xff" * 40):
        assert decode(saved(gradient(), "JPEG", exif=exif)).rgb.shape == (HEIGHT, WIDTH, 3)


def test_only_the_limits_bound_the_number_of_pixels():
    header = chunk(b"IHDR", struct.pack(">IIBBBBB", 20_000, 10_000, 8, 0, 0, 0, 0))
    claimed = SIGNATURE + header + chunk(b"IDAT", b"")
    with opened(claimed, Limits(megapixels=200)) as image:
        assert image.size == (20_000, 10_000)


def test_a_file_is_marked_as_cut_short_only_if_pixels_are_missing():
    whole = decode(JPEG[:-2])
    assert not whole.is_cut_short
    assert np.array_equal(whole.rgb, decode(JPEG).rgb)
    assert decode(JPEG[: len(JPEG) * 9 // 10]).is_cut_short


def test_an_orientation_in_xmp_is_ignored():
    turned = b'<x:xmpmeta><rdf:Description tiff:Orientation="6"/></x:xmpmeta>'
    assert decode(saved(gradient(), "AVIF", xmp=turned)).rgb.shape == (HEIGHT, WIDTH, 3)


def test_an_apngs_default_image_is_not_its_first_frame():
    notice = Image.new("RGB", (WIDTH, HEIGHT), "navy")
    for hidden, shown in ((True, gradient()), (False, notice)):
        content = saved(notice, "PNG", save_all=True, append_images=[gradient()], default_image=hidden)
        assert difference(decode(content), shown) == 0

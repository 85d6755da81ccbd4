import struct
import time

import numpy as np
import pytest
from PIL import ExifTags, Image

from dream_engine.errors import DamagedPictureError, NotAPictureError, PictureBombError, TooManyPixelsError
from dream_engine.images import decode
from dream_engine.images.tiff_stream import is_raw, read_tiff
from tests.dream_engine.images.files import HEIGHT, WIDTH, difference, gradient, grey_tiff, saved, tiff

GREY = np.asarray(gradient().convert("L"))
PIXELS = GREY.tobytes()


def shown(content: bytes) -> np.ndarray:
    return decode(content).rgb[..., 0]


@pytest.mark.parametrize("order", ["<", ">"])
@pytest.mark.parametrize("big", [False, True])
def test_every_kind_of_tiff_is_read(order, big):
    content = tiff(grey_tiff(HEIGHT, WIDTH), data=PIXELS, order=order, big=big)
    assert np.array_equal(shown(content), GREY)


@pytest.mark.parametrize("compression", [None, "tiff_lzw", "tiff_adobe_deflate", "jpeg", "packbits"])
def test_what_is_kept_is_the_same_picture(compression):
    whole = saved(gradient(), "TIFF", compression=compression)
    assert difference(decode(whole), gradient()) < 4


def test_a_tile_far_larger_than_the_picture_is_refused():
    for side in (4096, 46_320):
        entries = grey_tiff(100, 100, t322=side, t323=side, t324=16, t325=100)
        with pytest.raises(PictureBombError):
            decode(tiff(entries, data=PIXELS))


def test_a_tile_somewhat_larger_than_the_picture_is_read():
    tile = np.zeros((128, 256), np.uint8)
    tile[:HEIGHT, :WIDTH] = GREY
    entries = grey_tiff(HEIGHT, WIDTH, t322=256, t323=128, t324=16, t325=tile.size)
    assert np.array_equal(
        shown(
            tiff({tag: entries[tag] for tag in entries if tag not in (273, 278, 279)}, data=tile.tobytes())
        ),
        GREY,
    )


def test_strips_that_share_their_bytes_are_refused():
    offsets, lengths = [16] * HEIGHT, [len(PIXELS)] * HEIGHT
    entries = grey_tiff(HEIGHT, WIDTH, t273=offsets, t278=1, t279=lengths)
    with pytest.raises(PictureBombError):
        decode(tiff(entries, data=PIXELS))


def test_more_strips_than_rows_are_refused():
    entries = grey_tiff(HEIGHT, WIDTH, t273=[16] * 1000, t278=1, t279=[1] * 1000)
    with pytest.raises(PictureBombError):
        decode(tiff(entries, data=PIXELS))


def test_tags_that_share_their_bytes_take_no_memory():
    entries = grey_tiff(HEIGHT, WIDTH)
    hostile = tiff(entries | {tag: [0] * 300 for tag in (700, 34377, 33723, 50000)}, data=PIXELS)
    assert len(read_tiff(hostile).planes[0]) < len(hostile) + 500
    assert np.array_equal(shown(hostile), GREY)
    with pytest.raises(PictureBombError):
        decode(tiff(entries | {529: [0] * 20_000, 530: [0] * 20_000}, data=PIXELS)[:150_000].replace(
            struct.pack("<HHI", 530, 4, 20_000), struct.pack("<HHI", 530, 4, 60_000)))  # fmt: skip


def test_more_entries_than_any_directory_has_are_refused():
    with pytest.raises(PictureBombError):
        decode(b"II*\0\x08\0\0\0" + struct.pack("<H", 5000) + bytes(12 * 5000))


def test_directories_that_go_in_a_circle_come_to_an_end():
    content = bytearray(tiff(grey_tiff(HEIGHT, WIDTH, t330=16 + len(PIXELS)), data=PIXELS))
    content[-4:] = struct.pack("<I", 16 + len(PIXELS))
    assert np.array_equal(shown(bytes(content)), GREY)


@pytest.mark.parametrize(
    "missing", [{256: [0]}, {257: [0]}, {277: [0]}, {277: [9]}, {258: [128]}, {278: [0]}]
)
def test_a_directory_that_contradicts_itself_is_damaged(missing):
    with pytest.raises(DamagedPictureError):
        decode(tiff(grey_tiff(HEIGHT, WIDTH) | missing, data=PIXELS))


def test_a_picture_of_too_many_pixels_is_refused_by_its_pixels():
    with pytest.raises(TooManyPixelsError):
        decode(tiff(grey_tiff(9000, 9000, t279=100), data=PIXELS))


THUMBNAIL = grey_tiff(32, 40, t254=1, t279=32 * 40)


@pytest.mark.parametrize("inside", [False, True])
def test_the_picture_is_taken_and_not_the_thumbnail_before_it(inside):
    whole = grey_tiff(HEIGHT, WIDTH, t254=0)
    content = tiff(THUMBNAIL, whole, data=PIXELS)
    if inside:  # the picture is listed in the thumbnail's directory, as cameras do
        length = 2 + 12 * (len(THUMBNAIL) + 1) + 4
        content = bytearray(tiff(THUMBNAIL | {330: [16 + len(PIXELS) + length]}, whole, data=PIXELS))
        content[16 + len(PIXELS) + length - 4 : 16 + len(PIXELS) + length] = bytes(4)
    assert np.array_equal(shown(bytes(content)), GREY)


def test_a_thumbnail_alone_is_a_picture():
    assert decode(tiff(THUMBNAIL, data=PIXELS)).rgb.shape == (32, 40, 3)


@pytest.mark.parametrize("mark", [{262: [32803]}, {262: [34892]}])
@pytest.mark.parametrize("order", ["<", ">"])
def test_a_raw_file_is_named_and_not_read_as_its_thumbnail(mark, order):
    content = tiff(THUMBNAIL, grey_tiff(HEIGHT, WIDTH) | mark, data=PIXELS, order=order)
    assert is_raw(content)
    with pytest.raises(NotAPictureError, match="a camera's raw file"):
        decode(content)


def test_a_dng_and_a_cr2_are_named_whatever_their_first_directory_holds():
    dng = tiff(grey_tiff(HEIGHT, WIDTH) | {50706: [4]}, data=PIXELS)
    cr2 = b"II*\0\x10\0\0\0CR\x02\0" + tiff(grey_tiff(HEIGHT, WIDTH), data=PIXELS)[12:]
    for content in (dng, cr2):
        with pytest.raises(NotAPictureError, match="a camera's raw file"):
            decode(content)


def apart(bits: int, order: str, colours: int = 3, **changes: int) -> bytes:
    """Colours that are stored apart."""
    planes = np.asarray(gradient().convert("RGBA"))[..., :colours].transpose(2, 0, 1)
    values = (planes.astype(np.uint16) * 257).astype(order + "u2") if bits == 16 else planes
    size = values[0].size * bits // 8
    stored = {
        "t258": [bits] * colours, "t262": 2, "t277": colours, "t284": 2,
        "t273": [16 + size * plane for plane in range(colours)], "t279": [size] * colours,
    }  # fmt: skip
    entries = grey_tiff(HEIGHT, WIDTH, **stored | changes)
    return tiff(entries, data=values.tobytes(), order=order)


@pytest.mark.parametrize("order", ["<", ">"])
@pytest.mark.parametrize("bits", [8, 16])
def test_colours_that_are_stored_apart_come_together(bits, order):
    assert np.array_equal(decode(apart(bits, order)).rgb, np.asarray(gradient()))


def test_colours_that_are_stored_apart_may_have_an_alpha():
    picture = decode(apart(16, "<", colours=4, t338=2))
    assert np.array_equal(picture.rgb, np.asarray(gradient()))
    assert picture.alpha is None
    assert np.array_equal(decode(apart(16, "<", colours=4, t338=0)).rgb, np.asarray(gradient()))


def test_colours_that_are_stored_apart_and_are_not_red_green_and_blue_are_refused():
    with pytest.raises(DamagedPictureError):
        decode(apart(16, "<", t262=8))


def test_a_tiff_that_broke_off_is_shown_as_far_as_it_goes_and_says_so():
    directory = tiff(grey_tiff(HEIGHT, WIDTH, t273=200), data=b"")
    content = directory.ljust(200, b"\0") + PIXELS
    assert np.array_equal(shown(content), GREY)
    assert decode(content[:-40]).is_cut_short
    with pytest.raises(DamagedPictureError):
        decode(content[: 200 + len(PIXELS) // 20])
    picture = decode(content[: 200 + len(PIXELS) // 2])
    assert picture.is_cut_short
    assert np.array_equal(picture.rgb[: HEIGHT // 3, :, 0], GREY[: HEIGHT // 3])


def test_a_piece_far_behind_the_end_is_not_filled_up():
    with pytest.raises(DamagedPictureError):
        decode(tiff(grey_tiff(HEIGHT, WIDTH, t273=2**31), data=PIXELS))


def test_a_tiff_without_a_directory_is_damaged():
    for content in (b"II*\0" + bytes(60), b"MM\0*\0\0\0\xff", b"II*\0\0\0"):
        with pytest.raises(DamagedPictureError):
            read_tiff(content)


def test_hostile_directories_take_no_time():
    began = time.process_time()
    with pytest.raises(PictureBombError):
        decode(tiff(grey_tiff(HEIGHT, WIDTH, t273=[16] * 1_000_001, t279=[1]), data=PIXELS))
    assert time.process_time() - began < 2


def test_a_tiff_stands_upright():
    exif = Image.Exif()
    exif[ExifTags.Base.Orientation] = 6
    turned = saved(gradient().transpose(Image.Transpose.ROTATE_90), "TIFF", exif=exif)
    assert difference(decode(turned), gradient()) == 0

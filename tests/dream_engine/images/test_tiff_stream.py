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
THUMBNAIL = grey_tiff(32, 40, t254=1, t279=32 * 40)


def shown(content: bytes) -> np.ndarray:
    return decode(content).rgb[..., 0]


@pytest.mark.parametrize("order", ["<", ">"])
@pytest.mark.parametrize("big", [False, True])
def test_every_kind_of_tiff_is_read(order, big):
    content = tiff(grey_tiff(HEIGHT, WIDTH), data=PIXELS, order=order, big=big)
    assert np.array_equal(shown(content), GREY)


@pytest.mark.parametrize("compression", [None, "tiff_lzw", "tiff_adobe_deflate", "jpeg", "packbits"])
def test_the_reduced_file_is_the_same_picture(compression):
    whole = saved(gradient(), "TIFF", compression=compression)
    assert difference(decode(whole), gradient()) < 4


def test_a_tile_far_larger_than_the_picture_is_refused():
    for side in (4096, 46_320):
        entries = grey_tiff(100, 100, t322=side, t323=side, t324=16, t325=100)
        with pytest.raises(PictureBombError):
            decode(tiff(entries, data=PIXELS))


def kept_values(content: bytes) -> dict[int, tuple[int, int, bytes]]:
    """The types, counts and raw values of the one directory of a little-endian classic TIFF."""
    (position,) = struct.unpack_from("<I", content, 4)
    (count,) = struct.unpack_from("<H", content, position)
    entries = (struct.unpack_from("<HHI4s", content, position + 2 + 12 * number) for number in range(count))
    return {tag: (kind, count, raw) for tag, kind, count, raw in entries}


def test_only_tags_about_pixels_are_kept():
    entries = {tag: [1] for tag in range(250, 600)} | {34675: [1], 34377: [1], 700: [1], 33432: [1]}
    kept = read_tiff(tiff(entries | grey_tiff(HEIGHT, WIDTH, t322=128, t323=96, t325=1), data=PIXELS))
    assert set(kept_values(kept.planes[0])) == {
        254, *range(256, 260), 262, 266, *range(273, 275), *range(277, 280), 284, 292, 293, *range(317, 321),
        *range(322, 326), 332, 338, 339, 347, *range(512, 522), *range(529, 533), 34675,
    }  # fmt: skip


@pytest.mark.parametrize(
    ("kind", "size"),
    [
        *((1, 1), (2, 1), (3, 2), (4, 4), (5, 8), (6, 1), (7, 1), (8, 2), (9, 4), (10, 8), (11, 4), (12, 8)),
        *((13, 4), (16, 8), (17, 8), (18, 8), (99, 1)),
    ],
)
def test_values_of_every_type_are_preserved(kind, size):
    value = struct.pack("<9Q", *range(1, 10))[: 9 * size]
    content = tiff(grey_tiff(HEIGHT, WIDTH, t532=[0] * 18), data=PIXELS)
    at = content.index(struct.pack("<HHI", 532, 4, 18))
    (where,) = struct.unpack_from("<I", content, at + 8)
    content = content[:at] + struct.pack("<HHI", 532, kind, 9) + content[at + 8 : where] + value
    (kept,) = read_tiff(content).planes
    if kind in (16, 18):  # a classic TIFF has no numbers of 8 bytes
        kind, value = 4, struct.pack("<9I", *range(1, 10))
    assert kept_values(kept)[532][:2] == (kind, 9)
    (where,) = struct.unpack("<I", kept_values(kept)[532][2])
    assert kept[where : where + len(value)] == value
    assert len(kept) < where + len(value) + 2 + 2 + 12 * 12 + 4
    with pytest.raises(DamagedPictureError):
        read_tiff(content[:-1])


@pytest.mark.parametrize(
    ("before", "found"), [(30, (HEIGHT, WIDTH, 3)), (31, (HEIGHT, WIDTH, 3)), (32, (32, 40, 3))]
)
def test_the_picture_is_searched_for_in_at_most_32_directories(before, found):
    content = tiff(*[THUMBNAIL] * before, grey_tiff(HEIGHT, WIDTH), data=PIXELS)
    assert decode(content).rgb.shape == found


def test_an_invalid_subdirectory_does_not_hide_the_next():
    content = tiff(THUMBNAIL | {330: [2**31, 0]}, grey_tiff(HEIGHT, WIDTH), data=PIXELS)
    assert np.array_equal(shown(content), GREY)


@pytest.mark.parametrize("broken", [[2**31], [2**31, 2**31], [0] * 2_000_000])
def test_an_invalid_list_of_subdirectories_does_not_affect_the_picture(broken):
    content = tiff(grey_tiff(HEIGHT, WIDTH, t330=[0] * 2), data=PIXELS)
    at = content.index(struct.pack("<HHI", 330, 4, 2))
    value = struct.pack("<I", 2**31)  # one number is where a directory is, more are where those numbers are
    content = content[:at] + struct.pack("<HHI", 330, 4, len(broken)) + value + content[at + 12 :]
    assert np.array_equal(shown(content), GREY)


def test_an_invalid_offset_of_the_next_directory_does_not_affect_the_picture():
    content = tiff(grey_tiff(HEIGHT, WIDTH, t330=16), data=b"\xff\xff" + PIXELS[2:])
    assert np.array_equal(shown(content)[1:], GREY[1:])


def test_the_largest_picture_after_a_thumbnail_is_used_and_no_mask():
    small, mask = grey_tiff(40, 50, t279=2000), grey_tiff(HEIGHT * 2, WIDTH, t254=4)
    content = tiff(THUMBNAIL, small, mask, grey_tiff(HEIGHT, WIDTH), {254: [0]}, small, data=PIXELS * 2)
    assert np.array_equal(shown(content), GREY)


def test_a_tile_or_strip_of_no_size_is_refused_as_damaged():
    for changes in ({"t322": 0, "t323": 64}, {"t322": 64, "t323": 0}, {"t322": 64}, {"t278": 0}):
        with pytest.raises(DamagedPictureError):
            read_tiff(tiff(grey_tiff(HEIGHT, WIDTH, **changes), data=PIXELS))


def test_tiles_may_have_twice_the_pixels_and_four_millions_more():
    read_tiff(tiff(grey_tiff(1000, 1000, t279=1, t322=3000, t323=2000, t325=1), data=PIXELS))
    with pytest.raises(PictureBombError):
        read_tiff(tiff(grey_tiff(1000, 1000, t279=1, t322=3000, t323=2001, t325=1), data=PIXELS))


def test_pieces_may_have_twice_the_bytes_of_the_file_and_a_little_more():
    entries = grey_tiff(HEIGHT, WIDTH, t279=1)
    most = 2 * len(tiff(entries, data=PIXELS)) + 65536
    read_tiff(tiff(entries | {279: [most]}, data=PIXELS))
    with pytest.raises(PictureBombError):
        read_tiff(tiff(entries | {279: [most + 1]}, data=PIXELS))


def test_samples_are_at_most_eight_of_64_bits_each():
    for changes in ({"t277": 8}, {"t258": 64}):
        read_tiff(tiff(grey_tiff(HEIGHT, WIDTH, **changes), data=PIXELS))
    for changes in ({"t277": 9}, {"t258": 65}):
        with pytest.raises(DamagedPictureError):
            read_tiff(tiff(grey_tiff(HEIGHT, WIDTH, **changes), data=PIXELS))


def test_each_colour_may_have_its_own_strips_but_not_more():
    entries = grey_tiff(HEIGHT, WIDTH, t277=3, t278=HEIGHT // 2, t279=[1] * 6)
    read_tiff(tiff(entries | {273: [16] * 6}, data=PIXELS))
    with pytest.raises(PictureBombError):
        read_tiff(tiff(entries | {273: [16] * 7}, data=PIXELS))


def test_a_file_may_miss_sixteen_times_as_much_as_it_has():
    length = len(tiff(grey_tiff(HEIGHT, WIDTH), data=PIXELS))
    most = grey_tiff(9000, 9000, t273=17 * length - 10, t279=10)
    assert len(read_tiff(tiff(most, data=PIXELS)).planes[0]) >= 17 * length
    with pytest.raises(DamagedPictureError):
        read_tiff(tiff(most | {279: [11]}, data=PIXELS))


def test_a_profile_of_more_than_four_megabytes_is_dropped():
    content = tiff(grey_tiff(HEIGHT, WIDTH, t34675=[0] * 10), data=bytes(4_000_001) + PIXELS)
    for length, expected in ((4_000_000, True), (4_000_001, False)):
        profiled = content.replace(struct.pack("<HHI", 34675, 4, 10), struct.pack("<HHI", 34675, 7, length))
        at = profiled.index(struct.pack("<HHI", 34675, 7, length)) + 8
        profiled = profiled[:at] + struct.pack("<I", 16) + profiled[at + 4 :]
        assert (34675 in kept_values(read_tiff(profiled).planes[0])) == expected


def test_numbers_that_a_classic_tiff_cannot_hold_are_refused_as_damaged():
    read_tiff(tiff(grey_tiff(HEIGHT, WIDTH, t529=2**32 - 1), data=PIXELS, big=True))
    with pytest.raises(DamagedPictureError):
        read_tiff(tiff(grey_tiff(HEIGHT, WIDTH, t529=2**32), data=PIXELS, big=True))


def test_a_directory_has_at_most_4096_entries():
    full = struct.pack("<H", 4096) + struct.pack("<HHI4x", 256, 4, 1) * 4096
    with pytest.raises(DamagedPictureError):  # it has no pixels, but it is read
        read_tiff(b"II*\0\x08\0\0\0" + full + bytes(4))
    with pytest.raises(PictureBombError):
        read_tiff(b"II*\0\x08\0\0\0" + struct.pack("<H", 4097) + full[2:] + bytes(16))


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


def test_a_cycle_of_directories_ends():
    content = bytearray(tiff(grey_tiff(HEIGHT, WIDTH, t330=16 + len(PIXELS)), data=PIXELS))
    content[-4:] = struct.pack("<I", 16 + len(PIXELS))
    assert np.array_equal(shown(bytes(content)), GREY)


@pytest.mark.parametrize(
    "missing", [{256: [0]}, {257: [0]}, {277: [0]}, {277: [9]}, {258: [128]}, {278: [0]}]
)
def test_a_directory_that_contradicts_itself_is_damaged(missing):
    with pytest.raises(DamagedPictureError):
        decode(tiff(grey_tiff(HEIGHT, WIDTH) | missing, data=PIXELS))


def test_the_error_for_too_many_pixels_names_the_limit():
    with pytest.raises(TooManyPixelsError):
        decode(tiff(grey_tiff(9000, 9000, t279=100), data=PIXELS))


@pytest.mark.parametrize("inside", [False, True])
def test_the_picture_is_used_instead_of_the_thumbnail_before_it(inside):
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


def test_a_dng_and_a_cr2_are_named_with_any_first_directory():
    dng = tiff(grey_tiff(HEIGHT, WIDTH) | {50706: [4]}, data=PIXELS)
    cr2 = b"II*\0\x10\0\0\0CR\x02\0" + tiff(grey_tiff(HEIGHT, WIDTH), data=PIXELS)[12:]
    for content in (dng, cr2):
        with pytest.raises(NotAPictureError, match="a camera's raw file"):
            decode(content)


def apart(bits: int, order: str, colours: int = 3, **changes: int | list[int]) -> bytes:
    """A picture whose colours are stored separately."""
    image = gradient()
    image.putalpha(image.getchannel("G"))
    planes = np.asarray(image)[..., :colours].transpose(2, 0, 1)
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
def test_colours_stored_separately_are_merged(bits, order):
    assert np.array_equal(decode(apart(bits, order)).rgb, np.asarray(gradient()))


def test_colours_stored_separately_may_have_an_alpha():
    picture = decode(apart(16, "<", colours=4, t338=2))
    assert picture.alpha is not None
    assert np.array_equal(picture.alpha, np.asarray(gradient())[..., 1])
    seen = picture.alpha > 0
    assert np.array_equal(picture.rgb[seen], np.asarray(gradient())[seen])


def test_a_fourth_colour_of_no_known_meaning_is_dropped():
    assert len(read_tiff(apart(16, "<", colours=4, t338=0)).planes) == 3
    assert len(read_tiff(apart(16, "<", colours=4, t338=1)).planes) == 4
    assert len(read_tiff(apart(16, "<", colours=4)).planes) == 4
    with pytest.raises(DamagedPictureError):
        read_tiff(apart(16, "<", colours=2))


def test_colours_stored_separately_in_unequal_pieces_are_refused():
    for changes in ({"t273": [16] * 2, "t279": [100] * 2}, {"t279": [100] * 2}):
        with pytest.raises(DamagedPictureError):
            read_tiff(apart(16, "<", **changes))


def test_colours_stored_separately_in_tiles_are_merged():
    planes = np.asarray(gradient()).transpose(2, 0, 1).astype("<u2") * 257
    tiles = planes.reshape(3, HEIGHT // 48, 48, WIDTH // 64, 64).transpose(0, 1, 3, 2, 4)
    each, count = 48 * 64 * 2, tiles.size // (48 * 64)
    entries = grey_tiff(
        HEIGHT, WIDTH, t258=[16] * 3, t262=2, t277=3, t284=2, t322=64, t323=48,
        t324=[16 + each * number for number in range(count)], t325=[each] * count,
    )  # fmt: skip
    kept = {tag: values for tag, values in entries.items() if tag not in (273, 278, 279)}
    assert np.array_equal(decode(tiff(kept, data=tiles.tobytes())).rgb, np.asarray(gradient()))


def test_separate_colours_other_than_rgb_are_refused():
    with pytest.raises(DamagedPictureError):
        decode(apart(16, "<", t262=8))


def test_a_truncated_tiff_is_shown_in_part_and_marked_as_cut_short():
    directory = tiff(grey_tiff(HEIGHT, WIDTH, t273=200), data=b"")
    content = directory.ljust(200, b"\0") + PIXELS
    assert np.array_equal(shown(content), GREY)
    assert decode(content[:-40]).is_cut_short
    with pytest.raises(DamagedPictureError):
        decode(content[: 200 + len(PIXELS) // 20])
    picture = decode(content[: 200 + len(PIXELS) // 2])
    assert picture.is_cut_short
    assert np.array_equal(picture.rgb[: HEIGHT // 3, :, 0], GREY[: HEIGHT // 3])


def test_a_piece_far_beyond_the_end_is_not_filled():
    with pytest.raises(DamagedPictureError):
        decode(tiff(grey_tiff(HEIGHT, WIDTH, t273=2**31), data=PIXELS))


def test_a_tiff_without_a_directory_is_damaged():
    for content in (b"II*\0" + bytes(60), b"MM\0*\0\0\0\xff", b"II*\0\0\0"):
        with pytest.raises(DamagedPictureError):
            read_tiff(content)


def test_hostile_directories_are_handled_quickly():
    began = time.process_time()
    with pytest.raises(PictureBombError):
        decode(tiff(grey_tiff(HEIGHT, WIDTH, t273=[16] * 1_000_001, t279=[1]), data=PIXELS))
    assert time.process_time() - began < 2


def test_a_tiff_is_rotated_by_its_orientation():
    exif = Image.Exif()
    exif[ExifTags.Base.Orientation] = 6
    turned = saved(gradient().transpose(Image.Transpose.ROTATE_90), "TIFF", exif=exif)
    assert difference(decode(turned), gradient()) == 0

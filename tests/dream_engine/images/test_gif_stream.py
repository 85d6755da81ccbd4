import struct
import time

import numpy as np
import pytest
from PIL import Image

from dream_engine.errors import (
    DamagedPictureError,
    InvisiblePictureError,
    PictureBombError,
    TooManyPixelsError,
)
from dream_engine.images import Limits, decode
from dream_engine.images.gif_stream import MAX_FRAMES, read_gif
from tests.dream_engine.images.files import HEIGHT, WIDTH, difference, gradient, saved

PALETTED = gradient().quantize(64)
GIF = saved(PALETTED, "GIF")
HEADER = 13 + 3 * 2 ** ((GIF[10] & 7) + 1)


def blank(count: int) -> bytes:
    """Fully transparent frames."""
    whole = saved(Image.new("P", (WIDTH, HEIGHT)), "GIF", transparency=0)
    return whole[whole.index(b"!\xf9") : -1] * count


def extension(kind: int, blocks: bytes) -> bytes:
    return b"!" + bytes([kind]) + blocks + b"\0"


def with_inserted(*parts: bytes) -> bytes:
    return GIF[:HEADER] + b"".join(parts) + GIF[HEADER:]


@pytest.mark.parametrize("count", [1, 2, 20])
def test_the_first_visible_frame_is_used(count):
    assert difference(decode(with_inserted(blank(count))), gradient()) < 20


def test_the_search_for_a_visible_frame_is_bounded():
    began = time.process_time()
    with pytest.raises(InvisiblePictureError, match="completely transparent"):
        decode(with_inserted(blank(MAX_FRAMES)))
    with pytest.raises(InvisiblePictureError):
        decode(with_inserted(blank(10)), Limits(megapixels=WIDTH * HEIGHT / 1e6))
    assert time.process_time() - began < 3


def test_frames_without_pixels_are_skipped():
    empty = b"," + struct.pack("<HHHHB", 0, 0, 0, 5, 0) + b"\2\1\0\0"
    assert difference(decode(with_inserted(empty, empty)), gradient()) < 20


@pytest.mark.parametrize("cut", [1, 2])
def test_a_gif_without_its_last_bytes_is_whole(cut):
    picture = decode(GIF[:-cut])
    assert np.array_equal(picture.rgb, decode(GIF).rgb)
    assert not picture.is_cut_short


def test_a_truncated_gif_is_shown_in_part_and_marked_as_cut_short():
    plain = saved(PALETTED, "GIF", interlace=0)
    picture = decode(plain[: int(len(plain) * 0.7)])
    assert picture.is_cut_short
    assert np.array_equal(picture.rgb[: HEIGHT // 3], decode(plain).rgb[: HEIGHT // 3])


def test_missing_rows_of_an_interlaced_gif_are_filled():
    picture = decode(GIF[: int(len(GIF) * 0.7)])
    assert picture.is_cut_short
    assert difference(picture, gradient()) < 20


def test_comments_and_other_extensions_are_handled_quickly():
    comment = extension(0xFE, b"\xff" + b"c" * 255)[:-1] * 1 + (b"\xff" + b"c" * 255) * 40_000 + b"\0"
    began = time.process_time()
    picture = decode(
        with_inserted(comment, extension(0xFF, b"\x0bNETSCAPE2.0\3\1\0\0"), extension(0x01, b"\1x"))
    )
    assert time.process_time() - began < 2
    assert np.array_equal(picture.rgb, decode(GIF).rgb)


def test_more_blocks_than_any_picture_needs_are_refused():
    with pytest.raises(PictureBombError):
        decode(with_inserted(extension(0xFE, b"\1c" * 1_000_001)))


def test_a_frame_larger_than_the_screen_counts_with_all_its_pixels():
    at = GIF.index(b"," + bytes(4), HEADER)
    with pytest.raises(TooManyPixelsError):
        decode(GIF[: at + 5] + struct.pack("<HH", 60_000, 60_000) + GIF[at + 9 :])


def test_the_reduced_file_is_the_same_picture():
    assert read_gif(GIF) == GIF
    assert read_gif(GIF + b"trailing") == GIF


@pytest.mark.parametrize("length", [6, 12, 13])
def test_a_gif_without_a_frame_is_damaged(length):
    with pytest.raises(DamagedPictureError):
        decode(GIF[:length])


def test_animations_of_other_formats_begin_with_their_first_visible_frame_too():
    invisible = Image.new("RGBA", (WIDTH, HEIGHT), (0, 0, 0, 0))
    for file_format in ("PNG", "WEBP"):
        animation = saved(invisible, file_format, save_all=True, append_images=[gradient().convert("RGBA")])
        assert difference(decode(animation), gradient()) < 20


def frame(width: int = 2, height: int = 1, flags: int = 0, data: bytes = b"\2\2\x4c\1\0") -> bytes:
    table = bytes(3 * 2 ** ((flags & 7) + 1)) if flags & 0x80 else b""
    return b"," + struct.pack("<HHHHB", 0, 0, width, height, flags) + table + data


def test_the_blocks_of_a_file_are_counted_together():
    one = extension(0xFE, b"\1c" * 400_000)
    own = 1_000_000 - 800_000
    begin = GIF[:HEADER] + one * 2
    assert read_gif(begin + extension(0xFE, b"\1c" * (own - 2)) + frame()).endswith(frame() + b";")
    with pytest.raises(PictureBombError):
        read_gif(begin + extension(0xFE, b"\1c" * own) + frame())


def test_the_first_hundred_frames_are_kept():
    begin = GIF[:HEADER]
    assert read_gif(begin + frame() * 99) == begin + frame() * 99 + b";"
    assert read_gif(begin + frame() * 101) == begin + frame() * 100 + b";"


@pytest.mark.parametrize("flags", [0x80, 0x83, 0x87])
def test_a_frame_may_have_colours_of_its_own(flags):
    begin = GIF[:HEADER]
    own = frame(flags=flags)
    assert read_gif(begin + own + frame()) == begin + own + frame() + b";"


def test_each_frame_keeps_the_one_control_before_it_and_no_other_extension():
    begin, control, other = GIF[:HEADER], extension(0xF9, b"\4\0\0\0\0"), extension(0xFE, b"\1c")
    later = extension(0xF9, b"\4\1\0\0\0")
    content = begin + control + other + frame() + other + frame() + control + later + frame() + control + b";"
    assert read_gif(content) == begin + control + frame() + frame() + later + frame() + b";"


@pytest.mark.parametrize(("width", "height"), [(0, 1), (1, 0), (0, 0)])
def test_a_frame_without_width_or_height_is_dropped_with_its_control(width, height):
    begin, control = GIF[:HEADER], extension(0xF9, b"\4\0\0\0\0")
    empty = control + frame(width, height)
    assert read_gif(begin + empty + frame()) == begin + frame() + b";"
    assert read_gif(begin + frame(256, 1) + frame(1, 256)) == begin + frame(256, 1) + frame(1, 256) + b";"


def test_a_gif_without_colours_for_all_frames_has_a_header_of_13_bytes():
    header = b"GIF89a" + struct.pack("<HHBBB", 2, 1, 0, 0, 0)
    assert read_gif(header + frame(flags=0x80)) == header + frame(flags=0x80) + b";"
    with pytest.raises(DamagedPictureError):
        read_gif(header[:12])
    assert read_gif(header) == header + b";"


def test_an_unknown_block_ends_the_file():
    begin = GIF[:HEADER]
    assert read_gif(begin + frame() + b"x" + frame()) == begin + frame() + b";"


@pytest.mark.parametrize("cut", range(1, 15))
def test_a_truncated_frame_is_kept(cut):
    begin = GIF[:HEADER]
    assert read_gif(begin + frame()[:-cut]) == begin + frame()[:-cut] + b";"

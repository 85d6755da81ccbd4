import struct
import time
import zlib

import numpy as np
import pytest
from PIL import Image

from dream_engine.errors import DamagedPictureError, PictureBombError
from dream_engine.images import decode
from dream_engine.images.png_stream import SIGNATURE, read_png
from tests.dream_engine.images.files import (
    HEIGHT,
    WIDTH,
    chunk,
    difference,
    gradient,
    saved,
    with_chunks,
    without_checksum,
)

PNG = saved(gradient(), "PNG")
BOMB = zlib.compress(bytes(30_000_000), 9)


def is_as_before(png: bytes) -> bool:
    picture = decode(png)
    return np.array_equal(picture.rgb, np.asarray(gradient())) and not picture.is_cut_short


@pytest.mark.parametrize(
    "added",
    [
        without_checksum(chunk(b"pHYs", bytes(9))),
        without_checksum(chunk(b"gAMA", bytes(4))),
        without_checksum(chunk(b"iCCP", b"a\0\0" + zlib.compress(b"profile"))),
        chunk(b"iTXt", b"XML:com.adobe.xmp\0\0\0\0\0" + b"x" * 2_000_000),
        chunk(b"zTXt", b"a\0\0" + BOMB),
        chunk(b"iCCP", b"a\0\0" + BOMB),
        chunk(b"iCCP", b"a\0\0nonsense"),
        chunk(b"iCCP", b"a\0\1" + zlib.compress(b"profile")),
        chunk(b"iCCP", b"a"),
        chunk(b"iCCP", b"a\0"),
        chunk(b"tIME", b""),
        chunk(b"prVt", b"anything"),
    ],
)
def test_invalid_or_large_metadata_do_not_affect_the_pixels(added):
    assert is_as_before(with_chunks(PNG, added))


@pytest.mark.parametrize(
    ("kind", "length"),
    [
        *((b"gAMA", 4), (b"cHRM", 32), (b"sRGB", 1), (b"cICP", 4), (b"mDCV", 24), (b"cLLI", 8)),
        (b"tRNS", 6),
    ],
)
def test_a_chunk_of_wrong_length_is_ignored(kind, length):
    for wrong in {0, length - 1, length + 1, length + 32} - {length}:
        added = with_chunks(PNG, chunk(kind, b"\1" * wrong))
        assert read_png(added) == PNG
        assert is_as_before(added)
    whole = chunk(kind, bytes(length))
    assert whole in read_png(with_chunks(PNG, whole))


@pytest.mark.parametrize("mode", ["L", "P"])
def test_the_length_of_a_transparent_colour_depends_on_the_colour_type(mode):
    image = gradient().convert(mode)
    png = saved(image, "PNG")
    whole = chunk(b"tRNS", bytes(2))
    assert whole in read_png(with_chunks(png, whole))
    longer = chunk(b"tRNS", b"\xff" * 7)
    assert (longer in read_png(with_chunks(png, longer))) == (mode == "P")
    assert difference(decode(with_chunks(png, chunk(b"tRNS", b"\1"))), image) == 0


@pytest.mark.parametrize("cut", [1, 4, 8, 12, 13, 16])
def test_a_png_without_its_last_bytes_is_complete_if_no_pixel_is_missing(cut):
    assert is_as_before(PNG[:-cut])


def test_a_truncated_png_is_shown_in_part_and_marked_as_cut_short():
    noisy = np.random.default_rng(0).integers(0, 256, (HEIGHT, WIDTH, 3), np.uint8)
    whole = saved(Image.fromarray(noisy), "PNG")
    picture = decode(whole[: len(whole) // 2])
    assert picture.is_cut_short
    assert np.array_equal(picture.rgb[: HEIGHT // 3], noisy[: HEIGHT // 3])
    with pytest.raises(DamagedPictureError):
        decode(whole[: len(whole) // 20])


def interlaced(pixels: np.ndarray) -> bytes:
    """A PNG in the seven passes of Adam7."""
    passes = (
        (0, 0, 8, 8),
        (4, 0, 8, 8),
        (0, 4, 4, 8),
        (2, 0, 4, 4),
        (0, 2, 2, 4),
        (1, 0, 2, 2),
        (0, 1, 1, 2),
    )
    rows = (row for x, y, dx, dy in passes for row in pixels[y::dy, x::dx])
    header = struct.pack(">IIBBBBB", pixels.shape[1], pixels.shape[0], 8, 2, 0, 0, 1)
    content = zlib.compress(b"".join(b"\0" + row.tobytes() for row in rows), 0)
    return SIGNATURE + chunk(b"IHDR", header) + chunk(b"IDAT", content) + chunk(b"IEND", b"")


def test_missing_pixels_of_an_interlaced_png_are_filled():
    whole = interlaced(np.asarray(gradient()))
    assert is_as_before(whole)
    for part, allowed in ((0.9, 3), (0.5, 6), (0.2, 25)):
        picture = decode(whole[: int(len(whole) * part)])
        assert picture.is_cut_short
        assert difference(picture, gradient()) < allowed


def test_wrong_checksums_of_intact_pixels_are_ignored():
    begin = PNG.index(b"IDAT") - 4
    length = int.from_bytes(PNG[begin : begin + 4])
    whole = PNG[begin : begin + 12 + length]
    assert is_as_before(PNG.replace(whole, without_checksum(whole)))


@pytest.mark.parametrize("kind", [b"IHDR", b"PLTE"])
def test_a_wrong_checksum_of_a_needed_chunk_is_refused_as_damaged(kind):
    png = saved(gradient().convert("P"), "PNG")
    begin = png.index(kind) - 4
    whole = png[begin : begin + 12 + int.from_bytes(png[begin : begin + 4])]
    with pytest.raises(DamagedPictureError):
        decode(png.replace(whole, without_checksum(whole)))


def test_data_after_the_end_is_ignored():
    assert is_as_before(PNG + b"trailing" * 1000)


def test_more_chunks_than_any_picture_needs_are_refused_quickly():
    began = time.process_time()
    with pytest.raises(PictureBombError):
        decode(with_chunks(PNG, chunk(b"tEXt", b"a\0b") * 100_001))
    assert time.process_time() - began < 2


def test_chunks_about_the_meaning_of_pixels_are_kept():
    lengths = {
        b"cICP": 4,
        b"mDCV": 24,
        b"cLLI": 8,
        b"sRGB": 1,
        b"gAMA": 4,
        b"cHRM": 32,
        b"eXIf": 9,
        b"tRNS": 6,
    }
    heeded = [chunk(kind, bytes(length)) for kind, length in lengths.items()]
    heeded.append(chunk(b"iCCP", b"a\0\0" + zlib.compress(b"p")))
    kept = read_png(with_chunks(PNG, *heeded, chunk(b"tEXt", b"a\0b"), chunk(b"pHYs", bytes(9))))
    assert all(one in kept for one in heeded)
    assert b"tEXt" not in kept
    assert b"pHYs" not in kept
    assert kept.endswith(chunk(b"IEND", b""))
    assert read_png(PNG) == PNG


def apng(first: Image.Image, second: Image.Image, *, hidden: bool) -> bytes:
    return saved(first, "PNG", save_all=True, append_images=[second], default_image=hidden)


def test_an_animation_with_a_default_image_starts_with_its_first_frame():
    notice = Image.new("RGB", (WIDTH, HEIGHT), "black")
    assert difference(decode(apng(notice, gradient(), hidden=True)), gradient()) == 0
    assert difference(decode(apng(gradient(), notice, hidden=False)), gradient()) == 0


def test_an_animation_with_invalid_frames_is_read_as_its_default_image():
    notice = Image.new("RGB", (WIDTH, HEIGHT), "navy")
    animation = apng(notice, gradient(), hidden=True)
    assert difference(decode(animation[: animation.index(b"fdAT")]), notice) == 0


def with_control(animation: bytes, number: int, at: int, *values: int) -> bytes:
    """Change values in an animation's frame control, with a valid checksum."""
    begin = -1
    for _ in range(number):
        begin = animation.index(b"fcTL", begin + 1)
    content = bytearray(animation[begin + 4 : begin + 30])
    content[at : at + 4 * len(values)] = struct.pack(f">{len(values)}I", *values)
    return animation[: begin - 4] + chunk(b"fcTL", bytes(content)) + animation[begin + 34 :]


BROKEN_CONTROLS = [
    pytest.param((0, 5), id="a number of the sequence is wrong"),
    pytest.param((4, 0, 0), id="a frame has no pixels"),
    pytest.param((4, 8000, 6000), id="a frame is larger than the picture"),
    pytest.param((12, 1, 0), id="a frame goes beyond the right side"),
    pytest.param((12, 0, 1), id="a frame goes beyond the bottom"),
]


@pytest.mark.parametrize("broken", BROKEN_CONTROLS)
def test_an_animation_with_an_invalid_first_frame_is_read_as_its_default_image(broken):
    still = saved(gradient(), "PNG")
    animation = apng(gradient(), Image.new("RGB", (WIDTH, HEIGHT), "navy"), hidden=False)
    assert read_png(with_control(animation, 1, *broken)) == still
    assert is_as_before(with_control(animation, 1, *broken))


@pytest.mark.parametrize("broken", BROKEN_CONTROLS)
def test_an_animation_is_read_up_to_its_first_invalid_frame(broken):
    nothing = Image.new("RGBA", (WIDTH, HEIGHT))
    frames = [gradient().convert("RGBA"), Image.new("RGBA", (WIDTH, HEIGHT), "navy")]
    animation = saved(nothing, "PNG", save_all=True, append_images=frames, blend=0)
    spoilt = with_control(animation, 3, *broken)
    assert difference(decode(spoilt), gradient()) == 0
    assert spoilt != animation
    assert read_png(spoilt).count(b"fcTL") == 2


def test_a_frame_control_with_a_wrong_checksum_ends_the_animation():
    animation = apng(gradient(), Image.new("RGB", (WIDTH, HEIGHT), "navy"), hidden=False)
    begin = animation.index(b"fcTL")
    assert is_as_before(animation[: begin + 30] + bytes(4) + animation[begin + 34 :])


def test_the_number_of_chunks_is_bounded():
    more = chunk(b"tEXt", b"")
    own = 2  # IHDR and IDAT; the 1 below is IEND
    assert read_png(with_chunks(PNG, more * (100_000 - own - 1))) == PNG
    with pytest.raises(PictureBombError):
        read_png(with_chunks(PNG, more * (100_000 - own)))


def test_a_profile_is_kept_up_to_the_size_that_pillow_reads():
    for length, expected in ((1_000_000, True), (1_000_001, False)):
        profile = chunk(b"iCCP", b"name\0\0" + zlib.compress(bytes(length)))
        assert (profile in read_png(with_chunks(PNG, profile))) == expected


def test_exif_data_are_kept_up_to_four_megabytes():
    for length, expected in ((4_000_000 - 12, True), (4_000_001 - 12, False)):
        exif = chunk(b"eXIf", bytes(length))
        assert (exif in read_png(with_chunks(PNG, exif))) == expected


@pytest.mark.parametrize("kind", [b"ab1d", b"\0\0\0\0", b"ID T"])
def test_invalid_data_ends_the_file(kind):
    assert is_as_before(PNG[:-12] + chunk(kind, b"abc") + PNG[-12:] * 2)
    assert read_png(PNG[:33] + chunk(kind, b"") + PNG[33:]) == PNG[:33] + PNG[-12:]


def test_a_truncated_chunk_is_kept_only_if_it_contains_pixels():
    assert read_png(PNG[:33] + chunk(b"gAMA", bytes(4))[:-1]) == PNG[:33] + PNG[-12:]
    assert (
        read_png(PNG[:33] + chunk(b"IDAT", b"abcdef")[:-6]) == PNG[:33] + chunk(b"IDAT", b"abcd") + PNG[-12:]
    )


def test_parts_of_animations_are_kept():
    animation = apng(gradient(), Image.new("RGB", (WIDTH, HEIGHT), "navy"), hidden=False)
    assert read_png(animation) == animation

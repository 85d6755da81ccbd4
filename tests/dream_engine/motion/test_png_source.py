"""Animated PNGs: blending, disposal, timing, colours, and damage."""

import io

import numpy as np
import pytest
from PIL import Image, ImageCms

from dream_engine.errors import DamagedPictureError, PictureBombError, PictureError, TooManyPixelsError
from dream_engine.motion.clips import ClipLimits
from dream_engine.motion.png_source import open_png
from tests.dream_engine.images.files import chunk, gradient, saved, with_chunks
from tests.dream_engine.motion.clip_files import HEIGHT, WIDTH, animation, apng, colours, rgba, shown

LIMITS = ClipLimits()
ORIGIN, TENTH = (0, 0), (1, 10)
WHOLE = rgba(200, 0, 0, 255)
KEEP, CLEAR, RESTORE = 0, 1, 2
REPLACE, OVER = 0, 1


def pixel(frame: tuple[np.ndarray, np.ndarray | None, float], row: int, column: int) -> tuple[int, ...]:
    rgb, alpha, _ = frame
    return (*rgb[row, column].tolist(), 255 if alpha is None else int(alpha[row, column]))


def frames(data: bytes, limits: ClipLimits = LIMITS) -> list[tuple[np.ndarray, np.ndarray | None, float]]:
    return shown(open_png(data, limits))


@pytest.mark.parametrize(("blending", "expected"), [(REPLACE, (0, 100, 0, 128)), (OVER, (100, 50, 0, 255))])
def test_a_half_transparent_patch_replaces_or_is_blended(blending, expected):
    patch = rgba(0, 100, 0, 128, height=20, width=20)
    _, second = frames(apng((WHOLE, ORIGIN, TENTH, KEEP, REPLACE), (patch, (8, 8), TENTH, KEEP, blending)))
    assert np.abs(np.subtract(pixel(second, 10, 10), expected)).max() <= 1
    assert pixel(second, 2, 2) == (200, 0, 0, 255)


def test_two_half_transparent_layers_add_up_to_three_quarters():
    layer = rgba(80, 80, 80, 128)
    _, second = frames(apng((layer, ORIGIN, TENTH, KEEP, REPLACE), (layer, ORIGIN, TENTH, KEEP, OVER)))
    assert np.abs(np.subtract(pixel(second, 9, 9), (80, 80, 80, 192))).max() <= 1


@pytest.mark.parametrize(
    ("disposal", "expected"), [(KEEP, (0, 100, 0, 255)), (CLEAR, (0, 0, 0, 0)), (RESTORE, (200, 0, 0, 255))]
)
def test_a_disposal_decides_what_the_next_frame_is_drawn_over(disposal, expected):
    patch, dot = rgba(0, 100, 0, 255, height=20, width=20), rgba(0, 0, 9, 255, height=2, width=2)
    data = apng(
        (WHOLE, ORIGIN, TENTH, KEEP, REPLACE),
        (patch, (8, 8), TENTH, disposal, OVER),
        (dot, ORIGIN, TENTH, KEEP, OVER),
    )
    _, _, third = frames(data)
    assert pixel(third, 10, 10) == expected
    assert pixel(third, 1, 1) == (0, 0, 9, 255)
    assert pixel(third, 40, 40) == (200, 0, 0, 255)


def test_delays_are_fractions_of_a_second():
    delays = [(1, 4), (3, 0), (0, 100), (1, 200), (2, 1)]
    source = open_png(apng(*((WHOLE, ORIGIN, delay, KEEP, REPLACE) for delay in delays), loops=7), LIMITS)
    assert [round(time) for _, _, time in shown(source)] == [250, 30, 100, 100, 2000]
    assert (source.source_frames, source.duration, source.loops) == (5, 2480, 7)


def test_a_default_picture_that_is_no_frame_is_left_out():
    first, *others = colours(3)
    buffer = io.BytesIO()
    first.save(buffer, "PNG", save_all=True, append_images=others, default_image=True, duration=100)
    assert [pixel(frame, 9, 9)[0] for frame in frames(buffer.getvalue())] == [125, 250]


def test_a_palette_with_transparency_is_read():
    pictures = [Image.new("P", (WIDTH, HEIGHT), index) for index in (0, 1)]
    for picture in pictures:
        picture.putpalette([10, 20, 30, 40, 50, 60])
        picture.putpixel((5, 5), 1)
    buffer = io.BytesIO()
    pictures[0].save(buffer, "PNG", save_all=True, append_images=pictures[1:], transparency=1, blend=0)
    first, second = frames(buffer.getvalue())
    assert pixel(first, 0, 0) == (10, 20, 30, 255)
    assert pixel(first, 5, 5)[3] == 0
    assert pixel(second, 0, 0)[3] == 0


def test_colours_are_converted_to_srgb_like_those_of_a_still():
    chromaticities = [31270, 32900, 68000, 32000, 26500, 69000, 15000, 6000]  # Display P3
    wide = chunk(b"cHRM", b"".join(value.to_bytes(4) for value in chromaticities))
    (rgb, _, _), *_ = frames(with_chunks(apng((WHOLE, ORIGIN, TENTH, KEEP, REPLACE)), wide))
    assert rgb[9, 9, 0] > 210
    profile = ImageCms.ImageCmsProfile(ImageCms.createProfile("sRGB")).tobytes()
    assert pixel(frames(animation("PNG", icc_profile=profile))[1], 9, 9)[:3] == (50, 100, 200)


def test_an_exif_orientation_turns_every_frame():
    exif = Image.Exif()
    exif[0x0112] = 6
    half = WHOLE.copy()
    half[:10] = (0, 0, 0, 255)
    data = apng((half, ORIGIN, TENTH, KEEP, REPLACE), (half, ORIGIN, TENTH, KEEP, REPLACE))
    source = open_png(with_chunks(data, chunk(b"eXIf", exif.tobytes()[6:])), LIMITS)
    assert (source.width, source.height) == (HEIGHT, WIDTH)
    _, (rgb, _, _) = shown(source)
    assert rgb.shape == (WIDTH, HEIGHT, 3)
    assert rgb[5, -5, 0] == 0
    assert rgb[5, 5, 0] == 200


def test_a_still_is_a_clip_of_one_frame():
    source = open_png(saved(gradient(), "PNG"), LIMITS)
    ((rgb, alpha, time),) = shown(source)
    assert np.array_equal(rgb, np.asarray(gradient()))
    assert (alpha, time, source.loops, source.source_frames) == (None, 100, None, 1)


@pytest.mark.parametrize("part", [0.3, 0.5, 0.8])
def test_a_file_that_is_cut_short_keeps_its_complete_frames(part):
    data = animation("PNG", 8)
    source = open_png(data[: int(len(data) * part)], LIMITS)
    assert source.is_cut_short
    assert 1 <= len(shown(source)) < 8
    assert not open_png(data, LIMITS).is_cut_short


def test_a_frame_with_broken_pixels_ends_the_clip():
    bad = bytearray(apng(*[(WHOLE, ORIGIN, TENTH, KEEP, REPLACE)] * 3))
    begin = bad.rindex(b"fdAT")
    length = int.from_bytes(bad[begin - 4 : begin])
    bad[begin - 4 : begin + 8 + length] = chunk(b"fdAT", bytes(bad[begin + 4 : begin + 8]) + b"broken")
    source = open_png(bytes(bad), LIMITS)
    iterator = source.frames
    assert [next(iterator).start for _ in range(2)] == [0, 100]
    with pytest.raises((OSError, SyntaxError, ValueError)):
        next(iterator)


def test_a_shape_beyond_the_limits_is_refused_before_decoding():
    header = (60_000).to_bytes(4) * 2 + bytes((8, 6, 0, 0, 0))
    data = apng((WHOLE, ORIGIN, TENTH, KEEP, REPLACE))
    with pytest.raises(TooManyPixelsError):
        open_png(data[:8] + chunk(b"IHDR", header) + data[33:], LIMITS)


def test_more_chunks_than_any_animation_needs_are_refused():
    with pytest.raises(PictureBombError):
        open_png(
            with_chunks(apng((WHOLE, ORIGIN, TENTH, KEEP, REPLACE)), chunk(b"tEXt", b"a\0b") * 100_001),
            LIMITS,
        )


def test_a_wrong_header_is_refused():
    data = bytearray(apng((WHOLE, ORIGIN, TENTH, KEEP, REPLACE)))
    data[20] ^= 1
    with pytest.raises((DamagedPictureError, PictureError)):
        open_png(bytes(data), LIMITS)

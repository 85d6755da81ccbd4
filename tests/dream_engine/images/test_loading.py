"""Loading truncated files and animations."""

import io

import numpy as np
import pytest
from PIL import Image, ImageFile

from dream_engine.errors import DamagedPictureError
from dream_engine.images.loading import frames, load_partial, matching_rows
from tests.dream_engine.images.files import HEIGHT, WIDTH, gradient, grey_tiff, saved, tiff


def loaded(content: bytes) -> tuple[Image.Image, bool]:
    return load_partial(lambda: Image.open(io.BytesIO(content)))


def grey(rows: int, *, value: int = 9) -> Image.Image:
    """A hundred rows of value 60, the last ones of another value."""
    pixels = np.full((100, 40), 60, np.uint8)
    pixels[rows:] = value
    return Image.fromarray(pixels)


@pytest.mark.parametrize("rows", [10, 11, 50, 99])
def test_matching_rows_are_counted_from_the_top(rows):
    assert matching_rows(grey(rows), grey(rows, value=8)) == rows / 100
    assert matching_rows(grey(rows), grey(rows)) == 1.0


def test_one_different_pixel_ends_the_matching_rows():
    one, other = gradient(100, 40), gradient(100, 40)
    other.putpixel((39, 30), (1, 2, 3))
    assert matching_rows(one, other) == 0.3


@pytest.mark.parametrize("rows", [0, 1, 9])
def test_fewer_than_a_tenth_of_the_rows_are_refused(rows):
    with pytest.raises(DamagedPictureError):
        matching_rows(grey(rows), grey(rows, value=8))


def test_pictures_of_another_size_or_mode_do_not_match():
    for other in (grey(50).resize((41, 100)), grey(50).resize((40, 101)), grey(50).convert("RGB")):
        with pytest.raises(DamagedPictureError):
            matching_rows(grey(50), other)


def rows_of_bmp(rows: float, mode: str = "L") -> bytes:
    """A BMP of a hundred rows that ends after some of them; they are stored from the bottom up."""
    image = Image.effect_noise((40, 100), 60).convert(mode)
    whole = saved(image, "BMP")
    begin = int.from_bytes(whole[10:14], "little")
    return whole[: begin + int(rows * (len(whole) - begin) / 100)]


@pytest.mark.parametrize("mode", ["L", "RGB", "P"])
def test_a_picture_with_a_tenth_of_its_pixels_is_loaded(mode):
    image, is_cut_short = loaded(rows_of_bmp(12, mode))
    assert is_cut_short
    assert image.size == (40, 100)
    with pytest.raises(DamagedPictureError):
        loaded(rows_of_bmp(8, mode))


def test_a_picture_with_all_pixels_is_not_cut_short():
    image, is_cut_short = loaded(saved(gradient(), "PNG"))
    assert not is_cut_short
    assert np.array_equal(np.asarray(image), np.asarray(gradient()))


def test_pixels_may_have_the_value_that_marks_missing_ones():
    for value in (0, 255):
        whole = saved(Image.new("RGB", (40, 100), (value,) * 3), "BMP")
        assert loaded(whole)[1] is False
        assert loaded(whole[: len(whole) * 2 // 3])[1] is True


def test_loading_restores_pillows_strictness():
    with pytest.raises(DamagedPictureError):
        loaded(rows_of_bmp(2))
    loaded(rows_of_bmp(50))
    assert ImageFile.LOAD_TRUNCATED_IMAGES is False
    with pytest.raises(OSError, match="truncated"):
        Image.open(io.BytesIO(rows_of_bmp(50))).load()


def test_missing_rows_at_the_end_are_left_black():
    image, _ = loaded(rows_of_bmp(50, "RGB"))
    assert not np.asarray(image)[:49].any()
    assert np.asarray(image)[51:].any()


def sixteen_bits_that_broke_off() -> bytes:
    pixels = np.arange(HEIGHT * WIDTH, dtype="<u2").reshape(HEIGHT, WIDTH)
    return tiff(grey_tiff(HEIGHT, WIDTH, t258=16, t279=2 * HEIGHT * WIDTH), data=pixels.tobytes())


def test_samples_of_16_bits_are_loaded_too():
    image, is_cut_short = loaded(sixteen_bits_that_broke_off())
    assert not is_cut_short
    assert np.asarray(image)[3, 4] == 3 * WIDTH + 4


def animation(count: int) -> Image.Image:
    later = [Image.new("L", (WIDTH, HEIGHT), 20 * number) for number in range(1, count)]
    content = saved(Image.new("L", (WIDTH, HEIGHT)), "GIF", save_all=True, append_images=later)
    image = Image.open(io.BytesIO(content))
    image.load()
    return image


def test_frames_are_loaded_in_order_up_to_their_limit():
    assert [frame.tell() for frame in frames(animation(5), 100, 1e9)] == [0, 1, 2, 3, 4]
    assert [frame.tell() for frame in frames(animation(5), 3, 1e9)] == [0, 1, 2]
    image = animation(5)
    image.seek(1)
    assert [frame.tell() for frame in frames(image, 4, 1e9)] == [1, 2, 3]


@pytest.mark.parametrize(("times", "expected"), [(0.9, 1), (1, 2), (1.9, 2), (2, 3)])
def test_the_pixels_of_all_frames_are_bounded(times, expected):
    assert len(list(frames(animation(5), 100, times * WIDTH * HEIGHT))) == expected

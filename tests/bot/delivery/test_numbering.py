"""The numbers in pictures that a message shows in a grid."""

import io

import pytest
from PIL import Image, ImageChops

from bot.delivery.numbering import numbered


def file_of(image, file_format="webp"):
    buffer = io.BytesIO()
    image.save(buffer, file_format, lossless=True)
    return buffer.getvalue()


def opened(content):
    return Image.open(io.BytesIO(content))


@pytest.mark.parametrize("size", [(450, 300), (300, 450), (900, 20), (16, 16), (1200, 900)])
def test_a_picture_of_any_shape_gets_a_number(size):
    blank = opened(numbered(file_of(Image.new("RGB", size, "teal")), 3))
    assert blank.format == "WEBP"
    assert max(blank.size) == max(450, *size)
    assert len(blank.convert("RGB").getcolors(1 << 24)) > 10


def test_every_number_looks_different():
    picture = file_of(Image.new("RGB", (450, 300), "teal"))
    one, two = (opened(numbered(picture, number)).convert("RGB") for number in (1, 2))
    assert ImageChops.difference(one, two).getbbox()


def test_the_number_is_in_the_corner_and_changes_nothing_else():
    picture = Image.new("RGB", (450, 300), "teal")
    shown = opened(numbered(file_of(picture), 1)).convert("RGB")
    left, top, right, bottom = (
        ImageChops.difference(shown, picture).convert("L").point(lambda value: 255 * (value > 40)).getbbox()
    )
    assert 0 < left < right < 80
    assert 0 < top < bottom < 80


def test_a_transparent_picture_stays_transparent():
    shown = opened(numbered(file_of(Image.new("RGBA", (450, 300), (0, 128, 128, 60))), 1))
    assert shown.getchannel("A").getpixel((400, 200)) == 60

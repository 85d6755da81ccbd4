"""The limits alone bound the number of pixels, even above Pillow's own bound."""

import io

import pytest
from PIL import Image

from dream_engine.errors import TooManyPixelsError
from dream_engine.images import Limits, decode

_PILLOW_BOUND = 2 * 89_478_485  # pixels, above which Pillow raises an error


@pytest.fixture(scope="module")
def large() -> bytes:
    """A grey JPEG of 13,500 × 13,500 pixels."""
    buffer = io.BytesIO()
    Image.new("L", (13_500, 13_500), 90).save(buffer, "jpeg")
    return buffer.getvalue()


def test_a_picture_above_pillows_bound_is_read_if_the_limit_is_higher(large):
    assert _PILLOW_BOUND < 13_500**2
    picture = decode(large, Limits(megapixels=200), size=64)
    assert picture.rgb.shape == (64, 64, 3)


def test_it_is_refused_above_the_limit_with_an_error_that_names_the_limit(large):
    with pytest.raises(TooManyPixelsError) as error:
        decode(large, Limits(megapixels=182), size=64)
    assert "182" in str(error.value)

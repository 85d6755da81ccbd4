"""How many pixels a source may have is said by its limits alone, also above the bound of Pillow's own."""

import io

import pytest
from PIL import Image

from dream_engine.errors import TooManyPixelsError
from dream_engine.images import Limits, decode

_PILLOWS_OWN = 2 * 89_478_485  # pixels, from which on Pillow refuses by itself


@pytest.fixture(scope="module")
def large() -> bytes:
    """A grey JPEG of 13,500 × 13,500 pixels."""
    buffer = io.BytesIO()
    Image.new("L", (13_500, 13_500), 90).save(buffer, "jpeg")
    return buffer.getvalue()


def test_a_picture_above_pillows_bound_is_read_where_the_limit_is_higher(large):
    assert _PILLOWS_OWN < 13_500**2
    picture = decode(large, Limits(megapixels=200), size=64)
    assert picture.rgb.shape == (64, 64, 3)


def test_it_is_refused_where_the_limit_is_lower_and_the_limit_is_named(large):
    with pytest.raises(TooManyPixelsError) as error:
        decode(large, Limits(megapixels=182), size=64)
    assert "182" in str(error.value)

"""Encoding within a size limit."""

import numpy as np
import pytest

from dream_engine.errors import NoDreamInsideError, TooManyPixelsError
from dream_engine.images import Limits, Picture, decode, describe, encode, fit, fitting, refit

_NOISE = Picture(np.random.default_rng(0).integers(0, 256, (200, 300, 3), np.uint8))
_DESCRIPTION = {"settings": {"seed": 7}}


def test_a_file_that_fits_keeps_the_requested_format():
    rendition = fit(_NOISE, "png", 10_000_000, _DESCRIPTION)
    assert rendition.file_format == "png"
    assert np.array_equal(decode(rendition.image).rgb, _NOISE.rgb)


def test_a_file_that_is_too_large_first_loses_quality():
    rendition = fit(_NOISE, "png", 100_000, _DESCRIPTION)
    assert rendition.file_format == "webp"
    assert (rendition.height, rendition.width) == (200, 300)
    assert len(rendition.image) <= 100_000


def test_a_file_that_is_still_too_large_becomes_a_smaller_picture_of_the_same_aspect():
    rendition = fit(_NOISE, "png", 15_000, _DESCRIPTION)
    assert len(rendition.image) <= 15_000
    assert rendition.height < 200
    assert abs(rendition.width / rendition.height - 1.5) < 0.02
    assert describe(rendition.image) == _DESCRIPTION


def test_the_alpha_shrinks_with_the_picture():
    see_through = Picture(_NOISE.rgb, np.full((200, 300), 90, np.uint8))
    picture = decode(fit(see_through, "png", 15_000).image)
    assert picture.alpha is not None
    assert picture.alpha.shape == picture.rgb.shape[:2]


def test_a_limit_that_nothing_fits_gets_the_smallest_rendition():
    rendition = fit(_NOISE, "png", 1)
    assert 64 <= rendition.height < 80


def test_a_finished_file_is_reduced_and_keeps_its_description():
    whole = fit(_NOISE, "png", None, _DESCRIPTION)
    smaller = refit(whole.image, len(whole.image) // 3)
    assert len(smaller.image) <= len(whole.image) // 3
    assert describe(smaller.image) == _DESCRIPTION


@pytest.mark.parametrize("quality", [92, 80, 65])
def test_the_best_quality_that_fits_is_used(quality):
    whole = encode(_NOISE, "webp", quality=quality)
    assert fit(_NOISE, "png", len(whole)).image == whole
    assert fit(_NOISE, "png", len(whole) - 1).image != whole


def test_the_first_quality_is_not_tried_twice():
    assert fit(_NOISE, "webp", 10_000_000).image == encode(_NOISE, "webp")
    assert fit(_NOISE, "webp", len(encode(_NOISE, "webp")) - 1).image == encode(_NOISE, "webp", quality=80)
    jpeg = fit(_NOISE, "jpeg", len(encode(_NOISE, "jpeg")))
    assert (jpeg.file_format, jpeg.image) == ("jpeg", encode(_NOISE, "jpeg"))


def test_a_file_far_too_large_is_shrunk_without_trying_qualities():
    most = len(encode(_NOISE, "webp", quality=92)) // 5
    rendition = fit(_NOISE, "png", most)
    assert len(rendition.image) <= most
    smaller = _NOISE.resized(rendition.height, rendition.width)
    assert rendition.image[:100] == encode(smaller, "webp", quality=80)[:100]


def test_each_step_makes_a_picture_a_fifth_smaller_at_least():
    coarsest = len(encode(_NOISE, "webp", quality=65))
    rendition = fit(_NOISE, "png", coarsest - 1)
    assert (rendition.height, rendition.width) == (160, 240)


def test_shrinking_ends_at_the_smallest_side():
    rendition = fit(_NOISE, "png", 1)
    assert (rendition.height, rendition.width) == (64, 96)
    low = Picture(_NOISE.rgb[:64])
    assert fit(low, "png", 1).height == 64


def test_a_picture_too_long_for_webp_becomes_a_jpeg():
    for longest, file_format in ((16_383, "webp"), (16_384, "jpeg")):
        strip = Picture(np.zeros((64, longest, 3), np.uint8))
        rendition = fit(strip, "png", 1000)
        assert rendition.file_format == file_format or rendition.width < longest
        assert refit(encode(strip, "png"), 10_000_000, Limits(aspect=1000.0)).file_format == file_format


def test_a_large_picture_becomes_a_jpeg_because_webp_takes_long(monkeypatch):
    png = encode(_NOISE, "png")
    for most, file_format in ((60_000, "webp"), (59_999, "jpeg")):
        monkeypatch.setattr(fitting, "_MAX_WEBP_PIXELS", most)
        assert refit(png, 10_000_000).file_format == file_format


def test_a_large_picture_with_transparency_becomes_a_smaller_webp(monkeypatch):
    see_through = Picture(_NOISE.rgb, np.full((200, 300), 90, np.uint8))
    png = encode(see_through, "png")
    monkeypatch.setattr(fitting, "_MAX_WEBP_PIXELS", 15_000)
    for rendition in (refit(png, 10_000_000), fit(see_through, "png", len(png) - 1)):
        assert (rendition.file_format, rendition.height, rendition.width) == ("webp", 100, 150)
        assert decode(rendition.image).alpha is not None
    monkeypatch.setattr(fitting, "_MAX_WEBP_PIXELS", 60_000)
    assert refit(png, 10_000_000).height == 200


def test_a_picture_that_webp_cannot_encode_becomes_a_jpeg_or_with_transparency_a_png():
    rgb, alpha = np.zeros((64, 16_384, 3), np.uint8), np.full((64, 16_384), 90, np.uint8)
    opaque, see_through = (fit(picture, "webp") for picture in (Picture(rgb), Picture(rgb, alpha)))
    assert (opaque.file_format, opaque.width) == ("jpeg", 16_384)
    assert (see_through.file_format, see_through.width) == ("png", 16_384)
    with pytest.raises(OSError, match="data stream"):
        fit(Picture(np.zeros((1, 65_501, 3), np.uint8)), "jpeg")


def test_a_smaller_file_can_omit_the_description():
    whole = fit(_NOISE, "png", None, _DESCRIPTION)
    smaller = refit(whole.image, 100_000, keep_description=False)
    with pytest.raises(NoDreamInsideError):
        describe(smaller.image)


def test_a_picture_beyond_the_limits_is_refused_instead_of_reduced():
    png = encode(_NOISE, "png")
    with pytest.raises(TooManyPixelsError):
        refit(png, 1000, Limits(megapixels=0.05))
    with pytest.raises(TooManyPixelsError):
        refit(png, 1000, max_decoded_pixels=59_999)
    assert refit(png, 1_000_000, max_decoded_pixels=60_000).height == 200

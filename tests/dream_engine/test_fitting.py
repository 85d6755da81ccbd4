"""A dream's file is made to fit."""

import numpy as np

from dream_engine.images import Picture, decode, describe, fit, refit

_NOISE = Picture(np.random.default_rng(0).integers(0, 256, (200, 300, 3), np.uint8))
_DESCRIPTION = {"settings": {"seed": 7}}


def test_what_fits_is_left_as_it_was_asked_for():
    rendition = fit(_NOISE, "png", 10_000_000, _DESCRIPTION)
    assert rendition.file_format == "png"
    assert np.array_equal(decode(rendition.image).rgb, _NOISE.rgb)


def test_what_is_too_large_first_loses_quality_and_no_pixels():
    rendition = fit(_NOISE, "png", 100_000, _DESCRIPTION)
    assert rendition.file_format == "webp"
    assert (rendition.height, rendition.width) == (200, 300)
    assert len(rendition.image) <= 100_000


def test_what_is_still_too_large_becomes_a_smaller_picture_of_the_same_shape():
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


def test_a_limit_that_nothing_fits_gets_the_smallest_there_is():
    rendition = fit(_NOISE, "png", 1)
    assert 64 <= rendition.height < 80


def test_a_finished_file_is_made_smaller_and_keeps_what_it_tells():
    whole = fit(_NOISE, "png", None, _DESCRIPTION)
    smaller = refit(whole.image, len(whole.image) // 3)
    assert len(smaller.image) <= len(whole.image) // 3
    assert describe(smaller.image) == _DESCRIPTION

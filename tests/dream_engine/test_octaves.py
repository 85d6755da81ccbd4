import numpy as np
import pytest

from dream_engine.octaves import AnchoredGrowth, ReferenceGrowth
from dream_engine.runtime import tf
from dream_engine.shapes import octave_shapes


def test_octaves_have_the_published_shapes():
    assert octave_shapes((640, 960), 3, 1.4) == [(326, 489), (457, 685), (640, 960)]


def test_octaves_too_small_to_see_are_left_out():
    assert octave_shapes((64, 100), 5, 1.4) == [(32, 51), (45, 71), (64, 100)]
    assert octave_shapes((32, 640), 8, 1.4) == [(32, 640)]


@pytest.mark.parametrize("growth", [ReferenceGrowth, AnchoredGrowth])
def test_a_picture_that_nothing_is_dreamed_into_comes_out_as_it_went_in(growth):
    original = tf.constant(np.random.default_rng(0).uniform(-1, 1, (1, 90, 120, 3)).astype(np.float32))
    grown = growth(original)
    for shape in octave_shapes((90, 120), 3, 1.4):
        image = grown.leave(grown.enter(shape))
    difference = np.abs(image - original)
    # The reference's way blurs a little: it enlarges the dream and adds detail from another size.
    assert difference.mean() < (1e-6 if growth is AnchoredGrowth else 0.1)


def test_what_a_small_octave_dreamed_is_still_there_at_the_next():
    original = tf.zeros((1, 60, 60, 3))
    for growth in (ReferenceGrowth(original), AnchoredGrowth(original)):
        small = growth.enter((30, 30))
        growth.leave(small + 0.5)
        np.testing.assert_allclose(growth.enter((60, 60)), 0.5, atol=1e-5)

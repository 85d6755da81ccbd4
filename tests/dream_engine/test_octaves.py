import numpy as np
import pytest

from dream_engine.octaves import AnchoredGrowth, ReferenceGrowth
from dream_engine.runtime import tf
from dream_engine.shapes import octave_shapes
from dream_engine.values import to_values


def test_octaves_have_the_published_shapes():
    assert octave_shapes((640, 960), 3, 1.4) == [(326, 489), (457, 685), (640, 960)]


def test_octaves_too_small_to_see_are_left_out():
    assert octave_shapes((64, 100), 5, 1.4) == [(32, 51), (45, 71), (64, 100)]
    assert octave_shapes((32, 640), 8, 1.4) == [(32, 640)]


@pytest.mark.parametrize("growth", [ReferenceGrowth, AnchoredGrowth])
def test_a_picture_that_nothing_is_dreamed_into_comes_out_as_it_went_in(growth):
    source = np.random.default_rng(0).integers(0, 256, (90, 120, 3), np.uint8)
    grown = growth(source)
    for shape in octave_shapes((90, 120), 3, 1.4):
        grown.leave(grown.enter(shape))
    difference = np.abs(grown.dream - to_values(source))
    # The reference's way blurs a little: it enlarges the dream and adds detail from another size.
    assert difference.mean() < (1e-6 if growth is AnchoredGrowth else 0.1)


def test_what_a_small_octave_dreamed_is_still_there_at_the_next():
    source = np.full((60, 60, 3), 100, np.uint8)
    for growth in (ReferenceGrowth(source), AnchoredGrowth(source)):
        growth.leave(growth.enter((30, 30)) + 0.5)
        np.testing.assert_allclose(growth.enter((60, 60)), to_values(source)[None] + 0.5, atol=1e-5)


@pytest.mark.parametrize("shape", [(31, 47), (90, 120), (150, 173), (1, 1)])
def test_the_references_way_resizes_as_tensorflow_does(shape):
    source = np.random.default_rng(0).integers(0, 256, (90, 120, 3), np.uint8)
    expected = tf.image.resize(to_values(source)[None], shape).numpy()
    np.testing.assert_allclose(ReferenceGrowth(source).enter(shape), expected, atol=3e-5)

import numpy as np
import pytest

from dream_engine.compute.octaves import AnchoredGrowth, ReferenceGrowth
from dream_engine.pixels import to_values
from dream_engine.runtime import tf
from dream_engine.shapes import octave_shapes


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


@pytest.mark.parametrize("growth", [ReferenceGrowth, AnchoredGrowth])
def test_each_colour_grows_for_itself(growth):
    source = np.random.default_rng(1).integers(0, 256, (64, 48, 3), np.uint8)
    together, alone = growth(source), [growth(np.repeat(source[..., c, None], 3, axis=-1)) for c in range(3)]
    added = np.array([0.3, -0.2, 0.1], np.float32)
    for shape in ((32, 24), (64, 48)):
        together.leave(together.enter(shape) + added)
        for colour, one in enumerate(alone):
            one.leave(one.enter(shape) + added[colour])
    for colour, one in enumerate(alone):
        np.testing.assert_array_equal(together.dream[..., colour], one.dream[..., colour])


def test_the_references_way_gives_back_exactly_the_detail_that_the_smaller_octave_lost():
    source = np.random.default_rng(2).integers(0, 256, (60, 90, 3), np.uint8)
    values = to_values(source)[None]
    growth = ReferenceGrowth(source)
    growth.leave(growth.enter((30, 45)))
    growth.leave(growth.enter((60, 90)) * 0)
    lost = values - tf.image.resize(tf.image.resize(values, (30, 45)), (60, 90)).numpy()
    np.testing.assert_allclose(growth.dream, lost, atol=3e-5)


def test_the_anchored_way_shrinks_the_source_antialiased():
    stripes = np.zeros((64, 64, 3), np.uint8)
    stripes[:, ::2] = 255
    np.testing.assert_allclose(AnchoredGrowth(stripes).enter((64, 24))[0, :, 2:-2], 0.0, atol=0.25)


@pytest.mark.parametrize("growth", [ReferenceGrowth, AnchoredGrowth])
def test_there_is_no_dream_before_an_octave_was_left_or_while_one_is_entered(growth):
    grown = growth(np.full((40, 40, 3), 90, np.uint8))
    with pytest.raises(RuntimeError):
        _ = grown.dream
    grown.leave(grown.enter((40, 40)))
    assert grown.dream.shape == (1, 40, 40, 3)
    grown.enter((40, 40))
    with pytest.raises(RuntimeError):
        _ = grown.dream


@pytest.mark.parametrize("growth", [ReferenceGrowth, AnchoredGrowth])
def test_the_ascent_has_an_array_of_its_own(growth):
    source = np.full((40, 40, 3), 90, np.uint8)
    grown = growth(source)
    image = grown.enter((40, 40))
    image += 1.0
    np.testing.assert_array_equal(grown.enter((40, 40)), to_values(source)[None])

import numpy as np
import pytest
from PIL import Image

from dream_engine.compute.masks import Mask
from dream_engine.compute.octaves import AnchoredDetail, ReferenceDetail
from dream_engine.pixels import to_values
from dream_engine.runtime import tf
from dream_engine.shapes import octave_shapes


def test_octaves_have_the_published_shapes():
    assert octave_shapes((640, 960), 3, 1.4) == [(326, 489), (457, 685), (640, 960)]


def test_octaves_that_are_too_small_are_left_out():
    assert octave_shapes((64, 100), 5, 1.4) == [(32, 51), (45, 71), (64, 100)]
    assert octave_shapes((32, 640), 8, 1.4) == [(32, 640)]


@pytest.mark.parametrize("strategy", [ReferenceDetail, AnchoredDetail])
def test_without_an_ascent_the_picture_is_unchanged(strategy):
    source = np.random.default_rng(0).integers(0, 256, (90, 120, 3), np.uint8)
    grown = strategy(source)
    for shape in octave_shapes((90, 120), 3, 1.4):
        grown.finish_octave(grown.start_octave(shape))
    difference = np.abs(grown.dream - to_values(source))
    # The reference strategy blurs slightly: it enlarges the dream and adds detail from another size.
    assert difference.mean() < (1e-6 if strategy is AnchoredDetail else 0.1)


def test_the_change_of_an_octave_is_kept_at_the_next():
    source = np.full((60, 60, 3), 100, np.uint8)
    for strategy in (ReferenceDetail(source), AnchoredDetail(source)):
        strategy.finish_octave(strategy.start_octave((30, 30)) + 0.5)
        np.testing.assert_allclose(strategy.start_octave((60, 60)), to_values(source)[None] + 0.5, atol=1e-5)


@pytest.mark.parametrize("shape", [(31, 47), (90, 120), (150, 173), (1, 1)])
def test_the_reference_strategy_resizes_as_tensorflow_does(shape):
    source = np.random.default_rng(0).integers(0, 256, (90, 120, 3), np.uint8)
    expected = tf.image.resize(to_values(source)[None], shape).numpy()
    np.testing.assert_allclose(ReferenceDetail(source).start_octave(shape), expected, atol=3e-5)


@pytest.mark.parametrize("strategy", [ReferenceDetail, AnchoredDetail])
def test_colours_are_independent(strategy):
    source = np.random.default_rng(1).integers(0, 256, (64, 48, 3), np.uint8)
    together, alone = (
        strategy(source),
        [strategy(np.repeat(source[..., c, None], 3, axis=-1)) for c in range(3)],
    )
    added = np.array([0.3, -0.2, 0.1], np.float32)
    for shape in ((32, 24), (64, 48)):
        together.finish_octave(together.start_octave(shape) + added)
        for colour, one in enumerate(alone):
            one.finish_octave(one.start_octave(shape) + added[colour])
    for colour, one in enumerate(alone):
        np.testing.assert_array_equal(together.dream[..., colour], one.dream[..., colour])


def test_the_reference_strategy_restores_exactly_the_detail_that_the_smaller_octave_lost():
    source = np.random.default_rng(2).integers(0, 256, (60, 90, 3), np.uint8)
    values = to_values(source)[None]
    strategy = ReferenceDetail(source)
    strategy.finish_octave(strategy.start_octave((30, 45)))
    strategy.finish_octave(strategy.start_octave((60, 90)) * 0)
    lost = values - tf.image.resize(tf.image.resize(values, (30, 45)), (60, 90)).numpy()
    np.testing.assert_allclose(strategy.dream, lost, atol=3e-5)


def test_the_anchored_strategy_shrinks_the_source_with_antialiasing():
    stripes = np.zeros((64, 64, 3), np.uint8)
    stripes[:, ::2] = 255
    np.testing.assert_allclose(AnchoredDetail(stripes).start_octave((64, 24))[0, :, 2:-2], 0.0, atol=0.25)


@pytest.mark.parametrize("strategy", [ReferenceDetail, AnchoredDetail])
def test_there_is_no_dream_before_an_octave_is_finished(strategy):
    grown = strategy(np.full((40, 40, 3), 90, np.uint8))
    with pytest.raises(RuntimeError):
        _ = grown.dream
    grown.finish_octave(grown.start_octave((40, 40)))
    assert grown.dream.shape == (1, 40, 40, 3)
    grown.start_octave((40, 40))
    with pytest.raises(RuntimeError):
        _ = grown.dream


@pytest.mark.parametrize("strategy", [ReferenceDetail, AnchoredDetail])
def test_each_octave_starts_with_a_new_array(strategy):
    source = np.full((40, 40, 3), 90, np.uint8)
    grown = strategy(source)
    image = grown.start_octave((40, 40))
    image += 1.0
    np.testing.assert_array_equal(grown.start_octave((40, 40)), to_values(source)[None])


@pytest.mark.parametrize("strategy", [ReferenceDetail, AnchoredDetail])
def test_enlarging_spreads_no_dream_over_the_edge_of_a_mask(strategy):
    source = np.random.default_rng(2).integers(0, 256, (90, 120, 3), np.uint8)
    weights = np.zeros((90, 120), np.uint8)
    weights[:, 61:] = 255
    grown = strategy(source, Mask(Image.fromarray(weights)))
    for shape in octave_shapes((90, 120), 3, 1.4):
        mask = np.asarray(Image.fromarray(weights).resize(shape[::-1], Image.Resampling.BILINEAR)) / 255
        grown.finish_octave(grown.start_octave(shape) + 0.2 * mask.astype(np.float32)[None, ..., None])
    added = grown.dream[0] - to_values(source)
    np.testing.assert_allclose(added[:, :61], 0.0, atol=1e-6)
    assert added[:, 70:].mean() == pytest.approx(0.6, abs=0.05)

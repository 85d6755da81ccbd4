import gc
import weakref

import numpy as np
import pytest

from dream_engine import backbones
from dream_engine.compute.ascent import Ascent
from dream_engine.compute.objectives import LayersObjective
from dream_engine.compute.smoothing import smoothing_kernel
from dream_engine.compute.threads import ThreadShare
from dream_engine.errors import NotFiniteError
from dream_engine.images import decode
from dream_engine.runtime import keras, tf
from dream_engine.settings import DreamSettings

LAYER = "block8/expand"
OBJECTIVE = LayersObjective({LAYER: 1.0})
CONDITIONED = {"colour_decorrelation": 0.7, "frequency_emphasis": 1.0, "soft_range": 0.5, "clip": True}


@pytest.fixture(scope="module")
def ascent(dreamer) -> Ascent:
    return dreamer._networks.ascent("efficientnet_lite0", LayersObjective, (LAYER,))


@pytest.fixture(scope="module")
def photograph(cat):
    return tf.constant(decode(cat).rgb[None].astype(np.float32) / 127.5 - 1.0)


def climbed(ascent, image, **settings):
    chosen = DreamSettings(iterations=1, clip=False, seed=1).replace(**settings)
    return list(ascent.run(np.array(image), OBJECTIVE, chosen, np.random.default_rng(chosen.seed)))


def test_the_loss_increases(ascent, photograph):
    losses = [here.loss for here in climbed(ascent, photograph, iterations=8)]
    assert losses[-1] > 1.25 * losses[0]


def test_a_step_changes_the_picture_by_the_step_size_on_average(ascent, photograph):
    (here,) = climbed(ascent, photograph, step_size=0.02)
    assert np.abs(here.image - photograph).mean() == pytest.approx(0.02, rel=1e-4)


def test_clipping_keeps_the_picture_between_black_and_white(ascent, photograph):
    *_, clipped = climbed(ascent, photograph, step_size=0.3, clip=True, iterations=3)
    *_, free = climbed(ascent, photograph, step_size=0.3, clip=False, iterations=3)
    assert np.abs(clipped.image).max() <= 1.0 < np.abs(free.image).max()


def test_an_octave_ends_once_its_loss_exceeds_max_loss(ascent, photograph):
    losses = [here.loss for here in climbed(ascent, photograph, iterations=10)]
    bound = (losses[3] + losses[4]) / 2
    stopped = [here.loss for here in climbed(ascent, photograph, iterations=10, max_loss=bound)]
    assert stopped == losses[:5]


@pytest.mark.parametrize(("precision", "threads"), [("float32", 2), ("bfloat16", 1)])
def test_two_threads_take_steps_of_fewer_pixels_in_float32_than_in_bfloat16(networks_for, precision, threads):
    network = networks_for({}, precision, None, None).network("efficientnet_lite0", (LAYER,))
    ascent = Ascent(backbones.get("efficientnet_lite0"), network, LayersObjective, (LAYER,), ThreadShare(2))
    assert ascent._threads(280, 360) == threads


@pytest.mark.parametrize("tile", [4096, 256])
def test_tensorflow_releases_the_graphs_of_a_dropped_step(dreamer, photograph, tile):
    network = dreamer._networks.network("efficientnet_lite0", (LAYER,))
    let_go_of = Ascent(backbones.get("efficientnet_lite0"), network, LayersObjective, (LAYER,), ThreadShare())
    climbed(let_go_of, photograph, tile=tile)
    graphs = [
        weakref.ref(trace.graph)
        for step in (let_go_of._step, let_go_of._tile)
        for trace in step.compiled._list_all_concrete_functions()
    ]
    assert graphs
    del let_go_of
    gc.collect()
    assert [graph() for graph in graphs] == [None] * len(graphs)


def test_jitter_shifts_the_networks_input_and_not_the_picture(ascent, photograph):
    (still,) = climbed(ascent, photograph, jitter=0, step_size=0.001)
    (shifted,) = climbed(ascent, photograph, jitter=40, step_size=0.001)
    assert np.abs(shifted.image - photograph).mean() == pytest.approx(0.001, rel=1e-3)
    assert not np.array_equal(still.image, shifted.image)


def test_a_new_size_needs_no_compilation(ascent, photograph):
    climbed(ascent, photograph)
    before = ascent._step.compiled.experimental_get_tracing_count()
    for height, width in ((40, 60), (77, 91), (133, 64)):
        climbed(ascent, photograph[:, :height, :width])
    assert ascent._step.compiled.experimental_get_tracing_count() == before == 1


def test_a_conditioned_step_climbs_further_with_less_colour_noise(ascent, photograph):
    *_, plain = climbed(ascent, photograph, iterations=10)
    *_, conditioned = climbed(ascent, photograph, iterations=10, **CONDITIONED)

    def colour_noise(image):
        red_against_green = np.array(image)[0, ..., 0] - np.array(image)[0, ..., 1]
        return np.abs(np.diff(red_against_green, axis=1)).mean()

    assert conditioned.loss > plain.loss
    assert colour_noise(conditioned.image) < 0.6 * colour_noise(plain.image)


def test_a_smoothed_gradient_changes_neighbours_alike(ascent, photograph):
    def roughness(smoothing: float) -> float:
        (here,) = climbed(ascent, photograph, smoothing=smoothing)
        moved = (here.image - photograph).numpy()
        return float(np.abs(np.diff(moved, axis=1)).mean())

    assert roughness(2.0) < 0.6 * roughness(0.0)


def test_a_smoothing_kernel_keeps_the_mean():
    assert smoothing_kernel(0.0).shape == (1, 1)
    for sigma in (0.3, 1.0, 4.0):
        kernel = smoothing_kernel(sigma)
        assert kernel.sum() == pytest.approx(1.0, abs=1e-5)
        np.testing.assert_allclose(kernel, kernel.T)


@pytest.mark.parametrize("jitter", [0, 64])
@pytest.mark.parametrize("others", [{}, {"smoothing": 1.5}, CONDITIONED])
def test_a_step_over_tiles_approximates_the_step_over_the_whole(ascent, photograph, jitter, others):
    """Within 5 % of the change; only influences from beyond the halo are lost."""
    large = tf.image.resize(photograph, (600, 900))
    (whole,) = climbed(ascent, large, jitter=jitter, tile=1024, **others)
    *parts, tiled = climbed(ascent, large, jitter=jitter, tile=384, **others)
    assert len(parts) > 4
    assert tiled.loss == pytest.approx(whole.loss, rel=0.01)
    moved, moved_in_tiles = whole.image - large, tiled.image - large
    assert np.abs(moved_in_tiles - moved).mean() < 0.05 * np.abs(moved).mean()


@pytest.mark.parametrize("others", [{}, CONDITIONED])
def test_tiles_leave_no_seam_and_no_pixel_without_a_gradient(ascent, photograph, others):
    large = tf.image.resize(photograph, (600, 900))
    *_, whole = climbed(ascent, large, jitter=0, tile=1024, **others)
    *_, tiled = climbed(ascent, large, jitter=0, tile=384, **others)
    error = np.abs(tiled.image - whole.image)[0].mean(axis=-1)
    moved = np.abs(whole.image - large)[0].mean(axis=-1)
    # A seam would be a row or a column with a larger error.
    for axis in (0, 1):
        assert (error.mean(axis=axis) < 0.25 * moved.mean(axis=axis) + 1e-4).all()
    assert (np.abs(tiled.image - large)[0].max(axis=-1) > 0).mean() > 0.999


def test_a_network_that_returns_nan_ends_the_dream_with_a_sentence(photograph):
    image = keras.Input((None, None, 3))
    network = keras.Model(image, {LAYER: image / 0.0})
    broken = Ascent(backbones.get("efficientnet_lite0"), network, LayersObjective, (LAYER,), ThreadShare())
    for tile in (384, 1024):
        with pytest.raises(NotFiniteError, match="not numbers"):
            climbed(broken, tf.image.resize(photograph, (400, 600)), tile=tile)

import numpy as np
import pytest

from dream_engine.compute.conditioning import (
    Conditioning,
    condition,
    condition_in_bands,
    soft_step,
    soft_step_in_place,
)
from dream_engine.runtime import tf
from dream_engine.settings import DreamSettings


def conditioning(
    colours: float = 0.0, frequencies: float = 0.0, soft: float = 0.0, **settings
) -> Conditioning:
    return Conditioning.from_settings(
        DreamSettings(
            colour_decorrelation=colours, frequency_emphasis=frequencies, soft_range=soft, **settings
        )
    )


def conditioned(gradient: np.ndarray, maps: Conditioning) -> np.ndarray:
    parameters = {name: tf.constant(value) for name, value in maps.parameters.items()}
    result: np.ndarray = condition(tf.constant(gradient), parameters).numpy()
    return result


def noise(height: int, width: int) -> np.ndarray:
    return np.random.default_rng(4).normal(0.1, 1.0, (1, height, width, 3)).astype(np.float32)


def wave(length: float) -> np.ndarray:
    """A grey wave of a wavelength in pixels, 512 × 512."""
    row = np.sin(2 * np.pi * np.arange(512) / length).astype(np.float32)
    return np.broadcast_to(row[None, None, :, None], (1, 512, 512, 3)).copy()


def test_settings_that_condition_nothing_disable_it():
    assert not conditioning().enabled
    assert conditioning(soft=0.5).enabled
    assert conditioning(frequencies=0.1).enabled


def test_colours_are_mixed_as_they_vary_in_photographs():
    grey, red_against_green = np.ones((1, 64, 64, 3), np.float32), np.zeros((1, 64, 64, 3), np.float32)
    red_against_green[..., 0], red_against_green[..., 1] = 1.0, -1.0
    maps = conditioning(colours=0.7)
    kept = np.abs(conditioned(red_against_green, maps)).mean() / np.abs(red_against_green).mean()
    raised = np.abs(conditioned(grey, maps)).mean() / np.abs(grey).mean()
    assert kept < 0.5
    assert raised > 2.0


def test_without_decorrelation_colours_stay_as_they_are():
    gradient = noise(96, 128)
    assert np.array_equal(conditioned(gradient, conditioning(soft=0.5)), gradient)


@pytest.mark.parametrize("emphasis", [0.5, 1.0])
def test_a_wave_weighs_more_the_longer_it_is(emphasis):
    maps = conditioning(frequencies=emphasis)
    lengths = (4, 8, 16, 32, 64)
    amplitudes = [np.abs(conditioned(wave(length), maps)).mean() for length in lengths]
    slope = np.polyfit(np.log(lengths), np.log(amplitudes), 1)[0]
    assert amplitudes == sorted(amplitudes)
    assert slope == pytest.approx(emphasis, rel=0.35)


def test_the_mean_is_taken_out_so_that_a_dream_does_not_drift():
    gradient = noise(512, 384)
    mean = conditioned(gradient, conditioning(frequencies=1.0)).mean(axis=(0, 1, 2))
    assert np.abs(mean).max() < 0.01 * np.abs(gradient).mean()


@pytest.mark.parametrize(("height", "width"), [(601, 900), (802, 333), (603, 450), (33, 41), (256, 300)])
@pytest.mark.parametrize("colours", [0.0, 0.7])
def test_bands_give_the_result_of_the_whole(height, width, colours):
    gradient = noise(height, width)
    maps = conditioning(colours=colours, frequencies=1.0)
    in_bands = gradient[0].copy()
    condition_in_bands(in_bands, maps, threads=2)
    assert np.abs(in_bands - conditioned(gradient, maps)[0]).max() < 1e-5


def test_bands_give_the_same_bytes_on_any_number_of_threads():
    gradient, maps = noise(1000, 64)[0], conditioning(colours=0.7, frequencies=1.0)
    results = set()
    for threads in (1, 2, 5):
        in_bands = gradient.copy()
        condition_in_bands(in_bands, maps, threads)
        results.add(in_bands.tobytes())
    assert len(results) == 1


def test_a_soft_step_never_reaches_black_or_white():
    maps = conditioning(soft=0.5, step_size=0.02)
    image = np.full((1, 8, 8, 3), 0.9, np.float32)
    one = np.float32(1.0)
    for _ in range(200):
        image = soft_step(image, np.full_like(image, 0.05), maps.share, one).numpy()
    assert 0.99 < image.max() < 1.0
    away = soft_step(image, np.full_like(image, -0.05), maps.share, one).numpy()
    assert np.abs((image - away) - 0.05).max() < 1e-6


def test_a_soft_step_in_the_middle_of_the_range_is_as_long_as_any():
    maps = conditioning(soft=0.5, step_size=0.02)
    moved = soft_step(
        np.zeros((1, 2, 2, 3), np.float32), np.full((1, 2, 2, 3), 0.1, np.float32), maps.share, 1.0
    )
    assert np.abs(moved - 0.1).max() < 1e-6


def test_without_a_soft_range_values_stop_at_black_and_white():
    maps = conditioning(colours=0.5)
    image = np.array([[[[0.95, -0.95, 0.0]]]], np.float32)
    change = np.array([[[[0.2, -0.2, 0.2]]]], np.float32)
    moved = soft_step(image, change, maps.share, np.float32(1.0)).numpy()
    assert moved.ravel() == pytest.approx([1.0, -1.0, 0.2])
    free = soft_step(image, change, maps.share, np.float32(np.inf)).numpy()
    assert free.ravel() == pytest.approx([1.15, -1.15, 0.2])


@pytest.mark.parametrize("limit", [1.0, np.inf])
def test_a_step_in_place_gives_the_same_picture(limit):
    image, change = noise(64, 64) / 4, noise(64, 64)[..., ::-1].copy() / 4
    image = np.clip(image, -1, 1)
    maps, limit = conditioning(soft=0.4), np.float32(limit)
    expected = soft_step(image, change, maps.share, limit).numpy()
    soft_step_in_place(image, change, maps.share, limit)
    assert np.abs(image - expected).max() < 1e-6

"""Sampling and averaging planes."""

import numpy as np
import pytest

from dream_engine.compute.planes import inside, median_of_five, sample, window_mean


def _plane(*shape):
    return np.random.default_rng(1).uniform(0, 255, shape).astype(np.float32)


@pytest.mark.parametrize("radius", [1, 2, 3, 4, 8])
def test_a_window_is_averaged_and_cut_off_at_the_border(radius):
    planes = _plane(2, 13, 17)
    means = window_mean(planes, radius)
    assert means.dtype == np.float32
    for row in (0, 1, 6, 12):
        for column in (0, 3, 16):
            window = planes[:, max(0, row - radius) : row + radius + 1, max(0, column - radius) :][
                ..., : min(column, radius) + radius + 1
            ]
            np.testing.assert_allclose(means[:, row, column], window.mean((1, 2)), rtol=1e-5)


def test_a_plane_is_sampled_between_its_pixels():
    rows, columns = np.mgrid[:8, :9].astype(np.float32)
    motion = np.empty((2, 8, 9), np.float32)
    motion[0], motion[1] = 0.5, -1.25
    moved = sample(3 * rows + 5 * columns, motion)
    assert moved.dtype == np.float32
    np.testing.assert_allclose(moved[:-1, 2:], (3 * (rows + 0.5) + 5 * (columns - 1.25))[:-1, 2:], rtol=1e-5)
    assert inside(motion).sum() == 7 * 7


def test_the_median_is_that_of_a_pixel_and_of_four_neighbours():
    planes = _plane(2, 9, 11)
    padded = np.pad(planes, ((0, 0), (2, 2), (2, 2)), "edge")
    five = [planes, padded[:, :9, 2:-2], padded[:, 4:, 2:-2], padded[:, 2:-2, :11], padded[:, 2:-2, 4:]]
    np.testing.assert_array_equal(median_of_five(planes), np.median(five, axis=0))

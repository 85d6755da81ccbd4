"""Steps over pictures that are too large for one compiled step, compared with its arithmetic."""

import numpy as np
import pytest

from dream_engine.compute.conditioning import soft_step
from dream_engine.compute.large_steps import mean_magnitude, step_in_place

HEIGHT, WIDTH = 53, 20
"""No whole number of bands."""


@pytest.fixture
def arrays():
    """A picture, its gradient and a mask."""
    random = np.random.default_rng(3)
    image = np.clip(random.normal(0, 0.7, (HEIGHT, WIDTH, 3)), -1, 1).astype(np.float32)
    gradient = random.normal(0, 1, image.shape).astype(np.float32)
    return image, gradient, random.integers(0, 256, (1, HEIGHT, WIDTH, 1)).astype(np.uint8)


def test_the_magnitude_is_the_mean_of_all_absolute_values(arrays):
    gradient = arrays[1]
    assert mean_magnitude(gradient) == pytest.approx(float(np.abs(gradient.astype(float)).mean()), rel=1e-6)


def test_the_magnitude_of_a_gradient_with_a_nan_is_none(arrays):
    arrays[1][40, 3, 1] = np.nan
    assert np.isnan(mean_magnitude(arrays[1]))


@pytest.mark.parametrize(("share", "limit"), [(None, 1.0), (None, np.inf), (0.3, 1.0)])
def test_every_row_moves_as_in_a_compiled_step(arrays, share, limit):
    image, gradient, _ = arrays
    share, limit = None if share is None else np.float32(share), np.float32(limit)
    change = np.float32(0.1) * gradient
    expected = np.clip(image + change, -limit, limit)
    if share is not None:
        expected = soft_step(image, change, share, limit).numpy()
    step_in_place(image, gradient, np.float32(0.1), share, limit, None)
    np.testing.assert_allclose(image, expected, atol=1e-6)


def test_a_mask_scales_the_change_of_each_pixel(arrays):
    image, gradient, mask = arrays
    before, whole = image.copy(), image.copy()
    step_in_place(whole, gradient, np.float32(0.1), None, np.float32(1), None)
    step_in_place(image, gradient, np.float32(0.1), None, np.float32(1), mask)
    np.testing.assert_allclose(image - before, mask[0] / 255 * (whole - before), atol=1e-6)

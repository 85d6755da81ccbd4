import numpy as np
import pytest

from dream_engine.compute.regions import WholePicture, mean_of_weighted_squares
from dream_engine.runtime import tf


@pytest.mark.parametrize(("count", "inside"), [(1, 1), (2, 2), (3, 1), (4, 2), (5, 1), (6, 2), (9, 5)])
def test_the_excluded_border_never_covers_a_whole_side(count, inside):
    shares = WholePicture().shares(tf.zeros((1, count, 8, 3))).numpy()[0, :, 4, 0]
    assert np.count_nonzero(shares) == inside
    np.testing.assert_array_equal(shares, shares[::-1])
    assert shares.max() == pytest.approx(1 / (count * 8 * 3))


@pytest.mark.parametrize(("precision", "tolerance"), [("float32", 1e-5), ("bfloat16", 0.02)])
def test_weighted_squares_have_the_loss_and_gradient_of_their_formula(precision, tolerance):
    random = np.random.default_rng(2)
    activation = tf.cast(random.normal(0, 1, (1, 9, 13, 4)), precision)
    weights = tf.constant([1.5, 0.0, -2.0, 0.5])
    shares = WholePicture().shares(activation)
    with tf.GradientTape() as tape:
        tape.watch(activation)
        loss = mean_of_weighted_squares(activation, weights, shares)
    gradient = tape.gradient(loss, activation)
    values = tf.cast(activation, tf.float32)
    assert float(loss) == pytest.approx(float(tf.reduce_sum(values**2 * weights * shares)), rel=1e-4)
    assert gradient.dtype == activation.dtype
    expected = (2.0 * values * weights * shares).numpy()
    np.testing.assert_allclose(tf.cast(gradient, tf.float32), expected, rtol=tolerance, atol=1e-7)

import numpy as np
import pytest

from dream_engine.compute.objectives import (
    ChannelsObjective,
    GuideObjective,
    LayersObjective,
    WeightedChannelsObjective,
)
from dream_engine.compute.regions import WholePicture
from dream_engine.runtime import tf


def random_activation(height, width, channels):
    values = np.random.default_rng(5).normal(0, 1, (1, height, width, channels))
    return tf.constant(values.astype(np.float32))


def loss_and_gradient(formula, activation):
    with tf.GradientTape() as tape:
        tape.watch(activation)
        loss = formula(activation)
    return float(loss), tape.gradient(loss, activation).numpy()


def loss_of(objective):
    parameters = {name: tf.constant(value) for name, value in objective.parameters.items()}
    (layer,) = objective.layers
    return lambda activation: objective.loss({layer: activation}, parameters, WholePicture())


def as_the_keras_example(activation):
    return (
        1.5
        * tf.reduce_sum(tf.square(activation[:, 2:-2, 2:-2, :]))
        / tf.cast(tf.size(activation), tf.float32)
    )


def assert_same(found, expected):
    assert found[0] == pytest.approx(expected[0], rel=1e-5)
    np.testing.assert_allclose(found[1], expected[1], rtol=1e-5, atol=1e-9)


def test_whole_layers_have_the_loss_and_the_gradient_of_the_keras_example():
    activation = random_activation(9, 13, 8)
    found = loss_and_gradient(loss_of(LayersObjective({"layer": 1.5})), activation)
    assert_same(found, loss_and_gradient(as_the_keras_example, activation))


@pytest.mark.parametrize(("height", "width"), [(1, 1), (2, 5), (4, 4), (3, 20)])
def test_an_activation_smaller_than_its_border_counts(height, width):
    loss, gradient = loss_and_gradient(
        loss_of(LayersObjective({"layer": 1.0})), random_activation(height, width, 3)
    )
    assert loss > 0
    assert np.abs(gradient).sum() > 0


def test_only_the_chosen_channels_are_raised():
    activation = random_activation(9, 13, 8)
    loss, gradient = loss_and_gradient(loss_of(ChannelsObjective("layer", (1, 6), 8)), activation)
    chosen = activation.numpy()[:, 2:-2, 2:-2, [1, 6]]
    assert loss == pytest.approx((chosen**2).sum() / (9 * 13 * 2), rel=1e-5)
    assert np.abs(gradient[..., [1, 6]]).sum() > 0
    assert np.abs(np.delete(gradient, [1, 6], axis=-1)).sum() == 0


def test_a_guide_objective_uses_each_positions_best_matching_feature():
    activation = random_activation(9, 13, 8)
    features = np.random.default_rng(6).normal(0, 1, (5, 8)).astype(np.float32)
    loss, gradient = loss_and_gradient(
        loss_of(GuideObjective({"layer": 2.0}, {"layer": features})), activation
    )
    inner = activation.numpy()[0, 2:-2, 2:-2] @ features.T
    assert loss == pytest.approx(2.0 * inner.max(axis=-1).sum() / (9 * 13), rel=1e-5)
    best = features[inner.argmax(axis=-1)]
    np.testing.assert_allclose(gradient[0, 2:-2, 2:-2], 2.0 * best / (9 * 13), rtol=1e-5)


def test_losses_are_summed_in_float32_at_any_precision():
    activation = random_activation(200, 200, 4)
    in_half = loss_and_gradient(as_the_keras_example, tf.cast(tf.cast(activation, tf.bfloat16), tf.float32))
    found = loss_and_gradient(loss_of(LayersObjective({"layer": 1.5})), tf.cast(activation, tf.bfloat16))
    assert found[0] == pytest.approx(in_half[0], rel=1e-5)
    np.testing.assert_allclose(found[1].astype(np.float32), in_half[1], rtol=0.01, atol=1e-9)


@pytest.mark.parametrize(
    "objective",
    [
        LayersObjective({"a": 1.0, "b": 0.5}),
        ChannelsObjective("a", (1,), 4),
        GuideObjective({"a": 1.0, "b": 0.5}, {"a": np.ones((2, 3)), "b": np.ones((5, 7))}),
    ],
)
def test_the_signature_matches_the_shapes_of_all_parameters(objective):
    signature = objective.signature(objective.layers)
    assert list(signature) == list(objective.parameters)
    for name, value in objective.parameters.items():
        assert signature[name].shape.as_list() == [None] * value.ndim
        assert signature[name].dtype == tf.float32


def test_weighted_channels_match_the_loss_and_gradient_of_layers_and_channels():
    activation = random_activation(9, 13, 8)
    whole = WeightedChannelsObjective.of([("a", None, 1.5)], {"a": 8})
    expected = loss_and_gradient(loss_of(LayersObjective({"a": 1.5})), activation)
    assert_same(loss_and_gradient(loss_of(whole), activation), expected)
    some = WeightedChannelsObjective.of([("a", 2, 0.5), ("a", 5, 0.5)], {"a": 8})
    expected = loss_and_gradient(loss_of(ChannelsObjective("a", (2, 5), 8)), activation)
    assert_same(loss_and_gradient(loss_of(some), activation), expected)


def test_weighted_channels_add_up_terms_of_one_layer():
    both = WeightedChannelsObjective.of([("a", None, 2.0), ("a", 1, -0.5), ("b", 0, 1.0)], {"a": 4, "b": 2})
    np.testing.assert_allclose(both.weights["a"], [0.5, 0.0, 0.5, 0.5])
    np.testing.assert_allclose(both.weights["b"], [1.0, 0.0])
    assert both.layers == ("a", "b")

"""The folded, frozen network against the Keras network that it was made from."""

from functools import cache

import numpy as np
import pytest

from dream_engine import backbones
from dream_engine.folding import FrozenConvolution, cut_and_fold, fold
from dream_engine.runtime import keras, tf


@cache
def trained(name):
    """The untrained network, with batch normalisations that do something."""
    keras.utils.set_random_seed(3)
    model = backbones.get(name).build()
    random = np.random.default_rng(3)
    model.set_weights(
        [w + random.uniform(0, 0.4, w.shape) if w.ndim == 1 else w for w in model.get_weights()]
    )
    return model


def picture(height, width):
    return tf.constant(np.random.default_rng(4).uniform(-1, 1, (1, height, width, 3)).astype(np.float32))


def loss_and_gradient(network, image):
    """Of a loss that every wanted layer has a like share in."""
    with tf.GradientTape() as tape:
        tape.watch(image)
        activations = [tf.cast(activation, tf.float32) for activation in network(image).values()]
        losses = [tf.reduce_mean(tf.square(activation)) for activation in activations]
        loss = tf.add_n([loss / tf.stop_gradient(loss) for loss in losses])
    return np.array(losses), tape.gradient(loss, image).numpy()


def likeness(one, other):
    """The cosine between two gradients."""
    return np.vdot(one, other) / (np.linalg.norm(one) * np.linalg.norm(other))


@pytest.mark.parametrize("name", backbones.all_backbones())
def test_its_gradient_is_that_of_the_keras_network(name):
    backbone = backbones.get(name)
    model = trained(name)
    layers = {layer: backbone.layer(layer).keras_name for layer in backbone.favourites}
    plain = keras.Model(model.inputs[0], {n: model.get_layer(k).output for n, k in layers.items()})
    image = picture(107, 130)
    losses, gradient = loss_and_gradient(plain, image)
    folded_losses, folded_gradient = loss_and_gradient(cut_and_fold(model, layers), image)
    np.testing.assert_allclose(folded_losses, losses, rtol=1e-4)
    assert likeness(folded_gradient, gradient) > 0.9999


@pytest.mark.parametrize("name", backbones.all_backbones())
def test_in_bfloat16_every_loss_is_that_of_float32_within_one_percent(name):
    backbone = backbones.get(name)
    model = trained(name)
    layers = {layer: backbone.layer(layer).keras_name for layer in backbone.favourites}
    image = picture(107, 130)
    losses, gradient = loss_and_gradient(cut_and_fold(model, layers), image)
    half_losses, half_gradient = loss_and_gradient(cut_and_fold(model, layers, "bfloat16"), image)
    np.testing.assert_allclose(half_losses, losses, rtol=0.01)
    assert likeness(half_gradient, gradient) > 0.9


@pytest.mark.parametrize("precision", ["float32", "bfloat16"])
@pytest.mark.parametrize("padding", ["same", "valid"])
@pytest.mark.parametrize("stride", [1, 2])
@pytest.mark.parametrize("kernel", [1, (1, 7), 3, 4])
@pytest.mark.parametrize("by_depth", [False, True])
def test_a_convolution_of_any_form_has_the_right_gradient(by_depth, kernel, stride, padding, precision):
    form = {"kernel_size": kernel, "strides": stride, "padding": padding}
    if by_depth and isinstance(kernel, tuple):
        form["kernel_size"] = 3
    layer = keras.layers.DepthwiseConv2D(**form) if by_depth else keras.layers.Conv2D(5, **form)
    image = keras.Input((None, None, 4))
    layer(image)
    values = tf.constant(np.random.default_rng(4).normal(0, 1, (1, 19, 23, 4)).astype(np.float32))

    def gradient(convolution):
        with tf.GradientTape() as tape:
            tape.watch(values)
            loss = tf.reduce_sum(tf.sin(tf.cast(convolution(values), tf.float32)))
        return tape.gradient(loss, values).numpy()

    expected, found = gradient(layer), gradient(FrozenConvolution(layer, fold(layer), precision))
    exactness = 1e-5 if precision == "float32" else 0.05
    np.testing.assert_allclose(found, expected, atol=exactness * np.abs(expected).max())


def test_a_bias_of_zeros_stays_and_changes_nothing():
    image = keras.Input((None, None, 3))
    layer = keras.layers.Conv2D(4, 3, use_bias=False)
    normalisation = keras.layers.BatchNormalization(epsilon=0.0)
    normalisation(layer(image))
    folded = FrozenConvolution(layer, fold(layer, normalisation), "float32")
    assert folded.folded_weights.bias.all()
    values = picture(9, 9)
    np.testing.assert_array_equal(folded(values), tf.nn.conv2d(values, layer.kernel, 1, "VALID"))

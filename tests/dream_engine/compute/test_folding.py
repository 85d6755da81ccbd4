"""The folded, frozen network compared with the original Keras network."""

from functools import cache

import numpy as np
import pytest

from dream_engine import backbones
from dream_engine.compute.convolution_gradients import flipped
from dream_engine.compute.folding import FrozenConvolution, cut_and_fold, fold
from dream_engine.runtime import keras, tf


@cache
def trained(name):
    """The untrained network, with batch normalisations other than identities."""
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
    """The losses, and the gradient of a loss to which all layers contribute equally."""
    with tf.GradientTape() as tape:
        tape.watch(image)
        activations = [tf.cast(activation, tf.float32) for activation in network(image).values()]
        losses = [tf.reduce_mean(tf.square(activation)) for activation in activations]
        loss = tf.add_n([loss / tf.stop_gradient(loss) for loss in losses])
    return np.array(losses), tape.gradient(loss, image).numpy()


def cosine(one, other):
    """The cosine between two gradients."""
    return np.vdot(one, other) / (np.linalg.norm(one) * np.linalg.norm(other))


@pytest.mark.parametrize("name", backbones.all_backbones())
def test_the_gradient_matches_the_keras_network(name):
    backbone = backbones.get(name)
    model = trained(name)
    layers = {layer: backbone.layer(layer).keras_name for layer in backbone.default_layers}
    plain = keras.Model(model.inputs[0], {n: model.get_layer(k).output for n, k in layers.items()})
    image = picture(107, 130)
    losses, gradient = loss_and_gradient(plain, image)
    folded_losses, folded_gradient = loss_and_gradient(cut_and_fold(model, layers), image)
    np.testing.assert_allclose(folded_losses, losses, rtol=1e-4)
    assert cosine(folded_gradient, gradient) > 0.9999


@pytest.mark.parametrize("name", backbones.all_backbones())
def test_losses_in_bfloat16_match_float32_within_one_percent(name):
    backbone = backbones.get(name)
    model = trained(name)
    layers = {layer: backbone.layer(layer).keras_name for layer in backbone.default_layers}
    image = picture(107, 130)
    losses, gradient = loss_and_gradient(cut_and_fold(model, layers), image)
    half_losses, half_gradient = loss_and_gradient(cut_and_fold(model, layers, "bfloat16"), image)
    np.testing.assert_allclose(half_losses, losses, rtol=0.01)
    assert cosine(half_gradient, gradient) > 0.9


@pytest.mark.parametrize("precision", ["float32", "bfloat16"])
@pytest.mark.parametrize("padding", ["same", "valid"])
@pytest.mark.parametrize("size", [(19, 23), (20, 22)])
@pytest.mark.parametrize("stride", [1, 2, 3])
@pytest.mark.parametrize("kernel", [1, (1, 7), 3, 4, 5])
@pytest.mark.parametrize("depthwise", [False, True])
def test_a_convolution_of_any_form_has_the_right_gradient(
    depthwise, kernel, stride, size, padding, precision
):
    form = {"kernel_size": kernel, "strides": stride, "padding": padding}
    if depthwise and isinstance(kernel, tuple):
        form["kernel_size"] = 3
    layer = keras.layers.DepthwiseConv2D(**form) if depthwise else keras.layers.Conv2D(5, **form)
    image = keras.Input((None, None, 4))
    layer(image)
    values = tf.constant(np.random.default_rng(4).normal(0, 1, (1, *size, 4)).astype(np.float32))

    def gradient(convolution):
        with tf.GradientTape() as tape:
            tape.watch(values)
            loss = tf.reduce_sum(tf.sin(tf.cast(convolution(values), tf.float32)))
        return tape.gradient(loss, values).numpy()

    def plain(values):
        if kernel == 1 and not depthwise:
            # Without AVX-512, oneDNN 3.7 writes beyond its memory in the gradient of a strided 1 × 1 layer.
            return tf.nn.conv2d(values[:, ::stride, ::stride], layer.kernel, 1, "VALID")
        return layer(values)

    expected, found = gradient(plain), gradient(FrozenConvolution(layer, fold(layer), precision))
    exactness = 1e-5 if precision == "float32" else 0.05
    np.testing.assert_allclose(found, expected, atol=exactness * np.abs(expected).max())


def test_a_bias_of_zeros_is_kept_without_effect():
    image = keras.Input((None, None, 3))
    layer = keras.layers.Conv2D(4, 3, use_bias=False)
    normalisation = keras.layers.BatchNormalization(epsilon=0.0)
    normalisation(layer(image))
    folded = FrozenConvolution(layer, fold(layer, normalisation), "float32")
    assert folded.folded_weights.bias.all()
    values = picture(9, 9)
    np.testing.assert_array_equal(folded(values), tf.nn.conv2d(values, layer.kernel, 1, "VALID"))


class TestKernelsOfAGraph:
    @staticmethod
    def constants(folded: FrozenConvolution, channels: int) -> set[tuple[int, ...]]:
        """The shapes of the constants in the graph of a convolution and its gradient."""

        @tf.function(input_signature=[tf.TensorSpec([1, None, None, channels])], autograph=False)
        def gradient(values):
            with tf.GradientTape() as tape:
                tape.watch(values)
                loss = tf.reduce_sum(folded(values))
            return tape.gradient(loss, values)

        operations = gradient.get_concrete_function().graph.get_operations()
        return {tuple(operation.outputs[0].shape) for operation in operations if operation.type == "Const"}

    @staticmethod
    def convolution(inputs: int, outputs: int, **form) -> keras.layers.Conv2D:
        layer = keras.layers.Conv2D(outputs, 1, **form)
        layer(keras.Input((None, None, inputs)))
        return layer

    def test_are_constants_if_they_are_small(self):
        layer = self.convolution(64, 256)
        shapes = self.constants(FrozenConvolution(layer, fold(layer), "float32"), 64)
        assert {(1, 1, 64, 256), (1, 1, 256, 64)} <= shapes

    @pytest.mark.parametrize("stride", [1, 2])
    def test_are_shared_by_all_graphs_if_they_are_large(self, stride):
        layer = self.convolution(64, 257, strides=stride)
        weights = fold(layer)
        folded = FrozenConvolution(layer, weights, "float32")
        assert all(np.prod(shape, dtype=int) <= 257 for shape in self.constants(folded, 64))
        kernel = weights.operand("float32")
        assert weights.operand("float32") is kernel
        np.testing.assert_array_equal(kernel, weights.kernel)

    def test_have_the_right_gradient_if_they_are_large(self):
        layer = self.convolution(64, 257)
        values = tf.constant(np.random.default_rng(1).normal(0, 1, (1, 3, 5, 64)).astype(np.float32))
        found = []
        for convolution in (layer, FrozenConvolution(layer, fold(layer), "float32")):
            with tf.GradientTape() as tape:
                tape.watch(values)
                loss = tf.reduce_sum(tf.sin(convolution(values)))
            found.append(tape.gradient(loss, values).numpy())
        np.testing.assert_allclose(found[1], found[0], atol=1e-5 * np.abs(found[0]).max())

    def test_are_separate_for_each_precision(self):
        layer = self.convolution(64, 257)
        weights = fold(layer)
        assert weights.operand("bfloat16").dtype == tf.bfloat16
        assert weights.operand("float32").dtype == tf.float32
        assert weights.operand("bfloat16", flipped).shape == (1, 1, 257, 64)
        assert weights.operand("bfloat16").shape == (1, 1, 64, 257)


def test_networks_cut_from_one_model_share_its_weights():
    image = keras.Input((None, None, 3))
    first = keras.layers.Conv2D(4, 3, name="first")(image)
    second = keras.layers.BatchNormalization(name="norm")(first)
    model = keras.Model(image, keras.layers.Conv2D(5, 3, name="second")(second))
    store = {}
    small = cut_and_fold(model, {"a": "norm"}, store=store)
    large = cut_and_fold(model, {"b": "second"}, store=store)
    assert small.get_layer("first").folded_weights is large.get_layer("first").folded_weights
    apart = cut_and_fold(model, {"c": "first"}, store=store)  # without its normalisation folded in
    assert apart.get_layer("first").folded_weights is not large.get_layer("first").folded_weights
    assert set(store) == {("first", True), ("second", False), ("first", False)}


@pytest.mark.parametrize("precision", ["float32", "bfloat16"])
@pytest.mark.parametrize("depthwise", [False, True])
def test_no_gradient_uses_the_operation_that_keeps_memory_for_every_size(depthwise, precision):
    """That is TensorFlow's operation for strides, except for depthwise convolutions in float32."""
    layer = keras.layers.DepthwiseConv2D(3, 2) if depthwise else keras.layers.Conv2D(5, 3, 2)
    layer(keras.Input((None, None, 4)))
    folded = FrozenConvolution(layer, fold(layer), precision)

    @tf.function(input_signature=[tf.TensorSpec([1, None, None, 4], precision)], autograph=False)
    def gradient(values):
        with tf.GradientTape() as tape:
            tape.watch(values)
            loss = tf.reduce_sum(folded(values))
        return tape.gradient(loss, values)

    operations = gradient.get_concrete_function().graph.get_operations()
    backward = [operation for operation in operations if "BackpropInput" in operation.type]
    assert len(backward) == (depthwise and precision == "float32")

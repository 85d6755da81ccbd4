"""oneDNN's convolutions with a packed kernel, beside TensorFlow's own."""

import numpy as np
import pytest

from dream_engine.compute import packed_convolution
from dream_engine.compute.convolution import Convolution, FoldedWeights
from dream_engine.compute.folding import cut_and_fold
from dream_engine.compute.packed_convolution import available, convolve
from dream_engine.runtime import keras, tf

INPUTS, OUTPUTS = 8, 24
_KERNELS = {
    False: np.random.default_rng(1).normal(0, 0.2, (3, 3, INPUTS, OUTPUTS)).astype(np.float32),
    True: np.random.default_rng(2).normal(0, 0.5, (3, 3, INPUTS, 1)).astype(np.float32),
}

needs_packed = pytest.mark.skipif(
    not available("float32"), reason="this TensorFlow has no packed convolutions here"
)


def picture(height: int = 9, width: int = 13) -> tf.Tensor:
    return tf.constant(np.random.default_rng(3).normal(0, 3, (1, height, width, INPUTS)).astype(np.float32))


def compiled(function):
    signature = [tf.TensorSpec([1, None, None, INPUTS])]
    return tf.function(function, input_signature=signature, autograph=False)


@pytest.mark.parametrize("rectifier", [None, "Relu", "Relu6"])
@pytest.mark.parametrize("stride", [1, 2])
@pytest.mark.parametrize("padding", ["SAME", "VALID"])
@pytest.mark.parametrize("depthwise", [False, True])
def test_a_compiled_convolution_has_the_values_and_the_gradient_of_tensorflows_own(
    depthwise, padding, stride, rectifier
):
    kernel = _KERNELS[depthwise]
    bias = np.linspace(-1, 1, INPUTS if depthwise else OUTPUTS, dtype=np.float32)
    ours = Convolution(FoldedWeights(kernel, bias), "float32", (stride, stride), padding, depthwise=depthwise)

    def own(x):
        operation = tf.nn.depthwise_conv2d if depthwise else tf.nn.conv2d
        x = tf.nn.bias_add(operation(x, kernel, [1, stride, stride, 1], padding), bias)
        return {None: tf.identity, "Relu": tf.nn.relu, "Relu6": tf.nn.relu6}[rectifier](x)

    def with_gradient(function, x):
        with tf.GradientTape() as tape:
            tape.watch(x)
            result = function(x)
            loss = tf.reduce_sum(tf.sin(result))
        return result, tape.gradient(loss, x)

    step = compiled(lambda x: with_gradient(lambda x: ours(x, rectifier), x))
    for size in ((9, 13), (32, 20), (9, 13)):  # the packed kernel serves every size
        x = picture(*size)
        for found, right in zip(step(x), with_gradient(own, x), strict=True):
            np.testing.assert_allclose(found, right, atol=2e-5)


def test_a_convolution_without_bias_can_be_rectified():
    weights = FoldedWeights(_KERNELS[False], np.float32(0))
    right = tf.nn.relu(tf.nn.conv2d(picture(), _KERNELS[False], 1, "SAME"))
    found = compiled(lambda x: Convolution(weights, "float32")(x, "Relu"))(picture())
    np.testing.assert_allclose(found, right, atol=1e-5)


def test_a_convolution_outside_a_graph_has_the_same_values():
    weights = FoldedWeights(_KERNELS[False], np.ones(OUTPUTS, np.float32))
    convolution = Convolution(weights, "float32")
    graph = compiled(lambda x: convolution(x, "Relu6"))
    np.testing.assert_allclose(convolution(picture(), "Relu6"), graph(picture()), atol=1e-5)


@needs_packed
def test_one_operation_convolves_adds_the_bias_and_rectifies():
    weights = FoldedWeights(_KERNELS[False], np.ones(OUTPUTS, np.float32))
    function = compiled(lambda x: Convolution(weights, "float32")(x, "Relu"))
    operations = [each.type for each in function.get_concrete_function().graph.get_operations()]
    assert operations.count("_MklNativeFusedConv2D") == 1
    assert not {"BiasAdd", "Relu", "Conv2D"} & set(operations)


def test_tensorflows_own_operations_serve_where_there_are_no_others(monkeypatch):
    monkeypatch.setattr(packed_convolution, "available", lambda dtype: False)
    bias = np.ones(OUTPUTS, np.float32)
    function = compiled(lambda x: convolve(x, _KERNELS[False], [1] * 4, "SAME", bias=bias, rectifier="Relu"))
    operations = {each.type for each in function.get_concrete_function().graph.get_operations()}
    assert {"Conv2D", "BiasAdd", "Relu"} <= operations
    right = tf.nn.relu(tf.nn.conv2d(picture(), _KERNELS[False], 1, "SAME") + bias)
    np.testing.assert_allclose(function(picture()), right, atol=1e-5)


@pytest.fixture
def is_used(monkeypatch):
    """Returns whether an operation would be used as oneDNN's is; TensorFlow's own compute what is right."""

    def is_used(operation) -> bool:
        monkeypatch.setattr(packed_convolution, "_packed", operation)
        monkeypatch.setattr(packed_convolution, "available", lambda dtype: False)
        return available.__wrapped__("float32")

    return is_used


@pytest.mark.parametrize("kind", packed_convolution._KINDS)
def test_operations_that_give_other_values_for_one_kind_of_convolution_are_not_used(kind, is_used):
    def operation(x, kernel, strides, padding, **options):
        right = convolve(x, kernel, strides, padding, **options)
        asked = (tuple(kernel.shape), strides[1], padding)
        return 1.5 * right if asked == (kind.kernel, kind.stride, kind.padding) else right

    assert not is_used(operation)


def test_operations_that_are_unknown_are_not_used(is_used):
    def operation(*_arguments, **_options):
        raise ValueError("Op type not registered")

    assert not is_used(operation)


def test_operations_that_give_the_right_values_are_used(is_used):
    assert is_used(convolve)


class TestTheRectifierAfterAConvolution:
    @staticmethod
    def network(rectifier) -> keras.Model:
        image = keras.Input((None, None, 3))
        x = keras.layers.Conv2D(4, 3, name="convolution")(image)
        x = keras.layers.BatchNormalization(name="normalisation")(x)
        return keras.Model(image, rectifier(x))

    @pytest.mark.parametrize(
        "rectifier",
        [
            keras.layers.ReLU(6.0, name="rectifier"),
            keras.layers.ReLU(name="rectifier"),
            keras.layers.Activation("relu", name="rectifier"),
        ],
    )
    def test_is_applied_by_the_convolution(self, rectifier):
        network = self.network(rectifier)
        cut = cut_and_fold(network, {"end": "rectifier"})
        assert isinstance(cut.get_layer("rectifier"), keras.layers.Identity)
        x = 20 * tf.random.stateless_normal((1, 8, 8, 3), (1, 2))
        np.testing.assert_allclose(cut(x)["end"], network(x), atol=1e-4)

    @pytest.mark.parametrize("kept", ["convolution", "normalisation"])
    def test_stays_a_layer_if_a_dream_reads_what_it_rectifies(self, kept):
        network = self.network(keras.layers.ReLU(name="rectifier"))
        cut = cut_and_fold(network, {"before": kept, "end": "rectifier"})
        assert isinstance(cut.get_layer("rectifier"), keras.layers.ReLU)
        assert tf.reduce_min(cut(tf.random.stateless_normal((1, 8, 8, 3), (1, 2)))["before"]) < 0

    def test_stays_a_layer_if_it_lets_negative_values_through(self):
        network = self.network(keras.layers.ReLU(negative_slope=0.1, name="rectifier"))
        cut = cut_and_fold(network, {"end": "rectifier"})
        assert isinstance(cut.get_layer("rectifier"), keras.layers.ReLU)

    def test_is_not_taken_from_a_layer_that_also_has_weights(self):
        network = self.network(keras.layers.Dense(2, activation="relu", name="dense"))
        with pytest.raises(TypeError, match="dense: a Dense is not frozen yet"):
            cut_and_fold(network, {"end": "dense"})

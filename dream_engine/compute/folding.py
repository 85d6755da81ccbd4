"""Folds batch normalisation into the convolutions and freezes the weights.

A trained batch normalisation is an affine map per channel. After a convolution it can be folded into the
kernel and the bias, which saves a pass over the activation. Frozen layers hold their weights as plain
arrays. Tracing makes them constants of the graph, which TensorFlow's optimiser can fuse and pack once.
Large kernels stay outside the graph, because TensorFlow copies a constant several times for each graph.
"""

from collections import Counter
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from typing import Any

import numpy as np

from dream_engine.compute import convolution_gradients as gradients
from dream_engine.precision import Precision
from dream_engine.runtime import keras, tf

_SMALLEST_NORMAL = np.finfo(np.float32).tiny

_MAX_CONSTANT_VALUES = 2**14
"""The most values of a kernel that becomes a constant of the graph.

A constant takes twenty to thirty bytes for each value and graph, and as much again temporarily while the
graph is traced. It saves packing the kernel at every step, which takes no measurable time beside a step over
512 × 384 pixels. All depthwise kernels and those of the first blocks of EfficientNet-Lite0 are below this.
"""


@contextmanager
def forgetting_gradients() -> Iterator[None]:
    """Remove the custom gradients that TensorFlow registers while a step is traced.

    TensorFlow never releases them, and each keeps the whole graph. Nothing looks up a custom gradient once
    the gradient of the step is part of the graph. TensorFlow has no public way to remove one.
    """
    from tensorflow.python.framework import ops  # noqa: PLC0415 - after the runtime has configured it

    registered = ops.gradient_registry._registry  # noqa: SLF001
    before = set(registered)
    try:
        yield
    finally:
        for name in set(registered) - before:
            del registered[name]


class FoldedWeights:
    """The weights of one convolution, shared by all graphs of its network.

    Args:
        kernel: float32, in the layout of the convolution's layer.
        bias: float32 ``[channels]``; a scalar if there is no bias.
    """

    def __init__(self, kernel: np.ndarray, bias: np.ndarray | np.float32) -> None:
        self.kernel = np.asarray(kernel, np.float32)
        self.bias = np.asarray(bias, np.float32)
        self._shared: dict[tuple[Any, ...], Any] = {}

    def operand(self, dtype: str, form: Callable[..., np.ndarray] | None = None, *arguments: int) -> Any:
        """The kernel for a graph: a constant, or if it is large, a tensor shared by all graphs.

        Args:
            dtype: The number format of the convolution.
            form: A function of the kernel that returns the kernel to use; ``None`` for the kernel itself.
            *arguments: The function's other arguments.
        """
        if self.kernel.size <= _MAX_CONSTANT_VALUES:
            return tf.constant(self._values(dtype, form, *arguments))
        key = (dtype, form, arguments)
        if key not in self._shared:
            with tf.init_scope():
                self._shared[key] = tf.constant(self._values(dtype, form, *arguments))
        return self._shared[key]

    def _values(self, dtype: str, form: Callable[..., np.ndarray] | None, *arguments: int) -> np.ndarray:
        return _cast(self.kernel if form is None else form(self.kernel, *arguments), dtype)


WeightsStore = dict[tuple[str, bool], FoldedWeights]
"""The folded weights of one network, by the convolution's name and whether a normalisation is folded in."""


class FrozenConvolution(keras.layers.Layer):  # type: ignore[misc]
    """A convolution, ordinary or depthwise, with constant weights.

    Args:
        original: The Keras layer that it replaces, with the same strides, padding and activation.
        weights: The kernel and bias, with the following batch normalisation folded in.
        precision: The number format of the computation.
    """

    def __init__(self, original: keras.layers.Layer, weights: FoldedWeights, precision: Precision) -> None:
        super().__init__(name=original.name, dtype=precision)
        self._depthwise = isinstance(original, keras.layers.DepthwiseConv2D)
        self._operation = tf.nn.depthwise_conv2d if self._depthwise else tf.nn.conv2d
        if set(original.dilation_rate) != {1} or (not self._depthwise and original.groups != 1):
            raise ValueError(f"{original.name}: dilated and grouped convolutions cannot be frozen yet")
        if self._depthwise and original.depth_multiplier != 1:
            raise ValueError(f"{original.name}: a depth multiplier cannot be frozen yet")
        self.folded_weights = weights
        self._strides = [1, *original.strides, 1]
        self._padding = original.padding.upper()
        self._activation = original.activation
        # A copy without weights, so that nothing keeps the original's weights in memory.
        self._output_shape_for = type(original).from_config(original.get_config()).compute_output_shape

    def compute_output_spec(self, x: Any) -> keras.KerasTensor:
        """Compute the output's shape with the original; Keras would trace the layer twice for it."""
        return keras.KerasTensor(self._output_shape_for(x.shape), self.compute_dtype)

    def call(self, x: Any) -> Any:
        """Convolve, add the bias, and apply the original's activation."""

        @tf.custom_gradient  # type: ignore[untyped-decorator]
        def convolve(x: Any) -> Any:
            def gradient(upstream: Any) -> Any:
                return self._gradient(upstream, tf.shape(x))

            kernel = self.folded_weights.operand(self.compute_dtype)
            return self._operation(x, kernel, self._strides, self._padding), gradient

        x = convolve(x)
        if self.folded_weights.bias.ndim:
            x = tf.nn.bias_add(x, tf.constant(_cast(self.folded_weights.bias, self.compute_dtype)))
        return self._activation(x)

    def _gradient(self, upstream: Any, shape: Any) -> Any:
        """The gradient of the convolution's input, from that of its output.

        With stride 1, it is a convolution with the flipped kernel, which TensorFlow packs once like any
        other constant; TensorFlow's own gradient operation would pack the kernel at every step.
        """
        weights, stride = self.folded_weights, self._strides[1]
        height, width = weights.kernel.shape[:2]
        if max(self._strides) == 1 and height % 2 == width % 2 == 1:
            form = gradients.flipped_depthwise if self._depthwise else gradients.flipped
            full_padding = [[0, 0], [height - 1] * 2, [width - 1] * 2, [0, 0]]
            padding = full_padding if self._padding == "VALID" and height * width > 1 else self._padding
            return self._operation(upstream, weights.operand(self.compute_dtype, form), [1] * 4, padding)
        if not self._depthwise:
            return gradients.spread_phases(weights, upstream, shape, stride, self._padding)
        if self.compute_dtype == "bfloat16":  # oneDNN has no fast operation for it
            return gradients.spread_depthwise_phases(weights, upstream, shape, stride, self._padding)
        kernel = weights.operand("float32")
        return tf.nn.depthwise_conv2d_backprop_input(shape, kernel, upstream, self._strides, self._padding)


class FrozenNormalisation(keras.layers.Layer):  # type: ignore[misc]
    """A batch normalisation that cannot be folded: one multiplication and one addition."""

    def __init__(self, original: keras.layers.Layer, precision: Precision) -> None:
        super().__init__(name=original.name, dtype=precision)
        self._scale, self._offset = _affine(original)

    def call(self, x: Any) -> Any:
        """Scale and shift every channel."""
        return x * tf.cast(self._scale, x.dtype) + tf.cast(self._offset, x.dtype)


def fold(original: keras.layers.Layer, normalisation: keras.layers.Layer | None = None) -> FoldedWeights:
    """Fold a convolution's weights with the batch normalisation after it, if there is one."""
    weights = original.get_weights()
    kernel = weights[0]
    bias = weights[1] if original.use_bias else np.float32(0.0)
    if normalisation is not None:
        depthwise = isinstance(original, keras.layers.DepthwiseConv2D)
        scale, offset = _affine(normalisation)
        kernel = kernel * (scale.reshape(kernel.shape[2:]) if depthwise else scale)
        bias = bias * scale + offset
        if not bias.any():  # TensorFlow removes a bias of zeros, and then fuses less
            bias = np.full_like(bias, _SMALLEST_NORMAL)
    return FoldedWeights(kernel, bias)


def _cast(values: np.ndarray, dtype: str) -> np.ndarray:
    cast: np.ndarray = values.astype(tf.as_dtype(dtype).as_numpy_dtype)
    return cast


def _affine(normalisation: keras.layers.BatchNormalization) -> tuple[np.ndarray, np.ndarray]:
    """The scale and the offset per channel: γ ÷ √(σ² + ε) and β − μ × scale (Ioffe and Szegedy, 2015)."""
    weights = list(normalisation.get_weights())
    gamma = weights.pop(0) if normalisation.scale else np.float32(1.0)
    beta = weights.pop(0) if normalisation.center else np.float32(0.0)
    mean, variance = weights
    scale = gamma / np.sqrt(variance + normalisation.epsilon)
    return scale.astype(np.float32), (beta - mean * scale).astype(np.float32)


def cut_and_fold(
    model: keras.Model,
    layers: dict[str, str],
    precision: Precision = "float32",
    store: WeightsStore | None = None,
) -> keras.Model:
    """Cut out the part of a network that some layers need, folded and frozen.

    Args:
        model: A trained network.
        layers: The names of the layers in the model, by their names in the output.
        precision: The number format of the computation.
        store: The folded weights of this model, shared by all networks cut from it.

    Returns:
        A model from the image to a dictionary of activations, without variables, that ends at the deepest
        of the layers.
    """
    outputs = {name: model.get_layer(keras_name).output for name, keras_name in layers.items()}
    cut = keras.Model(model.inputs[0], outputs)
    folded = dict(_foldable(cut, kept=set(layers.values())))
    folded_names = {normalisation.name for normalisation in folded.values()}
    weights = {} if store is None else store

    def weights_of(layer: keras.layers.Layer) -> FoldedWeights:
        key = (layer.name, layer.name in folded)
        if key not in weights:
            weights[key] = fold(layer, folded.get(layer.name))
        return weights[key]

    def freeze(layer: keras.layers.Layer) -> keras.layers.Layer:
        if isinstance(layer, keras.layers.Conv2D | keras.layers.DepthwiseConv2D):
            return FrozenConvolution(layer, weights_of(layer), precision)
        if isinstance(layer, keras.layers.BatchNormalization):
            same = keras.layers.Identity(name=layer.name, dtype=precision)
            return same if layer.name in folded_names else FrozenNormalisation(layer, precision)
        if layer.weights:
            raise TypeError(f"{layer.name}: a {type(layer).__name__} is not frozen yet")
        return layer.__class__.from_config({**layer.get_config(), "dtype": precision})

    def call(layer: keras.layers.Layer, *inputs: Any, **_training_options: Any) -> Any:
        return layer(*inputs)

    return keras.models.clone_model(cut, clone_function=freeze, call_function=call)


def _foldable(model: keras.Model, kept: set[str]) -> Iterator[tuple[str, keras.layers.Layer]]:
    """Yield convolutions' names with their batch normalisation, if nothing else reads the output."""
    readers = Counter(id(tensor) for layer in model.layers for tensor in _inputs(layer))
    convolutions = {
        id(layer.output): layer
        for layer in model.layers
        if isinstance(layer, keras.layers.Conv2D | keras.layers.DepthwiseConv2D)
        and layer.activation is keras.activations.linear
        and layer.name not in kept
    }
    for layer in model.layers:
        if isinstance(layer, keras.layers.BatchNormalization):
            convolution = convolutions.get(id(layer.input))
            if convolution is not None and readers[id(layer.input)] == 1:
                yield convolution.name, layer


def _inputs(layer: keras.layers.Layer) -> list[Any]:
    return layer.input if isinstance(layer.input, list) else [layer.input]

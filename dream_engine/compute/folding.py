"""Folds batch normalisation into the convolutions and freezes the weights.

A trained batch normalisation is an affine map per channel. Behind a convolution it can be folded into the
kernel and the bias, which saves a pass over the activation. The frozen layers hold their weights as plain
arrays: traced, they become constants of the graph, which TensorFlow's optimiser can fuse and pack once.
Large kernels stay outside the graph, because TensorFlow copies a constant several times for each graph.
"""

from collections import Counter
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

import numpy as np

from dream_engine.precision import Precision
from dream_engine.runtime import keras, tf

_NEXT_TO_NOTHING = np.finfo(np.float32).tiny

_CONSTANT_VALUES = 2**14
"""The values of a kernel that becomes a constant of the graph at most.

A constant costs twenty to thirty bytes for each value and graph, and as much again for a moment while the
graph is traced. It saves packing the kernel at every step, which takes no measurable time beside a step over
512 × 384 pixels. All depthwise kernels and those of the first blocks of EfficientNet-Lite0 are below this.
"""


@contextmanager
def forgetting_gradients() -> Iterator[None]:
    """Let TensorFlow forget the custom gradients that it registers while a step is traced.

    TensorFlow keeps them for good, and with each of them the whole graph. Nothing looks a custom gradient up
    once the gradient of the step is part of the graph. TensorFlow has no public way to remove one.
    """
    from tensorflow.python.framework import ops  # noqa: PLC0415 - only once the runtime has set it up

    registered = ops.gradient_registry._registry  # noqa: SLF001
    before = set(registered)
    try:
        yield
    finally:
        for name in set(registered) - before:
            del registered[name]


class FoldedWeights:
    """The weights of one convolution, which all graphs of its network share.

    Args:
        kernel: float32, as the convolution's layer has it.
        bias: float32, one for each channel; without dimensions where there is none.
    """

    def __init__(self, kernel: np.ndarray, bias: np.ndarray | np.float32) -> None:
        self.kernel = np.asarray(kernel, np.float32)
        self.bias = np.asarray(bias, np.float32)
        self._outside: dict[tuple[str, bool, int], Any] = {}

    def operand(self, dtype: str, *, turned: bool = False, by_depth: bool = False, phases: int = 0) -> Any:
        """The kernel for a graph: a constant, or where it is large, a tensor that is shared by all graphs.

        Args:
            dtype: What the convolution computes in.
            turned: Turn the kernel for the gradient, and exchange its inputs and outputs.
            by_depth: The convolution is one by depth, whose inputs and outputs cannot be exchanged.
            phases: The stride for whose gradient the kernel is turned and split; 0 for none.
        """
        if self.kernel.size <= _CONSTANT_VALUES:
            return tf.constant(self._values(dtype, turned, by_depth, phases))
        key = (dtype, turned, phases)
        if key not in self._outside:
            with tf.init_scope():
                self._outside[key] = tf.constant(self._values(dtype, turned, by_depth, phases))
        return self._outside[key]

    def _values(self, dtype: str, turned: bool, by_depth: bool, phases: int) -> np.ndarray:
        if phases:
            return _cast(_split(self.kernel, phases), dtype)
        kernel = self.kernel[::-1, ::-1] if turned else self.kernel
        if turned and not by_depth:
            kernel = kernel.transpose(0, 1, 3, 2)
        return _cast(kernel, dtype)


WeightsStore = dict[tuple[str, bool], FoldedWeights]
"""The folded weights of one network, by the convolution's name and whether a normalisation is folded in."""


class FrozenConvolution(keras.layers.Layer):  # type: ignore[misc]
    """A convolution, ordinary or by depth, with constant weights.

    Args:
        original: The Keras layer whose strides, padding and activation it takes over.
        weights: Its kernel and bias, with the batch normalisation behind it folded in.
        precision: What it computes in.
    """

    def __init__(self, original: keras.layers.Layer, weights: FoldedWeights, precision: Precision) -> None:
        super().__init__(name=original.name, dtype=precision)
        self._by_depth = isinstance(original, keras.layers.DepthwiseConv2D)
        self._operation = tf.nn.depthwise_conv2d if self._by_depth else tf.nn.conv2d
        if set(original.dilation_rate) != {1} or (not self._by_depth and original.groups != 1):
            raise ValueError(f"{original.name}: dilated and grouped convolutions cannot be frozen yet")
        if self._by_depth and original.depth_multiplier != 1:
            raise ValueError(f"{original.name}: a depth multiplier cannot be frozen yet")
        self.folded_weights = weights
        self._strides = [1, *original.strides, 1]
        self._padding = original.padding.upper()
        self._activation = original.activation
        # Of a copy without weights, so that nothing holds on to the original's.
        self._output_shape_for = type(original).from_config(original.get_config()).compute_output_shape

    def compute_output_spec(self, x: Any) -> keras.KerasTensor:
        """The output's shape, told by the original; Keras would trace the layer twice to find it out."""
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
        """What a convolution's input gets from its output's gradient.

        With stride 1, that is a convolution with the turned kernel, which TensorFlow packs once like any
        other constant; its own operation would pack the kernel at every step.
        """
        height, width = self.folded_weights.kernel.shape[:2]
        if max(self._strides) == 1 and height % 2 == width % 2 == 1:
            turned = self.folded_weights.operand(self.compute_dtype, turned=True, by_depth=self._by_depth)
            outward = [[0, 0], [height - 1] * 2, [width - 1] * 2, [0, 0]]
            padding = outward if self._padding == "VALID" and height * width > 1 else self._padding
            return self._operation(upstream, turned, [1] * 4, padding)
        if not self._by_depth:
            return self._gradient_by_phases(upstream, shape)
        # oneDNN has no quick form of this one in bfloat16: there it takes eight times as long.
        wide, kernel = tf.cast(upstream, tf.float32), self.folded_weights.operand("float32")
        gradient = tf.nn.depthwise_conv2d_backprop_input(shape, kernel, wide, self._strides, self._padding)
        return tf.cast(gradient, self.compute_dtype)

    def _gradient_by_phases(self, upstream: Any, shape: Any) -> Any:
        """The same for any stride: a convolution that computes all positions between two steps as channels.

        TensorFlow's own operation keeps working memory for each of the last 1024 picture sizes.
        """
        stride, kernel = self._strides[1], self.folded_weights.kernel
        taps = [-(-side // stride) for side in kernel.shape[:2]]
        before, after = [], []
        for axis, side in enumerate(kernel.shape[:2], start=1):
            length, steps = shape[axis], tf.shape(upstream)[axis]
            missing = tf.maximum((steps - 1) * stride + side - length, 0) if self._padding == "SAME" else 0
            before.append(missing // 2)
            after.append(tf.maximum(missing // 2 + length - (steps + taps[axis - 1] - 1) * stride, 0))
        outward = [[0, 0], [taps[0] - 1] * 2, [taps[1] - 1] * 2, [0, 0]]
        phases = self.folded_weights.operand(self.compute_dtype, phases=stride)
        spread = tf.nn.conv2d(tf.pad(upstream, outward), phases, 1, "VALID")
        if stride > 1:
            spread = tf.nn.depth_to_space(spread, stride)
        spread = tf.pad(spread, [[0, 0], [0, after[0]], [0, after[1]], [0, 0]])
        return tf.slice(spread, [0, *before, 0], shape)


class FrozenNormalisation(keras.layers.Layer):  # type: ignore[misc]
    """A batch normalisation that no convolution could take in: one multiplication and one addition."""

    def __init__(self, original: keras.layers.Layer, precision: Precision) -> None:
        super().__init__(name=original.name, dtype=precision)
        self._scale, self._offset = _affine(original)

    def call(self, x: Any) -> Any:
        """Scale and shift every channel."""
        return x * tf.cast(self._scale, x.dtype) + tf.cast(self._offset, x.dtype)


def fold(original: keras.layers.Layer, normalisation: keras.layers.Layer | None = None) -> FoldedWeights:
    """The weights of a convolution, with those of the batch normalisation behind it where there is one."""
    weights = original.get_weights()
    kernel = weights[0]
    bias = weights[1] if original.use_bias else np.float32(0.0)
    if normalisation is not None:
        by_depth = isinstance(original, keras.layers.DepthwiseConv2D)
        scale, offset = _affine(normalisation)
        kernel = kernel * (scale.reshape(kernel.shape[2:]) if by_depth else scale)
        bias = bias * scale + offset
        if not bias.any():  # TensorFlow drops a bias of zeros, and with it what it fuses behind one
            bias = np.full_like(bias, _NEXT_TO_NOTHING)
    return FoldedWeights(kernel, bias)


def _split(kernel: np.ndarray, stride: int) -> np.ndarray:
    """A kernel turned, its inputs and outputs exchanged, and its taps that lie a stride apart put together.

    Returns:
        ``[taps, taps, outputs, stride × stride × inputs]``, as ``depth_to_space`` reads the last.
    """
    height, width, inputs, outputs = kernel.shape
    down, across = -(-height // stride), -(-width // stride)
    padded = np.pad(kernel, ((0, down * stride - height), (0, across * stride - width), (0, 0), (0, 0)))
    split = padded.reshape(down, stride, across, stride, inputs, outputs)[::-1, :, ::-1]
    return split.transpose(0, 2, 5, 1, 3, 4).reshape(down, across, outputs, stride**2 * inputs)


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
    """The part of a network that some layers need, folded and frozen.

    Args:
        model: A trained network.
        layers: What each wanted layer shall be called, and its name in the model.
        precision: What the layers compute in.
        store: Where the folded weights of this model are kept, to be shared by all that is cut from it.

    Returns:
        A model from the image to a dictionary of activations, without variables, that ends at the deepest
        wanted layer.
    """
    outputs = {name: model.get_layer(keras_name).output for name, keras_name in layers.items()}
    cut = keras.Model(model.inputs[0], outputs)
    folded = dict(_foldable(cut, kept=set(layers.values())))
    swallowed = {normalisation.name for normalisation in folded.values()}
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
            return same if layer.name in swallowed else FrozenNormalisation(layer, precision)
        if layer.weights:
            raise TypeError(f"{layer.name}: a {type(layer).__name__} is not frozen yet")
        return layer.__class__.from_config({**layer.get_config(), "dtype": precision})

    def call(layer: keras.layers.Layer, *inputs: Any, **_training_options: Any) -> Any:
        return layer(*inputs)

    return keras.models.clone_model(cut, clone_function=freeze, call_function=call)


def _foldable(model: keras.Model, kept: set[str]) -> Iterator[tuple[str, keras.layers.Layer]]:
    """Pairs of a convolution's name and the batch normalisation that alone reads its output."""
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

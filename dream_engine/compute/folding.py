"""Folds batch normalisation into the convolutions and freezes the weights.

A trained batch normalisation is an affine map per channel. After a convolution it can be folded into the
kernel and the bias, which saves a pass over the activation. Frozen layers hold their weights as plain
arrays; see :mod:`dream_engine.compute.convolution`.
"""

from collections import Counter
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

import numpy as np

from dream_engine.compute.convolution import Convolution, FoldedWeights
from dream_engine.precision import Precision
from dream_engine.runtime import keras, tf

_SMALLEST_NORMAL = np.finfo(np.float32).tiny


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
        depthwise = isinstance(original, keras.layers.DepthwiseConv2D)
        if set(original.dilation_rate) != {1} or (not depthwise and original.groups != 1):
            raise ValueError(f"{original.name}: dilated and grouped convolutions cannot be frozen yet")
        if depthwise and original.depth_multiplier != 1:
            raise ValueError(f"{original.name}: a depth multiplier cannot be frozen yet")
        self.convolution = Convolution(
            weights, precision, original.strides, original.padding.upper(), depthwise=depthwise
        )
        self.activation = original.activation
        # A copy without weights, so that nothing keeps the original's weights in memory.
        self._output_shape_for = type(original).from_config(original.get_config()).compute_output_shape

    @property
    def folded_weights(self) -> FoldedWeights:
        """The kernel and the bias."""
        return self.convolution.weights

    def compute_output_spec(self, x: Any) -> keras.KerasTensor:
        """Compute the output's shape with the original; Keras would trace the layer twice for it."""
        return keras.KerasTensor(self._output_shape_for(x.shape), self.compute_dtype)

    def call(self, x: Any) -> Any:
        """Convolve, add the bias, and apply the original's activation."""
        return self.activation(self.convolution(x))


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
    readers = Counter(id(tensor) for layer in model.layers for tensor in keras.tree.flatten(layer.input))
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

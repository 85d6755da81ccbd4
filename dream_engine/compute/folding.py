"""Folds batch normalisation and rectifiers into the convolutions, and freezes the weights.

A trained batch normalisation is an affine map per channel. After a convolution it can be folded into the
kernel and the bias, which saves a pass over the activation. The convolution's operation can rectify, too.
Frozen layers hold their weights as plain arrays; see :mod:`dream_engine.compute.convolution`.
"""

from collections import defaultdict
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from typing import Any

import numpy as np

from dream_engine.compute.convolution import Convolution, FoldedWeights
from dream_engine.compute.packed_convolution import Rectifier
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
        rectifier: The activation of a following layer, which this layer applies; ``None`` for none.

    Attributes:
        rectifier: The activation that the convolution's operation applies.
    """

    def __init__(
        self,
        original: keras.layers.Layer,
        weights: FoldedWeights,
        precision: Precision,
        rectifier: Rectifier | None = None,
    ) -> None:
        super().__init__(name=original.name, dtype=precision)
        depthwise = isinstance(original, keras.layers.DepthwiseConv2D)
        if set(original.dilation_rate) != {1} or (not depthwise and original.groups != 1):
            raise ValueError(f"{original.name}: dilated and grouped convolutions cannot be frozen yet")
        if depthwise and original.depth_multiplier != 1:
            raise ValueError(f"{original.name}: a depth multiplier cannot be frozen yet")
        self.convolution = Convolution(
            weights, precision, original.strides, original.padding.upper(), depthwise=depthwise
        )
        own = _rectifier(original)
        self.rectifier = own or rectifier
        self.activation = keras.activations.linear if own else original.activation
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
        return self.activation(self.convolution(x, self.rectifier))


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
    rectifiers = dict(_rectifiers(cut, folded, kept=set(layers.values())))
    applied = {layer.name for layer in (*folded.values(), *rectifiers.values())}
    weights = {} if store is None else store

    def weights_of(layer: keras.layers.Layer) -> FoldedWeights:
        key = (layer.name, layer.name in folded)
        if key not in weights:
            weights[key] = fold(layer, folded.get(layer.name))
        return weights[key]

    def freeze(layer: keras.layers.Layer) -> keras.layers.Layer:
        if isinstance(layer, keras.layers.Conv2D | keras.layers.DepthwiseConv2D):
            follower = rectifiers.get(layer.name)
            rectifier = None if follower is None else _rectifier(follower)
            return FrozenConvolution(layer, weights_of(layer), precision, rectifier)
        if layer.name in applied:
            return keras.layers.Identity(name=layer.name, dtype=precision)
        if isinstance(layer, keras.layers.BatchNormalization):
            return FrozenNormalisation(layer, precision)
        if layer.weights:
            raise TypeError(f"{layer.name}: a {type(layer).__name__} is not frozen yet")
        return layer.__class__.from_config({**layer.get_config(), "dtype": precision})

    def call(layer: keras.layers.Layer, *inputs: Any, **_training_options: Any) -> Any:
        return layer(*inputs)

    return keras.models.clone_model(cut, clone_function=freeze, call_function=call)


def _foldable(model: keras.Model, kept: set[str]) -> Iterator[tuple[str, keras.layers.Layer]]:
    """Yield convolutions' names with their batch normalisation, if nothing else reads the output."""
    for layer, reader in _single_readers(model, _linear_convolutions(model), kept):
        if isinstance(reader, keras.layers.BatchNormalization):
            yield layer.name, reader


def _rectifiers(
    model: keras.Model, folded: Mapping[str, keras.layers.Layer], kept: set[str]
) -> Iterator[tuple[str, keras.layers.Layer]]:
    """Yield convolutions' names with the rectifier after them, if nothing else reads what it rectifies.

    Args:
        model: The network.
        folded: The normalisations that are folded, by their convolution's name.
        kept: The names of the layers whose activations are outputs.
    """
    convolutions = {folded.get(layer.name, layer).name: layer.name for layer in _linear_convolutions(model)}
    ends = [layer for layer in model.layers if layer.name in convolutions]
    for layer, reader in _single_readers(model, ends, kept):
        if isinstance(reader, keras.layers.ReLU | keras.layers.Activation) and _rectifier(reader):
            yield convolutions[layer.name], reader


_CONVOLUTIONS = (keras.layers.Conv2D, keras.layers.DepthwiseConv2D)


def _linear_convolutions(model: keras.Model) -> list[keras.layers.Layer]:
    return [
        layer
        for layer in model.layers
        if isinstance(layer, _CONVOLUTIONS) and layer.activation is keras.activations.linear
    ]


def _single_readers(
    model: keras.Model, layers: list[keras.layers.Layer], kept: set[str]
) -> Iterator[tuple[keras.layers.Layer, keras.layers.Layer]]:
    """Yield layers with the one layer that alone reads their output, if there is one."""
    readers: dict[int, list[keras.layers.Layer]] = defaultdict(list)
    for layer in model.layers:
        for tensor in keras.tree.flatten(layer.input):
            readers[id(tensor)].append(layer)
    for layer in layers:
        found = readers[id(layer.output)]
        if len(found) == 1 and layer.name not in kept:
            yield layer, found[0]


def _rectifier(layer: keras.layers.Layer) -> Rectifier | None:
    """Which rectifier a layer applies last."""
    if isinstance(layer, keras.layers.ReLU):
        if layer.negative_slope or layer.threshold:
            return None
        bounds: dict[float | None, Rectifier] = {None: "Relu", 6.0: "Relu6"}
        return bounds.get(layer.max_value)
    names: dict[Any, Rectifier] = {keras.activations.relu: "Relu", keras.activations.relu6: "Relu6"}
    return names.get(getattr(layer, "activation", None))

"""What is maximised.

An objective is a value: it names the layers it reads, carries the numbers that weigh them, and turns
activations into a loss. Its numbers reach the compiled step as tensors, so that other weights, channels or
guides of the same layers need no new compilation.
"""

from abc import ABC, abstractmethod
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from typing import Any, Self

import numpy as np

from dream_engine.runtime import tf

Activations = Mapping[str, Any]
"""By layer name, ``[1, height, width, channels]`` in the network's precision."""

Parameters = dict[str, Any]
"""By name, a float32 array of the objective's numbers."""

BORDER = 2
"""The outer positions of an activation that do not count: the padding shows there."""

_VECTOR = tf.TensorSpec([None], tf.float32)
_MATRIX = tf.TensorSpec([None, None], tf.float32)


class Region(ABC):
    """The part of a picture that an activation belongs to, and so which positions count."""

    @abstractmethod
    def shares(self, scores: Any) -> Any:
        """What each position's scores add to their mean over the picture.

        Args:
            scores: ``[1, height, width, channels]``; only its shape is read.

        Returns:
            float32 ``[1, height, width, 1]``: 0 where a position does not count, else 1 ÷ the number of
            elements that the whole picture has, or a part of that.
        """

    def mean(self, scores: Any) -> Any:
        """Σ scores × shares, a scalar tensor, of float32 scores ``[1, height, width, channels]``."""
        return tf.reduce_sum(scores * self.shares(scores))


class WholePicture(Region):
    """All of it, less the border: loss = Σ(scores without the border) ÷ (number of all scores)."""

    def shares(self, scores: Any) -> Any:
        """Leave the border out, but where an activation is so small that nothing would remain."""
        rows, columns = (self._inside(tf.shape(scores)[axis]) for axis in (1, 2))
        inside = rows[None, :, None, None] * columns[None, None, :, None]
        return inside / tf.cast(tf.size(scores), tf.float32)

    def _inside(self, count: Any) -> Any:
        border = tf.minimum(BORDER, (count - 1) // 2)
        number = tf.range(count)
        return tf.cast((number >= border) & (number < count - border), tf.float32)


@tf.custom_gradient  # type: ignore[untyped-decorator]
def mean_of_squares(activation: Any, shares: Any) -> Any:
    """Σ activation² × share, with a gradient that passes over the activation only once.

    A border that is cut off by slicing costs a pass of its own, on one core, and so does the sum's gradient.

    Args:
        activation: ``[1, height, width, channels]``, of any precision; the sum is float32.
        shares: float32 ``[1, height, width, 1]``, as :meth:`Region.shares` gives them.

    Returns:
        A scalar tensor.
    """
    squares = tf.reduce_sum(tf.square(tf.cast(activation, tf.float32)), axis=-1, keepdims=True)

    def gradient(upstream: Any) -> tuple[Any, None]:
        return activation * tf.cast(2.0 * upstream * shares, activation.dtype), None

    return tf.reduce_sum(squares * shares), gradient


class Objective(ABC):
    """Something to maximise.

    Attributes:
        layers: The layers it reads, in the order of its weights.
    """

    layers: tuple[str, ...]

    @property
    @abstractmethod
    def parameters(self) -> Parameters:
        """The numbers that the compiled step takes in."""

    @classmethod
    @abstractmethod
    def loss(cls, activations: Activations, parameters: Parameters, region: Region) -> Any:
        """The scalar to maximise.

        Args:
            activations: Those of :attr:`layers`, in their order.
            parameters: What :attr:`parameters` holds, as tensors.
            region: Which positions count.
        """

    @classmethod
    @abstractmethod
    def signature(cls, layers: tuple[str, ...]) -> dict[str, Any]:
        """The parameters' specifications for a compiled step over some layers, every side free."""


@dataclass(frozen=True)
class LayersObjective(Objective):
    """Raise whole layers: Σ weight × mean(activation²), the loss of the Keras example.

    Attributes:
        weights: Layer names and their weights.
    """

    weights: Mapping[str, float]

    @property
    def layers(self) -> tuple[str, ...]:  # type: ignore[override]
        """The weighted layers."""
        return tuple(self.weights)

    @property
    def parameters(self) -> Parameters:
        """``weights`` ``[layers]``."""
        return {"weights": np.array(list(self.weights.values()), np.float32)}

    @classmethod
    def signature(cls, layers: tuple[str, ...]) -> dict[str, Any]:  # noqa: ARG003
        """One vector."""
        return {"weights": _VECTOR}

    @classmethod
    def loss(cls, activations: Activations, parameters: Parameters, region: Region) -> Any:
        """Σ weight × mean(activation²)."""
        return tf.add_n(
            [
                parameters["weights"][index] * mean_of_squares(activation, region.shares(activation))
                for index, activation in enumerate(activations.values())
            ]
        )


@dataclass(frozen=True)
class ChannelsObjective(Objective):
    """Raise some channels of one layer: mean(activation² of the channels).

    Attributes:
        layer: The layer.
        channels: The indices of its channels to raise.
        depth: How many channels the layer has.
    """

    layer: str
    channels: tuple[int, ...]
    depth: int

    @property
    def layers(self) -> tuple[str, ...]:  # type: ignore[override]
        """The one layer."""
        return (self.layer,)

    @property
    def parameters(self) -> Parameters:
        """``shares`` ``[channels of the layer]``: zero, but for the chosen; their mean is one."""
        shares = np.zeros(self.depth, np.float32)
        shares[list(self.channels)] = self.depth / len(self.channels)
        return {"shares": shares}

    @classmethod
    def signature(cls, layers: tuple[str, ...]) -> dict[str, Any]:  # noqa: ARG003
        """One vector."""
        return {"shares": _VECTOR}

    @classmethod
    def loss(cls, activations: Activations, parameters: Parameters, region: Region) -> Any:
        """mean(activation² × share of its channel)."""
        (activation,) = activations.values()
        weighed = tf.cast(activation, tf.float32) * tf.sqrt(parameters["shares"])
        return mean_of_squares(weighed, region.shares(activation))


@dataclass(frozen=True)
class WeightedChannelsObjective(Objective):
    """Raise channels of several layers, each with a weight of its own: Σ weight × mean(activation²).

    Attributes:
        weights: By layer name, the weight of each channel's mean, float32 ``[channels of the layer]``.
    """

    weights: Mapping[str, np.ndarray]

    @classmethod
    def of(cls, terms: Iterable[tuple[str, int | None, float]], depths: Mapping[str, int]) -> Self:
        """Add terms up.

        Args:
            terms: A layer's name, the index of its channel or ``None`` for the whole layer, and a weight.
            depths: By layer name, how many channels it has.
        """
        weights = {layer: np.zeros(depth, np.float32) for layer, depth in depths.items()}
        for layer, channel, weight in terms:
            if channel is None:
                weights[layer] += weight / depths[layer]
            else:
                weights[layer][channel] += weight
        return cls(weights)

    @property
    def layers(self) -> tuple[str, ...]:  # type: ignore[override]
        """The layers whose channels are weighted."""
        return tuple(self.weights)

    @property
    def parameters(self) -> Parameters:
        """``weights LAYER`` ``[channels of the layer]``, for each layer."""
        return {f"weights {layer}": weights for layer, weights in self.weights.items()}

    @classmethod
    def signature(cls, layers: tuple[str, ...]) -> dict[str, Any]:
        """A vector for each layer."""
        return {f"weights {layer}": _VECTOR for layer in layers}

    @classmethod
    def loss(cls, activations: Activations, parameters: Parameters, region: Region) -> Any:
        """Σ over layers and channels of weight × mean over positions of activation²."""
        losses = []
        for layer, activation in activations.items():
            squares = tf.square(tf.cast(activation, tf.float32))
            depth = tf.cast(tf.shape(squares)[-1], tf.float32)  # the region's shares divide by it
            losses.append(region.mean(squares * parameters[f"weights {layer}"] * depth))
        return tf.add_n(losses)


@dataclass(frozen=True)
class GuideObjective(Objective):
    """Grow towards a guide picture: at each position, the dot product with the guide's best-matching feature.

    The guided dreaming of google/deepdream (2015).

    Attributes:
        weights: Layer names and their weights.
        features: By layer name, the guide's features, float32 ``[positions, channels]``.
    """

    weights: Mapping[str, float]
    features: Mapping[str, np.ndarray]

    @property
    def layers(self) -> tuple[str, ...]:  # type: ignore[override]
        """The weighted layers."""
        return tuple(self.weights)

    @property
    def parameters(self) -> Parameters:
        """``weights`` ``[layers]`` and each layer's features ``[positions, channels]``."""
        return {
            "weights": np.array(list(self.weights.values()), np.float32),
            **{f"features {layer}": self.features[layer] for layer in self.weights},
        }

    @classmethod
    def signature(cls, layers: tuple[str, ...]) -> dict[str, Any]:
        """A vector, and a matrix for each layer."""
        return {"weights": _VECTOR, **{f"features {layer}": _MATRIX for layer in layers}}

    @classmethod
    def loss(cls, activations: Activations, parameters: Parameters, region: Region) -> Any:
        """Σ weight × mean over positions of max over the guide's features of their dot product."""
        losses = []
        for index, (layer, activation) in enumerate(activations.items()):
            features = parameters[f"features {layer}"]
            likeness = tf.einsum("bhwc,pc->bhwp", tf.cast(activation, tf.float32), features)
            best = tf.reduce_max(likeness, axis=-1, keepdims=True)
            losses.append(parameters["weights"][index] * region.mean(best))
        return tf.add_n(losses)

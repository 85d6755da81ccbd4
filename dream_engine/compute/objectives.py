"""The objectives that an ascent maximises.

An objective is a value: it names the layers that it reads, contains their weights, and computes a loss from
activations. The compiled step takes the weights as tensors, so that other weights, channels or guides of
the same layers need no new compilation.
"""

from abc import ABC, abstractmethod
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from typing import Any, Self

import numpy as np

from dream_engine.compute.regions import Region, mean_of_squares, mean_of_weighted_squares
from dream_engine.runtime import tf

Activations = Mapping[str, Any]
"""Activations by layer name, ``[1, height, width, channels]`` in the network's precision."""

Parameters = dict[str, Any]
"""The objective's float32 arrays, by name."""

_VECTOR = tf.TensorSpec([None], tf.float32)
_MATRIX = tf.TensorSpec([None, None], tf.float32)


class Objective(ABC):
    """A quantity to maximise.

    Attributes:
        layers: The layers that the objective reads, in the order of its weights.
    """

    layers: tuple[str, ...]

    @property
    @abstractmethod
    def parameters(self) -> Parameters:
        """The arrays that the compiled step takes as arguments."""

    @classmethod
    @abstractmethod
    def loss(cls, activations: Activations, parameters: Parameters, region: Region) -> Any:
        """The scalar to maximise.

        Args:
            activations: The activations of :attr:`layers`, in their order.
            parameters: The tensors of :attr:`parameters`.
            region: The positions that count.
        """

    @classmethod
    @abstractmethod
    def signature(cls, layers: tuple[str, ...]) -> dict[str, Any]:
        """The specifications of the parameters for a compiled step over some layers, of any size."""


@dataclass(frozen=True)
class LayersObjective(Objective):
    """Raise whole layers: Σ weight × mean(activation²), the loss of the Keras example.

    Attributes:
        weights: The layers' weights by name.
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
        channels: The indices of the channels to raise.
        depth: The number of channels of the layer.
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
        """``shares`` ``[channels of the layer]``: zero except for the chosen channels, with a mean of one."""
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
        weights: The weight of each channel's mean by layer name, float32 ``[channels of the layer]``.
    """

    weights: Mapping[str, np.ndarray]

    @classmethod
    def of(cls, terms: Iterable[tuple[str, int | None, float]], depths: Mapping[str, int]) -> Self:
        """Create the objective from terms, which are added up.

        Args:
            terms: A layer's name, the index of its channel or ``None`` for the whole layer, and a weight.
            depths: The number of channels of each layer.
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
        """``weights LAYER`` ``[channels of the layer]`` for each layer."""
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
            depth = tf.cast(tf.shape(activation)[-1], tf.float32)  # the region's shares divide by it
            weights = parameters[f"weights {layer}"] * depth
            losses.append(mean_of_weighted_squares(activation, weights, region.shares(activation)))
        return tf.add_n(losses)


@dataclass(frozen=True)
class GuideObjective(Objective):
    """Resemble a guide: at each position, raise the dot product with the guide's best-matching feature.

    The guided dreaming of google/deepdream (2015).

    Attributes:
        weights: The layers' weights by name.
        features: The guide's features by layer name, float32 ``[positions, channels]``.
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
        """Σ weight × mean over positions of the largest dot product with the guide's features."""
        losses = []
        for index, (layer, activation) in enumerate(activations.items()):
            features = parameters[f"features {layer}"]
            similarity = tf.einsum("bhwc,pc->bhwp", tf.cast(activation, tf.float32), features)
            best = tf.reduce_max(similarity, axis=-1, keepdims=True)
            losses.append(parameters["weights"][index] * region.mean(best))
        return tf.add_n(losses)

"""The objective that dreams towards classes of the backbone's own classifier."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

import numpy as np

from dream_engine.compute.objectives import Activations, Objective, Parameters
from dream_engine.compute.regions import Region, mean_of_squares
from dream_engine.runtime import tf

_PEAK_WEIGHT = 0.3
"""The weight of a logit's peak beside its mean over the picture."""

_PEAK_SIDE = 5
"""The side of the square of positions whose mean logit is the peak."""

_SHARE_BESIDE_LAYERS = 0.02
"""The factor of the logits beside layers, whose much smaller gradients they would hide."""

_VECTOR = tf.TensorSpec([None], tf.float32)
_MATRIX = tf.TensorSpec([None, None], tf.float32)


@dataclass(frozen=True)
class ClassesObjective(Objective):
    """Raise the logits of classes at every position, and most where they are highest.

    The classifier is a linear map of the mean over positions, so that its logit is the mean of the logits
    at every position: Σ weight × (mean(logit) + 0.3 × the largest mean over 5 × 5 positions). Beside layers,
    this counts a fiftieth, so that the dream shows the thing in the look of the layers.

    Attributes:
        class_layer: The layer whose mean the classifier reads.
        kernel: The classifier's weights, float32 ``[channels of the layer, classes]``.
        bias: float32 ``[classes]``.
        class_weights: float32 ``[classes]``.
        layer_weights: The weights by name of layers that are raised as well, as by ``LayersObjective``.
    """

    class_layer: str
    kernel: np.ndarray
    bias: np.ndarray
    class_weights: np.ndarray
    layer_weights: Mapping[str, float]

    @property
    def layers(self) -> tuple[str, ...]:  # type: ignore[override]
        """The weighted layers, and last the class layer."""
        return (*(name for name in self.layer_weights if name != self.class_layer), self.class_layer)

    @property
    def parameters(self) -> Parameters:
        """The classifier, the classes' weights, and ``weights`` ``[layers]``; 0 for an unweighted layer."""
        weights = [self.layer_weights.get(name, 0.0) for name in self.layers]
        share = np.float32(_SHARE_BESIDE_LAYERS if self.layer_weights else 1.0)
        return {
            "kernel": self.kernel,
            "bias": self.bias,
            "classes": share * self.class_weights,
            "weights": np.array(weights, np.float32),
        }

    @classmethod
    def signature(cls, layers: tuple[str, ...]) -> dict[str, Any]:  # noqa: ARG003
        """A matrix and three vectors."""
        return {"kernel": _MATRIX, "bias": _VECTOR, "classes": _VECTOR, "weights": _VECTOR}

    @classmethod
    def loss(cls, activations: Activations, parameters: Parameters, region: Region) -> Any:
        """Σ weight × (mean + 0.3 × peak of the logit) + Σ weight × mean(activation²)."""
        *_, class_activation = activations.values()
        features = tf.cast(class_activation, tf.float32)
        logits = tf.einsum("bhwc,ck->bhwk", features, parameters["kernel"]) + parameters["bias"]
        shares = region.position_shares(logits)
        mean = tf.reduce_sum(logits * shares, axis=[0, 1, 2])
        smooth = tf.nn.avg_pool2d(logits, _PEAK_SIDE, 1, "SAME")
        # A tile's peak counts as much as the tile's share of the picture.
        peak = tf.reduce_max(smooth, axis=[0, 1, 2]) * tf.reduce_sum(shares)
        loss = tf.reduce_sum(parameters["classes"] * (mean + _PEAK_WEIGHT * peak))
        for index, activation in enumerate(activations.values()):
            loss += parameters["weights"][index] * mean_of_squares(activation, region.shares(activation))
        return loss

"""Builds the objective of a dream from its settings, its source and its guide."""

from collections.abc import Mapping
from concurrent.futures import ThreadPoolExecutor
from typing import Any

import numpy as np

from dream_engine import backbones, image_classes
from dream_engine.compute.class_objective import ClassesObjective
from dream_engine.compute.networks import Networks
from dream_engine.compute.objectives import (
    ChannelsObjective,
    GuideObjective,
    LayersObjective,
    Objective,
    WeightedChannelsObjective,
)
from dream_engine.compute.padding import mirror_pad
from dream_engine.images import Picture
from dream_engine.pixels import to_values
from dream_engine.runtime import tf
from dream_engine.settings import DreamSettings, split_channel
from dream_engine.shapes import shrunk_shape

GUIDE_SIDE = 256
"""The longest side of a guide in pixels: enough features, and few enough to compare with each."""

_MAX_GUIDE_FEATURES = 1024
"""The most positions of a guide to compare with."""

_MAX_GUIDE_COMPARISONS = 40_000_000
"""The most comparisons of positions for one tile; as many floats are in memory at once."""

_STRONGEST_SIDE = 384
"""The longest side in pixels of the source when its strongest channels are selected."""


def build_objective(
    settings: DreamSettings, source: np.ndarray, guide: Picture | None, networks: Networks
) -> Objective:
    """Build a dream's objective.

    Args:
        settings: The settings of the dream.
        source: uint8 ``[height, width, 3]``.
        guide: The guide, if there is one.
        networks: Provides the networks that compute the source's or the guide's activations.
    """
    weights = settings.layer_weights
    if settings.classes:
        return _classes_objective(settings, networks)
    if guide is not None:
        return _guide_objective(settings, guide.rgb, networks)
    if settings.channels or settings.strongest:
        return _channels_objective(settings, source, networks)
    if settings.has_single_channels:
        backbone = backbones.get(settings.backbone)
        depths = {name: backbone.layer(name).channels for name in settings.layer_names}
        terms = [(*split_channel(name), weight) for name, weight in weights.items()]
        return WeightedChannelsObjective.of(terms, depths)
    return LayersObjective(weights)


def _classes_objective(settings: DreamSettings, networks: Networks) -> ClassesObjective:
    kernel, bias = networks.classifier(settings.backbone)
    indices = [image_classes.get(name).index for name, _ in settings.classes]
    weights = np.array([weight for _, weight in settings.classes], np.float32)
    layer = backbones.get(settings.backbone).class_layer
    if layer is None:
        raise RuntimeError("the settings were not validated")
    return ClassesObjective(layer, kernel[:, indices], bias[indices], weights, settings.layer_weights)


def _channels_objective(settings: DreamSettings, source: np.ndarray, networks: Networks) -> ChannelsObjective:
    layers = tuple(settings.layer_weights)
    layer = backbones.get(settings.backbone).layer(layers[0])
    channels = settings.channels
    if settings.strongest:
        activation = _activations(networks, settings.backbone, layers, _shrunk(source))[layer.name]
        excitation = tf.reduce_mean(tf.nn.relu(activation), axis=(0, 1, 2)).numpy()
        strongest = np.argsort(-excitation, kind="stable")[: settings.strongest]
        channels = tuple(int(channel) for channel in strongest)
    return ChannelsObjective(layer.name, channels, layer.channels)


def _guide_objective(settings: DreamSettings, rgb: np.ndarray, networks: Networks) -> GuideObjective:
    weights = settings.layer_weights
    activations = _activations(networks, settings.backbone, tuple(weights), rgb)
    features = {}
    for layer in weights:
        positions_per_pixel = _positions(activations[layer]) / (rgb.shape[0] * rgb.shape[1])
        affordable = _MAX_GUIDE_COMPARISONS / (settings.tile_side**2 * positions_per_pixel)
        features[layer] = _features(activations[layer], min(_MAX_GUIDE_FEATURES, affordable))
    return GuideObjective(weights, features)


def _activations(
    networks: Networks, backbone: str, layers: tuple[str, ...], rgb: np.ndarray
) -> Mapping[str, Any]:
    """Compute the activations of a picture, by layer name.

    They are computed on a separate thread: TensorFlow keeps oneDNN's code for each size and thread, and
    releases it when the thread ends. The next picture usually has another size.
    """
    prepare, minimum_side = backbones.get(backbone).prepare, backbones.get(backbone).minimum_side
    padded, _ = mirror_pad(to_values(rgb[None]), minimum_side)
    network = networks.network(backbone, layers)
    with ThreadPoolExecutor(1) as thread:
        activations = thread.submit(lambda: network(prepare(padded))).result()
    return {layer: tf.cast(activation, tf.float32) for layer, activation in activations.items()}


def _shrunk(rgb: np.ndarray) -> np.ndarray:
    height, width = shrunk_shape(rgb.shape[:2], _STRONGEST_SIDE, min_side=1)
    return Picture(rgb).resized(height, width).rgb


def _positions(activation: Any) -> int:
    return int(activation.shape[1] * activation.shape[2])


def _features(activation: Any, max_positions: float) -> np.ndarray:
    """Average a guide's activation down to a number of positions: ``[positions, channels]``."""
    while _positions(activation) > max(1.0, max_positions):
        activation = tf.nn.avg_pool2d(activation, 2, 2, "SAME")
    features: np.ndarray = activation.numpy()
    return features.reshape(-1, features.shape[-1])

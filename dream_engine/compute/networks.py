"""Loads networks, cuts and compiles them, and keeps them between dreams within a memory bound."""

from collections.abc import Mapping
from pathlib import Path

import numpy as np

from dream_engine import backbones
from dream_engine.compute.ascent import Ascent
from dream_engine.compute.folding import WeightsStore, cut_and_fold
from dream_engine.compute.lru_cache import LruCache
from dream_engine.compute.merging import merge_branches
from dream_engine.compute.objectives import Objective
from dream_engine.compute.threads import ThreadShare
from dream_engine.memory import Memory, MemoryUse, release_unused_memory
from dream_engine.precision import Precision
from dream_engine.runtime import keras

_MAX_NETWORKS = 6
"""The most cut networks, and compiled steps, to keep; each holds copies of smaller kernels."""

_MAX_BACKBONES = 2
"""The most backbones of which to keep the weights."""


class Networks:
    """A cache of backbones' weights, of networks cut for some layers, and of compiled steps.

    Args:
        weights: Weights files by backbone name, used instead of the backbones' own weights.
        precision: The number format that networks compute in.
        memory: Measures backbones' memory, and bounds how much is kept between dreams.
        share: Decides on how many threads a step runs; by default, always on all.
    """

    def __init__(
        self,
        weights: Mapping[str, Path],
        precision: Precision,
        memory: Memory,
        share: ThreadShare | None = None,
    ) -> None:
        self._share = share or ThreadShare(fixed=True)
        self._weights = dict(weights)
        self._precision = precision
        self._memory = memory
        self._models = LruCache(_MAX_BACKBONES, self._load_model)
        self._networks = LruCache(_MAX_NETWORKS, self._cut_network)
        self._ascents = LruCache(_MAX_NETWORKS, self._compile_ascent)

    def network(self, backbone: str, layers: tuple[str, ...]) -> keras.Model:
        """The network of a backbone that computes some layers' activations, by layer name."""
        return self._networks(backbone, layers)

    def classifier(self, backbone: str) -> tuple[np.ndarray, np.ndarray]:
        """The weights and the bias of a backbone's classifier; see :meth:`Backbone.classifier`."""
        model, _ = self._models(backbone)
        return backbones.get(backbone).classifier(model)

    def ascent(self, backbone: str, kind: type[Objective], layers: tuple[str, ...]) -> Ascent:
        """The compiled step for a kind of objective over some layers."""
        return self._ascents(backbone, kind, layers)

    def release_excess_memory(self) -> MemoryUse:
        """Drop compiled steps, the least recently used first, while the process exceeds its memory bound.

        The step that was used last is kept, and so is its backbone.

        Returns:
            The memory that the process holds then. If it still exceeds the bound, only a new process holds
            less.
        """
        if (use := self._memory.use()).excessive:
            release_unused_memory()
        while (use := self._memory.use()).excessive and self._drop_oldest():
            release_unused_memory()
        return use

    def _drop_oldest(self) -> bool:
        """Drop the least recently used step, network and weights; returns whether there were any."""
        steps = self._ascents.drop_oldest()
        networks = self._networks.drop_oldest()
        models = self._models.drop_oldest()
        return steps or networks or models

    def _free_memory_for_trace(self) -> None:
        """Drop compiled steps as far as the memory bound leaves too little for tracing another.

        Tracing temporarily takes more memory than the step holds afterwards.
        """
        if not self._memory.can_trace():
            release_unused_memory()
        while not self._memory.can_trace() and self._ascents.drop_oldest(keep=0):
            self._networks.drop_oldest()
            release_unused_memory()

    def _load_model(self, backbone: str) -> tuple[keras.Model, WeightsStore]:
        return backbones.get(backbone).load(self._weights.get(backbone)), {}

    def _cut_network(self, backbone: str, layers: tuple[str, ...]) -> keras.Model:
        known = backbones.get(backbone)
        keras_names = {name: known.layer(name).keras_name for name in layers}
        with self._memory.loading(backbone):
            model, weights = self._models(backbone)
            network = cut_and_fold(model, keras_names, self._precision, weights)
            return merge_branches(network, keras_names, weights)

    def _compile_ascent(self, backbone: str, kind: type[Objective], layers: tuple[str, ...]) -> Ascent:
        network = self._networks(backbone, layers)
        self._free_memory_for_trace()
        return Ascent(backbones.get(backbone), network, kind, layers, self._share)

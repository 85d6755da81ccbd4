"""Merges pointwise convolutions that read the same activation.

InceptionV3's blocks read their input up to four times, once for each branch. Merged, the branches' first
convolutions read it once, and one convolution computes its gradient, where each branch would write one that
has to be added. The branch that averages its input before its convolution averages the output instead, which
has fewer channels: an average over positions commutes with a sum over channels, and a constant's average is
itself.
"""

from collections import defaultdict
from dataclasses import dataclass
from typing import Any

import numpy as np

from dream_engine.compute.convolution import Convolution, FoldedWeights
from dream_engine.compute.folding import FrozenConvolution, WeightsStore
from dream_engine.runtime import keras, tf


@dataclass(frozen=True)
class _Branch:
    """The first layers of a branch: a rectified pointwise convolution, and an average before it if any."""

    convolution: FrozenConvolution
    average: Any
    layers: tuple[keras.layers.Layer, ...]

    @property
    def output(self) -> Any:
        return self.layers[-1].output

    @property
    def channels(self) -> int:
        return int(self.convolution.folded_weights.kernel.shape[-1])


class _Readers:
    """The layers that read each tensor of a network.

    Args:
        network: The network.
        outputs: The tensors that its callers read.
    """

    def __init__(self, network: keras.Model, outputs: list[Any]) -> None:
        self.network = network
        self._output_ids = {id(tensor) for tensor in outputs}
        self._by_tensor: dict[int, list[keras.layers.Layer]] = defaultdict(list)
        for layer in network.layers:
            for tensor in keras.tree.flatten(layer.input):
                self._by_tensor[id(tensor)].append(layer)

    def all(self, tensor: Any) -> list[keras.layers.Layer]:
        """All layers that read a tensor."""
        return self._by_tensor[id(tensor)]

    def only(self, layer: keras.layers.Layer) -> keras.layers.Layer | None:
        """The layer that alone reads a layer's output, behind identities."""
        readers = self.all(layer.output)
        if len(readers) != 1 or id(layer.output) in self._output_ids:
            return None
        return readers[0]

    def branch(self, layer: keras.layers.Layer) -> _Branch | None:
        """The branch that begins with a layer, if it can be merged."""
        layers, average = [layer], None
        if _is_average(layer):
            average = layer
            layers.append(self.only(layer))
        convolution = layers[-1]
        if not (isinstance(convolution, FrozenConvolution) and _is_rectified_pointwise(convolution)):
            return None
        inputs, outputs = convolution.folded_weights.kernel.shape[2:]
        if average is not None and outputs >= inputs:
            return None
        while isinstance(reader := self.only(layers[-1]), keras.layers.Identity):
            layers.append(reader)
        return _Branch(convolution, average, tuple(layers))


def _is_rectified_pointwise(layer: FrozenConvolution) -> bool:
    linear = layer.activation is keras.activations.linear
    return layer.convolution.is_pointwise and linear and layer.rectifier == "Relu"


def _is_average(layer: keras.layers.Layer) -> bool:
    """Whether a layer averages neighbouring positions, without a stride."""
    return (
        isinstance(layer, keras.layers.AveragePooling2D)
        and set(layer.strides) == {1}
        and layer.padding == "same"
    )


class MergedBranches(keras.layers.Layer):  # type: ignore[misc]
    """The first layers of branches that read the same activation.

    Args:
        branches: The branches.
        store: The folded weights of the network's model.
    """

    def __init__(self, branches: list[_Branch], store: WeightsStore) -> None:
        names = "_".join(branch.convolution.name for branch in branches)
        dtype = branches[0].convolution.compute_dtype
        super().__init__(name=names, dtype=dtype)
        plain = [branch for branch in branches if branch.average is None]
        self._sizes = [branch.channels for branch in plain]
        self._merged = Convolution(_merged_weights(plain, store), dtype) if plain else None
        self._averaged = [branch for branch in branches if branch.average is not None]

    @property
    def channels(self) -> list[int]:
        """The number of channels of each output."""
        return [*self._sizes, *(branch.channels for branch in self._averaged)]

    def compute_output_spec(self, x: Any) -> list[keras.KerasTensor]:
        """One activation for each branch, those that average last."""
        return [keras.KerasTensor((*x.shape[:-1], size), self.compute_dtype) for size in self.channels]

    def call(self, x: Any) -> list[Any]:
        """Compute the branches' activations, those that average last."""
        outputs = [tf.nn.relu(branch.average(branch.convolution.convolution(x))) for branch in self._averaged]
        if self._merged is None:
            return outputs
        return [*tf.split(self._merged(x, "Relu"), self._sizes, -1), *outputs]


def _merged_weights(branches: list[_Branch], store: WeightsStore) -> FoldedWeights:
    """The kernels side by side, shared by all networks of a model."""
    names = [branch.convolution.name for branch in branches]
    key = (" ".join(names), True)
    if key not in store:
        weights = [branch.convolution.folded_weights for branch in branches]
        biases = [np.broadcast_to(each.bias, each.kernel.shape[-1]) for each in weights]
        store[key] = FoldedWeights(
            np.concatenate([each.kernel for each in weights], -1), np.concatenate(biases)
        )
    return store[key]


def merge_branches(
    network: keras.Model, layers: dict[str, str], store: WeightsStore | None = None
) -> keras.Model:
    """Merge the branches' first convolutions in a folded network.

    Args:
        network: From :func:`~dream_engine.compute.folding.cut_and_fold`.
        layers: The names of the output's layers in the network, by their names in the output.
        store: The folded weights of the network's model.

    Returns:
        A model with the same inputs and outputs; the network itself if there is nothing to merge.
    """
    outputs = {name: network.get_layer(keras_name).output for name, keras_name in layers.items()}
    groups = _groups(_Readers(network, list(outputs.values())))
    if not groups:
        return network
    weights = {} if store is None else store
    tensors = {id(tensor): tensor for tensor in network.inputs}
    replaced: set[int] = set()
    for layer in network.layers:
        if id(layer) in replaced or isinstance(layer, keras.layers.InputLayer):
            continue
        inputs = keras.tree.map_structure(lambda tensor: tensors[id(tensor)], layer.input)
        if id(layer) in groups:
            group = groups[id(layer)]
            replaced.update(id(each) for branch in group for each in branch.layers)
            for branch, output in zip(group, MergedBranches(group, weights)(inputs), strict=True):
                tensors[id(branch.output)] = output
        else:
            tensors[id(layer.output)] = layer(inputs)
    return keras.Model(network.inputs[0], {name: tensors[id(tensor)] for name, tensor in outputs.items()})


def _groups(readers: _Readers) -> dict[int, list[_Branch]]:
    """The branches that can be merged, those that average last, by their first layers."""
    groups: dict[int, list[_Branch]] = {}
    for source in readers.network.layers:
        found = [readers.branch(layer) for layer in readers.all(source.output)]
        branches = sorted(filter(None, found), key=lambda branch: branch.average is not None)
        if len(branches) > 1 or any(branch.average for branch in branches):
            groups.update({id(branch.layers[0]): branches for branch in branches})
    return groups

"""The base class of backbones. Its metadata is available without TensorFlow."""

from __future__ import annotations

import os
import warnings
import zipfile
from abc import ABC, abstractmethod
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass
from functools import cached_property
from pathlib import Path
from typing import TYPE_CHECKING, Any, ClassVar

from dream_engine.errors import SettingsError, WeightsMismatchError, WeightsNotFoundError
from dream_engine.suggestions import did_you_mean, similar

if TYPE_CHECKING:
    import numpy as np

    from dream_engine.runtime import keras


_KERAS_SIGNATURES = {".h5": b"\x89HDF\r\n\x1a\n", ".keras": b"PK\x03\x04"}
"""How the files that Keras writes begin, by the ending of their name: HDF5, and ZIP."""

READING_ERRORS = (OSError, zipfile.BadZipFile)
"""What Keras raises for a file that it cannot read, whatever the network."""

_NO_WEIGHTS = "it is damaged, or no weights file at all"


@dataclass(frozen=True, slots=True)
class Layer:
    """A layer that can be part of an objective.

    Attributes:
        name: Its name in settings, such as ``block11/expand``.
        channels: The number of channels of its activation.
        keras_name: Its name in the Keras model.
    """

    name: str
    channels: int
    keras_name: str


class Backbone(ABC):
    """A pretrained network whose activations dreams maximise.

    Attributes:
        name: The name in settings and on the command line.
        description: A description in one line, for lists of backbones.
        layers: The layers that objectives can use, shallowest first.
        default_layers: Layer weights for settings and presets that name no layers of this backbone.
        input_range: The range of values that the network was trained on, in words.
        minimum_side: The shortest side in pixels at which every listed layer still has an activation.
            Smaller octaves are padded to it by mirroring.
        step_bytes: The memory in bytes that a step takes per pixel that it computes at once, measured in
            float32 with the layers that take the most.
        one_thread_pixels: Up to about this many pixels, a step in bfloat16 takes no longer on one thread than
            on two. A thread that waits for each of many short operations costs more than it contributes.
        weights_endings: How the names of its weights files may end.
        class_layer: The layer whose mean over positions the classifier reads; ``None`` for no classifier.
    """

    name: ClassVar[str]
    description: ClassVar[str]
    layers: ClassVar[tuple[Layer, ...]]
    default_layers: ClassVar[Mapping[str, float]]
    input_range: ClassVar[str]
    minimum_side: ClassVar[int] = 32
    step_bytes: ClassVar[int]
    one_thread_pixels: ClassVar[int]
    weights_endings: ClassVar[tuple[str, ...]] = tuple(_KERAS_SIGNATURES)
    class_layer: ClassVar[str | None] = None

    @property
    def has_classifier(self) -> bool:
        """Whether dreams can be directed towards ImageNet's classes."""
        return self.class_layer is not None

    def classifier(self, model: keras.Model) -> tuple[np.ndarray, np.ndarray]:
        """The linear map from the mean of :attr:`class_layer` to the logits of ImageNet's classes.

        Args:
            model: The trained network.

        Returns:
            The weights, float32 ``[channels, 1000]``, and the bias, float32 ``[1000]``.
        """
        raise NotImplementedError(f"{self.name} has no classifier, but {model.name} was asked for one")

    @abstractmethod
    def build(self) -> keras.Model:
        """Build the untrained network: input float32 ``[1, height, width, 3]``, any height and width."""

    @abstractmethod
    def load_own_weights(self) -> keras.Model:
        """Build the trained network with the weights that come with this backbone.

        Raises:
            WeightsError: The weights are unavailable or not the expected ones.
        """

    @abstractmethod
    def prepare(self, image: Any) -> Any:
        """Convert an image tensor from [-1, 1] to the range that the network was trained on."""

    def load(self, weights: Path | None = None) -> keras.Model:
        """Build the trained network.

        Args:
            weights: A weights file. By default, the file in the environment variable
                :attr:`weights_variable`, or without that variable the backbone's own weights.

        Raises:
            WeightsError: The weights are missing, damaged, or another network's.
        """
        named = os.environ.get(self.weights_variable)
        path = weights or (Path(named) if named else None)
        if path is None:
            return self.load_own_weights()
        if not path.is_file():
            raise WeightsNotFoundError(path=path)
        return self.load_weights_file(path)

    def load_weights_file(self, path: Path) -> keras.Model:
        """Build the network with the weights of a ``.weights.h5``, ``.keras`` or legacy ``.h5`` file.

        Raises:
            WeightsMismatchError: The file does not contain this network's weights.
        """
        self._check_keras_file(path)
        return self._load_keras_file(path)

    def _check_keras_file(self, path: Path) -> None:
        """Refuse a file that Keras did not write, before a network is built for it."""
        signature = _KERAS_SIGNATURES.get(path.suffix)
        if signature is None:
            raise self._mismatch(path, f"a weights file's name ends in {', '.join(self.weights_endings)}")
        try:
            with path.open("rb") as file:
                is_keras_file = file.read(len(signature)) == signature
        except OSError as error:
            raise self._mismatch(path, f"it cannot be read ({error.strerror})") from error
        if not is_keras_file:
            raise self._mismatch(path, _NO_WEIGHTS)

    def _load_keras_file(self, path: Path) -> keras.Model:
        with zero_initialised():
            model = self.build()
        return self._read_weights(model, path)

    def _read_weights(self, model: keras.Model, path: Path) -> keras.Model:
        try:
            with warnings.catch_warnings():
                # Layers that Keras skips keep their initial weights: that is an error, not a warning.
                warnings.filterwarnings("error", message="Skipping")
                model.load_weights(path)
        except READING_ERRORS as error:
            raise self._mismatch(path, _NO_WEIGHTS) from error
        except Exception as error:  # Keras raises many exception types for mismatched layers
            raise self._mismatch(path, "its layers are not this network's") from error
        return model

    def _mismatch(self, path: Path, reason: str) -> WeightsMismatchError:
        return WeightsMismatchError(path=path, backbone=self.name, reason=reason)

    @property
    def weights_variable(self) -> str:
        """The environment variable that can name a weights file."""
        return f"DREAM_WEIGHTS_{self.name.upper()}"

    def layer(self, name: str) -> Layer:
        """Look a layer up.

        Raises:
            SettingsError: This backbone has no layer of that name.
        """
        try:
            return self._layers_by_name[name]
        except KeyError:
            hint = did_you_mean(similar(name, self._layers_by_name))
            bound = f"layers of {self.name} ({hint or f'dream --list-layers {self.name} names them'})"
            raise SettingsError(field="layers", bound=bound, value=repr(name)) from None

    @cached_property
    def _layers_by_name(self) -> dict[str, Layer]:
        return {layer.name: layer for layer in self.layers}


@contextmanager
def zero_initialised() -> Iterator[None]:
    """Initialise kernels with zeros, which is faster than random numbers; loading overwrites them."""
    from dream_engine.runtime import keras  # noqa: PLC0415 - TensorFlow loads only where it computes

    zeros = keras.initializers.Zeros
    with keras.saving.custom_object_scope({"glorot_uniform": zeros, "GlorotUniform": zeros}):
        yield

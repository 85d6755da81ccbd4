"""The common base of the networks of ``keras.applications``: construction and weights."""

from __future__ import annotations

import socket
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import TYPE_CHECKING, Any, ClassVar

from dream_engine.backbones.backbone import READING_ERRORS, Backbone, zero_initialised
from dream_engine.errors import WeightsMismatchError, WeightsUnavailableError

if TYPE_CHECKING:
    from dream_engine.runtime import keras

_CONNECT_SECONDS = 15.0


class KerasApplication(Backbone):
    """A network of ``keras.applications``.

    Attributes:
        application: The name of its function in that module.
    """

    application: ClassVar[str]
    input_range: ClassVar = "−1 to 1"

    def prepare(self, image: Any) -> Any:
        """Return the image unchanged: most of these networks were trained on [-1, 1]."""
        return image

    def build(self) -> keras.Model:
        """Build the network without its classifier, with random weights."""
        return self._construct(weights=None, include_top=False)

    def load_own_weights(self) -> keras.Model:
        """Build the network with its ImageNet weights, from Keras's cache or downloaded into it.

        Keras checks the weights' MD5, except for MobileNetV2, for which it has none.
        """
        try:
            with _connection_timeout(_CONNECT_SECONDS), zero_initialised():
                return self._construct(weights="imagenet", include_top=False)
        except Exception as error:  # Keras raises a plain Exception if a download fails
            raise WeightsUnavailableError(backbone=self.name, variable=self.weights_variable) from error

    def _load_keras_file(self, path: Path) -> keras.Model:
        """Build the network with the weights of a Keras file, saved with or without the classifier."""
        try:
            return super()._load_keras_file(path)
        except WeightsMismatchError as error:
            if isinstance(error.__cause__, READING_ERRORS):
                raise
            # Legacy files are read in layer order: a classifier in the file needs one in the network.
            with zero_initialised():
                model = self._construct(weights=None, include_top=True)
            return self._read_weights(model, path)

    def _construct(self, *, weights: str | None, include_top: bool) -> keras.Model:
        from dream_engine.runtime import keras  # noqa: PLC0415 - TensorFlow loads only where it computes

        return getattr(keras.applications, self.application)(weights=weights, include_top=include_top)


@contextmanager
def _connection_timeout(seconds: float) -> Iterator[None]:
    before = socket.getdefaulttimeout()
    socket.setdefaulttimeout(seconds)
    try:
        yield
    finally:
        socket.setdefaulttimeout(before)

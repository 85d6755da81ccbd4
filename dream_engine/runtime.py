"""TensorFlow and Keras, set up before they load.

Every module that computes takes them from here: ``from dream_engine.runtime import tf``. Settings that
TensorFlow reads only once, at its import, are so made in one place.

Raises:
    TensorFlowMissingError: On import, where TensorFlow is not installed.
"""

import contextlib
import os
from collections.abc import Iterator

from dream_engine.errors import TensorFlowMissingError


@contextlib.contextmanager
def _without_banners() -> Iterator[None]:
    """Drop what TensorFlow's libraries write to stderr as they load, whatever the log level."""
    stderr = os.dup(2)
    nowhere = os.open(os.devnull, os.O_WRONLY)
    os.dup2(nowhere, 2)
    try:
        yield
    finally:
        os.dup2(stderr, 2)
        os.close(stderr)
        os.close(nowhere)


# oneDNN's kernels are a fifth faster here than Eigen's, and TensorFlow leaves them off on some processors.
os.environ.setdefault("TF_ENABLE_ONEDNN_OPTS", "1")
os.environ.setdefault("TF_CPP_MIN_LOG_LEVEL", "2")
os.environ.setdefault("KERAS_BACKEND", "tensorflow")
# On a GPU, take memory as it is needed: the machine may have other uses for it.
os.environ.setdefault("TF_FORCE_GPU_ALLOW_GROWTH", "true")

try:
    with contextlib.nullcontext() if os.environ.get("DREAM_DEBUG") else _without_banners():
        import tensorflow as tf
except ModuleNotFoundError as error:
    if error.name != "tensorflow":
        raise
    raise TensorFlowMissingError from None

import keras  # noqa: E402 - after its backend is set

# The same seed gives the same bytes, on a GPU too.
tf.config.experimental.enable_op_determinism()
# Keras prints a progress bar to stdout when it fetches weights; stdout belongs to the caller.
keras.config.disable_interactive_logging()

__all__ = ["keras", "tf"]

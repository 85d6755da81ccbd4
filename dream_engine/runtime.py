"""TensorFlow and Keras, set up before they load.

Every module that computes takes them from here: ``from dream_engine.runtime import tf``. Settings that
TensorFlow reads only once, at its import, are so made in one place.

Raises:
    TensorFlowMissingError: On import, where TensorFlow is not installed.
"""

import os

from dream_engine.errors import TensorFlowMissingError
from dream_engine.silence import silenced_stderr

# oneDNN's kernels are the faster ones, and TensorFlow leaves them off on some processors.
os.environ.setdefault("TF_ENABLE_ONEDNN_OPTS", "1")
os.environ.setdefault("TF_CPP_MIN_LOG_LEVEL", "2")
os.environ["KERAS_BACKEND"] = "tensorflow"
# On a GPU, take memory as it is needed: the machine may have other uses for it.
os.environ.setdefault("TF_FORCE_GPU_ALLOW_GROWTH", "true")

try:
    with silenced_stderr():  # its libraries greet whatever the log level
        import tensorflow as tf
except ModuleNotFoundError as error:
    if error.name != "tensorflow":
        raise
    raise TensorFlowMissingError from None

import keras

# The same seed gives the same bytes, on a GPU too.
tf.config.experimental.enable_op_determinism()
# Keras prints a progress bar to stdout when it fetches weights; stdout belongs to the caller.
keras.config.disable_interactive_logging()
# Whatever a user's own Keras configuration says.
keras.config.set_image_data_format("channels_last")
keras.config.set_floatx("float32")

__all__ = ["keras", "tf"]

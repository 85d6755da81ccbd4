"""TensorFlow and Keras, set up before they load.

Every module that computes takes them from here: ``from dream_engine.runtime import tf``. Settings that
TensorFlow reads only once, at its import, are so made in one place.

Raises:
    TensorFlowMissingError: On import, where TensorFlow is not installed.
"""

import gc
import os
import sys
from collections.abc import Iterator
from contextlib import contextmanager

from dream_engine.errors import TensorFlowMissingError
from dream_engine.stderr import silenced_stderr

# oneDNN's kernels are the faster ones, and TensorFlow leaves them off on some processors.
os.environ.setdefault("TF_ENABLE_ONEDNN_OPTS", "1")
os.environ.setdefault("TF_CPP_MIN_LOG_LEVEL", "2")
# A network is a chain of operations that each use every core: a second thread to run them on gets in the way,
# and has to look for oneDNN's code for a new picture size once more, since each thread keeps its own.
os.environ.setdefault("TF_NUM_INTEROP_THREADS", "1")
# TensorFlow keeps oneDNN's code itself. Whenever oneDNN's own store of it, 1024 long by default, is full, it
# is searched from end to end for the oldest; this is room enough for the operations of one step.
os.environ.setdefault("ONEDNN_PRIMITIVE_CACHE_CAPACITY", "128")
os.environ["KERAS_BACKEND"] = "tensorflow"
# On a GPU, take memory as it is needed: the machine may have other uses for it.
os.environ.setdefault("TF_FORCE_GPU_ALLOW_GROWTH", "true")

_UNUSED = ("matplotlib", "scipy")
"""What Keras and TensorFlow load where it is installed, and nothing here needs; half a second."""


@contextmanager
def _quickly() -> Iterator[None]:
    """Import nothing unused, and let the garbage collector overlook, then and later, what stays for good."""
    hidden = [name for name in _UNUSED if name not in sys.modules]
    for name in hidden:
        sys.modules[name] = None  # type: ignore[assignment] # not to be found
    collects = gc.isenabled()
    gc.disable()
    try:
        yield
    finally:
        for name in hidden:
            del sys.modules[name]
        gc.freeze()
        if collects:
            gc.enable()


try:
    with silenced_stderr(), _quickly():  # its libraries greet whatever the log level
        import tensorflow as tf  # isort: skip - it is what an installation may lack

        import keras
except ModuleNotFoundError as error:
    if error.name != "tensorflow":
        raise
    raise TensorFlowMissingError from None

# The same seed gives the same bytes, on a GPU too.
tf.config.experimental.enable_op_determinism()
# Keras prints a progress bar to stdout when it fetches weights; stdout belongs to the caller.
keras.config.disable_interactive_logging()
# Whatever a user's own Keras configuration says.
keras.config.set_image_data_format("channels_last")
keras.config.set_floatx("float32")

__all__ = ["keras", "tf"]

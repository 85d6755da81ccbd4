"""Configures TensorFlow and Keras before it loads them.

Every module that computes imports them from here: ``from dream_engine.runtime import tf``. This keeps the
settings that TensorFlow reads only once, at import, in one place.

Raises:
    TensorFlowMissingError: On import, if TensorFlow is not installed.
"""

import gc
import os
import sys
from collections.abc import Iterator
from contextlib import contextmanager

from dream_engine.cores import available_cores
from dream_engine.errors import TensorFlowMissingError
from dream_engine.stderr import silenced_stderr

# oneDNN's kernels are faster, and TensorFlow disables them on some processors.
os.environ.setdefault("TF_ENABLE_ONEDNN_OPTS", "1")
os.environ.setdefault("TF_CPP_MIN_LOG_LEVEL", "2")
# A network is a chain of operations that each use every core, so a second thread would only compete for them.
# It would also generate oneDNN's code for a new picture size again, because each thread keeps its own code.
os.environ.setdefault("TF_NUM_INTEROP_THREADS", "1")
# By itself, TensorFlow starts a thread for every core of the machine, whatever its container may use.
os.environ.setdefault("TF_NUM_INTRAOP_THREADS", str(available_cores()))
# Every session gets threads of its own, so that some steps can run on fewer than others; see compute.threads.
os.environ.setdefault("TF_OVERRIDE_GLOBAL_THREADPOOL", "1")
# TensorFlow caches oneDNN's primitives itself. Whenever oneDNN's own cache of them is full, it is scanned for
# the oldest entry. Its default capacity is 1024; this capacity suffices for the operations of one step.
os.environ.setdefault("ONEDNN_PRIMITIVE_CACHE_CAPACITY", "128")
os.environ["KERAS_BACKEND"] = "tensorflow"
# On a GPU, allocate memory as needed: other processes may use it too.
os.environ.setdefault("TF_FORCE_GPU_ALLOW_GROWTH", "true")

_UNUSED_PACKAGES = ("matplotlib", "scipy")
"""Packages that Keras and TensorFlow import if installed, in half a second, and that nothing here needs."""


@contextmanager
def _fast_import() -> Iterator[None]:
    """Hide unused packages from imports, and exempt imported objects from garbage collection."""
    hidden = [name for name in _UNUSED_PACKAGES if name not in sys.modules]
    for name in hidden:
        sys.modules[name] = None  # type: ignore[assignment] # makes its import fail
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
    with silenced_stderr(), _fast_import():  # its libraries write to stderr at any log level
        import tensorflow as tf  # isort: skip - TensorFlow may be missing, Keras alone cannot

        import keras
except ModuleNotFoundError as error:
    if error.name != "tensorflow":
        raise
    raise TensorFlowMissingError from None

# The same seed must give the same bytes, on a GPU too.
tf.config.experimental.enable_op_determinism()
# TensorFlow would optimise every compiled step for 0.2 s. On a processor, steps gain nothing from it or some
# hundredths; see docs/performance.md. On a GPU, the optimisation chooses the layout of tensors.
if not tf.config.list_physical_devices("GPU"):
    tf.config.optimizer.set_experimental_options({"disable_meta_optimizer": True})
# Keras prints a progress bar to stdout when it downloads weights; stdout belongs to the caller.
keras.config.disable_interactive_logging()
# These override the user's own Keras configuration.
keras.config.set_image_data_format("channels_last")
keras.config.set_floatx("float32")

__all__ = ["keras", "tf"]

"""Sums that do not depend on the number of threads.

TensorFlow sums all values of a large tensor in one part for each thread, and rounds each part. Summing the
rows first, each on one thread, gives the same bytes on any number of threads.
"""

from typing import Any

from dream_engine.runtime import tf


def total(values: Any) -> Any:
    """The sum of ``[1, height, width, channels]``, a scalar tensor."""
    return tf.reduce_sum(tf.reduce_sum(values, axis=[2, 3]))


def mean_magnitude(gradient: Any) -> Any:
    """The mean of the absolute values of ``[1, height, width, channels]``, a scalar tensor."""
    return total(tf.abs(gradient)) / tf.cast(tf.size(gradient), gradient.dtype)

"""Sums that do not depend on the number of threads."""

import numpy as np
import pytest

from dream_engine.compute.reductions import mean_magnitude, total
from dream_engine.compute.threads import ThreadedFunction
from dream_engine.runtime import tf


def test_a_total_is_the_sum_of_all_values():
    values = np.random.default_rng(0).normal(size=(1, 30, 40, 5)).astype(np.float32)
    assert float(total(tf.constant(values))) == pytest.approx(values.sum(), rel=1e-4)
    assert float(mean_magnitude(tf.constant(values))) == pytest.approx(np.abs(values).mean(), rel=1e-5)


@pytest.mark.parametrize("reduction", [mean_magnitude, total])
def test_the_result_is_the_same_on_any_number_of_threads(reduction):
    picture = np.random.default_rng(0).normal(size=(1, 500, 700, 3)).astype(np.float32)
    signature = [tf.TensorSpec([1, None, None, 3], tf.float32)]
    threaded = ThreadedFunction(lambda values: (reduction(values),), signature, all_threads=99)
    results = {float(threaded(threads, picture)[0]) for threads in (1, 2, 3, 8)}
    assert len(results) == 1

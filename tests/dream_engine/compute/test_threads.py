"""On how many threads a step runs, and that its result is the same on any number."""

import gc
import weakref

import numpy as np
import pytest

from dream_engine.compute.threads import ThreadedFunction, ThreadShare
from dream_engine.runtime import tf

EVEN = 120_000
"""The pixels at which one thread and two are equally fast."""


class TestTheThreadsOfAStep:
    @pytest.mark.parametrize(
        ("threads", "pixels", "expected"),
        [(2, EVEN, 1), (2, EVEN + 3, 2), (4, 0.6 * EVEN, 1), (4, 0.7 * EVEN, 4), (16, 0.6 * EVEN, 16)],
    )
    def test_are_all_from_the_size_on_at_which_they_save_more_than_they_cost(self, threads, pixels, expected):
        assert ThreadShare(threads).for_step(int(pixels), EVEN) == expected

    @pytest.mark.parametrize(
        ("threads", "sharers", "expected"),
        [(2, 2, 1), (4, 2, 2), (8, 3, 2), (16, 2, 8), (16, 3, 4), (2, 5, 1)],
    )
    def test_are_a_power_of_two_within_the_share_of_a_process_among_others(self, threads, sharers, expected):
        share = ThreadShare(threads)
        share.sharers = sharers
        assert share.for_step(10**6, EVEN) == expected

    def test_are_one_on_one_core(self):
        assert ThreadShare(1).for_step(10**7, 0) == 1

    def test_are_always_all_beside_a_gpu(self):
        share = ThreadShare(8, fixed=True)
        share.sharers = 4
        assert share.for_step(100, EVEN) == 8

    def test_follow_the_number_of_processes_that_dream(self):
        share = ThreadShare(4)
        seen = []
        for share.sharers in (1, 4, 2, 1):
            seen.append(share.for_step(10**6, EVEN))
        assert seen == [4, 1, 2, 4]


def test_larger_steps_count_more_in_the_mean_number_of_sharers_of_a_dream():
    share = ThreadShare(2)
    assert share.mean_sharers == 1
    share.for_step(100, 0)
    share.sharers = 3
    share.for_step(300, 0)
    assert share.mean_sharers == 2.5
    share.begin()
    assert share.mean_sharers == 1


class TestAThreadedFunction:
    @pytest.fixture
    def threaded(self):
        kernel = tf.constant(np.random.default_rng(0).normal(size=(3, 3, 3, 8)).astype(np.float32))

        def convolve(image, parameters):
            activation = tf.nn.relu(tf.nn.conv2d(image, kernel * parameters["factor"], 1, "SAME"))
            return tf.reduce_max(activation), activation

        image = tf.TensorSpec([1, None, None, 3], tf.float32)
        return ThreadedFunction(convolve, [image, {"factor": tf.TensorSpec([], tf.float32)}], all_threads=2)

    def test_returns_the_same_on_one_thread_and_on_all(self, threaded):
        image = np.random.default_rng(1).normal(size=(1, 40, 50, 3)).astype(np.float32)
        loss, activation = threaded(2, image, {"factor": 2.0})
        loss_alone, activation_alone = threaded(1, tf.constant(image), {"factor": np.float32(2.0)})
        assert float(loss) == float(loss_alone)
        assert np.array_equal(activation, activation_alone)

    def test_takes_any_size_without_another_trace(self, threaded):
        for side in (8, 16, 24):
            _, activation = threaded(1, np.ones((1, side, side, 3), np.float32), {"factor": 1.0})
            assert activation.shape == (1, side, side, 8)
        assert threaded.compiled.experimental_get_tracing_count() == 1

    def test_leaves_its_arguments_as_they_were(self, threaded):
        image = np.ones((1, 8, 8, 3), np.float32)
        for _ in range(3):
            threaded(1, image, {"factor": 1.0})
        assert (image == 1).all()

    def test_closes_its_sessions_when_it_is_dropped(self, threaded):
        threaded(1, np.ones((1, 8, 8, 3), np.float32), {"factor": 1.0})
        (session,) = (weakref.ref(one) for one in threaded._sessions.values())
        threaded._sessions.clear()
        gc.collect()
        assert session() is None

"""Runs compiled steps on as many threads as serve them best.

TensorFlow has one pool of threads for everything that a process computes, and hands every operation to all
of them. A step has a few hundred operations. On a small picture, waking the threads for each of them takes
longer than one thread needs for all the work; and where several processes dream at once, they would compete
for the cores. A session, as in TensorFlow 1, can have a pool of its own, so that the same step also runs on
fewer threads.
"""

import os
import threading
import weakref
from typing import Any

import numpy as np

from dream_engine.cores import available_cores
from dream_engine.runtime import tf

_CALLING_THREAD = -1
"""For a session: compute on the thread that calls it, without another one that only starts operations."""


def thread_count() -> int:
    """How many threads TensorFlow computes on in this process."""
    return max(1, int(os.environ["TF_NUM_INTRAOP_THREADS"]) or available_cores())


class ThreadShare:
    """Decides on how many threads a step runs.

    Args:
        threads: How many threads this process has; ``None`` for as many as TensorFlow computes on.
        fixed: Whether steps always run on all of them, as beside a GPU, which computes most operations.

    Attributes:
        sharers: How many processes dream on this machine's cores at the moment, this one included. Any
            thread may set it; it applies from the next step.
        fixed: Whether steps always run on all of them, as the argument says; warming sets it for a moment.
    """

    def __init__(self, threads: int | None = None, *, fixed: bool = False) -> None:
        self._threads = threads or thread_count()
        self.fixed = fixed
        self.sharers = 1
        self._pixels = self._pixels_of_sharers = 0

    def begin(self) -> None:
        """Begin a dream, so that :attr:`mean_sharers` is about its steps only."""
        self._pixels = self._pixels_of_sharers = 0

    @property
    def mean_sharers(self) -> float:
        """The mean number of processes that dreamed on the same cores, weighted by the steps' pixels."""
        return self._pixels_of_sharers / self._pixels if self._pixels else 1.0

    def for_step(self, pixels: int, one_thread_pixels: float) -> int:
        """The number of threads for a step: one, this process's share, or all. The step is counted.

        Every additional thread saves a part of the work, and all of them together cost about the same time
        for waking and waiting, whatever their number. So ``n`` threads are faster than one if they save
        more: if ``pixels × (1 − 1 ÷ n)`` exceeds what it is at the size at which two threads break even.

        Args:
            pixels: How many pixels the step computes at once.
            one_thread_pixels: The pixels up to which one thread is not slower than two.
        """
        sharers = self.sharers
        self._pixels += pixels
        self._pixels_of_sharers += sharers * pixels
        if self.fixed:
            return self._threads
        threads = max(1, self._threads // sharers)
        if threads < self._threads:  # each number has threads and compiled code of its own
            threads = 2 ** (threads.bit_length() - 1)
        saved = pixels * (1 - 1 / threads)
        return threads if saved > one_thread_pixels / 2 else 1


class ThreadedFunction:
    """A compiled function that runs on a chosen number of threads.

    Args:
        function: The function to compile, from tensors to a tuple of tensors.
        signature: The structure and the shapes of its arguments.
        all_threads: From how many threads on it runs in TensorFlow's own pool; ``None`` for as many as that
            has.

    Attributes:
        compiled: The function as it runs in TensorFlow's own pool.
    """

    def __init__(self, function: Any, signature: list[Any], all_threads: int | None = None) -> None:
        self.compiled = tf.function(function, input_signature=signature, autograph=False)
        self._all_threads = all_threads or thread_count()
        self._sessions: dict[int, _Session] = {}
        self._making = threading.Lock()

    def __call__(self, threads: int, *arguments: Any) -> tuple[Any, ...]:
        """Call the function, from any thread.

        Args:
            threads: How many threads to compute on.
            *arguments: Its arguments, as tensors or arrays.

        Returns:
            Its results, as tensors or arrays.
        """
        if threads >= self._all_threads:
            results: tuple[Any, ...] = self.compiled(*arguments)
            return results
        with self._making:
            if threads not in self._sessions:
                self._sessions[threads] = _Session(self.compiled, threads)
        return self._sessions[threads](*arguments)


class _Session:
    """A compiled function on the processor, in a session with threads of its own.

    Args:
        compiled: The function.
        threads: How many threads its session has.
    """

    def __init__(self, compiled: Any, threads: int) -> None:
        concrete = compiled.get_concrete_function()
        graph = tf.Graph()
        with graph.as_default():
            tf.import_graph_def(concrete.graph.as_graph_def(), name="")
        settings = tf.compat.v1.ConfigProto(
            device_count={"GPU": 0},
            intra_op_parallelism_threads=threads,
            inter_op_parallelism_threads=_CALLING_THREAD if threads == 1 else 1,
        )
        settings.graph_options.rewrite_options.disable_meta_optimizer = True  # as in the process's own pool
        session = tf.compat.v1.Session(graph=graph, config=settings)
        weakref.finalize(self, session.close).atexit = False
        # The kernels that all compiled steps share; NumPy's view of them copies nothing.
        self._captured = [tensor.numpy() for tensor in concrete.captured_inputs]
        self._run = session.make_callable(
            [graph.get_tensor_by_name(tensor.name) for tensor in concrete.outputs],
            feed_list=[graph.get_tensor_by_name(tensor.name) for tensor in concrete.inputs],
        )

    def __call__(self, *arguments: Any) -> tuple[Any, ...]:
        given = [np.asarray(argument) for argument in tf.nest.flatten(arguments)]
        return tuple(self._run(*given, *self._captured))

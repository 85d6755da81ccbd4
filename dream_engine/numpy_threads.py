"""Keeps NumPy on one thread. This module loads quickly, as it must be imported before NumPy."""

import os

ONE_NUMPY_THREAD = {"OPENBLAS_NUM_THREADS": "1"}
"""The environment variables with which OpenBLAS, NumPy's linear algebra, starts no threads."""


def keep_numpy_on_one_thread() -> None:
    """Have OpenBLAS start no threads when NumPy loads, in this process and in those that it starts.

    By itself, OpenBLAS starts a thread for every core that the process may use, whatever share of their time
    its container has, and the threads take processor time while they wait for their first work. The project
    multiplies only small matrices with NumPy. ``OPENBLAS_NUM_THREADS`` in the environment takes precedence.
    """
    for name, threads in ONE_NUMPY_THREAD.items():
        os.environ.setdefault(name, threads)

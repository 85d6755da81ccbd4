"""A Ray cluster of several machines, all simulated on this one."""

import asyncio
import contextlib
import logging
import os
import socket
from collections.abc import Iterator

import psutil

from benchmarks.processes import ROOT
from dream_engine.executors.base import DreamExecutor

_ENVIRONMENT = {
    "GRPC_ENABLE_FORK_SUPPORT": "0",  # the client server forks, which breaks its gRPC now and then
    "OMP_NUM_THREADS": "1",  # many processes share few cores
    "PYTHONPATH": str(ROOT),  # lets actors import this package
    "RAY_DEDUP_LOGS": "0",
}

SLEEPING_ACTOR_CPUS = 0.03
"""The CPUs that a sleeping actor requests. Many fit on a machine that starts two at a time."""


@contextlib.contextmanager
def cluster() -> Iterator[str]:
    """Start a head without workers and a machine of two cores. Yields the address.

    The machine declares two cores because Ray starts as many processes at once.
    """
    from ray.cluster_utils import Cluster  # noqa: PLC0415 - only measuring needs Ray

    os.environ.update(_ENVIRONMENT)
    logging.getLogger("dream_engine").setLevel(logging.ERROR)  # waiting for capacity is expected here
    head = {"num_cpus": 0, "gcs_server_port": _free_port(), "include_dashboard": False}
    machines = Cluster(initialize_head=True, head_node_args=head)
    try:
        machines.add_node(num_cpus=2)
        yield machines.address
    finally:
        machines.shutdown()


async def all_warm(executor: DreamExecutor, workers: int) -> None:
    """Wait for all workers. An executor has started once its first worker is warm."""
    while executor.ready < workers:  # noqa: ASYNC110 - it happens in other processes
        await asyncio.sleep(0.05)


def driver() -> psutil.Process:
    """The driver process of an executor in this process."""
    children = psutil.Process().children()
    return next(child for child in children if "dream_engine.executors.ray.driver_main" in child.cmdline())


def _free_port() -> int:
    with socket.create_server(("127.0.0.1", 0)) as server:
        port: int = server.getsockname()[1]
        return port

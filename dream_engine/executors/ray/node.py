"""Identifies the processes of a cluster, and checks that they run the same version of this project."""

import os
import platform
from dataclasses import dataclass

from dream_engine import __version__
from dream_engine.executors.base import ExecutorError


@dataclass(frozen=True, slots=True)
class WorkerInfo:
    """Describes a process of this project in a cluster.

    Attributes:
        version: The version of this project that it runs.
        machine: The machine's name.
        node: The machine's ID in the cluster, as Ray writes it.
        pid: The process's number on its machine.
    """

    version: str
    machine: str
    node: str
    pid: int


def worker_info() -> WorkerInfo:
    """Describe this process, which runs in a cluster."""
    import ray  # noqa: PLC0415 - missing in an installation without the cluster extra

    return WorkerInfo(__version__, platform.node(), ray.get_runtime_context().get_node_id(), os.getpid())


def check_version(worker: WorkerInfo) -> None:
    """Check that a process runs the same version of this project as this one.

    Raises:
        ExecutorError: It runs another version.
    """
    if worker.version != __version__:
        raise ExecutorError(
            f"The machine {worker.machine} has version {worker.version} of this project, and this one "
            f"{__version__}; install the same on all."
        )

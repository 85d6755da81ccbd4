"""Who answers on another machine, and whether it is the same program."""

import os
import platform
from dataclasses import dataclass

from dream_engine import __version__
from dream_engine.executors.base import ExecutorError


@dataclass(frozen=True, slots=True)
class WorkerInfo:
    """Who a process of this project is.

    Attributes:
        version: The version of this project there.
        machine: The machine's name.
        node: The machine's number in the cluster, as Ray writes it.
        pid: The process's number on its machine.
    """

    version: str
    machine: str
    node: str
    pid: int


def whereabouts() -> WorkerInfo:
    """Of this process, which runs in a cluster."""
    import ray  # noqa: PLC0415 - an installation without a cluster lacks it

    return WorkerInfo(__version__, platform.node(), ray.get_runtime_context().get_node_id(), os.getpid())


def check_version(there: WorkerInfo) -> None:
    """Make sure that a process is of the same version as this one.

    Raises:
        ExecutorError: It is not.
    """
    if there.version != __version__:
        raise ExecutorError(
            f"The machine {there.machine} has version {there.version} of this project, and this one "
            f"{__version__}; install the same on all."
        )

"""A real Ray cluster of two machines, both of them this one."""

import contextlib
import json
import os
from collections.abc import Iterator
from pathlib import Path
from typing import Self

import psutil
import pytest

from tests.conftest import free_port

ROOT = Path(__file__).parents[4]

# Ray reads this at import, here and in child processes.
os.environ.update(RAY_AUTH_MODE="token", RAY_AUTH_TOKEN="open-sesame" * 3)

NEEDS_RAY = [
    pytest.mark.cluster,
    # Ray leaves files open in a process that starts a cluster.
    pytest.mark.filterwarnings("ignore::ResourceWarning", "ignore::pytest.PytestUnraisableExceptionWarning"),
    # Ray handles SIGTERM in a process that starts a machine of a cluster.
    pytest.mark.usefixtures("_process_state_is_put_back"),
]
"""The marks of every module that starts a cluster."""


def driver_pid() -> int:
    """The process number of the one driver process."""
    (driver,) = [child for child in psutil.Process().children() if "driver_main" in command_line(child)]
    return driver.pid


@contextlib.contextmanager
def _importable_tests() -> Iterator[None]:
    """Let a machine that is started import the actors of tests for clients, which send no search path."""
    with pytest.MonkeyPatch.context() as patch:
        patch.setenv("PYTHONPATH", str(ROOT), prepend=os.pathsep)
        yield


def command_line(process: psutil.Process) -> str:
    """The command line of a process, which is empty once it has ended, as of a node that failed to start."""
    try:
        return " ".join(process.cmdline())
    except psutil.NoSuchProcess:
        return ""


class RealCluster:
    """A head that runs no dreams and another machine that does; both require a token.

    Args:
        cores: How many cores the other machine has.
    """

    def __init__(self, cores: int = 1) -> None:
        self._cores = cores
        self._port, self._client_port = free_port(), free_port()

    def __enter__(self) -> Self:
        self.start()
        return self

    def __exit__(self, *_: object) -> None:
        self.stop()

    def start(self) -> None:
        from ray.cluster_utils import Cluster

        head = {
            "num_cpus": 0,
            "gcs_server_port": self._port,
            "ray_client_server_port": self._client_port,
            "include_dashboard": False,
        }
        with pytest.MonkeyPatch.context() as patch, _importable_tests():
            # The server for Ray clients forks, which its gRPC does not always survive.
            patch.setenv("GRPC_ENABLE_FORK_SUPPORT", "0")
            self._cluster = Cluster(initialize_head=True, head_node_args=head)
        self._machine = self._add_machine()

    def stop(self) -> None:
        self._cluster.shutdown()

    @property
    def address(self) -> str:
        """The address for machines of the cluster."""
        return self._cluster.address

    @property
    def address_from_outside(self) -> str:
        """The address for Ray clients outside the cluster."""
        return f"ray://127.0.0.1:{self._client_port}"

    def exchange_machine(self) -> None:
        """Lose the machine that dreams without warning, and add another."""
        lost, self._machine = self._machine, self._add_machine()
        self._cluster.remove_node(lost, allow_graceful=False)

    def _add_machine(self) -> object:
        with _importable_tests():
            return self._cluster.add_node(num_cpus=self._cores)

    @contextlib.contextmanager
    def as_of(self, **versions: str) -> Iterator[None]:
        """Let the cluster report other versions."""
        from ray._raylet import GcsClient

        store = GcsClient(address=self.address)
        said = store.internal_kv_get(b"CLUSTER_METADATA", b"cluster")
        other = json.dumps(json.loads(said) | versions).encode()
        store.internal_kv_put(b"CLUSTER_METADATA", other, True, b"cluster")
        try:
            yield
        finally:
            store.internal_kv_put(b"CLUSTER_METADATA", said, True, b"cluster")

"""What the Ray executor says where there is no cluster; none of it needs Ray."""

import socket
from importlib.util import find_spec

import pytest

from dream_engine.executors.base import ExecutorError
from dream_engine.executors.ray import RayExecutor
from tests.conftest import free_port


@pytest.mark.parametrize("scheme", ["", "ray://"])
async def test_where_no_cluster_is_the_executor_says_so(scheme):
    address = f"{scheme}127.0.0.1:{free_port()}"
    with pytest.raises(ExecutorError, match=rf"No Ray cluster answers at {address}: "):
        await RayExecutor(address).start()


@pytest.mark.parametrize("address", ["ray://127.0.0.1", "nonsense", ":6379"])
async def test_an_address_that_is_none_is_told(address):
    with pytest.raises(ExecutorError, match="must be auto, host:port or ray://host:port"):
        await RayExecutor(address).start()


@pytest.mark.skipif(find_spec("ray") is not None, reason="Ray is installed")
async def test_without_ray_the_executor_says_how_to_install_it():
    with socket.create_server(("127.0.0.1", 0)) as somebody:
        host, port = somebody.getsockname()
        with pytest.raises(ExecutorError, match="install this project with its cluster extra"):
            await RayExecutor(f"{host}:{port}").start()

"""The errors of a Ray executor that finds no cluster; these tests need no Ray."""

import socket
from importlib.util import find_spec

import pytest

from dream_engine.executors.base import ExecutorError
from dream_engine.executors.ray import RayExecutor
from tests.conftest import free_port


@pytest.mark.parametrize("scheme", ["", "ray://"])
async def test_a_cluster_that_does_not_answer_is_an_error(scheme):
    address = f"{scheme}127.0.0.1:{free_port()}"
    with pytest.raises(ExecutorError, match=rf"No Ray cluster answers at {address}: "):
        await RayExecutor(address).start()


@pytest.mark.parametrize("address", ["ray://127.0.0.1", "nonsense", ":6379"])
async def test_an_invalid_address_is_an_error(address):
    with pytest.raises(ExecutorError, match="must be auto, host:port or ray://host:port"):
        await RayExecutor(address).start()


@pytest.mark.skipif(find_spec("ray") is not None, reason="Ray is installed")
async def test_without_ray_the_error_says_how_to_install_it():
    with socket.create_server(("127.0.0.1", 0)) as server:
        host, port = server.getsockname()
        with pytest.raises(ExecutorError, match="install dream-bot with its cluster extra"):
            await RayExecutor(f"{host}:{port}").start()

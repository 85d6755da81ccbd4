"""The Ray executor on a real cluster of two machines, both of them this one."""

import asyncio
import contextlib
import os
import signal
from collections.abc import AsyncIterator, Iterator

import psutil
import pytest
import pytest_asyncio

from dream_engine.cluster import RayExecutor
from dream_engine.dreams import Dream, DreamRequest
from dream_engine.executor import ExecutorError
from tests.dream_engine.pool.contract import SETTINGS, ExecutorContract, begin, dream_of, until

ray_cluster = pytest.importorskip("ray.cluster_utils")

pytestmark = pytest.mark.asyncio(loop_scope="module")


@pytest.fixture(scope="module")
def cluster() -> Iterator[object]:
    """A head that dreams nothing, and room for one worker on another machine."""
    cluster = ray_cluster.Cluster(
        initialize_head=True, head_node_args={"num_cpus": 0, "include_dashboard": False}
    )
    cluster.add_node(num_cpus=1)
    yield cluster
    cluster.shutdown()


@pytest_asyncio.fixture(scope="module", loop_scope="module")
async def executor(cluster) -> AsyncIterator[RayExecutor]:
    async with RayExecutor(cluster.address, overtime=5.0) as executor:
        await until(lambda: executor.ready == 1)
        yield executor


class TestTheContract(ExecutorContract):
    def pids(self, executor):
        return tuple(worker.pid for worker in executor.whereabouts)


async def test_a_lost_machine_costs_its_dream_one_retry_on_another(cluster, executor, small_cat):
    running = await begin(executor, small_cat)
    (machine,) = cluster.worker_nodes
    cluster.add_node(num_cpus=1)
    before = executor.whereabouts
    cluster.remove_node(machine, allow_graceful=False)
    await until(lambda: executor.ready == 1 and executor.whereabouts != before)
    assert not running.done()
    running.cancel()
    with contextlib.suppress(asyncio.CancelledError):
        await running
    assert isinstance(await dream_of(executor, DreamRequest(small_cat, SETTINGS)), Dream)


async def test_a_driver_that_ends_loses_no_dream(executor, small_cat):
    running = asyncio.create_task(
        dream_of(executor, DreamRequest(small_cat, SETTINGS.replace(iterations=60)))
    )
    (driver,) = [
        child for child in psutil.Process().children() if "driver_process" in " ".join(child.cmdline())
    ]
    os.kill(driver.pid, signal.SIGKILL)
    assert isinstance(await running, Dream)


async def test_where_no_cluster_is_the_executor_says_so():
    with pytest.raises(ExecutorError, match=r"No Ray cluster answers at 127\.0\.0\.1:9: "):
        await RayExecutor("127.0.0.1:9").start()


@pytest.mark.parametrize("address", ["ray://127.0.0.1", "nonsense", ":6379"])
async def test_an_address_that_is_none_is_told(address):
    with pytest.raises(ExecutorError, match="must be auto, or host:port"):
        await RayExecutor(address).start()

"""The Ray executor on a real cluster of two machines, both of them this one."""

import asyncio
import contextlib
import os
import signal
from collections.abc import AsyncIterator, Iterator

import pytest
import pytest_asyncio

from dream_engine.dreams import Dream, DreamRequest
from dream_engine.executors.base import ExecutorError
from dream_engine.executors.ray import RayExecutor
from tests.dream_engine.executors.pool.contract import (
    SETTINGS,
    ExecutorContract,
    WorkerLossContract,
    begin,
    dream_of,
    until,
)
from tests.dream_engine.executors.ray.real_cluster import NEEDS_RAY, RealCluster, driver_pid

pytest.importorskip("ray")

pytestmark = [*NEEDS_RAY, pytest.mark.asyncio(loop_scope="module")]


@pytest.fixture(scope="module")
def cluster() -> Iterator[RealCluster]:
    with RealCluster() as cluster:
        yield cluster


@pytest_asyncio.fixture(scope="module", loop_scope="module", params=["joined", "from outside"])
async def executor(cluster, request) -> AsyncIterator[RayExecutor]:
    address = cluster.address if request.param == "joined" else cluster.address_from_outside
    with pytest.MonkeyPatch.context() as patch:
        patch.setenv("RAY_CLIENT_RECONNECT_GRACE_PERIOD", "1")
        async with RayExecutor(address, grace_seconds=5.0) as executor:
            yield executor


class TestTheContract(ExecutorContract, WorkerLossContract):
    def pids(self, executor):
        return tuple(worker.pid for worker in executor.workers)


async def test_a_lost_machine_costs_its_dream_one_retry_on_another(cluster, executor, small_cat):
    running = await begin(executor, small_cat)
    before = executor.workers
    cluster.exchange_machine()
    await until(lambda: executor.ready == 1 and executor.workers != before)
    assert not running.done()
    running.cancel()
    with contextlib.suppress(asyncio.CancelledError):
        await running
    assert isinstance(await dream_of(executor, DreamRequest(small_cat, SETTINGS)), Dream)


async def test_a_driver_that_ends_loses_no_dream(executor, small_cat):
    driver = driver_pid()
    async for event in executor.dream(DreamRequest(small_cat, SETTINGS.replace(iterations=60))):
        with contextlib.suppress(ProcessLookupError):
            os.kill(driver, signal.SIGKILL)
        last = event
    assert isinstance(last, Dream)


async def test_a_dream_that_is_stopped_before_it_begins_ends(executor, small_cat):
    for _ in range(5):
        dreaming = asyncio.create_task(dream_of(executor, DreamRequest(small_cat, SETTINGS)))
        await asyncio.sleep(0)
        dreaming.cancel()
        async with asyncio.timeout(10):
            await asyncio.wait([dreaming])


async def test_a_cluster_of_other_versions_is_refused(cluster):
    with cluster.as_of(ray_version="1.2.3", python_version="3.9.1"):
        starting = RayExecutor(cluster.address).start()
        with pytest.raises(ExecutorError, match=r"cannot be joined: Version mismatch.*1\.2\.3.*3\.9\.1"):
            await starting


async def test_a_wrong_token_is_refused(cluster, monkeypatch):
    monkeypatch.setenv("RAY_AUTH_TOKEN", "open-barley" * 3)
    with pytest.raises(ExecutorError, match="is RAY_AUTH_TOKEN its token"):
        await RayExecutor(cluster.address_from_outside).start()

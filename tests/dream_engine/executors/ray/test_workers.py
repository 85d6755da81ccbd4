"""The number of workers on a Ray cluster, and refused workers; they load no network."""

import asyncio
import contextlib
import logging
from collections.abc import Iterator

import pytest

from dream_engine.dreams import DreamRequest
from dream_engine.executors.base import ExecutorError
from dream_engine.executors.ray import RayExecutor
from tests.dream_engine.executors.pool.contract import until
from tests.dream_engine.executors.ray.fake_actors import Elsewhere, Idle, Older
from tests.dream_engine.executors.ray.real_cluster import NEEDS_RAY, RealCluster

pytest.importorskip("ray")

pytestmark = [*NEEDS_RAY, pytest.mark.asyncio(loop_scope="module")]


@pytest.fixture(scope="module")
def cluster() -> Iterator[RealCluster]:
    with RealCluster(cores=3) as cluster:
        yield cluster


@contextlib.asynccontextmanager
async def dreaming(executor: RayExecutor, times: int):
    """Run a number of dreams at once until the block ends."""

    async def dream():
        async with contextlib.aclosing(executor.dream(DreamRequest(b""))) as events:
            async for _ in events:
                pass

    tasks = [asyncio.create_task(dream()) for _ in range(times)]
    try:
        yield
    finally:
        for task in tasks:
            task.cancel()
        await asyncio.gather(*tasks, return_exceptions=True)


async def test_workers_are_added_for_waiting_dreams_and_removed_when_idle(cluster):
    async with RayExecutor(cluster.address, idle_seconds=1, actor=Idle) as executor:
        assert (executor.ready, executor.capacity) == (1, 3)
        async with dreaming(executor, 5):
            await until(lambda: executor.ready == 3)
        await until(lambda: executor.ready == 1)
        assert executor.restarts == 0


async def test_there_are_no_more_workers_than_the_maximum(cluster):
    async with RayExecutor(cluster.address, min_workers=2, max_workers=2, actor=Idle) as executor:
        await until(lambda: executor.ready == 2)
        assert executor.capacity == 2
        async with dreaming(executor, 3):
            await asyncio.sleep(1.5)  # long enough to start a third
            assert executor.ready == 2


async def test_an_actor_limits_how_often_it_reports_progress(cluster):
    async with (
        RayExecutor(cluster.address, max_workers=1, actor=Idle) as executor,
        contextlib.aclosing(executor.dream(DreamRequest(b""))) as events,
    ):
        began = asyncio.get_running_loop().time()
        for _ in range(4):  # of fifty in a second
            await anext(events)
        assert asyncio.get_running_loop().time() >= began + 0.7


async def test_a_worker_knows_its_resources_and_how_many_workers_share_its_machine(cluster, caplog):
    caplog.set_level(logging.INFO)
    async with RayExecutor(cluster.address, cpus=1.5, actor=Idle):
        await until(lambda: "Warm with 1.5 CPU, among 2." in caplog.text)


async def test_a_full_cluster_is_an_error_that_names_the_resources(cluster):
    with pytest.raises(ExecutorError, match=r"no room for a worker of 64 CPU, 1 GPU within 1 seconds"):
        await RayExecutor(cluster.address, cpus=64, gpus=1, start_seconds=1.0, actor=Idle).start()


async def test_another_version_of_the_project_is_refused(cluster):
    with pytest.raises(ExecutorError, match=r"The machine attic has version 0\.0\.1 of this project, and"):
        await RayExecutor(cluster.address, actor=Older).start()


async def test_a_machine_that_lacks_the_project_is_an_error(cluster):
    with pytest.raises(ExecutorError, match=r"is the same version .* No module named 'dream_engine'"):
        await RayExecutor(cluster.address, actor=Elsewhere).start()

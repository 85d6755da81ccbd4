"""Chunks of motions on a real Ray cluster, with a dreamer that needs no network."""

import os
import signal
from collections.abc import AsyncIterator, Iterator

import pytest
import pytest_asyncio

from dream_engine.executors.ray import RayExecutor
from tests.dream_engine.executors.pool.chunk_contract import (
    CHUNK,
    INDICES,
    ChunkContract,
    Events,
    indices_of,
)
from tests.dream_engine.executors.pool.chunk_dreamer import GATED, chunk_request
from tests.dream_engine.executors.ray.fake_actors import Chunks
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
        async with RayExecutor(address, grace_seconds=5.0, actor=Chunks) as executor:
            yield executor


class TestTheContract(ChunkContract):
    def pids(self, executor):
        return tuple(worker.pid for worker in executor.workers)


async def test_a_driver_that_ends_costs_no_frame_and_repeats_none(executor, tmp_path):
    driver = driver_pid()
    gate, events = tmp_path / "gate", Events()
    async for event in executor.dream_chunk(chunk_request(gate=gate)):
        events.append(event)
        if len(indices_of(events)) == GATED and not gate.exists():
            os.kill(driver, signal.SIGKILL)
            gate.touch()
    assert indices_of(events) == INDICES
    assert events[-1] == CHUNK

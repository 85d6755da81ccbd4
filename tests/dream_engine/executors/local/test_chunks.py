"""Chunks of motions on the local executor: real worker processes, with a dreamer that needs no network."""

import asyncio
from collections.abc import AsyncIterator
from dataclasses import replace

import psutil
import pytest
import pytest_asyncio

from dream_engine.errors import TimeLimitError
from dream_engine.executors.base import ExecutorClosedError, WorkerLostError
from dream_engine.executors.local import LocalExecutor
from dream_engine.executors.local.devices import CPU
from dream_engine.frames import Frame
from tests.dream_engine.executors.local.networkless import networkless_workers
from tests.dream_engine.executors.pool.chunk_contract import (
    CHUNK,
    ChunkContract,
    Events,
    events_of,
    indices_of,
    read,
)
from tests.dream_engine.executors.pool.chunk_dreamer import FROZEN, GATED, chunk_request
from tests.dream_engine.executors.pool.contract import until


@pytest_asyncio.fixture(scope="module", loop_scope="module")
async def executor() -> AsyncIterator[LocalExecutor]:
    with networkless_workers():
        async with LocalExecutor([CPU], workers=1, grace_seconds=5.0) as executor:
            yield executor


pytestmark = pytest.mark.asyncio(loop_scope="module")


class TestTheContract(ChunkContract):
    def pids(self, executor):
        return executor.worker_pids


async def test_a_chunk_that_does_not_stop_in_time_costs_its_worker(executor, monkeypatch):
    monkeypatch.setattr(executor, "_grace_seconds", 0.2)
    (worker,) = executor.worker_pids
    events: Events = []
    with pytest.raises(TimeLimitError, match="longer than 1 seconds"):
        await read(executor, replace(chunk_request(FROZEN), time_limit=1.0), events)
    assert len(indices_of(events)) == 1
    await until(lambda: not psutil.pid_exists(worker))
    assert (await events_of(executor, chunk_request()))[-1] == CHUNK


async def test_a_chunk_that_loses_two_workers_is_an_error(executor, tmp_path):
    killed: list[int] = []
    events: Events = []

    async def kill_each_worker() -> None:
        """Kill each worker once it waits at the gate."""
        async for event in executor.dream_chunk(chunk_request(gate=tmp_path / "never")):
            events.append(event)
            if len(indices_of(events)) == GATED and executor.worker_pids[0] not in killed:
                killed.append(executor.worker_pids[0])
                psutil.Process(killed[-1]).kill()

    with pytest.raises(WorkerLostError, match="SIGKILL"):
        await kill_each_worker()
    assert len(killed) == 2
    assert len(indices_of(events)) == GATED
    assert (await events_of(executor, chunk_request()))[-1] == CHUNK


async def test_closing_the_executor_ends_a_running_chunk(tmp_path):
    begun = asyncio.Event()
    executor = LocalExecutor([CPU], workers=1)
    with networkless_workers():
        await executor.start()

    async def run() -> None:
        async for event in executor.dream_chunk(chunk_request(gate=tmp_path / "never")):
            if isinstance(event, Frame):
                begun.set()

    running = asyncio.create_task(run())
    await asyncio.wait_for(begun.wait(), 20)
    await executor.close()
    with pytest.raises(ExecutorClosedError):
        await running

"""Workers of the local executor that die, freeze or are closed: real processes, without a network.

``test_executor.py`` kills workers that dream with the network.
"""

import asyncio
import os
import signal
from collections.abc import AsyncIterator, Iterator
from pathlib import Path

import psutil
import pytest
import pytest_asyncio

from dream_engine.dreams import DreamRequest
from dream_engine.errors import TimeLimitError
from dream_engine.executors.base import ExecutorClosedError, ExecutorError, WorkerLostError
from dream_engine.executors.local import LocalExecutor
from dream_engine.executors.local.devices import CPU
from dream_engine.memory import MemoryUse
from tests.dream_engine.executors.local.networkless import networkless_workers
from tests.dream_engine.executors.pool.contract import (
    ENDLESS,
    SETTINGS,
    WorkerLossContract,
    begin,
    dream_of,
    until,
)


@pytest.fixture(scope="module", autouse=True)
def _networkless() -> Iterator[None]:
    with networkless_workers():
        yield


@pytest_asyncio.fixture(scope="module", loop_scope="module")
async def executor() -> AsyncIterator[LocalExecutor]:
    """An executor with one worker. Each test leaves a warm worker behind, the same one or another."""
    async with LocalExecutor([CPU], workers=1, grace_seconds=5.0) as executor:
        yield executor


pytestmark = pytest.mark.asyncio(loop_scope="module")


class TestTheContract(WorkerLossContract):
    def pids(self, executor):
        return executor.worker_pids


async def test_a_worker_that_holds_too_much_memory_is_replaced_by_a_warm_one(
    executor, small_cat, monkeypatch
):
    (before,) = executor.worker_pids
    restarts, replacements = executor.restarts, executor.replacements
    monkeypatch.setattr(MemoryUse, "excessive", property(lambda use: before in executor.worker_pids))
    ready = []
    while executor.worker_pids == (before,):
        await dream_of(executor, DreamRequest(small_cat, SETTINGS))
        ready.append(executor.ready)
    assert set(ready) == {1}
    await until(lambda: not psutil.pid_exists(before))
    await dream_of(executor, DreamRequest(small_cat, SETTINGS))
    assert executor.replacements == replacements + 1
    assert executor.restarts == restarts


async def test_a_dream_that_loses_two_workers_is_an_error_and_the_next_dream_succeeds(executor, small_cat):
    killed = set()

    async def kill_at_every_step() -> None:
        async for _ in executor.dream(DreamRequest(small_cat, ENDLESS)):
            (worker,) = executor.worker_pids
            killed.add(worker)
            os.kill(worker, signal.SIGKILL)

    with pytest.raises(WorkerLostError, match="SIGKILL"):
        await kill_at_every_step()
    assert len(killed) == 2
    await dream_of(executor, DreamRequest(small_cat, SETTINGS))


async def test_a_worker_that_does_not_stop_in_time_is_killed(executor, small_cat, monkeypatch):
    monkeypatch.setattr(executor, "_grace_seconds", 0.5)
    (worker,) = executor.worker_pids
    events = executor.dream(DreamRequest(small_cat, ENDLESS, time_limit=1.0))
    await anext(events)
    os.kill(worker, signal.SIGSTOP)  # it no longer reads messages
    with pytest.raises(TimeLimitError):
        async for _ in events:
            pass
    await until(lambda: not psutil.pid_exists(worker))
    await dream_of(executor, DreamRequest(small_cat, SETTINGS))


async def test_a_frozen_worker_that_reads_no_source_is_killed_at_the_time_limit(
    executor, small_cat, monkeypatch
):
    monkeypatch.setattr(executor, "_grace_seconds", 0.5)
    await dream_of(executor, DreamRequest(small_cat, SETTINGS))
    (worker,) = executor.worker_pids
    os.kill(worker, signal.SIGSTOP)
    too_large_for_the_pipe = small_cat + bytes(3_000_000)
    with pytest.raises(TimeLimitError):
        await dream_of(executor, DreamRequest(too_large_for_the_pipe, SETTINGS, time_limit=0.5))
    await dream_of(executor, DreamRequest(small_cat, SETTINGS))
    assert executor.worker_pids != (worker,)


async def test_closing_while_it_starts_leaves_no_process():
    before = set(psutil.Process().children())
    executor = LocalExecutor([CPU], workers=1)
    starting = asyncio.create_task(executor.start())
    await until(lambda: len(psutil.Process().children()) > len(before))
    await executor.close()
    with pytest.raises(ExecutorClosedError):
        await starting
    assert set(psutil.Process().children()) == before


async def test_closing_just_as_a_dream_begins_ends_that_dream(small_cat):
    executor = LocalExecutor([CPU], workers=1, warm=())
    await executor.start()
    beginning = asyncio.create_task(dream_of(executor, DreamRequest(small_cat, SETTINGS)))
    await asyncio.sleep(0)  # it has its slot, but its task has not run yet
    await executor.close()
    with pytest.raises(ExecutorClosedError):
        await asyncio.wait_for(beginning, 10)


async def test_a_dream_whose_lost_worker_cannot_be_replaced_fails(small_cat, monkeypatch):
    async with LocalExecutor([CPU], workers=1) as executor:
        (worker,) = executor.worker_pids
        running = await begin(executor, small_cat)
        lost = LocalExecutor([CPU], workers=1, weights={"efficientnet_lite0": Path("gone")})
        monkeypatch.setattr(executor._scaler, "_make_worker", lost._scaler._make_worker)
        os.kill(worker, signal.SIGKILL)
        with pytest.raises(ExecutorError, match="No worker could be started"):
            await running


async def test_a_start_that_is_cancelled_leaves_no_process():
    before = set(psutil.Process().children())
    starting = asyncio.create_task(LocalExecutor([CPU, CPU]).start())
    await until(lambda: len(psutil.Process().children()) == len(before) + 2)
    starting.cancel()
    with pytest.raises(asyncio.CancelledError):
        await starting
    assert set(psutil.Process().children()) == before


async def test_close_leaves_no_process_and_ends_running_and_waiting_dreams(small_cat):
    executor = LocalExecutor([CPU], workers=1)
    await executor.start()
    (worker,) = executor.worker_pids
    running = await begin(executor, small_cat)
    waiting = asyncio.create_task(dream_of(executor, DreamRequest(small_cat, SETTINGS)))
    await asyncio.sleep(0)
    await executor.close()
    for task in (running, waiting):
        with pytest.raises(ExecutorClosedError):
            await task
    assert not psutil.pid_exists(worker)
    with pytest.raises(ExecutorClosedError):
        await dream_of(executor, DreamRequest(small_cat, SETTINGS))

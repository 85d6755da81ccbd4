"""The local executor on real worker processes."""

import asyncio
import os
import signal
import sys
from collections.abc import AsyncIterator
from pathlib import Path

import psutil
import pytest
import pytest_asyncio

from dream_engine.dreams import Dream, DreamRequest
from dream_engine.errors import NotAPictureError, TimeLimitError, WeightsNotFoundError
from dream_engine.executors.base import ExecutorClosedError, ExecutorError, WorkerLostError
from dream_engine.executors.local import LocalExecutor
from dream_engine.executors.local.devices import CPU
from dream_engine.memory import MemoryUse
from tests.dream_engine.executors.pool.contract import (
    ENDLESS,
    SETTINGS,
    ExecutorContract,
    begin,
    dream_of,
    until,
)


@pytest_asyncio.fixture(scope="module", loop_scope="module")
async def executor() -> AsyncIterator[LocalExecutor]:
    """An executor with one worker. Each test leaves a warm worker behind, the same one or another."""
    async with LocalExecutor([CPU], grace_seconds=5.0) as executor:
        yield executor


pytestmark = pytest.mark.asyncio(loop_scope="module")


class TestTheContract(ExecutorContract):
    def pids(self, executor):
        return executor.worker_pids


async def test_a_worker_reports_its_memory_after_each_dream_and_stays_below_its_bound(executor, small_cat):
    await dream_of(executor, DreamRequest(small_cat, SETTINGS))
    (use,) = executor.worker_memory
    (worker,) = executor.worker_pids
    assert use.resident == pytest.approx(psutil.Process(worker).memory_info().rss, rel=0.2)
    assert use.resident < use.bound  # which grows with the largest dream that any test has planned
    assert not use.excessive


async def test_the_memory_is_reported_after_a_stopped_dream(executor, small_cat):
    executor._scaler.workers[0].memory = None
    events = executor.dream(DreamRequest(small_cat, ENDLESS))
    await anext(events)
    await events.aclose()
    await until(lambda: bool(executor.worker_memory))


async def test_the_memory_is_reported_after_a_failed_dream(executor):
    executor._scaler.workers[0].memory = None
    with pytest.raises(NotAPictureError):
        await dream_of(executor, DreamRequest(b"nothing", SETTINGS))
    assert executor.worker_memory


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


async def test_the_worker_is_free_while_the_reader_handles_its_dream(executor, small_cat):
    async for event in executor.dream(DreamRequest(small_cat, SETTINGS)):
        if isinstance(event, Dream):
            await dream_of(executor, DreamRequest(small_cat, SETTINGS))


async def test_closing_while_it_starts_leaves_no_process():
    before = set(psutil.Process().children())
    executor = LocalExecutor([CPU])
    starting = asyncio.create_task(executor.start())
    await until(lambda: len(psutil.Process().children()) > len(before))
    await executor.close()
    with pytest.raises(ExecutorClosedError):
        await starting
    assert set(psutil.Process().children()) == before


async def test_closing_just_as_a_dream_begins_ends_that_dream(small_cat):
    executor = LocalExecutor([CPU], warm=())
    await executor.start()
    beginning = asyncio.create_task(dream_of(executor, DreamRequest(small_cat, SETTINGS)))
    await asyncio.sleep(0)  # it has its slot, but its task has not run yet
    await executor.close()
    with pytest.raises(ExecutorClosedError):
        await asyncio.wait_for(beginning, 10)


async def test_a_dream_whose_lost_worker_cannot_be_replaced_fails(small_cat, monkeypatch):
    async with LocalExecutor([CPU]) as executor:
        (worker,) = executor.worker_pids
        running = await begin(executor, small_cat)
        lost = LocalExecutor([CPU], weights={"efficientnet_lite0": Path("gone")})
        monkeypatch.setattr(executor._scaler, "_make_worker", lost._scaler._make_worker)
        os.kill(worker, signal.SIGKILL)
        with pytest.raises(ExecutorError, match="No worker could be started"):
            await running


async def test_a_dream_on_an_executor_that_was_not_started_is_an_error(small_cat):
    with pytest.raises(ExecutorError, match="not started"):
        await dream_of(LocalExecutor([CPU]), DreamRequest(small_cat, SETTINGS))


async def test_a_start_that_is_cancelled_leaves_no_process():
    before = set(psutil.Process().children())
    starting = asyncio.create_task(LocalExecutor([CPU, CPU]).start())
    await until(lambda: len(psutil.Process().children()) == len(before) + 2)
    starting.cancel()
    with pytest.raises(asyncio.CancelledError):
        await starting
    assert set(psutil.Process().children()) == before


async def test_close_leaves_no_process_and_ends_running_and_waiting_dreams(small_cat):
    executor = LocalExecutor([CPU])
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


async def test_a_start_that_fails_says_why_and_leaves_no_process():
    before = set(psutil.Process().children())
    executor = LocalExecutor([CPU], weights={"efficientnet_lite0": Path("nowhere.pth")})
    with pytest.raises(WeightsNotFoundError, match=r"nowhere\.pth"):
        await executor.start()
    assert set(psutil.Process().children()) == before


async def test_the_worker_dies_with_its_parent():
    program = (
        "import asyncio\n"
        "from dream_engine.executors.local import LocalExecutor\n"
        "async def main():\n"
        "    async with LocalExecutor(['cpu'], warm=()) as executor:\n"
        "        print(*executor.worker_pids, flush=True)\n"
        "        await asyncio.Event().wait()\n"
        "asyncio.run(main())\n"
    )
    parent = await asyncio.create_subprocess_exec(
        sys.executable, "-c", program, stdout=asyncio.subprocess.PIPE
    )
    assert parent.stdout is not None
    worker = psutil.Process(int(await parent.stdout.readline()))
    parent.kill()
    await parent.wait()
    await asyncio.to_thread(worker.wait, 10)
    assert not worker.is_running()

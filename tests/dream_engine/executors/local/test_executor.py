"""The local executor on real worker processes."""

import asyncio
import sys
from collections.abc import AsyncIterator
from pathlib import Path

import psutil
import pytest
import pytest_asyncio

from dream_engine.dreams import Dream, DreamRequest
from dream_engine.errors import NotAPictureError, WeightsNotFoundError
from dream_engine.executors.base import ExecutorError
from dream_engine.executors.local import LocalExecutor
from dream_engine.executors.local.devices import CPU
from tests.dream_engine.executors.pool.contract import (
    ENDLESS,
    SETTINGS,
    ExecutorContract,
    dream_of,
    until,
)


@pytest_asyncio.fixture(scope="module", loop_scope="module")
async def executor() -> AsyncIterator[LocalExecutor]:
    """An executor with one worker. Each test leaves a warm worker behind, the same one or another."""
    async with LocalExecutor([CPU], workers=1, grace_seconds=5.0) as executor:
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


async def test_the_worker_is_free_while_the_reader_handles_its_dream(executor, small_cat):
    async for event in executor.dream(DreamRequest(small_cat, SETTINGS)):
        if isinstance(event, Dream):
            await dream_of(executor, DreamRequest(small_cat, SETTINGS))


async def test_a_dream_on_an_executor_that_was_not_started_is_an_error(small_cat):
    with pytest.raises(ExecutorError, match="not started"):
        await dream_of(LocalExecutor([CPU], workers=1), DreamRequest(small_cat, SETTINGS))


async def test_a_start_that_fails_says_why_and_leaves_no_process():
    before = set(psutil.Process().children())
    executor = LocalExecutor([CPU], workers=1, weights={"efficientnet_lite0": Path("nowhere.pth")})
    with pytest.raises(WeightsNotFoundError, match=r"nowhere\.pth"):
        await executor.start()
    assert set(psutil.Process().children()) == before


async def test_the_worker_dies_with_its_parent():
    program = (
        "import asyncio\n"
        "from dream_engine.executors.local import LocalExecutor\n"
        "async def main():\n"
        "    async with LocalExecutor(['cpu'], workers=1, warm=()) as executor:\n"
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

"""The local executor on real worker processes."""

import asyncio
import logging
import os
import signal
import sys
from collections.abc import AsyncIterator, Callable
from contextvars import ContextVar
from pathlib import Path

import numpy as np
import psutil
import pytest
import pytest_asyncio

from dream_engine.dreams import Dream, DreamRequest, Progress
from dream_engine.errors import NotAPictureError, TimeLimitError, WeightsNotFoundError
from dream_engine.executor import DreamCrashedError, ExecutorClosedError, ExecutorError, WorkerLostError
from dream_engine.images import decode
from dream_engine.local import LocalExecutor
from dream_engine.local.devices import CPU
from dream_engine.settings import DreamSettings
from tests.conftest import png

SETTINGS = DreamSettings(octaves=2, iterations=3, seed=1)
ENDLESS = SETTINGS.replace(iterations=500)


@pytest_asyncio.fixture(scope="module", loop_scope="module")
async def executor() -> AsyncIterator[LocalExecutor]:
    """One warm worker, shared: a test leaves it warm, or with another in its place."""
    async with LocalExecutor([CPU], overtime=5.0) as executor:
        yield executor


pytestmark = pytest.mark.asyncio(loop_scope="module")


async def dream_of(executor: LocalExecutor, request: DreamRequest) -> Dream:
    async for event in executor.dream(request):
        last = event
    assert isinstance(last, Dream)
    return last


async def until(condition: Callable[[], bool]) -> None:
    """Wait for what happens in other processes, and so sets no event here."""
    async with asyncio.timeout(20):
        while not condition():  # noqa: ASYNC110
            await asyncio.sleep(0.01)


async def begin(executor: LocalExecutor, source: bytes) -> asyncio.Task[None]:
    """Start an endless dream in a task; return when its first step is done."""
    begun = asyncio.Event()

    async def run() -> None:
        async for _ in executor.dream(DreamRequest(source, ENDLESS)):
            begun.set()

    task = asyncio.create_task(run())
    waiting = asyncio.create_task(begun.wait())
    await asyncio.wait((task, waiting), return_when=asyncio.FIRST_COMPLETED)
    assert begun.is_set(), task
    return task


async def test_progress_comes_and_last_the_dream(executor, small_cat):
    events = [event async for event in executor.dream(DreamRequest(small_cat, SETTINGS, preview_seconds=0))]
    *told, dream = events
    assert told
    assert all(isinstance(event, Progress) for event in told)
    assert any(event.preview for event in told)
    assert isinstance(dream, Dream)
    assert decode(dream.image).rgb.shape == (80, 120, 3)


async def test_closing_the_iterator_stops_the_dream_and_leaves_the_worker_warm(executor, small_cat):
    worker = executor.worker_pids
    events = executor.dream(DreamRequest(small_cat, ENDLESS))
    await anext(events)
    await events.aclose()
    await dream_of(executor, DreamRequest(small_cat, SETTINGS))
    assert executor.worker_pids == worker


async def test_cancelling_the_task_stops_the_dream_and_leaves_the_worker_warm(executor, small_cat):
    worker = executor.worker_pids
    task = await begin(executor, small_cat)
    task.cancel()
    with pytest.raises(asyncio.CancelledError):
        await task
    await dream_of(executor, DreamRequest(small_cat, SETTINGS))
    assert executor.worker_pids == worker


async def test_a_killed_worker_costs_its_dream_one_retry(executor, small_cat):
    (worker,) = executor.worker_pids
    killed, restarts = False, executor.restarts
    async for event in executor.dream(DreamRequest(small_cat, SETTINGS.replace(iterations=40))):
        if not killed:
            os.kill(worker, signal.SIGKILL)
            killed = True
        last = event
    assert isinstance(last, Dream)
    assert executor.worker_pids != (worker,)
    assert executor.restarts == restarts + 1
    assert executor.ready == 1


async def test_a_worker_killed_twice_is_a_clear_error_and_the_next_one_dreams(executor, small_cat):
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


async def test_a_worker_that_died_idle_costs_nobody_a_try(executor, small_cat):
    await dream_of(executor, DreamRequest(small_cat, SETTINGS))
    (idle,) = executor.worker_pids
    os.kill(idle, signal.SIGKILL)
    await until(lambda: not executor.worker_pids)
    killed = set()
    async for event in executor.dream(DreamRequest(small_cat, SETTINGS.replace(iterations=40))):
        if not killed:
            killed.add(*executor.worker_pids)
            os.kill(*killed, signal.SIGKILL)
        last = event
    assert isinstance(last, Dream)
    assert idle not in killed


async def test_a_dream_past_its_time_is_stopped_and_the_worker_stays_warm(executor, small_cat):
    worker = executor.worker_pids
    with pytest.raises(TimeLimitError, match="longer than 1 seconds"):
        await dream_of(executor, DreamRequest(small_cat, ENDLESS, time_limit=1.0))
    await dream_of(executor, DreamRequest(small_cat, SETTINGS))
    assert executor.worker_pids == worker


async def test_a_worker_that_does_not_stop_in_time_is_killed(executor, small_cat, monkeypatch):
    monkeypatch.setattr(executor, "_overtime", 0.5)
    (worker,) = executor.worker_pids
    events = executor.dream(DreamRequest(small_cat, ENDLESS, time_limit=1.0))
    await anext(events)
    os.kill(worker, signal.SIGSTOP)  # it hears nothing any more
    with pytest.raises(TimeLimitError):
        async for _ in events:
            pass
    await until(lambda: not psutil.pid_exists(worker))
    await dream_of(executor, DreamRequest(small_cat, SETTINGS))


async def test_requests_beyond_the_workers_wait_in_order(executor, small_cat):
    finished = []

    async def run(name: int) -> None:
        await dream_of(executor, DreamRequest(small_cat, SETTINGS))
        finished.append(name)

    async with asyncio.TaskGroup() as group:
        for name in range(5):
            group.create_task(run(name))
    assert finished == [0, 1, 2, 3, 4]


async def test_a_stopped_worker_and_a_large_source_hold_nobody_up(executor, small_cat, monkeypatch):
    monkeypatch.setattr(executor, "_overtime", 0.5)
    await dream_of(executor, DreamRequest(small_cat, SETTINGS))
    (worker,) = executor.worker_pids
    os.kill(worker, signal.SIGSTOP)
    too_large_for_the_pipe = small_cat + bytes(3_000_000)
    with pytest.raises(TimeLimitError):
        await dream_of(executor, DreamRequest(too_large_for_the_pipe, SETTINGS, time_limit=0.5))
    await dream_of(executor, DreamRequest(small_cat, SETTINGS))
    assert executor.worker_pids != (worker,)


async def test_the_worker_is_free_while_the_reader_is_busy_with_its_dream(executor, small_cat):
    async for event in executor.dream(DreamRequest(small_cat, SETTINGS)):
        if isinstance(event, Dream):
            await dream_of(executor, DreamRequest(small_cat, SETTINGS))


async def test_a_reader_who_pauses_does_not_hold_the_worker(executor, small_cat):
    events = executor.dream(DreamRequest(small_cat, SETTINGS))
    await anext(events)
    await dream_of(executor, DreamRequest(small_cat, SETTINGS))  # while the first is still being read
    *_, dream = [event async for event in events]
    assert isinstance(dream, Dream)


async def test_the_next_dream_begins_while_the_file_of_the_last_is_written(executor):
    noise = np.random.default_rng(0).integers(0, 256, (1500, 2000, 3), np.uint8)  # slow to compress
    one_step = SETTINGS.replace(octaves=1, iterations=1)
    begun = asyncio.Event()

    async def dream_the_next() -> None:
        async for _ in executor.dream(DreamRequest(png(noise[:64, :64]), one_step)):
            begun.set()

    async with asyncio.TaskGroup() as group:
        events = executor.dream(DreamRequest(png(noise), one_step))
        while (await anext(events)).fraction < 1.0:
            pass
        group.create_task(dream_the_next())
        *_, last = [event async for event in events]
        assert isinstance(last, Dream)
        assert begun.is_set()


async def test_a_worker_killed_while_it_writes_a_file_dreams_that_once_more(executor):
    noise = np.random.default_rng(0).integers(0, 256, (1500, 2000, 3), np.uint8)
    killed = set()
    one_step = SETTINGS.replace(octaves=1, iterations=1)
    async for event in executor.dream(DreamRequest(png(noise), one_step)):
        if not killed and isinstance(event, Progress) and event.fraction == 1.0:
            killed.update(executor.worker_pids)
            os.kill(*killed, signal.SIGKILL)
        last = event
    assert isinstance(last, Dream)
    assert killed.isdisjoint(executor.worker_pids)


async def test_who_leaves_while_the_file_is_written_leaves_the_worker_warm(executor, small_cat):
    worker = executor.worker_pids
    noise = np.random.default_rng(0).integers(0, 256, (900, 1200, 3), np.uint8)
    events = executor.dream(DreamRequest(png(noise), SETTINGS.replace(octaves=1, iterations=1)))
    while (await anext(events)).fraction < 1.0:
        pass
    await events.aclose()
    await dream_of(executor, DreamRequest(small_cat, SETTINGS))
    assert executor.worker_pids == worker


async def test_a_request_that_cannot_be_sent_is_an_error_and_costs_no_worker(executor, small_cat):
    worker = executor.worker_pids
    with pytest.raises(ExecutorError, match="cannot be sent"):
        await dream_of(executor, DreamRequest(memoryview(small_cat), SETTINGS))  # type: ignore[arg-type]
    await dream_of(executor, DreamRequest(small_cat, SETTINGS))
    assert executor.worker_pids == worker


async def test_closing_while_it_starts_leaves_no_process():
    before = set(psutil.Process().children())
    executor = LocalExecutor([CPU])
    starting = asyncio.create_task(executor.start())
    await until(lambda: len(psutil.Process().children()) > len(before))
    await executor.close()
    with pytest.raises(ExecutorClosedError):
        await starting
    assert set(psutil.Process().children()) == before


async def test_closing_in_the_moment_a_dream_begins_leaves_nobody_waiting(small_cat):
    executor = LocalExecutor([CPU], warm=())
    await executor.start()
    beginning = asyncio.create_task(dream_of(executor, DreamRequest(small_cat, SETTINGS)))
    await asyncio.sleep(0)  # it has its worker, whose chore has not run yet
    await executor.close()
    with pytest.raises(ExecutorClosedError):
        await asyncio.wait_for(beginning, 10)


async def test_it_is_started_once(executor):
    with pytest.raises(ExecutorError, match="started already"):
        await executor.start()


async def test_where_no_worker_can_be_started_whoever_waits_is_told(small_cat, monkeypatch):
    async with LocalExecutor([CPU]) as executor:
        (worker,) = executor.worker_pids
        running = await begin(executor, small_cat)
        lost = LocalExecutor([CPU], weights={"efficientnet_lite0": Path("gone")})
        monkeypatch.setattr(executor, "_make_worker", lost._make_worker)
        os.kill(worker, signal.SIGKILL)
        with pytest.raises(ExecutorError, match="No worker could be started"):
            await running


async def test_an_executor_that_was_not_started_says_so(small_cat):
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


async def test_what_a_person_can_mend_arrives_as_it_was_raised(executor):
    with pytest.raises(NotAPictureError, match="a text") as refusal:
        await dream_of(executor, DreamRequest(b"Dear bot", SETTINGS))
    assert refusal.value.details["looks_like"] == "a text"


async def test_a_bug_arrives_with_the_workers_traceback(executor, small_cat):
    # There is no such format, so the worker stumbles over it.
    request = DreamRequest(small_cat, SETTINGS, file_format="gif")  # type: ignore[arg-type]
    with pytest.raises(DreamCrashedError, match="KeyError: 'gif'") as crash:
        await dream_of(executor, request)
    assert "in check_encodable" in "".join(crash.value.__notes__)


async def test_close_leaves_no_process_and_ends_what_runs_and_what_waits(small_cat):
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
        "from dream_engine.local import LocalExecutor\n"
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


async def test_what_a_worker_logs_is_logged_in_the_context_of_its_dream(executor, small_cat, caplog):
    whose: ContextVar[str] = ContextVar("whose", default="nobody's")
    seen = []

    class Noting(logging.Filter):
        def filter(self, record: logging.LogRecord) -> bool:
            seen.append((record.getMessage(), whose.get()))
            return True

    caplog.set_level(logging.INFO)
    caplog.handler.addFilter(noting := Noting())
    try:
        whose.set("mine")
        async for _ in executor.dream(DreamRequest(small_cat, SETTINGS)):
            pass
    finally:
        caplog.handler.removeFilter(noting)
    told = [(text.split()[0], owner) for text, owner in seen if text.startswith("Dream")]
    assert told == [("Dreaming:", "mine"), ("Dreamed", "mine")]

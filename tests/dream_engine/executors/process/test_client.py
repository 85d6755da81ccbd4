"""The parent's end of the pipes, with small real child processes."""

import asyncio
import contextlib
from collections.abc import AsyncIterator

import psutil
import pytest

from dream_engine.dreams import DreamRequest
from dream_engine.executors.base import ExecutorError, WorkerLostError
from dream_engine.executors.process.client import ProcessClient
from tests.dream_engine.executors.pool.contract import until

CHILD = "tests.dream_engine.executors.process.child"
REQUEST = DreamRequest(b"")


@contextlib.asynccontextmanager
async def started(plan: str, seconds: float = 20, **options) -> AsyncIterator[ProcessClient]:
    client = ProcessClient(CHILD, plan, **options)
    try:
        await client.start(seconds)
        yield client
    finally:
        await client.kill()


async def fails_to_start(plan: str, kind: type[Exception], sentence: str, seconds: float = 20) -> None:
    client = ProcessClient(CHILD, plan)
    with pytest.raises(kind, match=sentence):
        await client.start(seconds)
    assert not client.alive
    assert client.pid is not None
    assert not psutil.pid_exists(client.pid)


async def test_a_process_that_is_ready_is_alive_until_it_is_killed():
    async with started("") as client:
        assert client.alive
        await client.kill()
        assert not client.alive
        await client.wait_gone()


async def test_a_process_that_ends_before_it_is_ready_names_its_status():
    await fails_to_start("ends", WorkerLostError, r"The worker ended with status 3\.")


async def test_a_process_that_closes_its_pipe_may_end_by_itself_and_names_its_status():
    await fails_to_start("closes its pipe and ends", WorkerLostError, r"The worker ended with status 3\.")


async def test_a_process_that_is_killed_before_it_is_ready_names_the_signal():
    await fails_to_start("is killed", WorkerLostError, r"The worker was ended by SIGTERM\.")


async def test_a_process_that_reports_a_failure_raises_it():
    await fails_to_start("fails", ExecutorError, "nothing to compute on")


async def test_a_process_that_is_not_ready_in_time_is_killed():
    await fails_to_start("hangs", ExecutorError, "not ready within 1 seconds", seconds=1)


async def test_a_process_has_its_parents_environment_and_the_added_variables(caplog, monkeypatch):
    monkeypatch.setenv("PLANET", "earth")
    async with started(""):
        assert "earth" in caplog.messages
    async with started("", environment={"PLANET": "mars"}):
        assert "mars" in caplog.messages


async def test_a_process_has_one_thread_for_numpy_unless_the_environment_says_otherwise(caplog, monkeypatch):
    monkeypatch.delenv("OPENBLAS_NUM_THREADS")
    async with started(""):
        assert "1 for NumPy" in caplog.messages
    monkeypatch.setenv("OPENBLAS_NUM_THREADS", "3")
    async with started(""):
        assert "3 for NumPy" in caplog.messages


async def test_the_output_of_a_process_is_logged_and_its_stdin_is_empty(caplog):
    async with started(""):
        await until(lambda: "In the worker: stdin holds ''" in caplog.messages)
        assert "In the worker: printed to stdout" in caplog.messages


async def test_a_process_that_ends_ends_its_dreams():
    async with started("ends at a dream") as client:
        mailbox = client.open_mailbox()
        await client.begin(mailbox, REQUEST)
        with pytest.raises(WorkerLostError, match="status 4"):
            await mailbox.receive()
        await client.wait_gone()
        late = client.open_mailbox()
        await client.begin(late, REQUEST)
        with pytest.raises(WorkerLostError, match="status 4"):
            await late.receive()


async def test_a_dream_is_stopped_when_the_process_says_so():
    async with started("") as client:
        mailbox = client.open_mailbox()
        await client.begin(mailbox, REQUEST)
        async with asyncio.timeout(10):
            await client.stop(mailbox)
        with pytest.raises(ExecutorError, match="The dream was stopped"):
            await mailbox.receive()


async def test_every_dream_can_be_ended_at_once():
    async with started("") as client:
        mailboxes = [client.open_mailbox() for _ in range(2)]
        client.end_all(ExecutorError("It is closed."))
        for mailbox in mailboxes:
            with pytest.raises(ExecutorError, match="It is closed"):
                await mailbox.receive()


@pytest.mark.parametrize("plan", ["", "does not end"])
async def test_a_process_that_is_closed_ends_or_is_killed(plan):
    async with started(plan) as client:
        await client.close(0.5 if plan else 20)
        assert not psutil.pid_exists(client.pid)


async def test_a_process_that_was_not_started_can_be_closed_and_killed():
    client = ProcessClient(CHILD, "")
    assert client.pid is None
    await client.close(1)
    await client.kill()

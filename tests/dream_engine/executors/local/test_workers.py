"""Several workers on one processor: real processes, without a network."""

import asyncio
from collections.abc import Iterator

import psutil
import pytest

from dream_engine.dreams import DreamRequest
from dream_engine.executors.local import LocalExecutor
from dream_engine.executors.local import executor as executor_module
from dream_engine.executors.local.devices import CPU
from dream_engine.executors.pool import executor as pool_executor
from dream_engine.executors.pool import scaling as scaling_module
from dream_engine.executors.pool.scaling import WorkerScaler
from tests.dream_engine.executors.local.networkless import networkless_workers
from tests.dream_engine.executors.pool.chunk_dreamer import chunk_request
from tests.dream_engine.executors.pool.contract import ENDLESS, SETTINGS, dream_of, until

pytestmark = pytest.mark.asyncio


@pytest.fixture(autouse=True)
def _networkless() -> Iterator[None]:
    with networkless_workers():
        yield


@pytest.fixture
def rounds(monkeypatch) -> list[None]:
    """Lets the scaler check the number of workers often; holds an entry for each check."""
    done: list[None] = []
    remove_idle_worker = WorkerScaler._remove_idle_worker

    def counted(scaler):
        remove_idle_worker(scaler)
        done.append(None)

    monkeypatch.setattr(scaling_module, "_ROUND_SECONDS", 0.01)
    monkeypatch.setattr(WorkerScaler, "_remove_idle_worker", counted)
    return done


async def several(rounds):
    """Wait until the scaler has checked the number of workers some more times."""
    enough = len(rounds) + 5
    await until(lambda: len(rounds) >= enough)


async def endless_dream(executor):
    """Begin a dream that ends only when its iterator is closed; returns the iterator."""
    events = executor.dream(DreamRequest(b"", ENDLESS))
    await anext(events)
    return events


async def test_further_workers_start_only_when_somebody_waits():
    async with LocalExecutor([CPU], workers=2) as executor:
        assert (executor.ready, executor.capacity) == (1, 2)
        await dream_of(executor, DreamRequest(b"", SETTINGS))
        assert executor.ready == 1
        dreams = await asyncio.gather(endless_dream(executor), endless_dream(executor))
        assert executor.ready == 2
        for events in dreams:
            await events.aclose()


async def test_as_many_workers_as_were_asked_for_are_warm_from_the_start_and_stay(rounds):
    async with LocalExecutor([CPU], workers=3, workers_at_start=2, idle_seconds=0.01) as executor:
        assert (executor.ready, executor.capacity) == (2, 3)
        await several(rounds)
        assert executor.ready == 2


async def test_an_idle_worker_beyond_the_first_ends():
    async with LocalExecutor([CPU], workers=2, idle_seconds=0.1) as executor:
        for events in await asyncio.gather(endless_dream(executor), endless_dream(executor)):
            await events.aclose()
        first, second = executor.worker_pids
        await until(lambda: executor.ready == 1)
        await until(lambda: not (psutil.pid_exists(first) and psutil.pid_exists(second)))


async def test_no_further_worker_starts_while_memory_is_short(monkeypatch, rounds):
    free = [10**12]
    monkeypatch.setattr(executor_module, "available_bytes", lambda: free[0])
    async with LocalExecutor([CPU], workers=2) as executor:
        free[0] = 10**9
        assert executor.capacity == 1
        first = await endless_dream(executor)
        second = asyncio.create_task(dream_of(executor, DreamRequest(b"", SETTINGS)))
        await several(rounds)
        assert (executor.ready, executor._scaler.worker_count) == (1, 1)
        free[0] = 10**12
        await second
        assert (executor.ready, executor.capacity) == (2, 2)
        await first.aclose()


async def test_every_worker_knows_how_many_share_the_cores(tmp_path):
    gate = tmp_path / "gate"
    async with LocalExecutor([CPU], workers=2) as executor:
        assert executor.shares_cores
        assert (await dream_of(executor, DreamRequest(b"", SETTINGS))).sharers == 1
        events = executor.dream_chunk(chunk_request(gate=gate))
        await anext(events)
        assert (await dream_of(executor, DreamRequest(b"", SETTINGS))).sharers == 2
        await events.aclose()
        await until(lambda: not executor._computing)  # the chunk stops at its next step
        assert (await dream_of(executor, DreamRequest(b"", SETTINGS))).sharers == 1


async def test_a_dream_that_follows_another_leaves_the_cores_of_its_neighbours_alone(monkeypatch):
    monkeypatch.setattr(pool_executor, "_SUCCESSION_SECONDS", 1.0)  # beside other tests, processes react late
    async with LocalExecutor([CPU], workers=2) as executor:
        neighbour = await endless_dream(executor)
        await dream_of(executor, DreamRequest(b"", SETTINGS))  # the second worker is warm
        told: list[int] = []
        monkeypatch.setattr(executor, "_share_cores", told.append)
        dreams = (dream_of(executor, DreamRequest(b"", SETTINGS)) for _ in range(3))
        await asyncio.gather(*dreams)
        assert set(told) == {2}
        await until(lambda: told[-1] == 1)
        await neighbour.aclose()


async def test_a_worker_alone_shares_its_cores_with_nobody():
    assert not LocalExecutor([CPU], workers=1).shares_cores


async def test_fewer_workers_than_devices_use_the_first_devices():
    async with LocalExecutor([CPU, CPU], workers=1) as executor:
        assert (executor.ready, executor.capacity) == (1, 1)

"""Runs many dreams at once, and times each."""

import asyncio
import time
from collections.abc import AsyncIterator, Iterable
from contextlib import asynccontextmanager
from dataclasses import dataclass

import psutil

from benchmarks.cluster.machines import SLEEPING_ACTOR_CPUS, all_warm, driver
from benchmarks.cluster.sleeping_actor import SleepingActor, sleep_request
from dream_engine.dreams import Dream
from dream_engine.executors.base import DreamExecutor
from dream_engine.executors.ray import RayExecutor


@dataclass(frozen=True)
class TimedDream:
    """A completed dream. Times are on the machine's monotonic clock.

    Attributes:
        requested_at: When the executor received the request.
        started_at: When its worker started it.
        finished_at: When the caller received the dream.
        seconds: The time that its worker took.
        requested_seconds: The time that its steps should sleep.
        events: The number of progress events.
    """

    requested_at: float
    started_at: float
    finished_at: float
    seconds: float
    requested_seconds: float
    events: int


@dataclass(frozen=True)
class CpuTime:
    """The CPU time of the processes that forward dreams, in seconds.

    Attributes:
        caller: The calling process.
        driver: The driver process, which talks to Ray.
        driver_loop: The thread of the driver's event loop.
    """

    caller: float
    driver: float
    driver_loop: float

    def since(self, before: "CpuTime") -> "CpuTime":
        """The CPU time since an earlier measurement."""
        return CpuTime(
            self.caller - before.caller, self.driver - before.driver, self.driver_loop - before.driver_loop
        )


@asynccontextmanager
async def sleeping_executor(address: str, workers: int) -> AsyncIterator[RayExecutor]:
    """Start an executor with warm actors that sleep."""
    executor = RayExecutor(
        address,
        min_workers=workers,
        max_workers=workers,
        cpus=SLEEPING_ACTOR_CPUS,
        gpus=0,
        actor=SleepingActor,
    )
    async with executor:
        await all_warm(executor, workers)
        yield executor


async def run_dream(executor: DreamExecutor, seconds: float) -> TimedDream:
    """Run a dream of a given length."""
    requested_at, events, started_at = time.monotonic(), 0, 0.0
    async for event in executor.dream(sleep_request(seconds)):
        if isinstance(event, Dream):
            return TimedDream(requested_at, started_at, time.monotonic(), event.seconds, seconds, events)
        started_at = event.loss or started_at  # the sleeping dreamer reports its start in place of a loss
        events += 1
    raise AssertionError("the executor ended without a dream")


async def run_concurrently(executor: DreamExecutor, lengths: Iterable[float]) -> list[TimedDream]:
    """Request all dreams one after the other, without waiting."""
    return await asyncio.gather(*(run_dream(executor, seconds) for seconds in lengths))


async def run_sequentially(
    executor: DreamExecutor, users: int, dreams_per_user: int, seconds: float
) -> list[TimedDream]:
    """Let users request one dream after the other. They do not start at the same time."""

    async def user(number: int) -> list[TimedDream]:
        await asyncio.sleep(seconds * number / users)
        return [await run_dream(executor, seconds) for _ in range(dreams_per_user)]

    found = await asyncio.gather(*map(user, range(users)))
    return [one for dreams in found for one in dreams]


def cpu_time() -> CpuTime:
    """The CPU time so far."""
    process = driver()
    loop = next(thread for thread in process.threads() if thread.id == process.pid)
    return CpuTime(_seconds(psutil.Process()), _seconds(process), loop.user_time + loop.system_time)


def _seconds(process: psutil.Process) -> float:
    times = process.cpu_times()
    return float(times.user + times.system)


def inversions(values: Iterable[float]) -> int:
    """Count the pairs that are in the wrong order."""
    seen: list[float] = []
    wrong = 0
    for value in values:
        wrong += sum(value < earlier for earlier in seen)
        seen.append(value)
    return wrong


def percentile(values: Iterable[float], share: float) -> float:
    """The smallest value that a share of all values does not exceed."""
    ordered = sorted(values)
    return ordered[min(len(ordered) - 1, int(share * len(ordered)))]

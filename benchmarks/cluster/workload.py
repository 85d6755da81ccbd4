"""Many who dream at once, and what became of each."""

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
    """A dream that came to its end; moments are on the machine's monotonic clock.

    Attributes:
        requested_at: When the executor was asked.
        started_at: When its worker began it.
        finished_at: When it was there.
        seconds: What its worker took.
        requested_seconds: What its steps slept.
        events: How often whoever asked was told of its progress.
    """

    requested_at: float
    started_at: float
    finished_at: float
    seconds: float
    requested_seconds: float
    events: int


@dataclass(frozen=True)
class CpuTime:
    """The CPU time of whoever passes dreams on, in seconds.

    Attributes:
        caller: Of the process that asks.
        driver: Of the one that speaks with Ray.
        driver_loop: Of that one's event loop alone.
    """

    caller: float
    driver: float
    driver_loop: float

    def since(self, before: "CpuTime") -> "CpuTime":
        """What was spent meanwhile."""
        return CpuTime(
            self.caller - before.caller, self.driver - before.driver, self.driver_loop - before.driver_loop
        )


@asynccontextmanager
async def sleeping_executor(address: str, workers: int) -> AsyncIterator[RayExecutor]:
    """An executor with so many warm actors that sleep."""
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
    """Have a dream of so many seconds dreamed."""
    requested_at, events, started_at = time.monotonic(), 0, 0.0
    async for event in executor.dream(sleep_request(seconds)):
        if isinstance(event, Dream):
            return TimedDream(requested_at, started_at, time.monotonic(), event.seconds, seconds, events)
        started_at = event.loss or started_at  # where a loss would be, the stand-in tells when it began
        events += 1
    raise AssertionError("the executor ended without a dream")


async def run_concurrently(executor: DreamExecutor, lengths: Iterable[float]) -> list[TimedDream]:
    """Ask for all of them, one after the other and without waiting."""
    return await asyncio.gather(*(run_dream(executor, seconds) for seconds in lengths))


async def run_sequentially(
    executor: DreamExecutor, users: int, dreams_per_user: int, seconds: float
) -> list[TimedDream]:
    """So many people who each ask for the next dream when the last is there, and do not begin together."""

    async def user(number: int) -> list[TimedDream]:
        await asyncio.sleep(seconds * number / users)
        return [await run_dream(executor, seconds) for _ in range(dreams_per_user)]

    found = await asyncio.gather(*map(user, range(users)))
    return [one for each_of_one in found for one in each_of_one]


def cpu_time() -> CpuTime:
    """What was spent until now."""
    process = driver()
    loop = next(thread for thread in process.threads() if thread.id == process.pid)
    return CpuTime(_seconds(psutil.Process()), _seconds(process), loop.user_time + loop.system_time)


def _seconds(process: psutil.Process) -> float:
    times = process.cpu_times()
    return float(times.user + times.system)


def inversions(moments: Iterable[float]) -> int:
    """How many pairs are in the wrong order."""
    seen: list[float] = []
    wrong = 0
    for moment in moments:
        wrong += sum(moment < earlier for earlier in seen)
        seen.append(moment)
    return wrong


def percentile(values: Iterable[float], share: float) -> float:
    """The least value that a share of all does not exceed."""
    ordered = sorted(values)
    return ordered[min(len(ordered) - 1, int(share * len(ordered)))]

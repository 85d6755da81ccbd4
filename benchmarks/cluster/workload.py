"""Many who dream at once, and what became of each."""

import asyncio
import time
from collections.abc import AsyncIterator, Iterable
from contextlib import asynccontextmanager
from dataclasses import dataclass

import psutil

from benchmarks.cluster.machines import SLEEPER_CPUS, all_warm, driver
from benchmarks.cluster.sleeping_actor import StandIn, wish
from dream_engine.dreams import Dream
from dream_engine.executors.base import DreamExecutor
from dream_engine.executors.ray import RayExecutor


@dataclass(frozen=True)
class Dreamed:
    """A dream that came to its end; moments are on the machine's monotonic clock.

    Attributes:
        asked: When the executor was asked.
        began: When its worker began it.
        there: When it was there.
        seconds: What its worker took.
        wished: What its steps slept.
        events: How often whoever asked was told of its progress.
    """

    asked: float
    began: float
    there: float
    seconds: float
    wished: float
    events: int


@dataclass(frozen=True)
class Spent:
    """The CPU time of whoever passes dreams on, in seconds.

    Attributes:
        caller: Of the process that asks.
        driver: Of the one that speaks with Ray.
        driver_loop: Of that one's event loop alone.
    """

    caller: float
    driver: float
    driver_loop: float

    def since(self, before: "Spent") -> "Spent":
        """What was spent meanwhile."""
        return Spent(
            self.caller - before.caller, self.driver - before.driver, self.driver_loop - before.driver_loop
        )


@asynccontextmanager
async def sleepers(address: str, workers: int) -> AsyncIterator[RayExecutor]:
    """An executor with so many warm actors that sleep."""
    executor = RayExecutor(
        address, min_workers=workers, max_workers=workers, cpus=SLEEPER_CPUS, gpus=0, actor=StandIn
    )
    async with executor:
        await all_warm(executor, workers)
        yield executor


async def dream(executor: DreamExecutor, seconds: float) -> Dreamed:
    """Have a dream of so many seconds dreamed."""
    asked, events, began = time.monotonic(), 0, 0.0
    async for event in executor.dream(wish(seconds)):
        if isinstance(event, Dream):
            return Dreamed(asked, began, time.monotonic(), event.seconds, seconds, events)
        began = event.loss or began  # where a loss would be, the stand-in tells when it began
        events += 1
    raise AssertionError("the executor ended without a dream")


async def all_at_once(executor: DreamExecutor, lengths: Iterable[float]) -> list[Dreamed]:
    """Ask for all of them, one after the other and without waiting."""
    return await asyncio.gather(*(dream(executor, seconds) for seconds in lengths))


async def one_by_one(executor: DreamExecutor, people: int, each: int, seconds: float) -> list[Dreamed]:
    """So many people who each ask for the next dream when the last is there, and do not begin together."""

    async def person(number: int) -> list[Dreamed]:
        await asyncio.sleep(seconds * number / people)
        return [await dream(executor, seconds) for _ in range(each)]

    found = await asyncio.gather(*map(person, range(people)))
    return [one for each_of_one in found for one in each_of_one]


def spent() -> Spent:
    """What was spent until now."""
    process = driver()
    loop = next(thread for thread in process.threads() if thread.id == process.pid)
    return Spent(_seconds(psutil.Process()), _seconds(process), loop.user_time + loop.system_time)


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

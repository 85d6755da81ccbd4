"""The order in which dreams start, and how several users share the workers."""

import asyncio
import time
from collections import Counter
from collections.abc import Iterable, Iterator, Mapping, Sequence
from itertools import pairwise
from typing import Any

from benchmarks.cluster.scale import Scale
from benchmarks.cluster.workload import TimedDream, inversions, run_concurrently, run_dream, sleeping_executor
from benchmarks.processes import median
from bot.jobs.queue import FairQueue
from dream_engine.executors.base import DreamExecutor
from scripts.write_tables import table

_LENGTHS = (0.5, 1.4, 0.8, 1.1, 0.6)
"""Different lengths, so that workers do not become free at the same time."""
_SECONDS = 1.0
_FAIR, _FIRST = "the bot's queue", "first come, first served"


def measure(scale: Scale, address: str) -> dict[str, Any]:
    """Queue dreams at the executor, with and without the bot's queue in front."""
    return asyncio.run(_measure(address, scale))


def render(result: Mapping[str, Any]) -> str:
    """State how many dreams started in the wrong order, and build the table of users."""
    order = result["order"]
    pairs = len(order) * (len(order) - 1) // 2
    late = max((earlier - later for earlier, later in pairwise(order)), default=0.0)
    wrong = inversions(order)
    lateness = f", neighbours by at most {late * 1000:.0f} ms" if wrong else ""
    summary = (
        f"{len(order)} dreams of different durations, requested one after the other from {result['workers']} "
        f"workers: of {pairs} pairs, {wrong} started in the wrong order{lateness}."
    )
    rows = []
    for user, dreams in enumerate(result["orders"]):
        cells = [f"{'ABC'[user]}, {dreams} dreams"]
        runs = [result["ways"][run] for run in (_FIRST, _FAIR)]
        cells += [f"{shares(run, len(result['orders']))[user]:.0%}" for run in runs]
        cells += [f"{median(started for owner, started, _ in run if owner == user):.1f}" for run in runs]
        cells += [f"{max(finished for owner, _, finished in run if owner == user):.1f}" for run in runs]
        rows.append(tuple(cells))
    names = ("share while all wait", "median wait, s", "last dream after, s")
    head = [f"{name}: {run}" for name in names for run in ("in order", "in turn")]
    return f"{summary}\n\n{table(('user', *head), rows)}"


def shares(started: Iterable[Sequence[float]], users: int) -> list[float]:
    """Each user's share of the dreams that started while every user still had some waiting."""
    ordered = sorted(started, key=lambda one: one[1])
    remaining = Counter(owner for owner, *_ in ordered)
    served: Counter[float] = Counter()
    for owner, *_ in ordered:
        if min(remaining.values()) == 0:
            break
        served[owner] += 1
        remaining[owner] -= 1
    return [served[user] / max(1, served.total()) for user in range(users)]


async def _measure(address: str, scale: Scale) -> dict[str, Any]:
    async with sleeping_executor(address, scale.fixed_workers) as executor:
        lengths = list(_LENGTHS) * scale.fixed_workers
        order = [one.started_at for one in await run_concurrently(executor, lengths)]
        runs = {
            _FIRST: await _serve(executor, _arrival_order(scale.dreams_per_user), scale.fixed_workers),
            _FAIR: await _serve(executor, _fair_order(scale.dreams_per_user), scale.fixed_workers),
        }
    return {"workers": scale.fixed_workers, "orders": scale.dreams_per_user, "order": order, "ways": runs}


def _arrival_order(orders: Sequence[int]) -> Iterator[int]:
    """Yield the owners of dreams in the order of their requests."""
    for user, dreams in enumerate(orders):
        yield from [user] * dreams


def _fair_order(orders: Sequence[int]) -> Iterator[int]:
    """Yield the owners of dreams in the order of the bot's queue."""
    queue, owners = FairQueue(), list(_arrival_order(orders))
    for number, user in enumerate(owners):
        queue.add(f"{number}", user, queue.turn_for(user), max_running=len(owners))
    while (job := queue.take(Counter())) is not None:
        yield owners[int(job)]


_Served = tuple[int, float, float]
"""The owner, start and end of a dream, in seconds after all requests."""


async def _serve(executor: DreamExecutor, owners: Iterable[int], workers: int) -> list[_Served]:
    """Run dreams in this order, as many at once as there are workers."""
    start = time.monotonic()
    free = asyncio.Semaphore(workers)

    async def run_one(user: int) -> _Served:
        try:
            one: TimedDream = await run_dream(executor, _SECONDS)
        finally:
            free.release()
        return user, one.started_at - start, one.finished_at - start

    tasks = []
    for user in owners:
        await free.acquire()
        tasks.append(asyncio.create_task(run_one(user)))
    return await asyncio.gather(*tasks)

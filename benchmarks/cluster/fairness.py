"""In which order dreams begin, and what each of several people gets."""

import asyncio
import time
from collections import Counter
from collections.abc import Iterable, Iterator, Mapping, Sequence
from itertools import pairwise
from typing import Any

from benchmarks.cluster.scale import Scale
from benchmarks.cluster.workload import Dreamed, all_at_once, dream, inversions, sleepers
from benchmarks.processes import middle
from bot.jobs.queue import FairQueue
from dream_engine.executors.base import DreamExecutor
from scripts.write_tables import table

_LENGTHS = (0.5, 1.4, 0.8, 1.1, 0.6)
"""Dreams of different lengths, so that workers do not become free together."""
_SECONDS = 1.0
_FAIR, _FIRST = "the bot's queue", "first come, first served"


def measure(scale: Scale, address: str) -> dict[str, Any]:
    """A line of dreams at the executor, and the bot's queue before it."""
    return asyncio.run(_measure(address, scale))


def render(result: Mapping[str, Any]) -> str:
    """How many began in the wrong order, and a table of what each person got."""
    order = result["order"]
    pairs = len(order) * (len(order) - 1) // 2
    late = max((earlier - later for earlier, later in pairwise(order)), default=0.0)
    wrong = inversions(order)
    slip = f", neighbours by at most {late * 1000:.0f} ms" if wrong else ""
    said = (
        f"{len(order)} dreams of different lengths, asked for one after the other of {result['workers']} "
        f"workers: of {pairs} pairs {wrong} began in the wrong order{slip}."
    )
    rows = []
    for person, asked in enumerate(result["orders"]):
        cells = [f"{'ABC'[person]}, {asked} dreams"]
        ways = [result["ways"][way] for way in (_FIRST, _FAIR)]
        cells += [f"{shares(way, len(result['orders']))[person]:.0%}" for way in ways]
        cells += [f"{middle(begun for who, begun, _ in way if who == person):.1f}" for way in ways]
        cells += [f"{max(there for who, _, there in way if who == person):.1f}" for way in ways]
        rows.append(tuple(cells))
    names = ("share while all wait", "waits, s, median", "last dream there after, s")
    head = [f"{name}: {way}" for name in names for way in ("in order", "in turn")]
    return f"{said}\n\n{table(('who', *head), rows)}"


def shares(begun: Iterable[Sequence[float]], people: int) -> list[float]:
    """Whose dreams were begun while everybody still waited for some: the share of each person."""
    ordered = sorted(begun, key=lambda one: one[1])
    left = Counter(who for who, *_ in ordered)
    served: Counter[float] = Counter()
    for who, *_ in ordered:
        if min(left.values()) == 0:
            break
        served[who] += 1
        left[who] -= 1
    return [served[person] / max(1, served.total()) for person in range(people)]


async def _measure(address: str, scale: Scale) -> dict[str, Any]:
    async with sleepers(address, scale.crowd) as executor:
        lengths = list(_LENGTHS) * scale.crowd
        order = [one.began for one in await all_at_once(executor, lengths)]
        ways = {
            _FIRST: await _serve(executor, _in_order(scale.orders), scale.crowd),
            _FAIR: await _serve(executor, _in_turn(scale.orders), scale.crowd),
        }
    return {"workers": scale.crowd, "orders": scale.orders, "order": order, "ways": ways}


def _in_order(orders: Sequence[int]) -> Iterator[int]:
    """Whose dream is next, where everybody is served in the order in which they asked."""
    for person, dreams in enumerate(orders):
        yield from [person] * dreams


def _in_turn(orders: Sequence[int]) -> Iterator[int]:
    """Whose dream is next, as the bot's queue has it."""
    queue, owners = FairQueue(), list(_in_order(orders))
    for number, person in enumerate(owners):
        queue.add(f"{number}", person, queue.turn_for(person), max_running=len(owners))
    while (job := queue.take(Counter())) is not None:
        yield owners[int(job)]


_Served = tuple[int, float, float]
"""Whose dream, when it began and when it was there, in seconds after all had asked."""


async def _serve(executor: DreamExecutor, owners: Iterable[int], workers: int) -> list[_Served]:
    """Have dreams dreamed in this order, as many at once as there are workers."""
    asked = time.monotonic()
    free = asyncio.Semaphore(workers)

    async def see_through(person: int) -> _Served:
        try:
            one: Dreamed = await dream(executor, _SECONDS)
        finally:
            free.release()
        return person, one.began - asked, one.there - asked

    tasks = []
    for person in owners:
        await free.acquire()
        tasks.append(asyncio.create_task(see_through(person)))
    return await asyncio.gather(*tasks)

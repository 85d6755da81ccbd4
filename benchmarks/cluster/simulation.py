"""A discrete-event simulation of users, workers and the resources between them, for larger clusters.

The bot's event loop, the driver process, the head's network and Discord each serve one request at a time, in
order of arrival. Each worker runs one dream at a time. All service times are given.
"""

import heapq
import math
import random
from collections import deque
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field

WORKERS, BOT, DRIVER, NETWORK, DISCORD = "workers", "bot", "driver", "network", "Discord"
RESOURCES = (WORKERS, BOT, DRIVER, NETWORK, DISCORD)

_SEARCH_ROUNDS = 7
_DURATION_FACTOR = 10
_MIN_DREAM_COUNT = 1000
_WARMUP_SHARE = 0.2
"""The share of dreams that is not counted, because they find an empty cluster."""


@dataclass(frozen=True)
class Costs:
    """The service times in seconds, and the transferred bytes.

    Attributes:
        bot_dream: The bot's event loop, for a dream: half at its request, half at its answer.
        bot_event: The bot's event loop, for each progress event.
        bot_edit: The bot's event loop, for each card edit.
        bot_forecast: The bot's event loop, for a forecast, for each pair of a waiting and a running dream.
        driver_dream: The driver process, for a dream: half at its start, half at its end.
        driver_event: The driver process, for each progress event.
        driver_look: The driver process, for each worker of the cluster at each progress event.
        discord_request: The interval between two requests to Discord, or 0 without a limit.
        source_bytes: The source of a dream, which passes through the head twice.
        image_bytes: The picture of a dream, which passes through the head twice.
        edit_bytes: The bytes through the head for each card edit.
        bandwidth: The bandwidth of the head, in bytes a second.
    """

    bot_dream: float = 0.0
    bot_event: float = 0.0
    bot_edit: float = 0.0
    bot_forecast: float = 0.0
    driver_dream: float = 0.0
    driver_event: float = 0.0
    driver_look: float = 0.0
    discord_request: float = 0.0
    source_bytes: float = 0.0
    image_bytes: float = 0.0
    edit_bytes: float = 0.0
    bandwidth: float = math.inf


@dataclass(frozen=True)
class Load:
    """The users' requests.

    Attributes:
        seconds: The mean time of a dream on its worker. Times are distributed exponentially.
        events: The progress events of a dream per second.
        edit_seconds: The interval between card edits, in seconds.
    """

    seconds: float
    events: float = 0.0
    edit_seconds: float = 4.0


@dataclass(frozen=True)
class Outcome:
    """The result of a simulation.

    Attributes:
        rate: The requested dreams per second.
        waits: The time of each dream beyond its steps, in seconds, sorted.
        queued: The time that each dream waited for a worker, in seconds, sorted.
        busy: The utilisation of each resource, without forecasts. One forecast covers all changes since the
            last one.
        forecasting: The share of time that the bot's event loop spent on forecasts.
    """

    rate: float
    waits: tuple[float, ...]
    queued: tuple[float, ...]
    busy: Mapping[str, float]
    forecasting: float

    @property
    def bottleneck(self) -> str:
        """The resource with the highest utilisation."""
        return max(self.busy, key=lambda name: self.busy[name])

    def waited(self, share: float) -> float:
        """The wait that a share of all dreams does not exceed, in seconds."""
        return self.waits[min(len(self.waits) - 1, int(share * len(self.waits)))]


def demands(costs: Costs, load: Load, workers: int) -> dict[str, float]:
    """The mean seconds of each resource that a dream takes. All workers count as one resource."""
    events, edits = load.seconds * load.events, _edits(load)
    return {
        WORKERS: load.seconds / workers,
        BOT: costs.bot_dream + events * costs.bot_event + edits * costs.bot_edit,
        DRIVER: costs.driver_dream + events * (costs.driver_event + costs.driver_look * workers),
        NETWORK: (2 * (costs.source_bytes + costs.image_bytes) + edits * costs.edit_bytes) / costs.bandwidth,
        DISCORD: (_REQUESTS + edits) * costs.discord_request,
    }


def saturation_point(costs: Costs, load: Load, most: int = 100_000) -> tuple[int, str] | None:
    """The number of workers from which another resource is the bottleneck, and its name."""

    def bottleneck(workers: int) -> str:
        found = demands(costs, load, workers)
        return max(found, key=lambda name: found[name])

    few, many = 0, most
    if bottleneck(most) == WORKERS:
        return None
    while many - few > 1:
        midpoint = (few + many) // 2
        few, many = (midpoint, many) if bottleneck(midpoint) == WORKERS else (few, midpoint)
    return many, bottleneck(many)


def max_throughput(
    costs: Costs, load: Load, workers: int, max_wait: float, share: float = 0.95, seed: int = 1
) -> Outcome:
    """Find the highest rate at which a share of all dreams waits no longer than a limit."""
    ceiling = 1 / max(demands(costs, load, workers).values())
    low, high = 0.0, 1.0
    best: Outcome | None = None
    for _ in range(_SEARCH_ROUNDS):
        midpoint = (low + high) / 2
        rate = midpoint * ceiling
        # The run has to last longer than the allowed wait, or no dream could exceed it.
        dreams = max(_MIN_DREAM_COUNT, round(_DURATION_FACTOR * max_wait * rate))
        outcome = simulate(costs, load, workers, rate, dreams, seed)
        if outcome.waited(share) <= max_wait:
            low, best = midpoint, outcome
        else:
            high = midpoint
    return best or outcome


def simulate(costs: Costs, load: Load, workers: int, rate: float, dreams: int, seed: int = 1) -> Outcome:
    """Simulate dreams that are requested at random times.

    Args:
        costs: The service times.
        load: The requested dreams.
        workers: The number of workers.
        rate: The mean number of requested dreams per second.
        dreams: The total number of dreams.
        seed: Seed of the times and lengths.
    """
    return _Simulation(costs, load, workers, rate, dreams, random.Random(seed)).run()


_REQUESTS = 2
"""Requests to Discord for each dream: the acknowledgement and the answer."""

Process = Iterator[float | None]
"""Yields the time at which it continues, or ``None`` to wait until another process wakes it."""


@dataclass
class _Resource:
    """Serves one request at a time."""

    free_at: float = 0.0
    busy: float = 0.0

    def serve(self, now: float, seconds: float) -> float:
        """The time at which a request that arrives now is done."""
        self.busy += seconds
        self.free_at = max(now, self.free_at) + seconds
        return self.free_at


@dataclass
class _Simulation:
    costs: Costs
    load: Load
    workers: int
    rate: float
    dreams: int
    rng: random.Random
    free: int = field(init=False)
    bot: _Resource = field(default_factory=_Resource)
    driver: _Resource = field(default_factory=_Resource)
    network: _Resource = field(default_factory=_Resource)
    discord: _Resource = field(default_factory=_Resource)
    steps: float = 0.0
    forecasting: float = 0.0
    forecast_starts_at: float = -1.0
    waiting: deque[Process] = field(default_factory=deque)
    event_queue: list[tuple[float, int, Process]] = field(default_factory=list)
    scheduled: int = 0
    waits: list[float] = field(default_factory=list)
    queued: list[float] = field(default_factory=list)
    now: float = 0.0
    current: Process = field(default_factory=lambda: iter(()))

    def run(self) -> Outcome:
        self.free = self.workers
        arrival = 0.0
        for _ in range(self.dreams):
            arrival += self.rng.expovariate(self.rate)
            self._schedule(arrival, self._dream(self.rng.expovariate(1 / self.load.seconds)))
        while self.event_queue:
            self.now, _, self.current = heapq.heappop(self.event_queue)
            following = next(self.current, None)
            if following is not None:
                self._schedule(following, self.current)
        busy = {
            WORKERS: self.steps / self.workers,
            BOT: self.bot.busy - self.forecasting,
            DRIVER: self.driver.busy,
            NETWORK: self.network.busy,
            DISCORD: self.discord.busy,
        }
        # No requests arrive while the last dreams end.
        shares = {name: seconds / arrival for name, seconds in busy.items()}
        first = int(_WARMUP_SHARE * self.dreams)
        waits, queued = (tuple(sorted(found[first:])) for found in (self.waits, self.queued))
        return Outcome(self.rate, waits, queued, shares, self.forecasting / arrival)

    def _schedule(self, when: float, process: Process) -> None:
        self.scheduled += 1  # keeps the order of entries at the same time
        heapq.heappush(self.event_queue, (when, self.scheduled, process))

    def _dream(self, seconds: float) -> Process:
        """One dream, from its request to its answer."""
        costs, requested_at = self.costs, self.now
        yield self.discord.serve(self.now, costs.discord_request)
        yield self._transfer(costs.source_bytes)  # from Discord
        yield self.bot.serve(self.now, costs.bot_dream / 2)
        ready = self.now
        self._forecast()
        if self.free:
            self.free -= 1
        else:
            self.waiting.append(self.current)
            yield None
        self.queued.append(self.now - ready)
        yield self.driver.serve(self.now, costs.driver_dream / 2)
        yield self._transfer(costs.source_bytes)  # to a worker
        elapsed = 0.0
        while elapsed < seconds:
            part = min(self.load.edit_seconds, seconds - elapsed)
            yield self.now + part
            elapsed += part
            self._schedule(self.now, self._report_progress(part))
        self.steps += seconds
        yield self.driver.serve(self.now, costs.driver_dream / 2)
        if self.waiting:
            self._schedule(self.now, self.waiting.popleft())
        else:
            self.free += 1
        self._forecast()
        yield self._transfer(2 * costs.image_bytes)  # from the worker, to Discord
        yield self.bot.serve(self.now, costs.bot_dream / 2)
        yield self.discord.serve(self.now, costs.discord_request)
        self.waits.append(self.now - requested_at - seconds)

    def _report_progress(self, seconds: float) -> Process:
        """The progress events of a part of a dream, and the card edit."""
        costs, events = self.costs, seconds * self.load.events
        yield self.driver.serve(self.now, events * (costs.driver_event + costs.driver_look * self.workers))
        yield self._transfer(costs.edit_bytes)
        yield self.bot.serve(self.now, events * costs.bot_event + costs.bot_edit)
        yield self.discord.serve(self.now, costs.discord_request)

    def _transfer(self, amount: float) -> float:
        return self.network.serve(self.now, amount / self.costs.bandwidth)

    def _forecast(self) -> None:
        """Forecast all waiting dreams, unless a forecast is already due and will include this change."""
        if self.now <= self.forecast_starts_at:
            return
        self.forecast_starts_at = max(self.now, self.bot.free_at)
        seconds = self.costs.bot_forecast * len(self.waiting) * (self.workers - self.free)
        self.bot.serve(self.now, seconds)
        self.forecasting += seconds


def _edits(load: Load) -> float:
    """The mean number of card edits of a dream: one at each interval, and one at the end."""
    return 1 / (1 - math.exp(-load.edit_seconds / load.seconds))

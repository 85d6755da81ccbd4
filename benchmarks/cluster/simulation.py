"""A cluster larger than any at hand: people, workers, and what stands between them, event by event.

Each of the bot's event loop, the process that speaks with Ray, the head's network and Discord does one thing
after the other, in the order in which it comes; workers take one dream each. What each thing costs is given.
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
"""The first dreams find an empty cluster, and are not counted."""


@dataclass(frozen=True)
class Costs:
    """The seconds that things take, and how many bytes they move.

    Attributes:
        bot_dream: Of the bot's loop, for a dream: half when it is asked for, half when it is answered.
        bot_event: Of the bot's loop, each time that a dream tells of its progress.
        bot_edit: Of the bot's loop, each time that a card is renewed.
        bot_forecast: Of the bot's loop, for a forecast, for each who waits and each dream that grows.
        driver_dream: Of the driver process, for a dream: half at its beginning, half at its end.
        driver_event: Of the driver process, each time that a dream tells of its progress.
        driver_look: What each worker of the cluster adds to that.
        discord_request: Between two requests to Discord; 0 where it counts none.
        source_bytes: Through the head, twice, for a dream.
        image_bytes: The same of its picture.
        edit_bytes: Through the head, for each time that a card is renewed.
        bandwidth: Bytes a second through the head.
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
    """What people ask for.

    Attributes:
        seconds: How long a dream takes its worker on average; lengths are distributed exponentially.
        events: How often a dream tells of its progress, a second.
        edit_seconds: The seconds between two renewals of a card.
    """

    seconds: float
    events: float = 0.0
    edit_seconds: float = 4.0


@dataclass(frozen=True)
class Outcome:
    """What came of it.

    Attributes:
        rate: How many dreams a second were asked for.
        waits: What each dream took beyond its steps, in seconds, sorted.
        queued: How long each of them waited for a worker, in seconds, sorted.
        busy: The share of its time that each resource worked; forecasts are not in it, as one is enough for
            all that has changed since the last.
        forecasting: The share of its time that the bot's loop forecast.
    """

    rate: float
    waits: tuple[float, ...]
    queued: tuple[float, ...]
    busy: Mapping[str, float]
    forecasting: float

    @property
    def bottleneck(self) -> str:
        """What has the least to spare."""
        return max(self.busy, key=lambda name: self.busy[name])

    def waited(self, share: float) -> float:
        """So many seconds, or less, a share of all dreams waited."""
        return self.waits[min(len(self.waits) - 1, int(share * len(self.waits)))]


def demands(costs: Costs, load: Load, workers: int) -> dict[str, float]:
    """The seconds of each resource that a dream takes on average; the workers are taken as one."""
    events, edits = load.seconds * load.events, _edits(load)
    return {
        WORKERS: load.seconds / workers,
        BOT: costs.bot_dream + events * costs.bot_event + edits * costs.bot_edit,
        DRIVER: costs.driver_dream + events * (costs.driver_event + costs.driver_look * workers),
        NETWORK: (2 * (costs.source_bytes + costs.image_bytes) + edits * costs.edit_bytes) / costs.bandwidth,
        DISCORD: (_REQUESTS + edits) * costs.discord_request,
    }


def saturation_point(costs: Costs, load: Load, most: int = 100_000) -> tuple[int, str] | None:
    """From how many workers on something else is scarcer than they are, and what."""

    def scarcest(workers: int) -> str:
        found = demands(costs, load, workers)
        return max(found, key=lambda name: found[name])

    few, many = 0, most
    if scarcest(most) == WORKERS:
        return None
    while many - few > 1:
        median = (few + many) // 2
        few, many = (median, many) if scarcest(median) == WORKERS else (few, median)
    return many, scarcest(many)


def max_throughput(
    costs: Costs, load: Load, workers: int, max_wait: float, share: float = 0.95, seed: int = 1
) -> Outcome:
    """The highest rate at which a share of all dreams waits no more seconds than people are patient."""
    ceiling = 1 / max(demands(costs, load, workers).values())
    low, high = 0.0, 1.0
    best: Outcome | None = None
    for _ in range(_SEARCH_ROUNDS):
        median = (low + high) / 2
        rate = median * ceiling
        # Longer than anybody is patient, or nobody would have to be.
        dreams = max(_MIN_DREAM_COUNT, round(_DURATION_FACTOR * max_wait * rate))
        outcome = simulate(costs, load, workers, rate, dreams, seed)
        if outcome.waited(share) <= max_wait:
            low, best = median, outcome
        else:
            high = median
    return best or outcome


def simulate(costs: Costs, load: Load, workers: int, rate: float, dreams: int, seed: int = 1) -> Outcome:
    """Let so many dreams be asked for, at random moments.

    Args:
        costs: What things cost.
        load: What is asked for.
        workers: How many there are.
        rate: How many dreams a second are asked for on average.
        dreams: How many in all.
        seed: Decides the moments and the lengths.
    """
    return _Simulation(costs, load, workers, rate, dreams, random.Random(seed)).run()


_REQUESTS = 2
"""To Discord, for a dream: that it is being thought about, and the answer."""

Process = Iterator[float | None]
"""Yields when it goes on, or ``None`` where somebody else wakes it."""


@dataclass
class _Resource:
    """Does one thing after the other."""

    free_at: float = 0.0
    busy: float = 0.0

    def serve(self, now: float, seconds: float) -> float:
        """When it is done with what comes now."""
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
        asked = 0.0
        for _ in range(self.dreams):
            asked += self.rng.expovariate(self.rate)
            self._schedule(asked, self._dream(self.rng.expovariate(1 / self.load.seconds)))
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
        # While the last dreams end, nobody asks any more.
        shares = {name: seconds / asked for name, seconds in busy.items()}
        first = int(_WARMUP_SHARE * self.dreams)
        waits, queued = (tuple(sorted(found[first:])) for found in (self.waits, self.queued))
        return Outcome(self.rate, waits, queued, shares, self.forecasting / asked)

    def _schedule(self, when: float, life: Process) -> None:
        self.scheduled += 1  # of two at one moment the first is the first
        heapq.heappush(self.event_queue, (when, self.scheduled, life))

    def _dream(self, seconds: float) -> Process:
        """One dream, from being asked for to being answered."""
        costs, asked = self.costs, self.now
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
        grown = 0.0
        while grown < seconds:
            part = min(self.load.edit_seconds, seconds - grown)
            yield self.now + part
            grown += part
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
        self.waits.append(self.now - asked - seconds)

    def _report_progress(self, seconds: float) -> Process:
        """What a dream tells of so many seconds, and its card."""
        costs, events = self.costs, seconds * self.load.events
        yield self.driver.serve(self.now, events * (costs.driver_event + costs.driver_look * self.workers))
        yield self._transfer(costs.edit_bytes)
        yield self.bot.serve(self.now, events * costs.bot_event + costs.bot_edit)
        yield self.discord.serve(self.now, costs.discord_request)

    def _transfer(self, amount: float) -> float:
        return self.network.serve(self.now, amount / self.costs.bandwidth)

    def _forecast(self) -> None:
        """Foresee for all who wait, unless that is still to come: then it will know of this, too."""
        if self.now <= self.forecast_starts_at:
            return
        self.forecast_starts_at = max(self.now, self.bot.free_at)
        seconds = self.costs.bot_forecast * len(self.waiting) * (self.workers - self.free)
        self.bot.serve(self.now, seconds)
        self.forecasting += seconds


def _edits(load: Load) -> float:
    """How often a card is renewed while a dream grows, on average: at each interval, and at the end."""
    return 1 / (1 - math.exp(-load.edit_seconds / load.seconds))

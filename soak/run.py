"""A soak run: hundreds of requests while faults are injected, then a phase without faults."""

import asyncio
import contextlib
import random
import time
from collections import Counter
from collections.abc import Collection, Iterator, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import IO

from fake_discord.discord_server import DiscordServer
from fake_discord.world import User
from soak import interactions, invariants, motion_invariants
from soak.downtime import DowntimeLog
from soak.fault_injection import ALL_FAULTS, FaultInjector, schedule
from soak.outcomes import OutcomeClassifier
from soak.request_plan import plan_requests
from soak.simulated_users import SimulatedUsers
from soak.store_monitor import StoreMonitor
from soak.supervised_bot import BURST, ProcessRecord, SupervisedBot

USERS = 60
_MEAN_FAULT_INTERVAL = 7.0
"""The mean interval between the starts of two faults, in seconds."""
_SETTLE_TIMEOUT = 240.0
"""How many seconds all open work may take once no more faults are injected."""
_CONCURRENT_USERS = 6
"""How many users check their queues at the same time."""


@dataclass(frozen=True)
class Result:
    """The result of a soak run.

    Attributes:
        seed: The seed of the requests and faults.
        seconds: How long requests were sent.
        outcomes: How many requests had each outcome.
        faults: How often each fault was injected.
        processes: The bot's processes, in order.
        interactions: How many clicks and other commands had each outcome.
        violations: The violated invariants.
        unneeded_bytes: The peak size of stored pictures that no open job needed.
        max_lag: The longest time that the bot's event loop kept its tasks waiting, in seconds.
        motion_bytes: The peak size of the frames of all motions.
        motions: How many requests for motions had each outcome.
    """

    seed: int
    seconds: float
    outcomes: Counter[str]
    faults: dict[str, int]
    processes: list[ProcessRecord]
    interactions: Counter[str] = field(default_factory=Counter)
    violations: list[str] = field(default_factory=list)
    unneeded_bytes: int = 0
    max_lag: float = 0.0
    motion_bytes: int = 0
    motions: Counter[str] = field(default_factory=Counter)


class SoakRun:
    """Sends requests and injects faults.

    Args:
        seed: Seed of the requests and faults.
        count: How many requests to send.
        seconds: How long to send requests.
        data_dir: The bot's data directory, on a small disk of its own.
        log: Receives the bot's log and the outcome of each request.
        temporary: The bot's directory for temporary files, on another small disk.
        faults: The faults to inject.
        users: How many users send requests.
    """

    def __init__(
        self,
        seed: int,
        count: int,
        seconds: float,
        data_dir: Path,
        log: IO[str],
        temporary: Path | None = None,
        faults: Collection[str] = ALL_FAULTS,
        users: int = USERS,
    ) -> None:
        self._seed = seed
        self._seconds = seconds
        self._plans = plan_requests(seed, count, seconds, users, faults)
        self._user_count = users
        self._data_dir = data_dir
        self._log = log
        self._temporary = temporary
        self._chosen_faults = faults
        self._violations_found: list[str] = []

    async def run(self) -> Result:
        """Run from start to end."""
        async with DiscordServer() as discord:
            self._discord = discord
            self._users = SimulatedUsers(discord, self._user_count)
            self._store = StoreMonitor(self._data_dir)
            bot = SupervisedBot(discord, self._data_dir, self._log, self._temporary)
            await bot.start()
            self._monitoring = asyncio.create_task(self._store.run())
            try:
                faults = FaultInjector(discord, bot)
                started_at = time.monotonic()
                await asyncio.gather(self._send_requests(started_at), self._inject_faults(faults, started_at))
                _log_progress("No more faults are injected. Waiting for open work to end.")
                await self._wait_until_settled()
                await self._collect_kept_dreams()
            finally:
                self._monitoring.cancel()
                await bot.stop(graceful=True)
            return self._result(bot, faults)

    def _result(self, bot: SupervisedBot, faults: FaultInjector) -> Result:
        """Classify all requests and check the invariants."""
        self._store.poll()
        users, store = self._users, self._store
        classifier = OutcomeClassifier(self._discord, store.jobs, bot.downtimes, users.interactions)
        downtime_log = DowntimeLog(self._discord, bot.downtimes)
        for request in users.requests:
            self._log.write(f"{classifier.describe(request)}\n")
        for sent in users.interactions:
            outcome = interactions.outcome_of(sent, downtime_log)
            acknowledged = sent.interaction.acknowledgement
            self._log.write(f"{sent.kind}: {outcome}: {sent} {acknowledged} {sent.interaction.states[-1:]}\n")
        restarted_at = [
            *faults.killed_at,
            *(downtime.since for downtime in bot.downtimes if downtime.process_ended),
        ]
        self._violations_found += self._violations(classifier, bot, restarted_at)
        return Result(
            self._seed,
            self._seconds,
            classifier.count(users.requests),
            faults.counts,
            bot.processes,
            Counter(interactions.outcome_of(sent, downtime_log) for sent in users.interactions),
            self._violations_found,
            store.max_unneeded_bytes,
            invariants.max_lag(bot.lines),
            store.max_motion_bytes,
            classifier.count(request for request in users.requests if request.plan.moves),
        )

    def _violations(
        self, classifier: OutcomeClassifier, bot: SupervisedBot, restarted_at: Sequence[float]
    ) -> Iterator[str]:
        requests, store, files = self._users.requests, self._store, self._store.files()
        prices = {job.job_id: job.price for job in store.jobs}
        yield from invariants.charges(classifier, requests, store.spent_tokens(BURST), prices)
        yield from invariants.erased_data(classifier, requests, store.jobs, store.present, files)
        yield from invariants.unreferenced_pictures(store.jobs, store.present, files)
        yield from invariants.stored_invalid_files(requests, store.jobs, files)
        dead = {str(one.interaction.id) for one in requests if one.interaction and one.plan.age}
        yield from invariants.cards(self._discord, store.jobs, dead, restarted_at)
        yield from invariants.things(self._discord, classifier, requests)
        yield from motion_invariants.moving_dreams(self._discord, classifier, requests)
        yield from motion_invariants.leftover_folders(store.jobs, store.present, store.motion_folders())
        yield from invariants.log_lines(bot.lines)

    async def _inject_faults(self, faults: FaultInjector, started_at: float) -> None:
        random_ = random.Random(self._seed)
        for at, name in schedule(random_, self._seconds, _MEAN_FAULT_INTERVAL, self._chosen_faults):
            # One fault's choices must not change the next fault.
            own_random = random.Random(random_.getrandbits(64))
            await asyncio.sleep(started_at + at - time.monotonic())
            if time.monotonic() > started_at + self._seconds:
                return  # on a busy machine a restart can outlast the phase in which requests are sent
            _log_progress(
                f"{time.monotonic() - started_at:5.0f} s, {len(self._users.requests)} requests: {name}"
            )
            await faults.inject(name, own_random)

    async def _send_requests(self, started_at: float) -> None:
        async with asyncio.TaskGroup() as group:
            for plan in self._plans:
                await asyncio.sleep(started_at + plan.at - time.monotonic())
                group.create_task(self._users.send_request(plan))

    async def _wait_until_settled(self) -> None:
        await self._discord.connected()
        since = time.monotonic()
        with contextlib.suppress(TimeoutError):
            async with asyncio.timeout(_SETTLE_TIMEOUT):
                while not self._is_settled_since(since):
                    await asyncio.wait([self._monitoring], timeout=0.5)
                    if self._monitoring.done():
                        self._monitoring.result()  # nobody would read the store any more
                return
        self._violations_found.append(
            f"some work was still open {_SETTLE_TIMEOUT:.0f} s after the last fault"
        )

    def _is_settled_since(self, moment: float) -> bool:
        """Whether no work is open, by a poll of the store after a time."""
        return self._store.polled_at > moment and self._store.is_settled()

    async def _collect_kept_dreams(self) -> None:
        """Have each user run ``/queue``, which delivers the dreams that could not be delivered before."""
        limit = asyncio.Semaphore(_CONCURRENT_USERS)

        async def check(user: User) -> None:
            async with limit:
                await self._users.check_queue(user)

        await asyncio.gather(*map(check, self._users.users))
        await self._wait_until_settled()


def _log_progress(line: str) -> None:
    print(line, flush=True)

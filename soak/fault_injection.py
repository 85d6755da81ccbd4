"""Injects the faults of a soak run, and schedules them."""

import asyncio
import contextlib
import random
import time
from collections.abc import Awaitable, Callable, Collection, Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path

from bot.storage.data_dir import MOTIONS
from fake_discord import answers
from fake_discord.answers import Answer
from fake_discord.calls import Call
from fake_discord.discord_server import DiscordServer
from fake_discord.faults import Fault
from fake_discord.inspection import carries_dream
from soak.request_plan import REQUEST_FAULTS
from soak.resource_faults import fill_disk, lock_database
from soak.supervised_bot import SupervisedBot

_CLOCK_ERROR_SECONDS = 16 * 60.0
"""Longer than the 15 minutes for which an interaction token is valid."""
_DELIVERY_TIMEOUT = 20.0
_MOTION_TIMEOUT = 20.0
_MOTION_INTERVAL = 0.05

Injection = Callable[["FaultInjector", random.Random], Awaitable[None]]


class FaultInjector:
    """Injects faults into Discord, the bot's process and the machine.

    Args:
        discord: The server whose responses and connections fail.
        bot: The bot that the faults affect.
    """

    def __init__(self, discord: DiscordServer, bot: SupervisedBot) -> None:
        self._discord = discord
        self._bot = bot
        self.counts: dict[str, int] = {}
        self.killed_at: list[float] = []
        """When workers were killed, on the monotonic clock. Their dreams start again from the beginning."""

    async def inject(self, name: str, random_: random.Random) -> None:
        """Inject one kind of fault, and return once it is over.

        Args:
            name: A key of ``FAULT_KINDS``.
            random_: Source of the fault's random parameters.
        """
        await FAULT_KINDS[name].inject(self, random_)
        self.counts[FAULT_KINDS[name].description] = self.counts.get(FAULT_KINDS[name].description, 0) + 1

    async def kill_a_worker(self, random_: random.Random) -> None:
        if workers := self._bot.workers():
            random_.choice(workers).kill()
            self.killed_at.append(time.monotonic())

    async def drop_the_gateway(self, random_: random.Random) -> None:
        code = random_.choice((4000, 4009, 1001, None))
        with self._bot.downtime(process_ended=False):
            async with self._discord.gateway_dropped(code):
                await asyncio.sleep(random_.uniform(0.0, 4.0))
            await self._discord.connected()

    async def repeat_after_a_resume(self, random_: random.Random) -> None:
        self._discord.gateway.repeated_on_resume = random_.randint(1, 3)
        try:
            with self._bot.downtime(process_ended=False):
                await self._discord.drop_gateway(4000)
                await self._discord.connected()
        finally:
            self._discord.gateway.repeated_on_resume = 0

    async def limit_the_rate(self, random_: random.Random) -> None:
        await self._fail_half_of_requests(random_, answers.rate_limited(0.5), "POST", "PATCH", "DELETE")

    async def break_rest(self, random_: random.Random) -> None:
        await self._fail_half_of_requests(random_, answers.INTERNAL_ERROR, "POST", "PATCH", "DELETE")

    async def refuse_large_files(self, random_: random.Random) -> None:
        await self._fail_half_of_requests(random_, answers.TOO_LARGE, "PATCH", "POST", when=carries_dream)

    async def lose_files(self, random_: random.Random) -> None:
        await self._fail_half_of_requests(random_, Answer(503), "GET", path="/attachments/")

    async def _fail_half_of_requests(
        self,
        random_: random.Random,
        answer: Answer,
        *methods: str,
        path: str = "",
        when: Callable[[Call], object] = bool,
    ) -> None:
        """Answer about half of the matching requests with an error, for some seconds."""
        seconds = random_.uniform(2.0, 6.0)

        def fails(call: Call) -> bool:
            return bool(when(call)) and random_.random() < 0.5

        with contextlib.ExitStack() as stack:
            for method in methods:
                stack.enter_context(self._discord.fail(method, path, answer, times=None, when=fails))
            await asyncio.sleep(seconds)

    async def fill_the_disk(self, random_: random.Random) -> None:
        with fill_disk(self._bot.data_dir / "filler"):
            await asyncio.sleep(random_.uniform(4.0, 8.0))

    async def fill_the_temporary_disk(self, random_: random.Random) -> None:
        if self._bot.temporary is not None:
            with fill_disk(self._bot.temporary / "filler"):
                await asyncio.sleep(random_.uniform(4.0, 8.0))

    async def lock_the_store(self, random_: random.Random) -> None:
        async with lock_database(self._bot.data_dir / "bot.sqlite3"):
            await asyncio.sleep(random_.uniform(3.0, 9.0))

    async def shift_the_clock(self, random_: random.Random) -> None:
        self._bot.clock.offset = random_.choice((-1, 1)) * _CLOCK_ERROR_SECONDS
        try:
            await asyncio.sleep(random_.uniform(4.0, 9.0))
        finally:
            self._bot.clock.offset = 0.0

    async def kill_the_bot(self, random_: random.Random) -> None:
        await self._bot.restart(graceful=False)

    async def stop_the_bot(self, random_: random.Random) -> None:
        await self._bot.restart(graceful=True)

    async def kill_the_bot_with_a_full_disk(self, random_: random.Random) -> None:
        with fill_disk(self._bot.data_dir / "filler"):
            await asyncio.sleep(4.0)
        await self._bot.restart(graceful=False)

    async def kill_the_bot_when_a_dream_has_arrived(self, random_: random.Random) -> None:
        with self._hold_delivered_dreams() as held:
            await self._wait_for_delivery(held, random_)
        await self._bot.restart(graceful=False)

    async def kill_the_bot_when_a_large_dream_has_arrived(self, random_: random.Random) -> None:
        refused = self._discord.fail("PATCH", "/webhooks/", answers.TOO_LARGE, times=None, when=carries_dream)
        with refused, self._hold_delivered_dreams() as held:
            await self._wait_for_delivery(held, random_)
        await self._bot.restart(graceful=False)  # after the restart, the interaction would accept the dream

    async def kill_a_worker_in_a_motion(self, random_: random.Random) -> None:
        await self._wait_for_frames()
        await self.kill_a_worker(random_)

    async def kill_the_bot_in_a_motion(self, random_: random.Random) -> None:
        await self._wait_for_frames()
        await self._bot.restart(graceful=False)

    async def _wait_for_frames(self) -> None:
        """Wait until a frame of a motion is finished that has just been dreamed, or the time limit passes."""
        before = self._frames()
        with contextlib.suppress(TimeoutError):
            async with asyncio.timeout(_MOTION_TIMEOUT):
                while not self._frames() - before:  # noqa: ASYNC110 - another process writes the frames
                    await asyncio.sleep(_MOTION_INTERVAL)

    def _frames(self) -> set[Path]:
        return set((self._bot.data_dir / MOTIONS).glob("*/frames/*.png"))

    @contextlib.contextmanager
    def _hold_delivered_dreams(self) -> Iterator[list[Fault]]:
        """Deliver dreams, but hold back the responses that would tell the bot."""
        methods = ("PATCH", "POST")
        with contextlib.ExitStack() as stack:
            yield [
                stack.enter_context(self._discord.hold(method, "", times=None, when=_is_delivered_dream))
                for method in methods
            ]

    async def _wait_for_delivery(self, held: list[Fault], random_: random.Random) -> None:
        """Wait until a dream is delivered, or the time limit passes."""
        matches = [asyncio.create_task(fault.matched(within=_DELIVERY_TIMEOUT)) for fault in held]
        await asyncio.wait(matches, return_when=asyncio.FIRST_COMPLETED)
        for task in matches:
            task.cancel()
        await asyncio.gather(*matches, return_exceptions=True)
        await asyncio.sleep(random_.choice((0.0, 0.05, 0.3)))
        if random_.random() < 0.5:  # as after some minutes of downtime
            self._discord.forget_nonces()


def _is_delivered_dream(call: Call) -> bool:
    return call.status == 200 and carries_dream(call)


@dataclass(frozen=True)
class FaultKind:
    """A kind of fault.

    Attributes:
        description: The fault in a few words, for the report.
        inject: Injects the fault, and returns once it is over.
        ends_process: Whether the fault ends the bot's process.
    """

    description: str
    inject: Injection
    ends_process: bool = False


_RESTARTED = "and the bot was killed and started again"
FAULT_KINDS: Mapping[str, FaultKind] = {
    "worker": FaultKind("a worker was killed", FaultInjector.kill_a_worker),
    "gateway": FaultKind("the gateway was dropped", FaultInjector.drop_the_gateway),
    "motion-worker": FaultKind(
        "a frame of a motion was finished, and a worker was killed", FaultInjector.kill_a_worker_in_a_motion
    ),
    "resume": FaultKind("events were repeated after a resume", FaultInjector.repeat_after_a_resume),
    "429": FaultKind("every other request was answered by 429", FaultInjector.limit_the_rate),
    "500": FaultKind("every other request was answered by 500", FaultInjector.break_rest),
    "413": FaultKind("every other dream was answered by 413", FaultInjector.refuse_large_files),
    "503": FaultKind("every other file was answered by 503", FaultInjector.lose_files),
    "disk": FaultKind("the disk was full", FaultInjector.fill_the_disk),
    "tmp": FaultKind("the disk of temporary files was full", FaultInjector.fill_the_temporary_disk),
    "locked": FaultKind("another process held the store's lock", FaultInjector.lock_the_store),
    "clock": FaultKind("the bot's clock was 16 minutes ahead or behind", FaultInjector.shift_the_clock),
    "disk-kill": FaultKind(
        f"the disk was full, {_RESTARTED}", FaultInjector.kill_the_bot_with_a_full_disk, True
    ),
    "kill": FaultKind("the bot was killed and started again", FaultInjector.kill_the_bot, True),
    "stop": FaultKind("the bot was stopped and started again", FaultInjector.stop_the_bot, True),
    "arrived-kill": FaultKind(
        f"a dream had arrived, {_RESTARTED}", FaultInjector.kill_the_bot_when_a_dream_has_arrived, True
    ),
    "motion-kill": FaultKind(
        f"a frame of a motion was finished, {_RESTARTED}", FaultInjector.kill_the_bot_in_a_motion, True
    ),
    "413-kill": FaultKind(
        f"a dream too large for the interaction had arrived, {_RESTARTED}",
        FaultInjector.kill_the_bot_when_a_large_dream_has_arrived,
        True,
    ),
}
ALL_FAULTS = (*FAULT_KINDS, *REQUEST_FAULTS)
"""Every fault that can be chosen: those of machines and networks, and those that requests carry."""


def schedule(
    random_: random.Random, seconds: float, pause: float, chosen: Collection[str] = ALL_FAULTS
) -> Iterator[tuple[float, str]]:
    """Yield the time and the name of each fault. Every kind is equally frequent, in random order.

    Kinds that end the bot's process occur in the second half only. In the first half, one process can be
    observed for a long time.

    Args:
        random_: Source of the times and the order.
        seconds: How long faults are injected.
        pause: The mean interval between two faults, in seconds.
        chosen: The kinds to inject.
    """
    every = [name for name in FAULT_KINDS if name in chosen]
    without_restart = [name for name in every if not FAULT_KINDS[name].ends_process]
    at = pause
    remaining: list[str] = []
    while at < seconds:
        kinds = every if at > seconds / 2 else without_restart
        if not remaining:
            remaining = random_.sample(kinds, len(kinds))
        if remaining:
            yield at, remaining.pop()
        at += random_.uniform(0.5, 1.5) * pause

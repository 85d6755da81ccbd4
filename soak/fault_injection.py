"""What goes wrong in a soak run, and when."""

import asyncio
import contextlib
import random
import time
from collections.abc import Awaitable, Callable, Collection, Iterator, Mapping
from dataclasses import dataclass

from fake_discord import answers
from fake_discord.answers import Answer
from fake_discord.calls import Call
from fake_discord.discord_server import DiscordServer
from fake_discord.faults import Fault
from fake_discord.inspection import carries_dream
from soak.request_plan import OF_ORDERS
from soak.resource_faults import filled, locked
from soak.supervised_bot import Bot

_CLOCK_IS_WRONG_BY = 16 * 60.0
"""A token lives for 15 minutes."""
_WAITS_FOR_A_DREAM = 20.0

Trouble = Callable[["Troubles", random.Random], Awaitable[None]]


class Troubles:
    """Makes trouble.

    Args:
        discord: Where some of it comes from.
        bot: Whom it befalls.
    """

    def __init__(self, discord: DiscordServer, bot: Bot) -> None:
        self._discord = discord
        self._bot = bot
        self.made: dict[str, int] = {}
        self.killed_at: list[float] = []
        """When a worker was killed, on the monotonic clock: what it dreamed is begun once more."""

    async def make(self, name: str, random_: random.Random) -> None:
        """Make one kind of trouble, until it is over.

        Args:
            name: Which, of ``KINDS``.
            random_: Decides what the kind leaves open.
        """
        await KINDS[name].make(self, random_)
        self.made[KINDS[name].told] = self.made.get(KINDS[name].told, 0) + 1

    async def kill_a_worker(self, random_: random.Random) -> None:
        if workers := self._bot.workers():
            random_.choice(workers).kill()
            self.killed_at.append(time.monotonic())

    async def drop_the_gateway(self, random_: random.Random) -> None:
        code = random_.choice((4000, 4009, 1001, None))
        with self._bot.away(ended=False):
            async with self._discord.gateway_dropped(code):
                await asyncio.sleep(random_.uniform(0.0, 4.0))
            await self._discord.connected()

    async def repeat_after_a_resume(self, random_: random.Random) -> None:
        self._discord.gateway.repeated_on_resume = random_.randint(1, 3)
        try:
            with self._bot.away(ended=False):
                await self._discord.drop_gateway(4000)
                await self._discord.connected()
        finally:
            self._discord.gateway.repeated_on_resume = 0

    async def limit_the_rate(self, random_: random.Random) -> None:
        await self._answer_badly(random_, answers.rate_limited(0.5), "POST", "PATCH", "DELETE")

    async def break_rest(self, random_: random.Random) -> None:
        await self._answer_badly(random_, answers.INTERNAL_ERROR, "POST", "PATCH", "DELETE")

    async def refuse_large_files(self, random_: random.Random) -> None:
        await self._answer_badly(random_, answers.TOO_LARGE, "PATCH", "POST", when=carries_dream)

    async def lose_files(self, random_: random.Random) -> None:
        await self._answer_badly(random_, Answer(503), "GET", path="/attachments/")

    async def _answer_badly(
        self,
        random_: random.Random,
        answer: Answer,
        *methods: str,
        path: str = "",
        when: Callable[[Call], object] = bool,
    ) -> None:
        """Give every other request of a kind an answer, for some seconds."""
        seconds = random_.uniform(2.0, 6.0)

        def unlucky(call: Call) -> bool:
            return bool(when(call)) and random_.random() < 0.5

        with contextlib.ExitStack() as stack:
            for method in methods:
                stack.enter_context(self._discord.fail(method, path, answer, times=None, when=unlucky))
            await asyncio.sleep(seconds)

    async def fill_the_disk(self, random_: random.Random) -> None:
        with filled(self._bot.data_dir / "filler"):
            await asyncio.sleep(random_.uniform(4.0, 8.0))

    async def fill_the_temporary_disk(self, random_: random.Random) -> None:
        if self._bot.temporary is not None:
            with filled(self._bot.temporary / "filler"):
                await asyncio.sleep(random_.uniform(4.0, 8.0))

    async def lock_the_store(self, random_: random.Random) -> None:
        async with locked(self._bot.data_dir / "bot.sqlite3"):
            await asyncio.sleep(random_.uniform(3.0, 9.0))

    async def shift_the_clock(self, random_: random.Random) -> None:
        self._bot.clock.offset = random_.choice((-1, 1)) * _CLOCK_IS_WRONG_BY
        try:
            await asyncio.sleep(random_.uniform(4.0, 9.0))
        finally:
            self._bot.clock.offset = 0.0

    async def kill_the_bot(self, random_: random.Random) -> None:
        await self._bot.begin_anew(kindly=False)

    async def stop_the_bot(self, random_: random.Random) -> None:
        await self._bot.begin_anew(kindly=True)

    async def kill_the_bot_with_a_full_disk(self, random_: random.Random) -> None:
        with filled(self._bot.data_dir / "filler"):
            await asyncio.sleep(4.0)
        await self._bot.begin_anew(kindly=False)

    async def kill_the_bot_when_a_dream_has_arrived(self, random_: random.Random) -> None:
        with self._held() as held:
            await self._until_a_dream_has_arrived(held, random_)
        await self._bot.begin_anew(kindly=False)

    async def kill_the_bot_when_a_large_dream_has_arrived(self, random_: random.Random) -> None:
        refused = self._discord.fail("PATCH", "/webhooks/", answers.TOO_LARGE, times=None, when=carries_dream)
        with refused, self._held() as held:
            await self._until_a_dream_has_arrived(held, random_)
        await self._bot.begin_anew(kindly=False)  # by now the interaction would take the dream

    @contextlib.contextmanager
    def _held(self) -> Iterator[list[Fault]]:
        """Let dreams arrive, without the bot getting to know it."""
        methods = ("PATCH", "POST")
        with contextlib.ExitStack() as stack:
            yield [
                stack.enter_context(self._discord.hold(method, "", times=None, when=_has_arrived))
                for method in methods
            ]

    async def _until_a_dream_has_arrived(self, held: list[Fault], random_: random.Random) -> None:
        """Return when one has, or none came; what is held is released when nobody waits for it any more."""
        met = [asyncio.create_task(fault.met(within=_WAITS_FOR_A_DREAM)) for fault in held]
        await asyncio.wait(met, return_when=asyncio.FIRST_COMPLETED)
        for task in met:
            task.cancel()
        await asyncio.gather(*met, return_exceptions=True)
        await asyncio.sleep(random_.choice((0.0, 0.05, 0.3)))
        if random_.random() < 0.5:  # as after some minutes, for which a bot may be away
            self._discord.forget_nonces()


def _has_arrived(call: Call) -> bool:
    return call.status == 200 and carries_dream(call)


@dataclass(frozen=True)
class Kind:
    """A kind of trouble.

    Attributes:
        told: The same in a few words.
        make: Makes it, until it is over.
        ends_process: Whether the bot's process is ended.
    """

    told: str
    make: Trouble
    ends_process: bool = False


_ANEW = "and the bot was killed and started again"
KINDS: Mapping[str, Kind] = {
    "worker": Kind("a worker was killed", Troubles.kill_a_worker),
    "gateway": Kind("the gateway was dropped", Troubles.drop_the_gateway),
    "resume": Kind("events were repeated after a resume", Troubles.repeat_after_a_resume),
    "429": Kind("every other request was answered by 429", Troubles.limit_the_rate),
    "500": Kind("every other request was answered by 500", Troubles.break_rest),
    "413": Kind("every other dream was answered by 413", Troubles.refuse_large_files),
    "503": Kind("every other file was answered by 503", Troubles.lose_files),
    "disk": Kind("the disk was full", Troubles.fill_the_disk),
    "tmp": Kind("the disk of temporary files was full", Troubles.fill_the_temporary_disk),
    "locked": Kind("another process held the store's lock", Troubles.lock_the_store),
    "clock": Kind("the bot's clock was 16 minutes ahead or behind", Troubles.shift_the_clock),
    "disk-kill": Kind(f"the disk was full, {_ANEW}", Troubles.kill_the_bot_with_a_full_disk, True),
    "kill": Kind("the bot was killed and started again", Troubles.kill_the_bot, True),
    "stop": Kind("the bot was stopped and started again", Troubles.stop_the_bot, True),
    "arrived-kill": Kind(
        f"a dream had arrived, {_ANEW}", Troubles.kill_the_bot_when_a_dream_has_arrived, True
    ),
    "413-kill": Kind(
        f"a dream too large for the interaction had arrived, {_ANEW}",
        Troubles.kill_the_bot_when_a_large_dream_has_arrived,
        True,
    ),
}
ALL = (*KINDS, *OF_ORDERS)
"""Every trouble that can be chosen: those of machines and networks, and those that people make."""


def timetable(
    random_: random.Random, seconds: float, pause: float, chosen: Collection[str] = ALL
) -> Iterator[tuple[float, str]]:
    """Which trouble begins when: every kind equally often, in no order.

    Kinds that end the bot's process come in the second half; in the first, one process is watched.

    Args:
        random_: Decides.
        seconds: Until when troubles begin.
        pause: How many seconds lie between two, on average.
        chosen: Which troubles there are.
    """
    every = [name for name in KINDS if name in chosen]
    lasting = [name for name in every if not KINDS[name].ends_process]
    at = pause
    left: list[str] = []
    while at < seconds:
        kinds = every if at > seconds / 2 else lasting
        if not left:
            left = random_.sample(kinds, len(kinds))
        if left:
            yield at, left.pop()
        at += random_.uniform(0.5, 1.5) * pause

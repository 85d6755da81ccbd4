"""What goes wrong in a soak run, and when."""

import asyncio
import contextlib
import random
from collections.abc import Awaitable, Callable, Iterator
from pathlib import Path

from tests.soak.bot import Bot
from tests.wire import answers
from tests.wire.answers import Answer
from tests.wire.conftest import carries_dream
from tests.wire.discord_server import DiscordServer

_CHUNK = bytes(2**20)

Trouble = Callable[["Troubles"], Awaitable[None]]


class Troubles:
    """Makes trouble.

    Args:
        discord: Where some of it comes from.
        bot: Whom it befalls.
        random_: Decides.
    """

    def __init__(self, discord: DiscordServer, bot: Bot, random_: random.Random) -> None:
        self._discord = discord
        self._bot = bot
        self._random = random_
        self.made: dict[str, int] = {}

    async def make(self, name: str) -> None:
        """Make one kind of trouble, until it is over."""
        await _KINDS[name](self)
        self.made[name] = self.made.get(name, 0) + 1

    async def _kill_a_worker(self) -> None:
        if workers := self._bot.workers():
            self._random.choice(workers).kill()

    async def _drop_the_gateway(self) -> None:
        code = self._random.choice((4000, 4009, 1001, None))
        with self._bot.away(ended=False):
            async with self._discord.gateway_dropped(code):
                await asyncio.sleep(self._random.uniform(0.0, 4.0))
            await self._discord.connected()

    async def _limit_the_rate(self) -> None:
        await self._answer_badly(answers.rate_limited(0.5), "POST", "PATCH", "DELETE")

    async def _break_rest(self) -> None:
        await self._answer_badly(answers.INTERNAL_ERROR, "POST", "PATCH", "DELETE")

    async def _refuse_large_files(self) -> None:
        await self._answer_badly(answers.TOO_LARGE, "PATCH", "POST", when=carries_dream)

    async def _lose_files(self) -> None:
        await self._answer_badly(Answer(503), "GET", path="/attachments/")

    async def _answer_badly(
        self,
        answer: Answer,
        *methods: str,
        path: str = "",
        when: Callable[[object], object] = bool,
    ) -> None:
        """Give every other request of a kind an answer, for some seconds."""

        def unlucky(call: object) -> bool:
            return bool(when(call)) and self._random.random() < 0.5

        with contextlib.ExitStack() as stack:
            for method in methods:
                stack.enter_context(self._discord.fail(method, path, answer, times=None, when=unlucky))
            await asyncio.sleep(self._random.uniform(2.0, 6.0))

    async def _kill_the_bot(self) -> None:
        await self._bot.begin_anew(kindly=False)

    async def _stop_the_bot(self) -> None:
        await self._bot.begin_anew(kindly=True)

    async def _kill_the_bot_with_a_full_disk(self) -> None:
        with _filled(self._bot.data_dir / "filler"):
            await asyncio.sleep(4.0)
        await self._bot.begin_anew(kindly=False)

    async def _fill_the_disk(self) -> None:
        with _filled(self._bot.data_dir / "filler"):
            await asyncio.sleep(self._random.uniform(4.0, 8.0))


_KINDS: dict[str, Trouble] = {
    "a worker was killed": Troubles._kill_a_worker,
    "the gateway was dropped": Troubles._drop_the_gateway,
    "every other request was answered by 429": Troubles._limit_the_rate,
    "every other request was answered by 500": Troubles._break_rest,
    "every other dream was answered by 413": Troubles._refuse_large_files,
    "every other file was answered by 503": Troubles._lose_files,
    "the disk was full": Troubles._fill_the_disk,
    "the disk was full, and the bot was killed and started again": Troubles._kill_the_bot_with_a_full_disk,
    "the bot was killed and started again": Troubles._kill_the_bot,
    "the bot was stopped and started again": Troubles._stop_the_bot,
}
_OF_THE_PROCESS = 3
"""The last kinds end the bot's process; they come in the second half, and it is watched in the first."""


def timetable(random_: random.Random, seconds: float, pause: float) -> Iterator[tuple[float, str]]:
    """Which trouble begins when, in seconds from the beginning: every kind equally often, in no order."""
    every = list(_KINDS)
    at = pause
    left: list[str] = []
    while at < seconds:
        if not left:
            kinds = every if at > seconds / 2 else every[:-_OF_THE_PROCESS]
            left = random_.sample(kinds, len(kinds))
        yield at, left.pop()
        at += random_.uniform(0.5, 1.5) * pause


@contextlib.contextmanager
def _filled(filler: Path) -> Iterator[None]:
    """Leave no byte free on a disk."""
    try:
        with filler.open("wb", buffering=0) as file, contextlib.suppress(OSError):
            while True:
                file.write(_CHUNK)
        yield
    finally:
        filler.unlink(missing_ok=True)

"""A soak run: hundreds of requests while everything goes wrong, and then silence."""

import asyncio
import contextlib
import random
import time
from collections import Counter
from dataclasses import dataclass
from pathlib import Path
from typing import IO

from tests.soak.account import Account, Asked, is_settled, kept_jobs
from tests.soak.bot import Bot, Life
from tests.soak.orders import Order, orders
from tests.soak.troubles import Troubles, timetable
from tests.wire.discord_server import DiscordServer
from tests.wire.messages import State
from tests.wire.world import User

PEOPLE = 60
_PAUSE = 7.0
"""So many seconds lie between the beginnings of two troubles, on average."""
_PATIENCE = 240.0
"""So many seconds all that is open may take once nothing goes wrong any more."""


@dataclass(frozen=True)
class Result:
    """What a soak run came to.

    Attributes:
        seed: What decided who asks for what, and what goes wrong when.
        seconds: How long requests were sent.
        ends: How many requests came to which end.
        troubles: How often what went wrong.
        lives: The bot's processes, in order.
    """

    seed: int
    seconds: float
    ends: Counter[str]
    troubles: dict[str, int]
    lives: list[Life]


class SoakRun:
    """Sends requests and makes trouble.

    Args:
        seed: Decides who asks for what, and what goes wrong when.
        count: How many requests are sent …
        seconds: … in how many seconds.
        data_dir: Where the bot keeps what it must remember: a small disk of its own.
        log: Where all that the bot says is written to.
    """

    def __init__(
        self,
        seed: int,
        count: int,
        seconds: float,
        data_dir: Path,
        log: IO[str],
    ) -> None:
        self._seed = seed
        self._seconds = seconds
        self._orders = orders(seed, count, seconds, PEOPLE)
        self._data_dir = data_dir
        self._log = log
        self._asked: list[Asked] = []

    async def run(self) -> Result:
        """All of it."""
        async with DiscordServer() as discord:
            self._discord = discord
            self._people = [discord.add_user(f"person {number}") for number in range(PEOPLE)]
            bot = Bot(discord, self._data_dir, self._log)
            await bot.begin()
            try:
                random_ = random.Random(self._seed)
                troubles = Troubles(discord, bot, random_)
                began = time.monotonic()
                await asyncio.gather(self._ask_for_all(began), self._make(troubles, random_, began))
                _tell("Nothing goes wrong any more; what is open comes to its end.")
                await self._come_to_rest()
                await self._fetch_what_is_kept()
            finally:
                await bot.end(kindly=True)
            account = Account(discord, kept_jobs(self._data_dir), bot.absences)
            for asked in self._asked:
                self._log.write(f"{account.told_of(asked)}\n")
            return Result(self._seed, self._seconds, account.of(self._asked), troubles.made, bot.lives)

    async def _make(self, troubles: Troubles, random_: random.Random, began: float) -> None:
        for at, name in timetable(random_, self._seconds, _PAUSE):
            await asyncio.sleep(began + at - time.monotonic())
            _tell(f"{time.monotonic() - began:5.0f} s, {len(self._asked)} requests: {name}")
            await troubles.make(name)

    async def _ask_for_all(self, began: float) -> None:
        async with asyncio.TaskGroup() as group:
            for order in self._orders:
                await asyncio.sleep(began + order.at - time.monotonic())
                group.create_task(self._ask(order))

    async def _ask(self, order: Order) -> None:
        """Send a request, and do what follows."""
        asked = Asked(order, None, time.monotonic())
        self._asked.append(asked)
        if not self._discord.gateway.sessions:  # Discord says that the application did not respond
            return
        person = self._people[order.person]
        options = {"image": self._discord.attach(order.upload.content, order.upload.name)} | order.options
        where = self._discord.direct_channel(person) if order.direct else self._discord.channel
        asked.interaction = await self._discord.slash(
            "dream", options, user=person, channel=where, age=order.age
        )
        if order.then != "nothing":
            with contextlib.suppress(
                TimeoutError, AssertionError, LookupError
            ):  # the trouble may be in the way
                await self._do_what_follows(asked, person)

    async def _do_what_follows(self, asked: Asked, person: User) -> None:
        interaction = asked.interaction
        assert interaction is not None
        await interaction.until(_can_be_cancelled, within=20)
        message = interaction.message
        assert message is not None
        if asked.order.then == "delete" and not message.state.ephemeral:
            asked.deleted = True
            self._discord.delete(message)
        else:
            asked.cancelled = True
            await self._discord.click(message, "Cancel", user=person)

    async def _come_to_rest(self) -> None:
        await self._discord.connected()
        async with asyncio.timeout(_PATIENCE):
            while not is_settled(self._data_dir):  # noqa: ASYNC110 - another process writes it
                await asyncio.sleep(0.5)

    async def _fetch_what_is_kept(self) -> None:
        """Let everybody use the bot once more: what could not reach them is given to them."""
        for person in self._people:
            visit = await self._discord.slash("queue", user=person)
            await visit.until(lambda state: state.text)
        await self._come_to_rest()


def _can_be_cancelled(state: State) -> bool:
    return any(button.get("label") == "Cancel" for button in state.buttons)


def _tell(line: str) -> None:
    print(line, flush=True)

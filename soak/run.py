"""A soak run: hundreds of requests while everything goes wrong, and then silence."""

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
from soak import interactions, invariants
from soak.downtime import Excuses
from soak.fault_injection import ALL, Troubles, timetable
from soak.outcomes import Account
from soak.request_plan import orders
from soak.simulated_users import People
from soak.store_monitor import StoreWatch
from soak.supervised_bot import BURST, Bot, Life

PEOPLE = 60
_PAUSE = 7.0
"""So many seconds lie between the beginnings of two troubles, on average."""
_PATIENCE = 240.0
"""So many seconds all that is open may take once nothing goes wrong any more."""
_MAX_DOWNLOADS = 6
"""So many people look at once after what was kept for them."""


@dataclass(frozen=True)
class Result:
    """What a soak run came to.

    Attributes:
        seed: What decided who asks for what, and what goes wrong when.
        seconds: How long requests were sent.
        ends: How many requests came to which end.
        troubles: How often what went wrong.
        lives: The bot's processes, in order.
        visits: How many clicks and other commands came to which end.
        complaints: What else does not hold.
        kept_bytes: The most bytes of pictures that were kept though nothing on its way needed them.
        lag: For how many seconds the bot's event loop ever kept its tasks waiting.
    """

    seed: int
    seconds: float
    ends: Counter[str]
    troubles: dict[str, int]
    lives: list[Life]
    visits: Counter[str] = field(default_factory=Counter)
    complaints: list[str] = field(default_factory=list)
    kept_bytes: int = 0
    lag: float = 0.0


class SoakRun:
    """Sends requests and makes trouble.

    Args:
        seed: Decides who asks for what, and what goes wrong when.
        count: How many requests are sent …
        seconds: … in how many seconds.
        data_dir: Where the bot keeps what it must remember: a small disk of its own.
        log: Where all that the bot says is written to.
        temporary: Where the bot keeps what it needs for a moment: another small disk.
        troubles: Which troubles are made.
        people: How many people ask.
    """

    def __init__(
        self,
        seed: int,
        count: int,
        seconds: float,
        data_dir: Path,
        log: IO[str],
        temporary: Path | None = None,
        troubles: Collection[str] = ALL,
        people: int = PEOPLE,
    ) -> None:
        self._seed = seed
        self._seconds = seconds
        self._orders = orders(seed, count, seconds, people, troubles)
        self._count_of_people = people
        self._data_dir = data_dir
        self._log = log
        self._temporary = temporary
        self._chosen = troubles
        self._complaints: list[str] = []

    async def run(self) -> Result:
        """All of it."""
        async with DiscordServer() as discord:
            self._discord = discord
            self._people = People(discord, self._count_of_people)
            self._store = StoreWatch(self._data_dir)
            bot = Bot(discord, self._data_dir, self._log, self._temporary)
            await bot.begin()
            watching = asyncio.create_task(self._store.run())
            try:
                troubles = Troubles(discord, bot)
                began = time.monotonic()
                await asyncio.gather(self._ask_for_all(began), self._make(troubles, began))
                _tell("Nothing goes wrong any more; what is open comes to its end.")
                await self._come_to_rest()
                await self._fetch_what_is_kept()
            finally:
                watching.cancel()
                await bot.end(kindly=True)
            return self._result(bot, troubles)

    def _result(self, bot: Bot, troubles: Troubles) -> Result:
        """Look through all that has happened."""
        self._store.look()
        people, store = self._people, self._store
        account = Account(self._discord, store.jobs, bot.absences, people.visits)
        excuses = Excuses(self._discord, bot.absences)
        for asked in people.asked:
            self._log.write(f"{account.told_of(asked)}\n")
        for visit in people.visits:
            end = interactions.end_of(visit, excuses)
            acknowledged = visit.interaction.acknowledgement
            self._log.write(f"{visit.kind}: {end}: {visit} {acknowledged} {visit.interaction.states[-1:]}\n")
        begun_anew = [*troubles.killed_at, *(absence.since for absence in bot.absences if absence.ended)]
        self._complaints += self._wrong(account, bot, begun_anew)
        return Result(
            self._seed,
            self._seconds,
            account.of(people.asked),
            troubles.made,
            bot.lives,
            Counter(interactions.end_of(visit, excuses) for visit in people.visits),
            self._complaints,
            store.most_unneeded,
            invariants.worst_lag(bot.lines),
        )

    def _wrong(self, account: Account, bot: Bot, begun_anew: Sequence[float]) -> Iterator[str]:
        asked, store, files = self._people.asked, self._store, self._store.files()
        yield from invariants.charges(account, asked, store.spent(BURST))
        yield from invariants.forgotten(account, asked, store.jobs, store.present, files)
        yield from invariants.unmentioned(store.jobs, store.present, files)
        yield from invariants.refused_pictures(asked, files)
        dead = {str(one.interaction.id) for one in asked if one.interaction and one.order.age}
        yield from invariants.cards(self._discord, store.jobs, dead, begun_anew)
        yield from invariants.log_lines(bot.lines)

    async def _make(self, troubles: Troubles, began: float) -> None:
        random_ = random.Random(self._seed)
        for at, name in timetable(random_, self._seconds, _PAUSE, self._chosen):
            its_own = random.Random(random_.getrandbits(64))  # or what one does would change the next
            await asyncio.sleep(began + at - time.monotonic())
            if time.monotonic() > began + self._seconds:
                return  # on a busy machine a restart takes long, and nobody asks for anything any more
            _tell(f"{time.monotonic() - began:5.0f} s, {len(self._people.asked)} requests: {name}")
            await troubles.make(name, its_own)

    async def _ask_for_all(self, began: float) -> None:
        async with asyncio.TaskGroup() as group:
            for order in self._orders:
                await asyncio.sleep(began + order.at - time.monotonic())
                group.create_task(self._people.ask(order))

    async def _come_to_rest(self) -> None:
        await self._discord.connected()
        looked = time.monotonic()
        with contextlib.suppress(TimeoutError):
            async with asyncio.timeout(_PATIENCE):
                while not self._is_settled_since(looked):  # noqa: ASYNC110 - another process writes it
                    await asyncio.sleep(0.5)
                return
        self._complaints.append(f"something was open still after {_PATIENCE:.0f} s without trouble")

    def _is_settled_since(self, moment: float) -> bool:
        """Whether nothing is open, by a look at the store that is not older than a moment."""
        return self._store.looked_at > moment and self._store.is_settled()

    async def _fetch_what_is_kept(self) -> None:
        """Let everybody use the bot once more: what could not reach them is given to them."""
        at_once = asyncio.Semaphore(_MAX_DOWNLOADS)

        async def look(person: User) -> None:
            async with at_once:
                await self._people.look(person)

        await asyncio.gather(*map(look, self._people.everybody))
        await self._come_to_rest()


def _tell(line: str) -> None:
    print(line, flush=True)

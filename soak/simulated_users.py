"""The people of a soak run: they ask for dreams, and do with them what the seed says."""

import asyncio
import contextlib
import itertools
import time
from collections.abc import Callable, Mapping
from dataclasses import replace
from typing import Any

from bot.delivery.cards import Action
from fake_discord.discord_server import DiscordServer
from fake_discord.inspection import has_dream
from fake_discord.interactions import Interaction
from fake_discord.messages import Message, State
from fake_discord.world import MODERATOR, Channel, User
from soak.interactions import Visit
from soak.outcomes import Asked
from soak.request_plan import WHILE_IT_RUNS, Order

_IN_THE_WAY = (TimeoutError, AssertionError, LookupError)
"""What keeps somebody from clicking: the card has not come, or its button is gone again."""
_RUNS_WITHIN = 20.0
_DREAMED_WITHIN = 60.0
_FIRST_OF_BUTTONS = 100_000
"""From this number on, requests are counted that buttons and menus of dreams make."""
_PRESET = "mild"

Where = Callable[[Interaction], Message | None]


class People:
    """Asks for everything, and remembers what was asked.

    Args:
        discord: Where they are.
        count: How many there are.
    """

    def __init__(self, discord: DiscordServer, count: int) -> None:
        self.asked: list[Asked] = []
        self.visits: list[Visit] = []
        self.everybody = [discord.add_user(f"person {number}") for number in range(count)]
        self._discord = discord
        self._moderator, self._stranger = discord.add_user("moderator"), discord.add_user("stranger")
        self._thread = discord.world.add_thread(discord.channel, "at night")
        adults = discord.add_guild("Adults", age_restricted=True)
        elsewhere = discord.add_guild("Elsewhere", joined=False)
        group = discord.world.add_group("friends", self._stranger, *self.everybody)
        self._places = {
            "channel": discord.channel,
            "both": discord.channel,
            "thread": self._thread,
            "adults": adults.channel,
            "elsewhere": elsewhere.channel,
            "group": group,
        }
        self._numbers = itertools.count(_FIRST_OF_BUTTONS)

    async def ask(self, order: Order) -> None:
        """Send a request, and do what follows."""
        asked = Asked(order, None, time.monotonic())
        self.asked.append(asked)
        if not self._discord.gateway.sessions:  # Discord says that the application did not respond
            return
        person, where = self.everybody[order.person], self._where(order)
        circumstances = {"user": person, "channel": where, "user_installed": order.place == "both"}
        async with self._slow_files(order) as source:
            asked.at = time.monotonic()
            asked.interaction = await self._send(order, source, circumstances)
            if order.repeated:
                await self._discord.repeat(asked.interaction)
            with contextlib.suppress(*_IN_THE_WAY):
                await self._do_what_follows(asked, person)

    async def look(self, person: User) -> None:
        """Use ``/queue``, which also brings what could not be brought before."""
        visit = await self._visit("queue", self._discord.slash("queue", user=person))
        with contextlib.suppress(TimeoutError):
            await visit.interaction.until(lambda state: state.text, within=_RUNS_WITHIN)

    def _where(self, order: Order) -> Channel:
        person = self.everybody[order.person]
        return self._discord.direct_channel(person) if order.place == "direct" else self._places[order.place]

    @contextlib.asynccontextmanager
    async def _slow_files(self, order: Order) -> Any:
        """Upload an order's file, which takes so long to come as the order says."""
        source = self._discord.attach(order.upload.content, order.upload.name)
        if not order.fetch_seconds:
            yield source
            return
        with self._discord.stall("GET", f"/{source.id}/", times=None) as stalled:
            released = asyncio.get_running_loop().call_later(order.fetch_seconds, stalled.cancel)
            try:
                yield source
                await asyncio.sleep(max(0.0, released.when() - asyncio.get_running_loop().time()))
            finally:
                released.cancel()

    async def _send(self, order: Order, source: Any, circumstances: Mapping[str, Any]) -> Interaction:
        if order.how == "slash":
            options = {"image": source, **order.options}
            if order.guide is not None:
                options["guide"] = self._discord.attach(order.guide.content, order.guide.name)
            return await self._discord.slash("dream", options, age=order.age, **circumstances)
        where, user = circumstances["channel"], circumstances["user"]
        message = self._discord.say("look", source, user=user, channel=where)
        if order.how == "forwarded":
            message = self._discord.forward(message, user=user, channel=where)
        return await self._discord.context_menu("Dream this", message, age=order.age, **circumstances)

    async def _do_what_follows(self, asked: Asked, person: User) -> None:
        order, interaction = asked.order, asked.interaction
        if order.then == "nothing" or interaction is None:
            return
        if order.then == "forget":
            await asyncio.sleep(order.wait)
            await self._visit("forget-me", self._discord.slash("forget-me", user=person))
            return
        runs = order.then in WHILE_IT_RUNS
        if runs:
            await interaction.until(_can_be_cancelled, within=_RUNS_WITHIN)
        else:
            await interaction.until(has_dream, within=_DREAMED_WITHIN)
        await asyncio.sleep(order.wait)
        message = interaction.message
        assert message is not None
        await self._use(asked, message, person)

    async def _use(self, asked: Asked, message: Message, person: User) -> None:
        """Do with a card, or a dream, what the order says."""
        then = asked.order.then
        moderator: dict[str, Any] = {"user": self._moderator, "permissions": MODERATOR}
        if then in ("moderate", "intrude", "delete", "remove", "redream") and message.state.ephemeral:
            return  # nobody else sees it, and nobody can forward it
        if then == "delete":
            asked.deleted = True
            self._discord.delete(message)
        elif then in ("cancel", "moderate", "intrude"):
            who = {"cancel": {"user": person}, "moderate": moderator, "intrude": {"user": self._stranger}}[
                then
            ]
            click = self._click(message, "cancel", **who)
            asked.cancelled = then != "intrude"
            await click
        elif then in ("discard", "remove"):
            asked.discarded = await self._click(
                message, "delete", **({"user": person} if then == "discard" else moderator)
            )
        elif then == "original":
            await self._click(message, "original", user=person)
        elif then == "redream":
            await self._dream_again(asked, self._redream(message, person))
        elif then == "preset":
            name = _button_of(message, "preset")
            await self._dream_again(
                asked, self._discord.select(message, name, [_PRESET], user=person, channel=message.channel)
            )
        else:
            name = _button_of(message, then)
            await self._dream_again(asked, self._discord.click(message, name, user=person))

    def _redream(self, message: Message, person: User) -> Any:
        where = message.channel
        forwarded = self._discord.forward(message, user=person, channel=where)
        return self._discord.context_menu("Dream this", forwarded, user=person, channel=where)

    async def _click(self, message: Message, action: Action, **circumstances: Any) -> Visit:
        name = _button_of(message, action)
        return await self._visit(action, self._discord.click(message, name, **circumstances))

    async def _visit(self, kind: str, sending: Any) -> Visit:
        at = time.monotonic()
        visit = Visit(kind, await sending, at)
        self.visits.append(visit)
        return visit

    async def _dream_again(self, asked: Asked, sending: Any) -> None:
        """Count a request that came from a dream."""
        order = replace(asked.order, number=next(self._numbers), options={}, then="nothing", guide=None)
        at = time.monotonic()
        self.asked.append(Asked(order, await sending, at))


def _can_be_cancelled(state: State) -> bool:
    return any(button.get("label") == "Cancel" for button in state.buttons)


def _button_of(message: Message, action: str) -> str:
    """The id of a card's button, in whatever language it is."""
    for part in (*message.state.buttons, *message.state.selects):
        if part.get("custom_id", "").startswith(f"dream:{action}:"):
            return str(part["custom_id"])
    raise LookupError(f"the message has no {action}")

"""The simulated users of a soak run. They request dreams and follow up on them as planned."""

import asyncio
import contextlib
import itertools
import re
import time
from collections.abc import Mapping
from dataclasses import replace
from typing import Any

from bot.delivery.cards import Action
from fake_discord.discord_server import DiscordServer
from fake_discord.inspection import has_dream
from fake_discord.interactions import Interaction
from fake_discord.messages import Message, State
from fake_discord.world import MODERATOR, Channel, User
from soak import bot_messages
from soak.interactions import SentInteraction
from soak.outcomes import SentRequest
from soak.request_plan import RUNNING_FOLLOW_UPS, PlannedRequest

_UNAVAILABLE = (TimeoutError, AssertionError, LookupError)
"""Errors of a click that is impossible: the card has not arrived, or its button is gone again."""
_START_TIMEOUT = 20.0
_DREAM_TIMEOUT = 60.0
_FIRST_BUTTON_NUMBER = 100_000
"""Requests from buttons and menus of dreams are numbered from here."""
_PRESET = "mild"


class SimulatedUsers:
    """Sends all requests, and records them.

    Args:
        discord: The server that the users are on.
        count: How many users there are.
    """

    def __init__(self, discord: DiscordServer, count: int) -> None:
        self.requests: list[SentRequest] = []
        self.interactions: list[SentInteraction] = []
        self.users = [discord.add_user(f"person {number}") for number in range(count)]
        self._discord = discord
        self._moderator, self._stranger = discord.add_user("moderator"), discord.add_user("stranger")
        self._thread = discord.world.add_thread(discord.channel, "at night")
        adults = discord.add_guild("Adults", age_restricted=True)
        elsewhere = discord.add_guild("Elsewhere", joined=False)
        group = discord.world.add_group("friends", self._stranger, *self.users)
        self._places = {
            "channel": discord.channel,
            "both": discord.channel,
            "thread": self._thread,
            "adults": adults.channel,
            "elsewhere": elsewhere.channel,
            "group": group,
        }
        self._numbers = itertools.count(_FIRST_BUTTON_NUMBER)

    async def send_request(self, plan: PlannedRequest) -> None:
        """Send a request, and follow up on it."""
        request = SentRequest(plan, None, time.monotonic())
        self.requests.append(request)
        if not self._discord.gateway.sessions:  # Discord reports that the application did not respond
            return
        user, where = self.users[plan.user], self._where(plan)
        context = {"user": user, "channel": where, "user_installed": plan.place == "both"}
        async with self._slow_files(plan) as source:
            request.at = time.monotonic()
            request.interaction = await self._send(plan, source, context)
            if plan.sent_twice:
                await self._discord.repeat(request.interaction)
            with contextlib.suppress(*_UNAVAILABLE):
                await self._follow_up(request, user)

    async def check_queue(self, user: User) -> None:
        """Use ``/queue``, which also delivers dreams that could not be delivered before."""
        sent = await self._record_interaction("queue", self._discord.slash("queue", user=user))
        with contextlib.suppress(TimeoutError):
            await sent.interaction.until(lambda state: state.text, within=_START_TIMEOUT)

    def _where(self, plan: PlannedRequest) -> Channel:
        user = self.users[plan.user]
        return self._discord.direct_channel(user) if plan.place == "direct" else self._places[plan.place]

    @contextlib.asynccontextmanager
    async def _slow_files(self, plan: PlannedRequest) -> Any:
        """Upload the planned file. Its download takes as long as planned."""
        source = self._discord.attach(plan.upload.content, plan.upload.name)
        if not plan.fetch_seconds:
            yield source
            return
        with self._discord.stall("GET", f"/{source.id}/", times=None) as stalled:
            released = asyncio.get_running_loop().call_later(plan.fetch_seconds, stalled.cancel)
            try:
                yield source
                await asyncio.sleep(max(0.0, released.when() - asyncio.get_running_loop().time()))
            finally:
                released.cancel()

    async def _send(self, plan: PlannedRequest, source: Any, context: Mapping[str, Any]) -> Interaction:
        if plan.method == "slash":
            options = {"image": source, **plan.options}
            for name, upload in (("guide", plan.guide), ("mask", plan.mask)):
                if upload is not None:
                    options[name] = self._discord.attach(upload.content, upload.name)
            return await self._discord.slash("dream", options, age=plan.age, **context)
        where, user = context["channel"], context["user"]
        message = self._discord.say("look", source, user=user, channel=where)
        if plan.method == "forwarded":
            message = self._discord.forward(message, user=user, channel=where)
        return await self._discord.context_menu("Dream this", message, age=plan.age, **context)

    async def _follow_up(self, request: SentRequest, user: User) -> None:
        plan, interaction = request.plan, request.interaction
        if plan.follow_up == "nothing" or interaction is None:
            return
        if plan.follow_up == "forget":
            await asyncio.sleep(plan.delay)
            asked = self._discord.slash("forget-me", user=user)
            question = await self._record_interaction("ask to forget", asked)
            await question.interaction.until(_confirm_button, within=_START_TIMEOUT)
            await self._confirm("forget-me", question.interaction.message, user=user)
            return
        if plan.follow_up in RUNNING_FOLLOW_UPS:
            begun = _moves if plan.moves else _can_be_cancelled
            await interaction.until(begun, within=_DREAM_TIMEOUT if plan.moves else _START_TIMEOUT)
        else:
            await interaction.until(has_dream, within=_DREAM_TIMEOUT)
        await asyncio.sleep(plan.delay)
        message = interaction.message
        assert message is not None
        await self._act_on(request, message, user)

    async def _act_on(self, request: SentRequest, message: Message, user: User) -> None:
        """Follow up on a card or a dream as planned."""
        follow_up = request.plan.follow_up
        moderator: dict[str, Any] = {"user": self._moderator, "permissions": MODERATOR}
        if follow_up in ("moderate", "intrude", "delete", "remove", "redream") and message.state.ephemeral:
            return  # nobody else can see or forward it
        if follow_up == "delete":
            request.deleted = True
            self._discord.delete(message)
        elif follow_up in ("cancel", "moderate", "intrude"):
            actors: dict[str, dict[str, Any]] = {
                "cancel": {"user": user},
                "moderate": moderator,
                "intrude": {"user": self._stranger},
            }
            click = self._click(message, "cancel", **actors[follow_up])
            request.cancelled = follow_up != "intrude"
            await click
        elif follow_up in ("discard", "remove"):
            actor = {"user": user} if follow_up == "discard" else moderator
            name = _button_of(message, "delete")
            clicking = self._discord.click(message, name, **actor)
            request.delete_click = await self._record_interaction("ask to delete", clicking)
            question, *_ = await request.delete_click.interaction.followed_up(within=_START_TIMEOUT)
            await self._confirm("delete", question, **actor)
        elif follow_up == "original":
            await self._click(message, "original", user=user)
        elif follow_up == "redream":
            forwarding = self._dream_forwarded(message, user)
            await self._dream_again(request, forwarding, motion="clip" if request.plan.moves else "still")
        elif follow_up in ("preset", "thing", "motion"):
            await self._select(request, message, user)
        else:
            name = _button_of(message, follow_up)
            clicking = self._discord.click(message, name, user=user)
            motion = "still" if follow_up == "deeper" else request.plan.options.get("motion")
            await self._dream_again(request, clicking, thing=request.plan.thing, motion=motion)

    async def _select(self, request: SentRequest, message: Message, user: User) -> None:
        """Select another preset, another thing or a motion below a dream."""
        plan = request.plan
        name = _button_of(message, plan.follow_up)
        values = [str(option["value"]) for option in message.state.control(name)["options"]]
        changes: dict[str, str | None] = {"thing": plan.thing, "motion": plan.options.get("motion")}
        if plan.follow_up == "preset":
            chosen = _PRESET
        else:
            chosen = values[plan.number % len(values)] if plan.follow_up == "motion" else values[0]
            changes[plan.follow_up] = chosen
        selecting = self._discord.select(message, name, [chosen], user=user, channel=message.channel)
        await self._dream_again(request, selecting, **changes)

    def _dream_forwarded(self, message: Message, user: User) -> Any:
        where = message.channel
        forwarded = self._discord.forward(message, user=user, channel=where)
        return self._discord.context_menu("Dream this", forwarded, user=user, channel=where)

    async def _click(self, message: Message, action: Action, **context: Any) -> SentInteraction:
        name = _button_of(message, action)
        return await self._record_interaction(action, self._discord.click(message, name, **context))

    async def _confirm(self, kind: str, question: Message | None, **context: Any) -> None:
        """Click on the button of a question that deletes."""
        name = None if question is None else _confirm_button(question.state)
        if question is None or name is None:
            raise LookupError("the bot asks nothing")
        await self._record_interaction(kind, self._discord.click(question, name, **context))

    async def _record_interaction(self, kind: str, sending: Any) -> SentInteraction:
        at = time.monotonic()
        sent = SentInteraction(kind, await sending, at)
        self.interactions.append(sent)
        return sent

    async def _dream_again(
        self, request: SentRequest, sending: Any, *, thing: str | None = None, motion: str | None = None
    ) -> None:
        """Record a request that came from a dream, the thing that it is a dream of, and how it moves."""
        options = {"of": thing, "motion": motion}
        plan = replace(
            request.plan,
            number=next(self._numbers),
            options={name: value for name, value in options.items() if value is not None},
            follow_up="nothing",
            guide=None,
            mask=None,
        )
        at = time.monotonic()
        self.requests.append(SentRequest(plan, await sending, at))


def _can_be_cancelled(state: State) -> bool:
    return any(button.get("label") == "Cancel" for button in state.buttons)


def _confirm_button(state: State) -> str | None:
    """The custom id of a question's button that deletes, in any language."""
    names = [str(button.get("custom_id", "")) for button in state.buttons]
    return next((name for name in names if re.match("confirm:(delete|forget)", name)), None)


def _moves(state: State) -> bool:
    """Whether some frames of a motion are dreamed."""
    return bot_messages.contains("card-frame", state.text) and _can_be_cancelled(state)


def _button_of(message: Message, action: str) -> str:
    """The custom id of a card's button, in any language."""
    for part in (*message.state.buttons, *message.state.selects):
        if part.get("custom_id", "").startswith(f"dream:{action}:"):
            return str(part["custom_id"])
    raise LookupError(f"the message has no {action}")

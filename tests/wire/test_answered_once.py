"""A bot that is killed during deliveries, and its next run. Each dream is delivered once."""

import signal
from abc import ABC, abstractmethod
from collections.abc import AsyncIterator
from typing import Any

import pytest
import pytest_asyncio

from bot.texts import packaged_catalogue
from fake_discord import answers
from fake_discord.bot_process import BotProcess, wait_until_exited
from fake_discord.calls import Call
from fake_discord.discord_server import DiscordServer
from fake_discord.faults import Fault
from fake_discord.inspection import (
    FAST_SETTINGS,
    INSTANT_DREAM,
    carries_dream,
    has_dream,
    jobs_of_dreams,
    times_answered,
)
from fake_discord.interactions import Interaction

pytestmark = pytest.mark.asyncio(loop_scope="session")

EXPIRED_TOKEN_AGE = 15 * 60
ELSEWHERE = packaged_catalogue().texts("en")("card-elsewhere")


class Delivery(ABC):
    """A dream that is being delivered when the bot is killed. Its user and its server are its own.

    Attributes:
        dream: The interaction that requested it.
        sent: The bot's request, which Discord serves after the bot is killed.
    """

    dream: Interaction
    sent: Fault

    def __init__(self, discord: DiscordServer, picture: bytes) -> None:
        name = type(self).__name__
        self.discord, self.user = discord, discord.add_user(name)
        self.channel, self.direct = discord.add_guild(name).channel, discord.direct_channel(self.user)
        self.picture = discord.attach(picture, "small.png")

    @abstractmethod
    async def begin(self, bot: BotProcess) -> None:
        """Request the dream, and wait until the bot has sent it."""

    async def settle(self) -> None:
        """Let Discord serve what the killed bot has sent."""
        self.sent.release()
        await self.discord.posted(self.channel, has_dream)

    async def ask(self, **options: Any) -> None:
        age = options.pop("age", EXPIRED_TOKEN_AGE)
        options = {"image": self.picture} | INSTANT_DREAM | options
        self.dream = await self.discord.slash("dream", options, user=self.user, channel=self.channel, age=age)

    async def ask_for_queue(self) -> Interaction:
        return await self.discord.slash("queue", user=self.user, channel=self.channel)

    async def is_elsewhere(self) -> None:
        """Wait until the first answer says that the dream is in another message."""
        await self.dream.until(lambda state: ELSEWHERE in state.text)
        assert self.times == [1]

    @property
    def times(self) -> list[int]:
        """How often each of the user's dreams was delivered."""
        states = [
            state for place in (self.channel, self.direct) for m in place.messages for state in m.states
        ]
        jobs = jobs_of_dreams(file.filename for state in states for file in state.uploads)
        answered = times_answered(self.discord)
        return [answered[job] for job in jobs]


class ByChannel(Delivery):
    """A dream that comes by the channel, because its token has expired."""

    async def begin(self, bot: BotProcess) -> None:
        messages = f"/channels/{self.channel.id}/messages"
        self.sent = self.discord.stall("POST", messages, when=carries_dream)
        await self.ask()
        await self.sent.matched(within=30)


class TooLarge(Delivery):
    """A dream that comes by the channel, because it is too large for the interaction."""

    async def begin(self, bot: BotProcess) -> None:
        messages = f"/channels/{self.channel.id}/messages"
        self.sent = self.discord.stall("POST", messages, when=carries_dream)
        await self.ask(age=0)
        token, no = self.dream.token, answers.TOO_LARGE
        self.refused = self.discord.fail("PATCH", token, no, times=None, when=carries_dream)
        await self.sent.matched(within=30)

    async def settle(self) -> None:
        self.refused.cancel()
        await super().settle()


class TooLargeAndHidden(TooLarge):
    """The same. The bot can no longer read the channel."""

    async def settle(self) -> None:
        await super().settle()
        history = f"/channels/{self.channel.id}/messages"
        self.discord.fail("GET", history, answers.MISSING_ACCESS, times=None)


class BehindNewerMessages(ByChannel):
    async def settle(self) -> None:
        await super().settle()
        for number in range(250):
            self.discord.say(f"message {number}", channel=self.channel)
        self.discord.forget_nonces(self.channel)


class InABusyChannel(ByChannel):
    async def settle(self) -> None:
        await super().settle()
        self.discord.forget_nonces(self.channel)
        history = f"/channels/{self.channel.id}/messages"
        self.busy = self.discord.fail("GET", history, answers.rate_limited(0.3), times=8)


class NotPointedTo(Delivery):
    """A dream in the channel. The request that makes the first answer point to it fails."""

    async def begin(self, bot: BotProcess) -> None:
        messages = f"/channels/{self.channel.id}/messages/"
        self.sent = self.discord.stall("PATCH", messages, when=points_elsewhere)
        await self.ask()
        await self.sent.matched(within=30)
        self.sent.answer = answers.UNAVAILABLE

    async def settle(self) -> None:
        await super().settle()
        assert ELSEWHERE not in self.dream.message.state.text


class ByDirectMessage(Delivery):
    async def begin(self, bot: BotProcess) -> None:
        messages = f"/channels/{self.direct.id}/messages"
        self.sent = self.discord.stall("POST", messages, when=carries_dream)
        await self.ask(private=True)
        await self.sent.matched(within=30)

    async def settle(self) -> None:
        self.sent.release()
        await self.discord.posted(self.direct, has_dream)
        self.discord.forget_nonces(self.direct)


class Kept(Delivery):
    """A dream that could not be delivered, and that the owner's next interaction then received."""

    async def begin(self, bot: BotProcess) -> None:
        kept = bot.output.count("is kept until")
        messages, no = f"/channels/{self.direct.id}/messages", answers.CANNOT_MESSAGE_USER
        with self.discord.fail("POST", messages, no, times=None, when=carries_dream):
            await self.ask(private=True)
            await bot.until(lambda: bot.output.count("is kept until") > kept)
        queue = await self.ask_for_queue()
        self.sent = self.discord.stall("POST", queue.token, when=carries_dream)
        await self.sent.matched(within=30)

    async def settle(self) -> None:
        self.sent.release()


class KeptAndNotReceived(Kept):
    """The same, but Discord did not accept it for the next interaction."""

    async def begin(self, bot: BotProcess) -> None:
        await super().begin(bot)
        self.sent.answer = answers.UNAVAILABLE


def points_elsewhere(call: Call) -> bool:
    return ELSEWHERE in str(call.payload).replace("\\xa0", " ")


DELIVERIES = (
    TooLarge,
    TooLargeAndHidden,
    BehindNewerMessages,
    InABusyChannel,
    NotPointedTo,
    ByDirectMessage,
    Kept,
    KeptAndNotReceived,
)


@pytest_asyncio.fixture(scope="module", loop_scope="session")
async def next_bot(tmp_path_factory, small_cat) -> AsyncIterator[tuple[BotProcess, dict[type, Delivery]]]:
    """A bot, and the deliveries during which the bot before it was killed."""
    data_dir = tmp_path_factory.mktemp("data")
    async with DiscordServer() as discord:
        deliveries = {kind: kind(discord, small_cat) for kind in DELIVERIES}
        async with BotProcess(discord, data_dir, **FAST_SETTINGS) as bot:
            await bot.ready()
            for delivery in deliveries.values():
                await delivery.begin(bot)
            workers = bot.children()
            bot.kill()
            assert await bot.wait() == -signal.SIGKILL
            await wait_until_exited(workers)
        for delivery in deliveries.values():
            await delivery.settle()
        async with BotProcess(discord, data_dir, **FAST_SETTINGS) as bot:
            await bot.ready()
            yield bot, deliveries


@pytest.fixture
def interrupted(next_bot):
    """The delivery of a kind."""
    _, deliveries = next_bot
    return deliveries.__getitem__


@pytest.mark.parametrize("kind", [TooLarge, TooLargeAndHidden], ids=["in the channel", "nowhere"])
async def test_a_dream_too_large_for_the_interaction_comes_by_the_channel_once(interrupted, kind):
    delivery = interrupted(kind)
    await delivery.is_elsewhere()
    assert not has_dream(delivery.dream.message.state)


async def test_a_dream_in_the_channel_is_found_after_nonces_expire_behind_newer_messages(interrupted):
    await interrupted(BehindNewerMessages).is_elsewhere()


async def test_a_private_dream_comes_by_direct_message_once(next_bot, interrupted):
    bot, _ = next_bot
    await bot.until_logged("was answered by the direct message before the bot was stopped")
    assert interrupted(ByDirectMessage).times == [1]


async def test_while_discord_shows_nothing_a_dream_is_not_sent_again(interrupted):
    delivery = interrupted(InABusyChannel)
    await delivery.is_elsewhere()
    assert len(delivery.busy.calls) == 8


async def test_a_killed_bot_points_to_a_dream_delivered_elsewhere(interrupted):
    await interrupted(NotPointedTo).is_elsewhere()


@pytest.mark.parametrize("kind", [Kept, KeptAndNotReceived], ids=["received", "not received"])
async def test_a_kept_dream_that_was_being_delivered_is_offered_and_not_sent_again(interrupted, kind):
    delivery, received = interrupted(kind), kind is Kept
    discord, user = delivery.discord, delivery.user
    (offer,) = await (await delivery.ask_for_queue()).followed_up()
    assert "I'm not sure it arrived" in offer.state.text
    assert delivery.times == [1] * received
    fetched = await discord.click(offer, "Show it", user=user)
    await fetched.until(has_dream)
    again = await discord.click(offer, "Show it", user=user)
    await again.until(lambda state: "already over" in state.text)
    assert not (await (await delivery.ask_for_queue()).acknowledged()).refused
    assert delivery.times == [1 + received]

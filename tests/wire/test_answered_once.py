"""Bots that are killed during a delivery. Each dream is delivered once."""

import signal

import pytest

from bot.texts import packaged_catalogue
from fake_discord import answers
from fake_discord.bot_process import BotProcess, wait_until_exited
from fake_discord.inspection import FAST_SETTINGS, INSTANT_DREAM, carries_dream, has_dream, times_answered

pytestmark = pytest.mark.asyncio(loop_scope="session")

EXPIRED_TOKEN_AGE = 15 * 60
ELSEWHERE = packaged_catalogue().texts("en")("card-elsewhere")


class Scenario:
    """A Discord, and one bot that is started repeatedly."""

    def __init__(self, discord, data_dir, picture):
        self.discord, self.data_dir = discord, data_dir
        self.picture = discord.attach(picture, "small.png")

    def bot(self):
        return BotProcess(self.discord, self.data_dir, **FAST_SETTINGS)

    async def ask(self, *, private=False, **context):
        options = {"image": self.picture, "private": private} | INSTANT_DREAM
        return await self.discord.slash("dream", options, **context)

    async def kill(self, bot, *stalled_calls):
        """Kill the bot, and let Discord process the requests that it has sent."""
        workers = bot.children()
        bot.kill()
        assert await bot.wait() == -signal.SIGKILL
        await wait_until_exited(workers)
        for stalled in stalled_calls:
            stalled.release()

    def times(self):
        return list(times_answered(self.discord).values())


@pytest.fixture
def scenario(discord_alone, tmp_path, small_cat):
    return Scenario(discord_alone, tmp_path, small_cat)


@pytest.mark.parametrize("seen", ["in the channel", "nowhere"])
async def test_a_dream_too_large_for_the_interaction_comes_by_the_channel_once(scenario, seen):
    discord = scenario.discord
    too_large = discord.fail("PATCH", "/webhooks/", answers.TOO_LARGE, times=None, when=carries_dream)
    async with scenario.bot() as bot:
        await bot.ready()
        posting = discord.stall("POST", "/channels/", when=carries_dream)
        dream = await scenario.ask()
        await posting.matched(within=30)
        await scenario.kill(bot, posting)
    too_large.cancel()
    await discord.posted(discord.channel, has_dream)
    if seen == "nowhere":
        discord.fail("GET", f"/channels/{discord.channel.id}/messages", answers.MISSING_ACCESS, times=None)
    async with scenario.bot() as bot:
        await bot.ready()
        await dream.until(lambda state: ELSEWHERE in state.text)
        assert scenario.times() == [1]
        assert not has_dream(dream.message.state)


async def test_a_dream_in_the_channel_is_found_after_nonces_expire_behind_newer_messages(scenario):
    discord = scenario.discord
    async with scenario.bot() as bot:
        await bot.ready()
        posting = discord.stall("POST", "/channels/", when=carries_dream)
        dream = await scenario.ask(age=EXPIRED_TOKEN_AGE)
        await posting.matched(within=30)
        await scenario.kill(bot, posting)
    await discord.posted(discord.channel, has_dream)
    for number in range(250):
        discord.say(f"message {number}")
    discord.forget_nonces()
    async with scenario.bot() as bot:
        await bot.ready()
        await dream.until(lambda state: ELSEWHERE in state.text)
        assert scenario.times() == [1]


async def test_a_private_dream_comes_by_direct_message_once(scenario):
    discord = scenario.discord
    async with scenario.bot() as bot:
        await bot.ready()
        posting = discord.stall("POST", "/channels/", when=carries_dream)
        await scenario.ask(private=True, age=EXPIRED_TOKEN_AGE)
        await posting.matched(within=30)
        await scenario.kill(bot, posting)
    await discord.posted(discord.direct_channel(discord.user), has_dream)
    discord.forget_nonces()
    async with scenario.bot() as bot:
        await bot.ready()
        await bot.until_logged("before the bot was stopped")
        assert scenario.times() == [1]


async def test_while_discord_shows_nothing_a_dream_is_not_sent_again(scenario):
    discord = scenario.discord
    async with scenario.bot() as bot:
        await bot.ready()
        posting = discord.stall("POST", "/channels/", when=carries_dream)
        dream = await scenario.ask(age=EXPIRED_TOKEN_AGE)
        await posting.matched(within=30)
        await scenario.kill(bot, posting)
    await discord.posted(discord.channel, has_dream)
    discord.forget_nonces()
    history = f"/channels/{discord.channel.id}/messages"
    busy = discord.fail("GET", history, answers.rate_limited(0.3), times=8)
    async with scenario.bot() as bot:
        await bot.ready()
        await dream.until(lambda state: ELSEWHERE in state.text)
        assert len(busy.calls) == 8
        assert scenario.times() == [1]


async def test_a_killed_bot_points_to_a_dream_delivered_elsewhere(scenario):
    discord = scenario.discord
    async with scenario.bot() as bot:
        await bot.ready()
        pointing = discord.stall("PATCH", "/channels/")
        dream = await scenario.ask(age=EXPIRED_TOKEN_AGE)
        await pointing.matched(within=30)
        pointing.answer = answers.UNAVAILABLE
        await scenario.kill(bot, pointing)
    assert ELSEWHERE not in dream.message.state.text
    async with scenario.bot() as bot:
        await bot.ready()
        await dream.until(lambda state: ELSEWHERE in state.text)
        assert scenario.times() == [1]


async def keep_dream(scenario, bot):
    """Create a dream that could not be delivered."""
    no = answers.CANNOT_MESSAGE_USER
    with scenario.discord.fail("POST", "/channels/", no, times=None, when=carries_dream):
        await scenario.ask(private=True, age=EXPIRED_TOKEN_AGE)
        await bot.until_logged("is kept until")


@pytest.mark.parametrize("taken", [True, False])
async def test_a_kept_dream_that_was_being_delivered_is_offered_and_not_sent_again(scenario, taken):
    discord = scenario.discord
    async with scenario.bot() as bot:
        await bot.ready()
        await keep_dream(scenario, bot)
        handing_over = discord.stall("POST", "/webhooks/", when=carries_dream)
        await discord.slash("queue")
        await handing_over.matched(within=30)
        if not taken:
            handing_over.answer = answers.UNAVAILABLE
        await scenario.kill(bot, handing_over)
    async with scenario.bot() as bot:
        await bot.ready()
        queue = await discord.slash("queue")
        (offer,) = await queue.followed_up()
        assert "I'm not sure it arrived" in offer.state.text
        assert scenario.times() == [1] * taken
        fetched = await discord.click(offer, "Show it")
        await fetched.until(has_dream)
        again = await discord.click(offer, "Show it")
        await again.until(lambda state: "already over" in state.text)
        assert not (await (await discord.slash("queue")).acknowledged()).refused
    assert scenario.times() == [1 + taken]

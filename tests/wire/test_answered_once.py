"""Bots that are killed during a delivery. Each dream is delivered once."""

import signal

import pytest

from fake_discord import answers
from fake_discord.bot_process import BotProcess, wait_until_exited
from fake_discord.inspection import FAST_SETTINGS, INSTANT_DREAM, carries_dream, has_dream, times_answered

pytestmark = pytest.mark.asyncio(loop_scope="session")

TOKEN_IS_DEAD = 15 * 60
ELSEWHERE = "The dream is in a message of its own."


class Scene:
    """A Discord, and one bot that is started repeatedly."""

    def __init__(self, discord, data_dir, picture):
        self.discord, self.data_dir = discord, data_dir
        self.picture = discord.attach(picture, "small.png")

    def bot(self):
        return BotProcess(self.discord, self.data_dir, **FAST_SETTINGS)

    async def ask(self, *, private=False, **context):
        options = {"image": self.picture, "private": private} | INSTANT_DREAM
        return await self.discord.slash("dream", options, **context)

    async def killed(self, bot, *held_up):
        """Kill the bot, and let Discord process the requests that it has sent."""
        workers = bot.children()
        bot.kill()
        assert await bot.wait() == -signal.SIGKILL
        await wait_until_exited(workers)
        for stalled in held_up:
            stalled.release()

    def times(self):
        return list(times_answered(self.discord).values())


@pytest.fixture
def scene(discord_alone, tmp_path, small_cat):
    return Scene(discord_alone, tmp_path, small_cat)


@pytest.mark.parametrize("seen", ["in the channel", "nowhere"])
async def test_a_dream_too_large_for_the_interaction_comes_by_the_channel_once(scene, seen):
    discord = scene.discord
    too_large = discord.fail("PATCH", "/webhooks/", answers.TOO_LARGE, times=None, when=carries_dream)
    async with scene.bot() as bot:
        await bot.ready()
        posting = discord.stall("POST", "/channels/", when=carries_dream)
        dream = await scene.ask()
        await posting.matched(within=30)
        await scene.killed(bot, posting)
    too_large.cancel()
    await discord.posted(discord.channel, has_dream)
    if seen == "nowhere":
        discord.fail("GET", f"/channels/{discord.channel.id}/messages", answers.MISSING_ACCESS, times=None)
    async with scene.bot() as bot:
        await bot.ready()
        await dream.until(lambda state: ELSEWHERE in state.text)
        assert scene.times() == [1]
        assert not has_dream(dream.message.state)


async def test_a_dream_in_the_channel_is_found_once_nonces_are_forgotten_and_others_have_spoken(scene):
    discord = scene.discord
    async with scene.bot() as bot:
        await bot.ready()
        posting = discord.stall("POST", "/channels/", when=carries_dream)
        dream = await scene.ask(age=TOKEN_IS_DEAD)
        await posting.matched(within=30)
        await scene.killed(bot, posting)
    await discord.posted(discord.channel, has_dream)
    for number in range(250):
        discord.say(f"message {number}")
    discord.forget_nonces()
    async with scene.bot() as bot:
        await bot.ready()
        await dream.until(lambda state: ELSEWHERE in state.text)
        assert scene.times() == [1]


async def test_a_private_dream_comes_by_direct_message_once(scene):
    discord = scene.discord
    async with scene.bot() as bot:
        await bot.ready()
        posting = discord.stall("POST", "/channels/", when=carries_dream)
        await scene.ask(private=True, age=TOKEN_IS_DEAD)
        await posting.matched(within=30)
        await scene.killed(bot, posting)
    await discord.posted(discord.direct_channel(discord.user), has_dream)
    discord.forget_nonces()
    async with scene.bot() as bot:
        await bot.ready()
        await bot.until_logged("before the bot was stopped")
        assert scene.times() == [1]


async def test_while_discord_shows_nothing_a_dream_is_not_sent_again(scene):
    discord = scene.discord
    async with scene.bot() as bot:
        await bot.ready()
        posting = discord.stall("POST", "/channels/", when=carries_dream)
        dream = await scene.ask(age=TOKEN_IS_DEAD)
        await posting.matched(within=30)
        await scene.killed(bot, posting)
    await discord.posted(discord.channel, has_dream)
    discord.forget_nonces()
    history = f"/channels/{discord.channel.id}/messages"
    busy = discord.fail("GET", history, answers.rate_limited(0.3), times=8)
    async with scene.bot() as bot:
        await bot.ready()
        await dream.until(lambda state: ELSEWHERE in state.text)
        assert len(busy.calls) == 8
        assert scene.times() == [1]


async def test_a_killed_bot_points_to_a_dream_that_it_knows_to_be_elsewhere(scene):
    discord = scene.discord
    async with scene.bot() as bot:
        await bot.ready()
        pointing = discord.stall("PATCH", "/channels/")
        dream = await scene.ask(age=TOKEN_IS_DEAD)
        await pointing.matched(within=30)
        pointing.answer = answers.UNAVAILABLE
        await scene.killed(bot, pointing)
    assert ELSEWHERE not in dream.message.state.text
    async with scene.bot() as bot:
        await bot.ready()
        await dream.until(lambda state: ELSEWHERE in state.text)
        assert scene.times() == [1]


async def kept(scene, bot):
    """Create a dream that could not be delivered."""
    no = answers.CANNOT_MESSAGE_USER
    with scene.discord.fail("POST", "/channels/", no, times=None, when=carries_dream):
        await scene.ask(private=True, age=TOKEN_IS_DEAD)
        await bot.until_logged("is kept until")


@pytest.mark.parametrize("taken", [True, False])
async def test_a_kept_dream_that_was_being_delivered_is_offered_and_not_sent_again(scene, taken):
    discord = scene.discord
    async with scene.bot() as bot:
        await bot.ready()
        await kept(scene, bot)
        handing_over = discord.stall("POST", "/webhooks/", when=carries_dream)
        await discord.slash("queue")
        await handing_over.matched(within=30)
        if not taken:
            handing_over.answer = answers.UNAVAILABLE
        await scene.killed(bot, handing_over)
    async with scene.bot() as bot:
        await bot.ready()
        queue = await discord.slash("queue")
        (offer,) = await queue.followed_up()
        assert "cannot see whether you have it" in offer.state.text
        assert scene.times() == [1] * taken
        fetched = await discord.click(offer, "Show it")
        await fetched.until(has_dream)
        again = await discord.click(offer, "Show it")
        await again.until(lambda state: "over already" in state.text)
        assert not (await (await discord.slash("queue")).acknowledged()).refused
    assert scene.times() == [1 + taken]

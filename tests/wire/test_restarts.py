"""Bots that stop in various ways, and restart with the data on the disk."""

import re
import signal
from pathlib import Path

import pytest

from fake_discord import answers
from fake_discord.bot_process import BotProcess, wait_until_exited
from fake_discord.discord_server import DiscordServer
from fake_discord.faults import Fault
from fake_discord.inspection import (
    DREAM,
    ENDLESS_DREAM,
    FAST_SETTINGS,
    INSTANT_DREAM,
    LONG_DREAM,
    answers_to,
    carries_dream,
    check_no_leaks,
    has_dream,
    has_preview,
    private_answer,
    times_answered,
)
from fake_discord.interactions import Interaction
from tests.moving import frames_of, moving

pytestmark = pytest.mark.asyncio(loop_scope="session")

EXPIRED_TOKEN_AGE = 15 * 60
FIRST_CHUNK, FRAMES = 6, 60
"""The frames of a motion that are dreamed before another dream may come between, and all of them."""


class Users:
    """Users who each request a new dream."""

    def __init__(self, discord: DiscordServer, small_cat: bytes, cat: bytes) -> None:
        self.discord = discord
        self.small, self.large = discord.attach(small_cat, "small.png"), discord.attach(cat, "large.jpg")
        self.dreams: list[Interaction] = []

    async def ask(self, options, *, large: bool = False, picture=None, **context) -> Interaction:
        user = context.pop("user", None) or self.discord.add_user(f"person{len(self.dreams)}")
        options = {"image": picture or (self.large if large else self.small)} | options
        dream = await self.discord.slash("dream", options, user=user, **context)
        self.dreams.append(dream)
        return dream

    async def queue_up(self, count: int) -> list[Interaction]:
        """Request dreams that wait behind another."""
        dreams = [await self.ask(INSTANT_DREAM) for _ in range(count)]
        for dream in dreams:
            await dream.until(lambda state: "in line" in state.text or "next" in state.text)
        return dreams

    async def deliver_unnoticed(self) -> list[tuple[Interaction, Fault]]:
        """Request dreams that Discord receives without the bot's knowing it."""
        dream = await self.ask(INSTANT_DREAM)
        stalled = self.discord.stall("PATCH", dream.token, when=carries_dream)
        shrunk = await self.ask(INSTANT_DREAM, large=True)
        self.discord.fail("PATCH", shrunk.token, answers.TOO_LARGE, when=carries_dream)
        shrunk_stalled = self.discord.stall("PATCH", shrunk.token, when=carries_dream)
        posted = await self.ask(INSTANT_DREAM, age=EXPIRED_TOKEN_AGE)
        posting = self.discord.stall("POST", "/channels/", when=carries_dream)
        for fault in (stalled, shrunk_stalled, posting):
            await fault.matched(within=30)
        return [(dream, stalled), (shrunk, shrunk_stalled), (posted, posting)]

    async def request_during_download(self) -> tuple[Interaction, Fault]:
        """Request a dream whose picture is still being downloaded."""
        slow = self.discord.attach(self.small.data, "slow.png")
        loading = self.discord.stall("GET", f"/{slow.id}/")
        dream = await self.ask(INSTANT_DREAM, picture=slow)
        await loading.matched()
        return dream, loading

    async def begin_motion(self, bot: BotProcess) -> Interaction:
        """Request a motion, and wait until its first frames are stored."""
        clip = self.discord.attach(moving(FRAMES), "wander.gif")
        dream = await self.ask({"preset": "mild", "iterations": 2, "octaves": 1}, picture=clip)
        await bot.until_logged(f"Frame {FIRST_CHUNK} of job")
        assert folders_of_motions(bot)
        return dream

    async def keep_undelivered(self, bot: BotProcess) -> Interaction:
        """Request a dream that cannot be delivered, and is kept."""
        no = answers.CANNOT_MESSAGE_USER
        with self.discord.fail("POST", "/channels/", no, times=None, when=carries_dream):
            dream = await self.ask(INSTANT_DREAM | {"private": True}, age=EXPIRED_TOKEN_AGE)
            await bot.until_logged("is kept until")
        return dream

    async def click(self, dream: Interaction, button: str) -> Interaction:
        return await self.discord.click(dream.message, button, user=dream.context.user)


def folders_of_motions(bot: BotProcess) -> list[Path]:
    return list((bot.data_dir / "motions").iterdir())


def check_continued(motion: Interaction, bot: BotProcess) -> None:
    """Check that a motion has all frames, of which the bot did not dream the first ones again."""
    assert frames_of(motion.message.state.attachments[0].data) == FRAMES
    assert "Frame 0 of job" not in bot.output


@pytest.fixture
def start_bot(discord_alone, tmp_path):
    """Starts bots on one data directory."""

    def start(**environment: str) -> BotProcess:
        return BotProcess(discord_alone, tmp_path, **FAST_SETTINGS, **environment)

    return start


async def test_a_killed_bot_answers_every_user_once_after_its_restart(
    discord_alone, start_bot, small_cat, cat
):
    discord, users = discord_alone, Users(discord_alone, small_cat, cat)
    async with start_bot(DREAM_LOG_LEVEL="DEBUG") as bot:
        await bot.ready()
        spent = [await users.ask(INSTANT_DREAM, user=discord.user) for _ in range(3)]
        for dream in spent:
            await dream.until(has_dream)
        unnoticed = await users.deliver_unnoticed()
        fetched, loading = await users.request_during_download()
        kept = await users.keep_undelivered(bot)
        motion = await users.begin_motion(bot)
        running = await users.ask(LONG_DREAM, large=True)
        await running.until(has_preview)
        waiting = await users.queue_up(3)
        assert not any(has_dream(dream.message.state) for dream in (motion, running))
        workers = bot.children()
        bot.kill()
        assert await bot.wait() == -signal.SIGKILL
        await wait_until_exited(workers)
        loading.release()
        for _, stalled in unnoticed:
            stalled.release()
        (arriving, _), (shrunk, _), _ = unnoticed
        for dream in (arriving, shrunk):
            await dream.until(has_dream)
        check_no_leaks(discord, bot)

    before = len(discord.calls())
    async with start_bot(DREAM_SHUTDOWN_SECONDS="60", DREAM_LOG_LEVEL="DEBUG") as bot:
        await bot.ready()
        for dream in (arriving, shrunk, fetched, running, motion, *waiting):
            await dream.until(has_dream)
            assert len(answers_to(discord, dream)) == 1
            assert not dream.followups
        after = discord.calls()[before:]
        assert not [call for call in after if any(dream.token in call.path for dream in spent)]

        check_continued(motion, bot)

        again = await users.ask(INSTANT_DREAM, user=discord.user)
        assert re.search(r"<t:\d+:R>", await private_answer(again)), "a restart forgave what was spent"
        deeper = await users.click(waiting[0], "Deeper")
        await deeper.until(has_dream)
        original = await users.click(spent[0], "Original")
        await original.until(lambda state: state.attachments)
        queue = await discord.slash("queue", user=kept.context.user)
        (message,) = await queue.followed_up()
        assert has_dream(message.state)
        assert set(times_answered(discord).values()) == {1}

        last = await users.ask(LONG_DREAM, large=True)
        await last.until(has_preview)
        workers = bot.children()
        bot.terminate()
        assert await bot.wait() == 0
        assert has_dream(last.message.state), "there was time enough"
        assert not folders_of_motions(bot)
        await wait_until_exited(workers)
        check_no_leaks(discord, bot)


async def test_a_stopped_bot_gives_notice_and_continues_later(discord_alone, start_bot, small_cat, cat):
    discord, users = discord_alone, Users(discord_alone, small_cat, cat)
    async with start_bot(DREAM_SHUTDOWN_SECONDS="0.1") as bot:
        await bot.ready()
        running = await users.ask(LONG_DREAM, large=True)
        await running.until(has_preview)
        waiting = await users.queue_up(2)
        fetched, loading = await users.request_during_download()
        workers = bot.children()
        bot.terminate()
        assert await bot.wait() == 0
        await wait_until_exited(workers)
        for dream in (running, *waiting):
            assert "I'm restarting" in dream.message.state.text
            assert not dream.message.state.buttons
        loading.release()
        check_no_leaks(discord, bot)

    async with start_bot(DREAM_SHUTDOWN_SECONDS="600") as bot:
        await bot.ready()
        for dream in (running, *waiting, fetched):
            await dream.until(has_dream)
            assert len(answers_to(discord, dream)) == 1
        assert set(times_answered(discord).values()) == {1}

        endless = await users.ask(ENDLESS_DREAM, large=True)
        await endless.until(has_preview)
        workers = bot.children()
        bot.terminate()
        await bot.until_logged("Stopping")
        newcomer = await users.ask(INSTANT_DREAM)
        assert (await newcomer.acknowledged()).seconds < 3
        assert "I'm restarting" in await private_answer(newcomer)
        again = await users.click(running, "Reroll")
        assert "I'm restarting" in await private_answer(again)
        bot.interrupt()
        assert await bot.wait(within=10) == 128 + signal.SIGINT
        await wait_until_exited(workers)
        assert not has_dream(endless.message.state)
        assert DREAM.fullmatch(running.message.state.attachments[0].filename)
        check_no_leaks(discord, bot)

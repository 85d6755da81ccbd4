"""Motions on the wire: a GIF in, an animation out, however the bot ended meanwhile."""

import json
import re
import signal
import sqlite3
from contextlib import closing

import pytest

from bot.storage.data_dir import DATABASE
from fake_discord.bot_process import BotProcess, wait_until_exited
from fake_discord.inspection import (
    FAST_SETTINGS,
    INSTANT_DREAM,
    answers_to,
    check_no_leaks,
    has_dream,
    is_cancelled,
    times_answered,
)
from tests.dream_engine.motion.clip_files import flat, video
from tests.moving import FRAMES, frames_of, moving

pytestmark = pytest.mark.asyncio(loop_scope="session")

QUICK = {"preset": "mild", "iterations": 2, "octaves": 1}
FIRST_CHUNK = 6
MANY = 60
"""So many frames are dreamed long enough for something to happen meanwhile."""


@pytest.fixture
def gif(discord):
    """Makes moving attachments."""
    return lambda *size, **look: discord.attach(moving(*size, **look), "wander.gif")


async def test_a_gif_is_answered_with_an_animated_webp(discord, bot, person, gif):
    dream = await discord.slash("dream", {"image": gif()} | QUICK, user=person)
    state = await dream.until(has_dream)
    (answer,) = state.attachments
    assert re.fullmatch(r"dream-[0-9a-f]{16}\.webp", answer.filename)
    picture = answer.picture()
    assert (picture.format, picture.is_animated, picture.size) == ("WEBP", True, (64, 48))
    assert frames_of(answer.data) == FRAMES
    assert len(answers_to(discord, dream)) == 1

    again = await discord.click(dream.message, "Reroll", user=person)
    state = await again.until(has_dream)
    assert frames_of(state.attachments[0].data) == FRAMES
    original = await discord.click(dream.message, "Original", user=person)
    state = await original.until(lambda state: state.attachments)
    assert frames_of(state.attachments[0].data) == FRAMES


async def test_a_still_of_a_video_is_its_first_frame(discord, bot, person):
    clip = discord.attach(video(flat(20, 120, 220)), "clip.mp4")
    dream = await discord.slash("dream", {"image": clip, "motion": "still"} | QUICK, user=person)
    state = await dream.until(has_dream)
    (answer,) = state.attachments
    assert answer.filename.endswith(".png")
    assert answer.picture().size == (64, 48)


async def test_the_upload_limit_makes_a_smaller_file(discord, bot, person, gif):
    picture = gif(FRAMES, 200, 160, noisy=True)
    dream = await discord.slash(
        "dream", {"image": picture} | QUICK, user=person, attachment_size_limit=60_000
    )
    state = await dream.until(has_dream)
    (answer,) = state.attachments
    assert len(answer.data) <= 60_000
    assert answer.picture().is_animated
    with closing(sqlite3.connect(bot.data_dir / DATABASE)) as store:
        query = "SELECT outcome FROM jobs WHERE ? LIKE '%' || id || '%'"
        ((outcome,),) = store.execute(query, (answer.filename,)).fetchall()
    assert json.loads(outcome)["reduced"]


async def test_a_still_is_dreamed_and_a_motion_cancelled_in_the_middle(discord, bot, person, picture, gif):
    dream = await discord.slash("dream", {"image": gif(MANY)} | QUICK, user=person)
    await dream.until(lambda state: "%" in state.text)
    still = await discord.slash("dream", {"image": picture} | INSTANT_DREAM, user=discord.add_user("other"))
    await still.until(has_dream)
    assert not has_dream(dream.message.state), "the still waited for the whole motion"
    await discord.click(dream.message, "Cancel", user=person)
    state = await dream.until(is_cancelled)
    assert not state.attachments
    assert not answers_to(discord, dream)


async def test_a_killed_bot_continues_a_motion_and_answers_once(discord_alone, tmp_path):
    discord = discord_alone
    settings = FAST_SETTINGS | {"DREAM_LOG_LEVEL": "DEBUG"}
    async with BotProcess(discord, tmp_path, **settings) as bot:
        await bot.ready()
        dream = await discord.slash("dream", {"image": discord.attach(moving(MANY), "wander.gif")} | QUICK)
        await bot.until_logged(f"Frame {FIRST_CHUNK} of job")
        workers = bot.children()
        bot.kill()
        assert await bot.wait() == -signal.SIGKILL
        await wait_until_exited(workers)
    assert not has_dream(dream.message.state)
    (folder,) = (tmp_path / "motions").iterdir()

    async with BotProcess(discord, tmp_path, **settings) as bot:
        await bot.ready()
        state = await dream.until(has_dream, within=60)
        assert frames_of(state.attachments[0].data) == MANY
        assert len(answers_to(discord, dream)) == 1
        assert set(times_answered(discord).values()) == {1}
        assert "Frame 0 of job" not in bot.output
        bot.terminate()
        assert await bot.wait() == 0
        assert not folder.exists()
        check_no_leaks(discord, bot)

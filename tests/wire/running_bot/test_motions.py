"""Motions on the wire: a GIF in, an animation out."""

import json
import re
import sqlite3
from contextlib import closing

import pytest

from bot.storage.data_dir import DATABASE
from fake_discord.inspection import (
    INSTANT_DREAM,
    answers_to,
    has_dream,
    is_cancelled,
)
from tests.dream_engine.motion.clip_files import flat, video
from tests.moving import FRAMES, frames_of, moving

pytestmark = pytest.mark.asyncio(loop_scope="session")

QUICK = {"preset": "mild", "iterations": 2, "octaves": 1}
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

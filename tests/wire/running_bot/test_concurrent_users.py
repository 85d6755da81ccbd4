"""Many users at once, and one who floods the bot."""

import asyncio
import io
import re
import time

import numpy as np
import pytest
from PIL import Image

from fake_discord.discord_server import DiscordServer
from fake_discord.inspection import INSTANT_DREAM, answers_to, has_dream, pixels, worker_occupied
from fake_discord.interactions import Interaction
from fake_discord.world import User
from tests.conftest import png

pytestmark = [pytest.mark.asyncio(loop_scope="session"), pytest.mark.usefixtures("bot")]

BURST, SECONDS_EACH = 3, 100
"""The bot's default allowance."""


async def ask(discord: DiscordServer, user: User, options) -> Interaction:
    return await discord.slash("dream", options, user=user)


async def test_two_users_each_get_their_own_dream(discord, small_cat):
    wide, (ada, grace) = small_cat, (discord.add_user("ada"), discord.add_user("grace"))
    tall = rotated(small_cat)
    dreams = [
        await ask(discord, ada, {"image": discord.attach(wide, "wide.png")} | INSTANT_DREAM),
        await ask(discord, grace, {"image": discord.attach(tall, "tall.png")} | INSTANT_DREAM),
    ]
    shapes = [pixels((await dream.until(has_dream)).attachments[0].data).shape for dream in dreams]
    assert shapes == [(80, 120, 3), (120, 80, 3)]


def rotated(content: bytes) -> bytes:
    return png(np.rot90(np.asarray(Image.open(io.BytesIO(content)))))


async def test_twenty_users_are_acknowledged_in_time_and_answered_once(discord, picture):
    people = [discord.add_user(f"person{number}") for number in range(20)]
    options = {"image": picture} | INSTANT_DREAM
    dreams = await asyncio.gather(*(ask(discord, user, options) for user in people))
    for dream in dreams:
        assert (await dream.acknowledged()).seconds < 3
    for dream in dreams:
        await dream.until(has_dream)
        assert len(answers_to(discord, dream)) == 1
    assert all(has_dream(dream.message.state) for dream in dreams)


async def test_a_flood_from_one_user_is_refused_and_delays_nobody(discord, person, stranger, picture, cat):
    options = {"image": picture} | INSTANT_DREAM
    async with worker_occupied(discord, cat):
        flood = await asyncio.gather(*(ask(discord, person, options) for _ in range(20)))
        other = await ask(discord, stranger, options)
        for dream in (*flood, other):
            assert (await dream.acknowledged()).seconds < 3
        refused = [dream for dream in flood if await is_refused(dream)]

    served = [dream for dream in flood if dream not in refused]
    states = [await dream.until(has_dream) for dream in served]
    assert (await other.until(has_dream)).at < sorted(state.at for state in states)[1]
    assert len(refused) == len(flood) - BURST
    retry_times = []
    for dream in refused:
        assert dream.message.deleted
        (answer,) = dream.followups
        assert answer.state.ephemeral
        time_found = re.search(r"<t:(\d+):R>", answer.state.text)
        assert time_found, answer.state.text
        retry_times.append(int(time_found[1]))
    assert max(retry_times) <= time.time() + SECONDS_EACH + 1, "being refused made the next dream later"


async def is_refused(dream: Interaction) -> bool:
    """Whether the user gets a private message instead of a place in the queue."""
    waiting = asyncio.create_task(dream.until(lambda state: "in line" in state.text or "next" in state.text))
    refused = asyncio.create_task(dream.followed_up())
    try:
        await asyncio.wait((waiting, refused), return_when=asyncio.FIRST_COMPLETED)
        return refused.done()
    finally:
        waiting.cancel()
        refused.cancel()

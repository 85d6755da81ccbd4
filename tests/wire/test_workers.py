"""The bot with several workers on one machine."""

import pytest

from fake_discord.bot_process import BotProcess
from fake_discord.discord_server import DiscordServer
from fake_discord.inspection import FAST_SETTINGS, INSTANT_DREAM, has_dream, worker_occupied

pytestmark = pytest.mark.asyncio(loop_scope="session")


async def test_a_second_person_gets_a_dream_while_the_first_ones_still_grows(tmp_path, cat, small_cat):
    settings = FAST_SETTINGS | {"DREAM_WORKERS": "2"}
    async with DiscordServer() as discord, BotProcess(discord, tmp_path, **settings) as bot:
        await bot.ready()
        async with worker_occupied(discord, cat) as endless:
            options = {"image": discord.attach(small_cat, "cat.png")} | INSTANT_DREAM
            dream = await discord.slash("dream", options, user=discord.add_user("second"))
            await dream.until(has_dream)
            assert endless.message is not None
            assert not has_dream(endless.message.state)

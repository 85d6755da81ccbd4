"""The bot on two shards, as Discord recommends for many servers."""

import asyncio

import pytest

from fake_discord.bot_process import BotProcess
from fake_discord.discord_server import DiscordServer
from fake_discord.inspection import FAST_SETTINGS, INSTANT_DREAM, has_dream

pytestmark = pytest.mark.asyncio(loop_scope="session")


async def test_servers_on_both_shards_are_served_even_after_a_drop(tmp_path, small_cat):
    async with DiscordServer(shards=2) as discord:
        places = {}
        while len(places) < 2:
            await asyncio.sleep(0.001)  # the millisecond of its creation determines a guild's shard
            guild = discord.add_guild(f"Server {len(places)}")
            places.setdefault(guild.shard(2), guild)
        async with BotProcess(discord, tmp_path, **FAST_SETTINGS) as bot:
            await bot.ready(shards=2)
            for dropped in (False, True):
                if dropped:
                    await discord.drop_gateway()
                    await discord.resumed(2)
                options = {"image": discord.attach(small_cat, "cat.png")} | INSTANT_DREAM
                for guild in places.values():
                    dream = await discord.slash(
                        "dream", options, user=discord.add_user("x"), channel=guild.channel
                    )
                    await dream.until(has_dream)

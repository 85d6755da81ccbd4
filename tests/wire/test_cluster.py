"""The bot with a Ray cluster of two machines, both simulated on this one."""

from collections.abc import Iterator

import pytest

from fake_discord.bot_process import BotProcess
from fake_discord.inspection import (
    FAST_SETTINGS,
    INSTANT_DREAM,
    LONG_DREAM,
    answers_to,
    has_dream,
    has_preview,
)
from tests.dream_engine.executors.ray.real_cluster import NEEDS_RAY, RealCluster
from tests.moving import frames_of, moving

pytest.importorskip("ray")

FIRST_CHUNK = 6
MANY = 40
"""So many frames are dreamed long enough for something to happen meanwhile."""

pytestmark = [*NEEDS_RAY, pytest.mark.asyncio(loop_scope="session")]


@pytest.fixture
def cluster() -> Iterator[RealCluster]:
    with RealCluster() as cluster:
        yield cluster


async def request_dream(discord, image: bytes, options: dict[str, object], who: str):
    picture = {"image": discord.attach(image, "picture.png")}
    return await discord.slash("dream", picture | options, user=discord.add_user(who))


async def test_a_machine_lost_during_a_motion_costs_no_answer_and_no_frame(discord_alone, tmp_path, cluster):
    settings = FAST_SETTINGS | {"DREAM_EXECUTOR": cluster.address, "DREAM_LOG_LEVEL": "DEBUG"}
    async with BotProcess(discord_alone, tmp_path, **settings) as bot:
        await bot.ready()
        options = {"preset": "mild", "iterations": 2, "octaves": 1}
        running = await request_dream(discord_alone, moving(MANY), options, "first")
        await bot.until_logged(f"Frame {FIRST_CHUNK} of job")
        cluster.exchange_machine()
        state = await running.until(has_dream, within=90)
        assert frames_of(state.attachments[0].data) == MANY
        assert len(answers_to(discord_alone, running)) == 1
        assert bot.output.count("Frame 0 of job") == 1
        bot.terminate()
        assert await bot.wait() == 0


async def test_a_machine_lost_during_a_dream_costs_no_answer(
    discord_alone, tmp_path, cluster, cat, small_cat
):
    async with BotProcess(discord_alone, tmp_path, DREAM_EXECUTOR=cluster.address, **FAST_SETTINGS) as bot:
        await bot.ready()
        first = await request_dream(discord_alone, small_cat, INSTANT_DREAM, "first")
        await first.until(has_dream)
        running = await request_dream(discord_alone, cat, LONG_DREAM, "second")
        await running.until(has_preview)
        cluster.exchange_machine()
        await running.until(has_dream, within=90)
        assert len(answers_to(discord_alone, running)) == 1
        bot.terminate()
        assert await bot.wait() == 0


async def test_a_restart_of_the_head_costs_no_answer(discord_alone, tmp_path, cluster, cat, small_cat):
    async with BotProcess(discord_alone, tmp_path, DREAM_EXECUTOR=cluster.address, **FAST_SETTINGS) as bot:
        await bot.ready()
        running = await request_dream(discord_alone, cat, LONG_DREAM, "first")
        await running.until(has_preview)
        cluster.stop()
        await bot.until_logged("is gone")
        meanwhile = await request_dream(discord_alone, small_cat, INSTANT_DREAM, "second")
        await meanwhile.acknowledged()
        cluster.start()
        await running.until(has_dream, within=90)
        await meanwhile.until(has_dream)
        assert len(answers_to(discord_alone, running, meanwhile)) == 2


async def test_a_killed_bot_continues_its_dream_after_the_restart(discord_alone, tmp_path, cluster, cat):
    on_the_cluster = FAST_SETTINGS | {"DREAM_EXECUTOR": cluster.address_from_outside}
    async with BotProcess(discord_alone, tmp_path, **on_the_cluster) as bot:
        await bot.ready()
        running = await request_dream(discord_alone, cat, LONG_DREAM, "first")
        await running.until(has_preview)
        bot.kill()
        await bot.wait()
    async with BotProcess(discord_alone, tmp_path, **on_the_cluster) as bot:
        await bot.ready(within=90)
        await running.until(has_dream, within=90)
        assert len(answers_to(discord_alone, running)) == 1

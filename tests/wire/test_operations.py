"""Health and metrics of the real process, as a monitor requests them."""

import asyncio
import json
import socket
import sys

import aiohttp
import pytest

from fake_discord.bot_process import ROOT, BotProcess
from fake_discord.inspection import FAST_SETTINGS, INSTANT_DREAM, has_dream
from tests.conftest import free_port

pytestmark = pytest.mark.asyncio(loop_scope="session")


async def get(port: int, path: str) -> tuple[int, str]:
    """Request a path. Returns the status and the body."""
    async with (
        aiohttp.ClientSession() as session,
        session.get(f"http://127.0.0.1:{port}{path}") as response,
    ):
        return response.status, await response.text()


async def health_check(port: int) -> int:
    """The exit status of the container's health check."""
    process = await asyncio.create_subprocess_exec(
        *(sys.executable, "-m", "bot.healthcheck"),
        cwd=ROOT,
        env={"DREAM_HTTP_PORT": str(port)},
        stdout=asyncio.subprocess.DEVNULL,
    )
    return await process.wait()


async def test_the_process_reports_its_health_from_start_to_end(discord_alone, tmp_path, small_cat):
    port = free_port()
    # All other bots dream with one thread, this one with all, as an operator's does.
    settings = {"DREAM_HTTP_PORT": str(port), "TF_NUM_INTRAOP_THREADS": "0"} | FAST_SETTINGS
    async with BotProcess(discord_alone, tmp_path, **settings) as bot:
        await bot.until_logged("Serving health and metrics")
        assert (await get(port, "/healthz"))[0] == 200
        status, problems = await get(port, "/readyz")
        assert status == 503
        assert "gateway" in problems
        await bot.ready()
        await bot.until_logged("Connected as")
        assert await get(port, "/readyz") == (200, "Ready.\n")
        assert await health_check(port) == 0

        options = {"image": discord_alone.attach(small_cat, "cat.png")} | INSTANT_DREAM
        dream = await discord_alone.slash("dream", options)
        await dream.until(has_dream)
        _, metrics = await get(port, "/metrics")
        assert 'dream_rest_responses_total{method="PATCH",status="200"}' in metrics
        assert 'dream_shard_connected{shard="0"} 1.0' in metrics
        assert "dream_workers 1.0" in metrics
        assert "dream_capacity 1.0" in metrics
        bot.terminate()
        assert await bot.wait() == 0
        events = [json.loads(line) for line in bot.lines]
        job = next(event["job"] for event in events if event["message"].endswith("preset mild."))
        loggers = {event["logger"] for event in events if event.get("job") == job}
        assert loggers >= {
            "bot.submission.admission",
            "dream_engine.worker",
            "bot.delivery.service",
        }
    assert await health_check(port) == 1


async def test_on_a_taken_port_the_bot_serves_and_without_a_gateway_it_can_be_stopped(
    discord_alone, tmp_path
):
    with socket.create_server(("127.0.0.1", 0)) as listener:
        port = listener.getsockname()[1]
        async with BotProcess(discord_alone, tmp_path, DREAM_HTTP_PORT=str(port), **FAST_SETTINGS) as bot:
            line = await bot.until_logged("cannot be served")
            assert str(port) in line
            assert "DREAM_HTTP_PORT" in line
            await bot.ready()
            assert "Traceback" not in bot.output
            async with discord_alone.gateway_dropped(None):
                bot.terminate()
                assert await bot.wait(within=15) == 0

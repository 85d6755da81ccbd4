"""The bot's process: its environment, its workers, and other processes beside it."""

import pytest

from fake_discord.bot_process import BotProcess
from fake_discord.inspection import FAST_SETTINGS, UNREACHABLE_GATEWAY
from tests.wire.test_starting import CANNOT_START

pytestmark = pytest.mark.asyncio(loop_scope="session")


async def test_the_configured_gateway_is_used_instead_of_the_apis(discord, bot):
    """Behind a proxy of the API, the API returns Discord's own gateway."""
    named = discord.calls("GET", "/gateway/bot")
    assert {call.status for call in named} == {200}
    assert discord.gateway.url != UNREACHABLE_GATEWAY
    assert discord.gateway.connected


async def test_worker_processes_do_not_get_the_token(discord, bot):
    workers = bot.children()
    assert workers
    assert not [worker for worker in workers if discord.token in "\n".join(worker.environ().values())]


async def test_a_check_beside_a_running_bot_succeeds_and_reports_every_part(discord, bot):
    async def run_to_exit(*arguments: str) -> tuple[int, list[str]]:
        command = ("-m", "bot", *arguments)
        async with BotProcess(discord, bot.data_dir, command=command, **FAST_SETTINGS) as process:
            status = await process.wait()
        return status, process.lines

    registered, identified = len(discord.calls("PUT", "/commands")), discord.gateway.identified
    status, lines = await run_to_exit("--check")
    assert status == 0
    output = "\n".join(lines)
    name, invitation = discord.world.bot.name, f"oauth2/authorize?client_id={discord.world.bot.id}&"
    for part in ("configuration", str(bot.data_dir), "efficientnet_lite0", name, invitation):
        assert part in output
    assert "a bot is running" in output
    assert len(discord.calls("PUT", "/commands")) == registered
    assert discord.gateway.identified == identified
    second, (complaint,) = await run_to_exit()
    assert second == CANNOT_START
    assert "Another bot is running" in complaint

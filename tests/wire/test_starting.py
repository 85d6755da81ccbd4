"""The bot's output before it serves, and its exit status when it cannot start."""

import pytest

from fake_discord import answers
from fake_discord.bot_process import BotProcess, wait_until_exited
from fake_discord.inspection import FAST_SETTINGS
from tests.conftest import free_port

pytestmark = pytest.mark.asyncio(loop_scope="session")

CANNOT_START, CONFIGURATION_ERROR = 69, 78
WRONG = {
    "DISCORD_API_BASE": "ftp://discord.example",
    "DREAM_BACKBONE": "resnet9000",
    "DREAM_BURST": "some",
    "DREAM_CDN_HOSTS": "http://cdn.example/",
    "DREAM_SHUTDOWN_SECONDS": "-1",
}


@pytest.fixture
def run_to_exit(discord_alone, tmp_path):
    """Runs a bot that exits by itself. Returns its exit status and its output."""

    async def run(*arguments: str, **environment: str) -> tuple[int, list[str]]:
        command = ("-m", "bot", *arguments)
        async with BotProcess(discord_alone, tmp_path, command=command, **environment) as bot:
            status = await bot.wait(within=60)
        return status, bot.lines

    return run


async def test_a_wrong_setting_is_named_in_one_line(run_to_exit):
    status, (line,) = await run_to_exit(DREAM_BURST=WRONG["DREAM_BURST"])
    assert status == CONFIGURATION_ERROR
    assert line.startswith("DREAM_BURST must be ")


async def test_everything_that_is_wrong_is_listed(run_to_exit):
    status, lines = await run_to_exit("--check", DREAM_BRUST="5", **WRONG)
    assert status == CONFIGURATION_ERROR
    assert lines[0] == "DREAM_BRUST in the environment is not a setting: did you mean DREAM_BURST?"
    assert {line.split()[0] for line in lines[1:]} == WRONG.keys()


async def test_a_missing_token_is_named_in_one_line(run_to_exit):
    status, lines = await run_to_exit(DISCORD_TOKEN="")
    assert status == CONFIGURATION_ERROR
    (line,) = lines
    assert "DISCORD_TOKEN" in line


async def test_a_refused_token_is_reported_in_one_line_without_it(run_to_exit):
    status, lines = await run_to_exit(DISCORD_TOKEN="MTA.not.right")
    assert status == CANNOT_START
    (line,) = lines
    assert "DISCORD_TOKEN" in line
    assert "MTA" not in line


async def test_an_unreachable_discord_is_reported_in_one_line(run_to_exit):
    base = f"http://127.0.0.1:{free_port()}/api/v10"
    status, lines = await run_to_exit(DISCORD_API_BASE=base)
    assert status == CANNOT_START
    (line,) = lines
    assert base in line


async def test_an_unreachable_gateway_is_reported_in_one_line(run_to_exit):
    status, lines = await run_to_exit(DISCORD_GATEWAY_URL=f"ws://127.0.0.1:{free_port()}", **FAST_SETTINGS)
    assert status == CANNOT_START
    assert "Traceback" not in "\n".join(lines)
    assert lines[-1].startswith("Discord's gateway cannot be reached at ws://127.0.0.1")


async def test_a_server_that_is_not_discord_is_reported_in_one_line(run_to_exit, discord_alone):
    discord_alone.fail("GET", "/users/@me", answers.Answer(200, "Welcome to our Wi-Fi!"), times=None)
    status, lines = await run_to_exit()
    assert status == CANNOT_START
    (line,) = lines
    assert discord_alone.api_base in line


async def test_an_invalid_data_directory_is_reported_in_one_line(run_to_exit, tmp_path):
    file = tmp_path / "file"
    file.write_text("in the way")
    status, lines = await run_to_exit(DREAM_DATA_DIR=str(file))
    assert status in (CANNOT_START, CONFIGURATION_ERROR)
    (line,) = lines
    assert "DREAM_DATA_DIR" in line


async def test_a_bot_that_is_still_starting_can_be_stopped(discord_alone, tmp_path):
    async with BotProcess(discord_alone, tmp_path, **FAST_SETTINGS) as bot:
        await discord_alone.called("PUT", "/commands", within=60)
        await bot.until_logged("Add the bot to a server: https://discord.com/oauth2/authorize?client_id=")
        workers = bot.children()
        bot.terminate()
        assert await bot.wait() == 0
        await wait_until_exited(workers)
    assert "Traceback" not in bot.output


async def test_an_unreachable_cluster_is_reported_in_one_line(discord_alone, tmp_path):
    address = f"127.0.0.1:{free_port()}"
    async with BotProcess(discord_alone, tmp_path, DREAM_EXECUTOR=address, **FAST_SETTINGS) as bot:
        assert await bot.wait() == 69
        await bot.until_logged(f"No Ray cluster answers at {address}")
        assert "Traceback" not in bot.output

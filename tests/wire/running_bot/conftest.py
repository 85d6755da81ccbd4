"""The running bot that all tests of this folder share, which ``make test`` runs in one process."""

from collections.abc import AsyncIterator, Callable

import pytest
import pytest_asyncio

from fake_discord.answers import Answer
from fake_discord.attachments import Attachment
from fake_discord.bot_process import BotProcess
from fake_discord.discord_server import DiscordServer
from fake_discord.inspection import FAST_SETTINGS, UNREACHABLE_GATEWAY, check_no_leaks, times_answered
from fake_discord.world import User


@pytest_asyncio.fixture(scope="package", loop_scope="session")
async def discord() -> AsyncIterator[DiscordServer]:
    async with DiscordServer() as discord:
        discord.add_guild("Adults", age_restricted=True)
        discord.add_guild("Elsewhere", joined=False)
        limit = {"total": 1000, "remaining": 999, "reset_after": 86_400_000, "max_concurrency": 1}
        named = {"url": UNREACHABLE_GATEWAY, "shards": 1, "session_start_limit": limit}
        discord.fail("GET", "/gateway/bot", Answer(200, named), times=None)
        yield discord


@pytest_asyncio.fixture(scope="package", loop_scope="session")
async def bot(discord, tmp_path_factory) -> AsyncIterator[BotProcess]:
    """One bot for all tests that leave it running. Each test has its own users, so no limit is shared."""
    more = {"DREAM_SOURCE_MEGABYTES": "1", "DREAM_LOG_LEVEL": "DEBUG"}
    async with BotProcess(discord, tmp_path_factory.mktemp("data"), **FAST_SETTINGS, **more) as bot:
        await bot.ready()
        yield bot
        check_no_leaks(discord, bot)
        assert not [job for job, times in times_answered(discord).items() if times > 1]


@pytest.fixture
def person(discord, request) -> User:
    return discord.add_user(request.node.name)


@pytest.fixture
def stranger(discord) -> User:
    return discord.add_user("stranger")


@pytest.fixture
def picture(discord, small_cat) -> Attachment:
    return discord.attach(small_cat, "cat.png")


@pytest.fixture
def large_picture(discord, cat) -> Attachment:
    return discord.attach(cat, "cat.jpg")


@pytest.fixture
def guild(discord) -> Callable[[str], object]:
    """Looks up a guild by its name."""
    return lambda name: next(guild for guild in discord.world.guilds if guild.name == name)

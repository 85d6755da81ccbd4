"""A Discord on the wire."""

from collections.abc import AsyncIterator

import pytest_asyncio

from fake_discord.discord_server import DiscordServer


@pytest_asyncio.fixture(loop_scope="session")
async def discord_alone() -> AsyncIterator[DiscordServer]:
    """A Discord for bots that do not outlive their test."""
    async with DiscordServer() as discord:
        yield discord

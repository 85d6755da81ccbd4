"""A fake Discord and a connected client, shared by its tests."""

import asyncio
import contextlib
from collections.abc import AsyncIterator, Callable
from contextlib import AbstractAsyncContextManager

import pytest
import yarl
from discord.gateway import DiscordWebSocket
from discord.http import Route

from fake_discord.attachments import Attachment
from fake_discord.discord_server import DiscordServer
from tests.fake_discord.tiny_bot import TinyBot


@pytest.fixture
async def server() -> AsyncIterator[DiscordServer]:
    async with DiscordServer() as server:
        yield server


@pytest.fixture
def connected_bot(monkeypatch) -> Callable[..., AbstractAsyncContextManager[TinyBot]]:
    """Connects a bot to a server while a block lasts."""

    @contextlib.asynccontextmanager
    async def connected_bot(server: DiscordServer, shards: int = 1) -> AsyncIterator[TinyBot]:
        monkeypatch.setattr(Route, "BASE", server.api_base)
        monkeypatch.setattr(DiscordWebSocket, "DEFAULT_GATEWAY", yarl.URL(server.gateway_url))
        async with TinyBot() as bot:
            running = asyncio.create_task(bot.start(server.token))
            await server.identified(shards)
            yield bot
        await running

    return connected_bot


@pytest.fixture
async def bot(server, connected_bot) -> AsyncIterator[TinyBot]:
    async with connected_bot(server) as bot:
        yield bot


@pytest.fixture
def picture(server, small_cat) -> Attachment:
    return server.attach(small_cat, "cat.png")

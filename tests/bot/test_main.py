"""The bot's main loop, and its shutdown."""

import asyncio
from pathlib import Path
from types import SimpleNamespace

import pytest

from bot.__main__ import _serve, _warn_of_unread_file
from bot.errors import UnavailableError


class Client:
    """A client whose connection ignores that it is closed, like one that waits to reconnect."""

    def __init__(self, error=None):
        self.connected = asyncio.Event()
        self.error = error

    async def connect(self):
        self.connected.set()
        if self.error:
            raise self.error
        await asyncio.Event().wait()

    async def close(self):
        pass


class Services:
    settings = SimpleNamespace(shutdown_seconds=1.0)

    def __init__(self):
        self.stopped = False

    async def stop(self):
        self.stopped = True


def test_the_bot_starts_in_a_directory_that_it_may_not_look_into(monkeypatch):
    def refuse(path):
        raise PermissionError(13, "Permission denied", str(path))

    monkeypatch.setattr(Path, "is_file", refuse)
    monkeypatch.setenv("DREAM_ENV_FILE", "")
    _warn_of_unread_file()


async def test_a_shutdown_does_not_wait_for_a_connection_that_waits_to_reconnect():
    client, services, stop = Client(), Services(), asyncio.Event()
    serving = asyncio.create_task(_serve(client, services, stop))
    await client.connected.wait()
    stop.set()
    async with asyncio.timeout(10):
        await serving
    assert services.stopped


async def test_the_services_are_stopped_when_the_connection_is_lost_for_good():
    services = Services()
    with pytest.raises(UnavailableError):
        await _serve(Client(ConnectionResetError()), services, asyncio.Event())
    assert services.stopped

"""The real bot in an in-memory Discord (simcord), with users who type and click.

This module adds what simcord lacks: it serves pictures over loopback, reports their width and height, gives
users a language, and lets tests wait for every change of a message.
"""

import asyncio
import contextlib
import contextvars
import shutil
from collections.abc import AsyncIterator, Callable
from pathlib import Path
from typing import Any, Self, TypeVar

import discord
import simcord
import simcord.backend.cdn
import simcord.http.client
from aiohttp import web

from bot.app import new_client, opened
from bot.client import DreamBot
from bot.services import Services
from bot.settings import BotSettings
from dream_engine.executors.base import DreamExecutor
from fake_discord.simcord_additions import (
    accept_escaped_answer_paths,
    copy_payloads_fast,
    forget_deleted_answer,
    measure_pictures,
    text_of,
)

_Value = TypeVar("_Value")

TIMEOUT_SECONDS = 20.0
"""How many seconds a test waits on a busy machine before it fails."""

_MAX_COPIES = 5
"""How often the store of a killed bot is copied until the copy is complete."""


class MessageRecorder:
    """Records every message that is created, edited or deleted, including private ones.

    Attributes:
        log: The change, the message's id, its text and the names of its files.
    """

    def __init__(self, env: simcord.Env) -> None:
        self.log: list[tuple[str, int, str, tuple[str, ...]]] = []
        self._changed: list[asyncio.Event] = []
        backend: Any = env.backend
        commit, edit, delete = backend.commit_message, backend.edit_message, backend.delete_message

        def commit_message(message: Any, **details: Any) -> Any:
            made = commit(message, **details)
            self._note("created", made)
            return made

        def edit_message(channel_id: int, message_id: int, fields: Any) -> Any:
            edited = edit(channel_id, message_id, fields)
            self._note("edited", edited)
            return edited

        def delete_message(channel_id: int, message_id: int) -> None:
            message = backend.get_message(channel_id, message_id)
            delete(channel_id, message_id)
            forget_deleted_answer(env, message_id)
            self._note("deleted", message)

        backend.commit_message, backend.edit_message = commit_message, edit_message
        backend.delete_message = delete_message

    async def until(self, condition: Callable[[], _Value]) -> _Value:
        """Wait until a condition returns a truthy value, and return it. Every change evaluates it again."""
        changed = asyncio.Event()
        self._changed.append(changed)
        try:
            async with asyncio.timeout(TIMEOUT_SECONDS):
                while not (value := condition()):
                    await changed.wait()
                    changed.clear()
        except TimeoutError:
            raise AssertionError(
                f"the condition was not met within {TIMEOUT_SECONDS:g} s; messages:\n"
                + "\n".join(map(str, self.log))
            ) from None
        else:
            return value
        finally:
            self._changed.remove(changed)

    def _note(self, what: str, message: Any) -> None:
        names = tuple(attachment["filename"] for attachment in message.attachments)
        self.log.append((what, message.id, text_of(message), names))
        for changed in self._changed:
            changed.set()


class Simulation:
    """The bot in a simulated Discord, and a record of its messages.

    Attributes:
        env: The simulated Discord.
        settings: The operator's settings.
        executor: Runs dreams. It outlives restarts of the bot.
        recorder: Records all messages.
        locales: The locales of users who do not speak English, by user id.
        payload_overrides: Fields that replace those of the next interactions.
        bot: The current bot.
        services: The bot's services.
    """

    bot: DreamBot
    services: Services

    def __init__(self, settings: BotSettings, executor: DreamExecutor) -> None:
        self.settings = settings
        self.executor = executor
        self.bot = new_client(shard_count=1, largest_size=self.settings.largest_size)
        self.env = simcord.Env(self.bot, settle_timeout=TIMEOUT_SECONDS / 2)
        self.recorder = MessageRecorder(self.env)
        self.locales: dict[int, str] = {}
        self.payload_overrides: dict[str, Any] = {}
        self._resources = contextlib.AsyncExitStack()
        measure_pictures(self.env)
        self.env.backend.subscribers.append(self._apply_overrides)  # before the bot's own subscriber

    @classmethod
    @contextlib.asynccontextmanager
    async def running(cls, settings: BotSettings, executor: DreamExecutor) -> AsyncIterator[Self]:
        """Run a bot in a simulated Discord.

        Args:
            settings: The operator's settings. The hosts of pictures are replaced.
            executor: Runs dreams. The caller starts and closes it.
        """
        accept_escaped_answer_paths()
        copy_payloads_fast()
        async with contextlib.AsyncExitStack() as stack:
            pictures = _PictureHost()
            host = await stack.enter_async_context(pictures.served())
            simulation = cls(settings.model_copy(update={"cdn_hosts": (host,)}), executor)
            pictures.world = simulation.env.backend
            await simulation.env.start()
            stack.push_async_callback(simulation.env.shutdown)
            stack.push_async_callback(simulation._close)
            await simulation._start_services()
            yield simulation
        simulation.env.raise_errors()

    async def restart(self, *, killed: bool = False) -> None:
        """Stop the bot and start it again.

        Args:
            killed: Whether to act like ``kill -9``: the new bot sees nothing that the old one still writes.
        """
        if killed:
            copy = self.settings.data_dir.with_name(self.settings.data_dir.name + "-again")
            _copy_settled(self.settings.data_dir, copy)
            self.settings = self.settings.model_copy(update={"data_dir": copy})
        else:
            await self.stop()
        await self._close()
        self.bot = new_client(shard_count=1, largest_size=self.settings.largest_size)
        await self.env.restart_bot(self.bot)
        await self._start_services()

    async def stop(self) -> None:
        """Stop the bot's services as a stopping process does."""
        await asyncio.get_running_loop().create_task(self.services.stop(), context=self.context())

    def context(self) -> contextvars.Context:
        """The context of background tasks, with the simulated clock and Discord."""
        with self.env.time_context():
            return contextvars.copy_context()

    async def until(self, condition: Callable[[], _Value]) -> _Value:
        """Wait until a condition returns a truthy value. Every change of a message evaluates it again."""
        return await self.recorder.until(condition)

    def url_of(self, name: str, content: bytes) -> str:
        """Store a file on the simulated CDN."""
        base = simcord.backend.cdn.CDN_BASE
        url = f"{base}/{name}"
        self.env.backend.cdn._blobs[url] = content
        return url

    async def _start_services(self) -> None:
        """Open and start the services of the bot, which is logged in."""
        context = self.context()
        self.services = await self._resources.enter_async_context(
            opened(self.settings, self.bot, self.executor, context=context)
        )
        await asyncio.get_running_loop().create_task(self.services.start(), context=context)

    async def _close(self) -> None:
        await self._resources.aclose()
        await self.bot.close()

    def _apply_overrides(self, event: str, payload: Any) -> None:
        if event == "INTERACTION_CREATE":
            who = payload["member"]["user"] if "member" in payload else payload["user"]
            payload["locale"] = self.locales.get(int(who["id"]), "en-US")
            payload.update(self.payload_overrides)


def _copy_settled(source: Path, target: Path) -> None:
    """Copy a folder from which a thread of the bot may still be deleting files.

    Raises:
        OSError: Each attempt has met a file that was just deleted.
    """
    for attempt in range(_MAX_COPIES, 0, -1):
        try:
            shutil.copytree(source, target)
        except OSError:
            if attempt == 1:
                raise
            shutil.rmtree(target)
        else:
            return


class _PictureHost:
    """Serves the simulated files over loopback, for the bot's own HTTP session."""

    world: Any

    @contextlib.asynccontextmanager
    async def served(self) -> AsyncIterator[str]:
        application = web.Application()
        application.router.add_get("/{path:.*}", self._get)
        runner = web.AppRunner(application)
        await runner.setup()
        await web.TCPSite(runner, "127.0.0.1", 0).start()
        host = "{}:{}".format(*runner.addresses[0])
        self._base = f"http://{host}"
        before = simcord.backend.cdn.CDN_BASE, discord.Asset.BASE
        simcord.backend.cdn.CDN_BASE = discord.Asset.BASE = self._base
        try:
            yield host
        finally:
            simcord.backend.cdn.CDN_BASE, discord.Asset.BASE = before
            await runner.cleanup()

    async def _get(self, request: web.Request) -> web.Response:
        content = self.world.cdn.get(self._base + request.path)
        if content is None:
            raise web.HTTPNotFound
        response = web.Response(body=content)
        response.force_close()  # a kept-alive connection has a timer that simcord would wait for
        return response

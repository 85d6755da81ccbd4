"""Runs the bot and its executor in a simulated Discord."""

import asyncio
import contextlib
import contextvars
from collections.abc import AsyncIterator, Callable, Sequence
from dataclasses import dataclass
from functools import partial
from typing import Any

import aiohttp
import discord
import simcord
import simcord.http.client
from yarl import URL

from bot.app import new_client, opened
from bot.client import DreamBot
from bot.settings import BotSettings
from bot.startup import executor_of, make_ready
from bot.submission.downloader import PictureDownloader
from dream_engine.errors import TooManyBytesError
from fake_discord.simcord_additions import (
    accept_escaped_answer_paths,
    escape_names,
    forget_deleted_answer,
    measure_pictures,
)

CDN = "cdn.simcord.invalid"
"""The host of all attachments in the simulation."""

_ACTION_SECONDS = 60.0


@dataclass(frozen=True)
class Person:
    """A person in the simulation.

    Attributes:
        name: Their name, which the page shows.
        locale: The language of their Discord.
        permissions: The permissions that a role of their own gives them.
        operates: Whether they operate the bot.
    """

    name: str
    locale: str = "en-US"
    permissions: discord.Permissions = discord.Permissions.none()  # noqa: RUF009 - nothing changes it
    operates: bool = False


PEOPLE = (
    Person("you"),
    Person("friend"),
    Person("moderator", permissions=discord.Permissions(manage_messages=True)),
    Person("manager", permissions=discord.Permissions(manage_guild=True)),
    Person("operator", permissions=discord.Permissions(administrator=True), operates=True),
    Person("민지 (한국어)", "ko"),
    Person("Lucía (español)", "es-ES"),
    Person("Mateo (español, Latinoamérica)", "es-419"),
    Person("Bia (português)", "pt-BR"),
)
"""The people of the simulation: every language, and everybody whom the bot treats differently."""


@dataclass(frozen=True)
class Simulation:
    """A server with one channel, and the bot in it.

    Attributes:
        env: The simulated Discord.
        bot: The bot.
        channel: The channel.
        you: A member.
        friend: Another member.
        others: The members with permissions or other languages.
    """

    env: simcord.Env
    bot: DreamBot
    channel: Any
    you: Any
    friend: Any
    others: Sequence[Any]

    def listen(self, callback: Callable[[str, Any], None]) -> None:
        """Call back for every message that is created, edited or deleted, including private ones.

        Args:
            callback: Receives ``"create"``, ``"edit"`` or ``"delete"``, and the message.
        """
        backend: Any = self.env.backend
        commit, edit, delete = backend.commit_message, backend.edit_message, backend.delete_message

        def commit_message(message: Any, **options: Any) -> Any:
            committed = commit(message, **options)
            callback("create", committed)
            return committed

        def edit_message(channel_id: int, message_id: int, fields: Any) -> Any:
            edited = edit(channel_id, message_id, fields)
            callback("edit", edited)
            return edited

        def delete_message(channel_id: int, message_id: int) -> None:
            message = backend.get_message(channel_id, message_id)
            delete(channel_id, message_id)
            forget_deleted_answer(self.env, message_id)
            callback("delete", message)

        backend.commit_message, backend.edit_message = commit_message, edit_message
        backend.delete_message = delete_message

    def file(self, attachment: Any) -> bytes:
        """The content of a message's attachment."""
        content: bytes | None = self.env.backend.cdn.get(attachment["url"])
        if content is None:
            raise FileNotFoundError(attachment["url"])
        return content


class SimulatedDownloader(PictureDownloader):
    """Fetches pictures from the simulated Discord.

    Args:
        env: The simulated Discord.
        megabytes: The largest allowed file.
    """

    def __init__(self, env: simcord.Env, session: aiohttp.ClientSession, megabytes: float) -> None:
        super().__init__(session, (CDN,), megabytes)
        self._env = env

    async def read(self, address: URL) -> bytes:
        """Read a file directly from the simulated store."""
        content: bytes | None = self._env.backend.cdn.get(str(address))
        if content is None:
            raise aiohttp.ClientConnectionError("the simulation has no such file")
        if len(content) > self.max_bytes:
            raise TooManyBytesError(limit=self.max_bytes / 1e6)
        return content


@contextlib.asynccontextmanager
async def simulated(settings: BotSettings) -> AsyncIterator[Simulation]:
    """Run the bot in a simulated Discord.

    Args:
        settings: The operator's settings. The data directory is real.
    """
    accept_escaped_answer_paths()
    executor = executor_of(settings)
    bot = new_client(shard_count=1)
    env = simcord.Env(bot, settle_timeout=_ACTION_SECONDS)
    env.backend.bot_user.name = "Dream Bot"
    measure_pictures(env)
    escape_names(env)
    locales: dict[int, str] = {}
    env.backend.subscribers.append(partial(_set_locale, locales))  # before the bot's own subscriber
    async with contextlib.AsyncExitStack() as stack:
        stack.push_async_callback(executor.close)
        await make_ready(executor, settings)
        await env.start()
        stack.push_async_callback(env.shutdown)
        # Background tasks run on the simulated clock, so that they do not delay users' actions.
        with env.time_context():
            background = contextvars.copy_context()
        users = [env.create_user(person.name) for person in PEOPLE]
        locales |= {user.id: person.locale for user, person in zip(users, PEOPLE, strict=True)}
        operators = (user.id for user, person in zip(users, PEOPLE, strict=True) if person.operates)
        settings = settings.model_copy(update={"owners": (*settings.owners, *operators)})
        session = await stack.enter_async_context(aiohttp.ClientSession())
        downloader = SimulatedDownloader(env, session, settings.source_megabytes)
        services = await stack.enter_async_context(
            opened(settings, bot, executor, downloader=downloader, context=background)
        )
        await asyncio.create_task(services.start(), context=background)
        server = env.create_guild("Dreamers")
        channel = server.create_text_channel("dreams", topic="Post a photograph, get a dream")
        members = []
        for user, person in zip(users, PEOPLE, strict=True):
            role = server.create_role(person.name, permissions=person.permissions)
            members.append(server.add_member(user, roles=(role,) if person.permissions.value else ()))
        you, friend, *others = members
        yield Simulation(env, bot, channel, you, friend, others)
        await asyncio.create_task(services.stop(), context=background)
        await bot.close()


def _set_locale(locales: dict[int, str], event: str, payload: Any) -> None:
    """Put the language of an interaction's user into it; simcord's users all speak English."""
    if event == "INTERACTION_CREATE":
        user = payload["member"]["user"] if "member" in payload else payload["user"]
        payload["locale"] = locales.get(int(user["id"]), payload["locale"])

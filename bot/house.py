"""Puts the parts together: what each of them holds, and in which order they begin and end."""

import contextlib
import contextvars
import sqlite3
from collections.abc import AsyncIterator
from dataclasses import dataclass
from functools import partial

import aiohttp

from bot.background import Background
from bot.client import DreamBot
from bot.database import Database, NewerSchemaError
from bot.errors import UnavailableError
from bot.intake import Intake
from bot.jobs.endings import Endings
from bot.jobs.runner import Limits, Runner
from bot.jobs.speeds import Speeds
from bot.jobs.store import JobStore
from bot.operations.housekeeping import keep_house
from bot.operations.lag import LagWatch
from bot.pictures import PictureStore
from bot.reception import Reception
from bot.replies.delivery import Delivery
from bot.replies.post import Post
from bot.servers import ServerStore
from bot.settings import BotSettings
from bot.texts import Catalogue
from bot.wish import Wish
from dream_engine.executor import DreamExecutor

_LAST_WORDS = 5.0
"""So many seconds answers on their way have left after the last dream."""


@dataclass(frozen=True)
class Parts:
    """Everything that commands work with."""

    settings: BotSettings
    catalogue: Catalogue
    servers: ServerStore
    store: JobStore
    pictures: PictureStore
    intake: Intake
    post: Post
    delivery: Delivery
    endings: Endings
    runner: Runner
    reception: Reception
    background: Background
    lag: LagWatch

    async def start(self) -> None:
        """Take up what was left, and serve; the executor is ready, and the client logged in."""
        await self.runner.start()
        await self.reception.start()
        self.background.start(keep_house(self.store, self.pictures, self.settings), "housekeeping")
        self.background.start(self.lag.run(), "the watch over the event loop")

    async def stop(self) -> None:
        """Take no order, give what runs its time, and keep the rest."""
        self.reception.close()
        await self.runner.stop(self.settings.shutdown_seconds)
        await self.endings.finish(_LAST_WORDS)
        await self.background.stop()


@contextlib.asynccontextmanager
async def opened(
    settings: BotSettings,
    client: DreamBot,
    executor: DreamExecutor,
    context: contextvars.Context | None = None,
) -> AsyncIterator[Parts]:
    """Put the parts together and give them to the client; at the end, close what was opened.

    Args:
        settings: What the operator set.
        client: The bot as Discord sees it.
        executor: Dreams; whoever made it starts and closes it.
        context: What context variables the work in the background sees; by default the caller's.

    Raises:
        UnavailableError: The data directory cannot be used.
    """
    catalogue = Catalogue()
    background = Background(context)
    async with open_database(settings) as database, _session() as session:
        store, servers = JobStore(database), ServerStore(database)
        pictures = PictureStore(settings.data_dir / "pictures", database)
        post = Post(client)
        delivery = Delivery(post, catalogue, background, settings.preview_seconds)
        endings = Endings(store, pictures, delivery, background)

        settings_of = partial(
            Wish.settings,
            backbone=settings.backbone,
            default_size=settings.default_size,
            largest_size=settings.largest_size,
        )
        limits = Limits(settings.time_limit, settings.preview_seconds)
        speeds = Speeds(await store.speeds())
        runner = Runner(executor, store, pictures, delivery, endings, background, settings_of, limits, speeds)
        intake = Intake(session, settings.cdn_hosts, settings.source_megabytes)
        reception = Reception(
            settings, settings_of, servers, store, pictures, intake, runner, endings, background
        )
        client.parts = Parts(
            settings,
            catalogue,
            servers,
            store,
            pictures,
            intake,
            post,
            delivery,
            endings,
            runner,
            reception,
            background,
            LagWatch(),
        )
        try:
            yield client.parts
        finally:
            await background.stop()


@contextlib.asynccontextmanager
async def open_database(settings: BotSettings) -> AsyncIterator[Database]:
    """Open the store in the data directory.

    Raises:
        UnavailableError: It cannot be used.
    """
    try:
        settings.data_dir.mkdir(mode=0o700, parents=True, exist_ok=True)
        database = await Database.open(settings.data_dir / "bot.sqlite3")
    except (OSError, sqlite3.Error, NewerSchemaError) as error:
        raise UnavailableError(f"DREAM_DATA_DIR ({settings.data_dir}) cannot be used: {error}.") from error
    try:
        yield database
    finally:
        await database.close()


def _session() -> aiohttp.ClientSession:
    return aiohttp.ClientSession(cookie_jar=aiohttp.DummyCookieJar(), trust_env=True)

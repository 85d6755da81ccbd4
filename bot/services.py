"""Puts the parts together: what each of them holds, and in which order they begin and end."""

import asyncio
import contextlib
import contextvars
import logging
import math
import sqlite3
from collections.abc import AsyncIterator
from dataclasses import dataclass, field
from functools import partial
from typing import Any

import aiohttp

from bot.background import Background
from bot.channel_lookup import ChannelLookup
from bot.client import DreamBot
from bot.clock import now
from bot.delivery.service import Delivery
from bot.delivery.transport import Post
from bot.jobs.completion import Endings
from bot.jobs.execution import Dreaming, DreamLimits
from bot.jobs.forecast import Outlook
from bot.jobs.originals import Originals
from bot.jobs.runner import Runner
from bot.jobs.speeds import Speeds
from bot.operations.gauges import Moment
from bot.operations.health import Health
from bot.operations.housekeeping import keep_house
from bot.operations.loop_lag import LagWatch
from bot.operations.reconciliation import RulesReconciler
from bot.operations.removal import Removal
from bot.options import Wish
from bot.settings import BotSettings
from bot.storage.blocklist import Blocklist
from bot.storage.data_dir import PICTURES, claimed, open_database, unusable
from bot.storage.database import Database
from bot.storage.disk_errors import is_storage_trouble, what_is_wrong
from bot.storage.jobs import JobStore
from bot.storage.pictures import PictureStore
from bot.storage.servers import ServerStore
from bot.submission.downloads import Intake
from bot.submission.service import Reception
from bot.texts import Catalogue, packaged_catalogue
from dream_engine.executors.base import DreamExecutor
from dream_engine.images import Limits
from dream_engine.images.refitting import Refitter

_log = logging.getLogger(__name__)

_KEPT = Limits(megabytes=math.inf, megapixels=math.inf)
"""What is kept was within the limits when it came, or is a dream."""
_LAST_WORDS = 5.0
"""So many seconds answers on their way have left after the last dream."""


@dataclass(frozen=True)
class Parts:
    """Everything that commands work with."""

    settings: BotSettings
    catalogue: Catalogue
    servers: ServerStore
    blocklist: Blocklist
    store: JobStore
    pictures: PictureStore
    database: Database
    intake: Intake
    post: Post
    refitter: Refitter
    originals: Originals
    delivery: Delivery
    endings: Endings
    outlook: Outlook
    runner: Runner
    reception: Reception
    removal: Removal
    background: Background
    lag: LagWatch
    health: Health
    channels: ChannelLookup
    reconciler: RulesReconciler
    began_at: float = field(default_factory=now)
    attending: set[asyncio.Task[Any]] = field(default_factory=set)
    """What was acknowledged, and is not answered yet."""

    async def start(self) -> None:
        """Take up what was left, and serve; the executor is ready, and the client logged in."""
        await self._tidy()
        await self.runner.start()
        await self.reception.start()
        self.background.start(
            keep_house(self.store, self.pictures, self.database, self.settings), "housekeeping"
        )
        self.background.start(self.reconciler.reconcile_all(), "looking for what Discord has deleted")
        self.background.start(self.lag.run(), "the watch over the event loop")

    async def _tidy(self) -> None:
        """Delete what a killed bot left, and set aside what nobody can read; the bot serves without it."""
        try:
            await self.store.set_aside_unknown_states()
            await self.pictures.tidy()
            await self.pictures.delete_unnamed()
        except Exception as error:
            if not is_storage_trouble(error):
                raise
            _log.error("What was left is tidied up at the next start. %s", what_is_wrong(error))

    async def stop(self) -> None:
        """Take no order, give what runs its time, and keep the rest."""
        await asyncio.gather(self.reception.close(), self.runner.stop(self.settings.shutdown_seconds))
        await self.endings.finish(_LAST_WORDS)
        if self.attending:
            await asyncio.wait(tuple(self.attending), timeout=_LAST_WORDS)
        await self.background.stop()


@contextlib.asynccontextmanager
async def opened(
    settings: BotSettings,
    client: DreamBot,
    executor: DreamExecutor,
    *,
    intake: Intake | None = None,
    context: contextvars.Context | None = None,
) -> AsyncIterator[Parts]:
    """Put the parts together and give them to the client; at the end, close what was opened.

    Args:
        settings: What the operator set.
        client: The bot as Discord sees it.
        executor: Dreams; whoever made it starts and closes it.
        intake: Fetches pictures; by default over the network, from the hosts that are set.
        context: What context variables the work in the background sees; by default the caller's.

    Raises:
        StartupError: The data directory cannot be used, or another bot uses it.
    """
    background = Background(context)
    async with contextlib.AsyncExitStack() as stack:
        stack.enter_context(claimed(settings.data_dir))
        database = await stack.enter_async_context(open_database(settings.data_dir))
        session = await stack.enter_async_context(_session())
        intake = intake or Intake(session, settings.cdn_hosts, settings.source_megabytes)
        try:
            client.parts = await _put_together(settings, client, executor, intake, database, background)
        except sqlite3.Error as error:
            raise unusable(settings.data_dir, error) from error
        stack.push_async_callback(background.stop)
        yield client.parts


async def _put_together(
    settings: BotSettings,
    client: DreamBot,
    executor: DreamExecutor,
    intake: Intake,
    database: Database,
    background: Background,
) -> Parts:
    catalogue = packaged_catalogue()
    metrics = client.metrics
    store = JobStore(database, on_end=partial(metrics.job_ended, settings.backbone))
    servers = ServerStore(database)
    blocklist = Blocklist(database)
    keep_bytes = settings.keep_megabytes * 1e6
    pictures = PictureStore(settings.data_dir / PICTURES, database, keep_bytes=keep_bytes)
    post = Post(client)
    channels = ChannelLookup(client)
    refitter = Refitter(_KEPT)
    delivery = Delivery(post, catalogue, refitter, background, settings.preview_seconds)
    endings = Endings(store, pictures, delivery, background, metrics)
    settings_of = partial(
        Wish.settings,
        backbone=settings.backbone,
        default_size=settings.default_size,
        largest_size=settings.largest_size,
    )
    speeds = Speeds(await store.speeds())
    outlook = Outlook(delivery, speeds, settings_of)
    limits = DreamLimits(settings.time_limit, settings.preview_seconds)
    dreaming = Dreaming(executor, pictures, delivery, settings_of, limits)
    runner = Runner(
        dreaming, store, pictures, delivery, endings, outlook, background, blocklist, speeds, metrics
    )
    metrics.add(Moment(client, runner, executor))
    reception = Reception(
        settings,
        settings_of,
        servers,
        blocklist,
        store,
        pictures,
        intake,
        outlook,
        runner,
        endings,
        background,
    )
    removal = Removal(store, pictures, reception, runner, endings, background)
    return Parts(
        settings,
        catalogue,
        servers,
        blocklist,
        store,
        pictures,
        database,
        intake,
        post,
        refitter,
        Originals(store, pictures, refitter, blocklist, background),
        delivery,
        endings,
        outlook,
        runner,
        reception,
        removal,
        background,
        LagWatch(metrics.loop_lagged),
        Health(client, executor, runner, settings.queue, settings.data_dir),
        channels,
        RulesReconciler(client, servers, channels),
    )


def _session() -> aiohttp.ClientSession:
    return aiohttp.ClientSession(cookie_jar=aiohttp.DummyCookieJar(), trust_env=True)

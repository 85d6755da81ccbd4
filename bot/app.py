"""Composes the bot: makes its client and its services, and hands each what it works with."""

import contextlib
import contextvars
import math
import sqlite3
from collections.abc import AsyncIterator
from functools import partial
from typing import Any

import aiohttp

from bot.background import Background
from bot.channel_lookup import ChannelLookup
from bot.client import DreamBot
from bot.commands.tree import install_on
from bot.delivery.service import Delivery
from bot.delivery.transport import DiscordTransport
from bot.jobs.completion import JobCompleter
from bot.jobs.execution import DreamLimits, JobExecutor
from bot.jobs.forecast import Forecaster
from bot.jobs.originals import Originals
from bot.jobs.runner import Runner
from bot.jobs.speeds import Speeds
from bot.operations.gauges import GaugeCollector
from bot.operations.health import Health
from bot.operations.loop_lag import LagWatch
from bot.operations.reconciliation import RulesReconciler
from bot.operations.removal import Removal
from bot.options import DreamOptions
from bot.services import Services
from bot.settings import BotSettings
from bot.storage.blocklist import Blocklist
from bot.storage.data_dir import PICTURES, claimed, open_database, unusable
from bot.storage.database import Database
from bot.storage.jobs import JobStore
from bot.storage.pictures import PictureStore
from bot.storage.servers import ServerStore
from bot.submission.downloads import Intake
from bot.submission.service import SubmissionService
from bot.texts import packaged_catalogue
from dream_engine.executors.base import DreamExecutor
from dream_engine.images import Limits
from dream_engine.images.refitting import Refitter

_KEPT = Limits(megabytes=math.inf, megapixels=math.inf)
"""What is kept was within the limits when it came, or is a dream."""


def new_client(**options: Any) -> DreamBot:
    """A client with all commands, which does not serve before ``opened`` gives it its services.

    Args:
        **options: What ``DreamBot`` takes.
    """
    client = DreamBot(**options)
    install_on(client)
    return client


@contextlib.asynccontextmanager
async def opened(
    settings: BotSettings,
    client: DreamBot,
    executor: DreamExecutor,
    *,
    intake: Intake | None = None,
    context: contextvars.Context | None = None,
) -> AsyncIterator[Services]:
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
            client.services = await _put_together(settings, client, executor, intake, database, background)
        except sqlite3.Error as error:
            raise unusable(settings.data_dir, error) from error
        stack.push_async_callback(background.stop)
        yield client.services


async def _put_together(
    settings: BotSettings,
    client: DreamBot,
    executor: DreamExecutor,
    intake: Intake,
    database: Database,
    background: Background,
) -> Services:
    catalogue = packaged_catalogue()
    metrics = client.metrics
    store = JobStore(database, on_end=partial(metrics.job_ended, settings.backbone))
    servers = ServerStore(database)
    blocklist = Blocklist(database)
    keep_bytes = settings.keep_megabytes * 1e6
    pictures = PictureStore(settings.data_dir / PICTURES, database, keep_bytes=keep_bytes)
    transport = DiscordTransport(client)
    channels = ChannelLookup(client)
    refitter = Refitter(_KEPT)
    delivery = Delivery(transport, catalogue, refitter, background, settings.preview_seconds)
    completer = JobCompleter(store, pictures, delivery, background, metrics)
    settings_of = partial(
        DreamOptions.settings,
        backbone=settings.backbone,
        default_size=settings.default_size,
        largest_size=settings.largest_size,
    )
    speeds = Speeds(await store.speeds.all())
    forecaster = Forecaster(delivery, speeds, settings_of)
    limits = DreamLimits(settings.time_limit, settings.preview_seconds)
    job_executor = JobExecutor(executor, pictures, delivery, settings_of, limits)
    runner = Runner(
        job_executor, store, pictures, delivery, completer, forecaster, background, blocklist, speeds, metrics
    )
    metrics.add(GaugeCollector(client, runner, executor))
    submissions = SubmissionService(
        settings,
        settings_of,
        servers,
        blocklist,
        store,
        pictures,
        intake,
        forecaster,
        runner,
        completer,
        background,
    )
    removal = Removal(store, pictures, submissions, runner, completer, background)
    return Services(
        settings=settings,
        catalogue=catalogue,
        servers=servers,
        blocklist=blocklist,
        store=store,
        pictures=pictures,
        database=database,
        intake=intake,
        transport=transport,
        refitter=refitter,
        originals=Originals(store, pictures, refitter, blocklist, background),
        delivery=delivery,
        completer=completer,
        forecaster=forecaster,
        runner=runner,
        submissions=submissions,
        removal=removal,
        background=background,
        lag=LagWatch(metrics.loop_lagged),
        health=Health(client, executor, runner, settings.queue, settings.data_dir),
        channels=channels,
        reconciler=RulesReconciler(client, servers, channels),
    )


def _session() -> aiohttp.ClientSession:
    return aiohttp.ClientSession(cookie_jar=aiohttp.DummyCookieJar(), trust_env=True)

"""Composes the bot: makes its client and its services, and passes each service its collaborators."""

import asyncio
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
from bot.delivery.animation_refitting import AnimationRefitter
from bot.delivery.live_cards import LiveCards
from bot.delivery.notifier import Notifier
from bot.delivery.sending import DreamSender
from bot.delivery.service import Delivery
from bot.delivery.transport import DiscordTransport
from bot.identity import USER_AGENT
from bot.jobs.comparison import Comparer
from bot.jobs.completion import JobCompleter
from bot.jobs.dream_delivery import DreamDeliverer
from bot.jobs.execution import DreamLimits, JobExecutor
from bot.jobs.forecast import Forecaster
from bot.jobs.lifecycle import JobLifecycle
from bot.jobs.motion_execution import MotionExecutor
from bot.jobs.originals import Originals
from bot.jobs.recovery import JobRecovery
from bot.jobs.runner import Runner
from bot.jobs.speeds import Speeds
from bot.models import Job
from bot.operations.gauges import GaugeCollector
from bot.operations.health import Health
from bot.operations.loop_lag import LagWatch
from bot.operations.reconciliation import RulesReconciler
from bot.operations.removal import Removal
from bot.options import DreamOptions
from bot.services import Services
from bot.settings import BotSettings
from bot.storage.blocklist import Blocklist
from bot.storage.data_dir import MOTIONS, PICTURES, claimed, open_database, unusable
from bot.storage.database import Database
from bot.storage.jobs import JobStore
from bot.storage.motions import MotionFolders
from bot.storage.pictures import PictureStore
from bot.storage.servers import ServerStore
from bot.submission.admission import Admission
from bot.submission.allowances import Balances
from bot.submission.appraisal import Appraiser
from bot.submission.comparison import ComparisonService
from bot.submission.downloader import PictureDownloader
from bot.submission.fetching import PictureFetcher
from bot.submission.pricing import Pricing
from bot.submission.service import SubmissionService
from bot.texts import packaged_catalogue
from bot.thing_restrictions import ThingRestrictions
from dream_engine.executors.base import DreamExecutor
from dream_engine.images import Limits
from dream_engine.images.refitting import Refitter

_KEPT = Limits(megabytes=math.inf, megapixels=math.inf)
"""A stored picture was checked when it arrived, or is a dream."""


def new_client(*, largest_size: int | None = None, **options: Any) -> DreamBot:
    """Make a client with all commands, which answers nothing before ``opened`` gives it its services.

    Args:
        largest_size: The largest size that Discord accepts in commands, in pixels; ``None`` for the largest
            that any operator can allow.
        **options: The arguments of ``DreamBot``.
    """
    client = DreamBot(**options)
    install_on(client, largest_size)
    return client


@contextlib.asynccontextmanager
async def opened(
    settings: BotSettings,
    client: DreamBot,
    executor: DreamExecutor,
    *,
    downloader: PictureDownloader | None = None,
    context: contextvars.Context | None = None,
) -> AsyncIterator[Services]:
    """Make the services and give them to the client; on exit, close what was opened.

    Args:
        settings: The operator's settings.
        client: The Discord client.
        executor: Computes the dreams; the caller starts and closes it.
        downloader: Fetches pictures; by default over the network, from the configured hosts.
        context: The context variables of background tasks; by default the caller's.

    Raises:
        StartupError: The data directory cannot be used, or another bot uses it.
    """
    background = Background(context)
    async with contextlib.AsyncExitStack() as stack:
        stack.enter_context(claimed(settings.data_dir))
        database = await stack.enter_async_context(open_database(settings.data_dir))
        session = await stack.enter_async_context(_session())
        downloader = downloader or PictureDownloader(session, settings.cdn_hosts, settings.source_megabytes)
        try:
            client.services = await _compose(settings, client, executor, downloader, database, background)
        except sqlite3.Error as error:
            raise unusable(settings.data_dir, error) from error
        stack.push_async_callback(background.stop)
        yield client.services


async def _compose(
    settings: BotSettings,
    client: DreamBot,
    executor: DreamExecutor,
    downloader: PictureDownloader,
    database: Database,
    background: Background,
) -> Services:
    catalogue = packaged_catalogue().mentioning(client.command_ids).with_support(settings.support_url)
    thing_restrictions = ThingRestrictions.read(settings.restricted_things_file)
    metrics = client.metrics
    folders = MotionFolders(settings.data_dir / MOTIONS, database, settings.motion_megabytes * 1e6)

    def on_end(job: Job) -> None:
        metrics.job_ended(settings.backbone, job)
        if job.motion is not None:
            delete = asyncio.to_thread(folders.delete, job.id)
            background.start(delete, f"deleting the frames of job {job.id}")

    store = JobStore(database, on_end=on_end)
    servers = ServerStore(database)
    blocklist = Blocklist(database)
    keep_bytes = settings.keep_megabytes * 1e6
    pictures = PictureStore(settings.data_dir / PICTURES, database, keep_bytes=keep_bytes)
    transport = DiscordTransport(client)
    channels = ChannelLookup(client)
    refitter, animations = Refitter(_KEPT), AnimationRefitter(folders)
    live_cards = LiveCards(transport=transport, background=background, interval=settings.preview_seconds)
    notifier = Notifier(transport=transport, catalogue=catalogue, live_cards=live_cards)
    delivery = Delivery(
        transport=transport,
        catalogue=catalogue,
        live_cards=live_cards,
        sender=DreamSender(
            catalogue=catalogue,
            refitter=refitter,
            animations=animations,
            things=thing_restrictions.dreamable(),
        ),
        notifier=notifier,
        background=background,
    )
    completer = JobCompleter(
        store=store, pictures=pictures, notifier=notifier, background=background, metrics=metrics
    )
    deliverer = DreamDeliverer(store=store, pictures=pictures, delivery=delivery, completer=completer)
    settings_of = partial(
        DreamOptions.settings,
        backbone=settings.backbone,
        default_size=settings.default_size,
        largest_size=settings.largest_size,
    )
    speeds = Speeds(await store.speeds.all())
    forecaster = Forecaster(notifier=notifier, speeds=speeds, settings_of=settings_of)
    job_executor = JobExecutor(
        executor=executor,
        motions=MotionExecutor(executor=executor, folders=folders, notifier=notifier),
        pictures=pictures,
        notifier=notifier,
        settings_of=settings_of,
        limits=DreamLimits(settings.time_limit, settings.preview_seconds, settings.clip_limits),
    )
    lifecycle = JobLifecycle(
        job_executor=job_executor,
        store=store,
        completer=completer,
        deliverer=deliverer,
        blocklist=blocklist,
        speeds=speeds,
        metrics=metrics,
    )
    runner = Runner(
        lifecycle=lifecycle,
        store=store,
        notifier=notifier,
        completer=completer,
        forecaster=forecaster,
        background=background,
        metrics=metrics,
    )
    recovery = JobRecovery(
        store=store,
        folders=folders,
        delivery=delivery,
        completer=completer,
        deliverer=deliverer,
        runner=runner,
        background=background,
    )
    metrics.add(GaugeCollector(client=client, runner=runner, executor=executor))
    fetcher = PictureFetcher(downloader=downloader, pictures=pictures, store=store)
    pricing = Pricing(settings=settings, settings_of=settings_of, forecaster=forecaster)
    admission = Admission(
        settings=settings,
        blocklist=blocklist,
        servers=servers,
        downloader=downloader,
        pricing=pricing,
        store=store,
        runner=runner,
    )
    submissions = SubmissionService(
        store=store,
        admission=admission,
        fetcher=fetcher,
        appraiser=Appraiser(
            settings=settings, servers=servers, pictures=pictures, store=store, pricing=pricing
        ),
        runner=runner,
        recovery=recovery,
        completer=completer,
        background=background,
    )
    comparisons = ComparisonService(
        pictures=pictures,
        comparer=Comparer(
            executor=executor,
            runner=runner,
            settings_of=settings_of,
            metrics=metrics,
            clip_limits=settings.clip_limits,
        ),
    )
    removal = Removal(
        store=store,
        pictures=pictures,
        folders=folders,
        fetcher=fetcher,
        comparisons=comparisons,
        runner=runner,
        deliverer=deliverer,
        completer=completer,
        background=background,
    )
    originals = Originals(
        store=store,
        pictures=pictures,
        refitter=refitter,
        animations=animations,
        blocklist=blocklist,
        background=background,
    )
    return Services(
        settings=settings,
        catalogue=catalogue,
        thing_restrictions=thing_restrictions,
        servers=servers,
        blocklist=blocklist,
        store=store,
        pictures=pictures,
        folders=folders,
        database=database,
        downloader=downloader,
        transport=transport,
        refitter=refitter,
        originals=originals,
        notifier=notifier,
        delivery=delivery,
        completer=completer,
        deliverer=deliverer,
        forecaster=forecaster,
        runner=runner,
        recovery=recovery,
        submissions=submissions,
        balances=Balances(settings=settings, servers=servers, database=database),
        comparisons=comparisons,
        removal=removal,
        background=background,
        lag=LagWatch(metrics.loop_lagged),
        health=Health(
            client=client,
            executor=executor,
            runner=runner,
            max_waiting=settings.queue,
            data_dir=settings.data_dir,
        ),
        channels=channels,
        reconciler=RulesReconciler(client=client, servers=servers, lookup=channels),
    )


def _session() -> aiohttp.ClientSession:
    return aiohttp.ClientSession(
        cookie_jar=aiohttp.DummyCookieJar(), trust_env=True, headers={"User-Agent": USER_AGENT}
    )

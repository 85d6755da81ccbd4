"""The services that commands may use, and the order in which they start and stop."""

import asyncio
import logging
from dataclasses import dataclass, field
from typing import Any

from bot.background import Background
from bot.channel_lookup import ChannelLookup
from bot.clock import now
from bot.delivery.clicked_messages import ClickedMessages
from bot.delivery.notifier import Notifier
from bot.delivery.service import Delivery
from bot.delivery.transport import DiscordTransport
from bot.jobs.completion import JobCompleter
from bot.jobs.dream_delivery import DreamDeliverer
from bot.jobs.forecast import Forecaster
from bot.jobs.originals import Originals
from bot.jobs.recovery import JobRecovery
from bot.jobs.runner import Runner
from bot.operations.health import Health
from bot.operations.housekeeping import run_housekeeping
from bot.operations.loop_lag import LagWatch
from bot.operations.reconciliation import RulesReconciler
from bot.operations.removal import Removal
from bot.settings import BotSettings
from bot.storage.blocklist import Blocklist
from bot.storage.database import Database
from bot.storage.disk_errors import describe_storage_error, is_storage_error
from bot.storage.jobs import JobStore
from bot.storage.motions import MotionFolders
from bot.storage.pictures import PictureStore
from bot.storage.servers import ServerStore
from bot.submission.allowances import Balances
from bot.submission.comparison import ComparisonService
from bot.submission.downloader import PictureDownloader
from bot.submission.service import SubmissionService
from bot.texts import Catalogue
from bot.thing_restrictions import ThingRestrictions
from dream_engine.images.refitting import Refitter

_log = logging.getLogger(__name__)

_ANSWER_GRACE_SECONDS = 5.0
"""The time that answers have left after the last dream when the bot stops."""


@dataclass(frozen=True)
class Services:
    """The services that commands use."""

    settings: BotSettings
    catalogue: Catalogue
    thing_restrictions: ThingRestrictions
    servers: ServerStore
    blocklist: Blocklist
    store: JobStore
    pictures: PictureStore
    folders: MotionFolders
    database: Database
    downloader: PictureDownloader
    transport: DiscordTransport
    refitter: Refitter
    originals: Originals
    notifier: Notifier
    delivery: Delivery
    completer: JobCompleter
    deliverer: DreamDeliverer
    forecaster: Forecaster
    runner: Runner
    recovery: JobRecovery
    submissions: SubmissionService
    balances: Balances
    comparisons: ComparisonService
    removal: Removal
    background: Background
    lag: LagWatch
    health: Health
    channels: ChannelLookup
    reconciler: RulesReconciler
    clicked_messages: ClickedMessages = field(default_factory=ClickedMessages)
    began_at: float = field(default_factory=now)
    open_interactions: set[asyncio.Task[Any]] = field(default_factory=set)
    """The tasks of interactions that are acknowledged and not answered yet."""

    async def start(self) -> None:
        """Continue unfinished jobs, and start to serve. The executor is ready and the client is logged in."""
        await self._tidy()
        await self.recovery.start()
        self.runner.start()
        await self.submissions.start()
        self.background.start(
            run_housekeeping(self.store, self.pictures, self.folders, self.database, self.settings),
            "housekeeping",
        )
        self.background.start(self.reconciler.reconcile_all(), "looking for what Discord has deleted")
        self.background.start(self.lag.run(), "the watch over the event loop")

    async def _tidy(self) -> None:
        """Delete what a killed bot left, and set unreadable rows aside; the bot serves even if that fails."""
        try:
            await self.servers.load()
            await self.blocklist.load()
            await self.store.set_aside_unknown_states()
            await self.pictures.delete_stray_files()
            await self.pictures.delete_orphans()
            await self.folders.delete_leftovers()
        except Exception as error:
            if not is_storage_error(error):
                raise
            _log.error("What was left is tidied up at the next start. %s", describe_storage_error(error))

    async def stop(self) -> None:
        """Refuse new requests, let running dreams finish for a while, and leave the rest in the store."""
        await asyncio.gather(
            self.submissions.close(),
            self.comparisons.close(),
            self.runner.stop(self.settings.shutdown_seconds),
        )
        await self.completer.finish(_ANSWER_GRACE_SECONDS)
        if self.open_interactions:
            await asyncio.wait(tuple(self.open_interactions), timeout=_ANSWER_GRACE_SECONDS)
        await self.background.stop()

"""Periodic deletion of expired pictures and jobs."""

import asyncio
import logging

from bot.clock import now
from bot.settings import BotSettings
from bot.storage.database import Database
from bot.storage.disk_errors import is_storage_error
from bot.storage.jobs import JobStore
from bot.storage.motions import MotionFolders
from bot.storage.pictures import PictureStore

_log = logging.getLogger(__name__)

INTERVAL_SECONDS = 600.0
"""How often expired data is deleted."""


async def run_housekeeping(
    store: JobStore, pictures: PictureStore, folders: MotionFolders, database: Database, settings: BotSettings
) -> None:
    """Delete expired pictures and jobs and compact the database every ten minutes, until cancelled."""
    keep_seconds = settings.keep_hours * 3600

    async def expire_pictures() -> None:
        deleted = await pictures.expire(keep_seconds, settings.keep_megabytes * 1e6)
        if deleted:
            _log.info("Deleted %d expired pictures.", deleted)

    async def expire_jobs() -> None:
        await store.expire(now() - keep_seconds)

    async def compact() -> None:
        freed = await database.compact()
        if freed > 0:
            _log.info("Compacting the database freed %.1f MB.", freed / 1e6)

    while True:
        for task in (
            expire_pictures,
            expire_jobs,
            folders.delete_leftovers,
            compact,
        ):  # a failure of one does not prevent the others
            try:
                await task()
            except Exception as error:  # noqa: BLE001 - the next run retries
                bug = None if is_storage_error(error) else error
                _log.error("Housekeeping failed and will be retried: %s", error, exc_info=bug)
        await asyncio.sleep(INTERVAL_SECONDS)

"""Lets go of what was kept long enough."""

import asyncio
import logging

from bot.clock import now
from bot.settings import BotSettings
from bot.storage.database import Database
from bot.storage.disk_errors import is_storage_trouble
from bot.storage.jobs import JobStore
from bot.storage.pictures import PictureStore

_log = logging.getLogger(__name__)

_INTERVAL = 600.0


async def run_housekeeping(
    store: JobStore, pictures: PictureStore, database: Database, settings: BotSettings
) -> None:
    """Expire pictures and jobs and compact the store every few minutes, until cancelled."""
    keep_seconds = settings.keep_hours * 3600

    async def expire_pictures() -> None:
        gone = await pictures.expire(keep_seconds, settings.keep_megabytes * 1e6)
        if gone:
            _log.info("%d pictures were kept long enough and are deleted.", gone)

    async def expire_jobs() -> None:
        await store.expire(now() - keep_seconds)

    async def compact() -> None:
        freed = await database.compact()
        if freed > 0:
            _log.info("The store was compacted by %.1f MB.", freed / 1e6)

    while True:
        for task in (expire_pictures, expire_jobs, compact):  # none of which waits for another to succeed
            try:
                await task()
            except Exception as error:  # noqa: BLE001 - the bot goes on without
                trouble = None if is_storage_trouble(error) else error
                _log.error("Housekeeping is tried again later: %s", error, exc_info=trouble)
        await asyncio.sleep(_INTERVAL)

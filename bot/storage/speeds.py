"""Measured dream speeds, kept in the database."""

import logging
import math

from bot.storage.database import Database

_log = logging.getLogger(__name__)


class SpeedStore:
    """Keeps the seconds per unit of work, by backbone and preset.

    Args:
        database: Holds the table of speeds.
    """

    def __init__(self, database: Database) -> None:
        self._database = database

    async def all(self) -> dict[tuple[str, str], float]:
        """Return every readable speed, in seconds per unit of work, by backbone and preset."""
        speeds = {}
        for backbone, preset, seconds in await self._database.rows(
            "SELECT backbone, preset, seconds_per_work FROM speeds"
        ):
            if isinstance(seconds, (int, float)) and 0 < seconds < math.inf:
                speeds[backbone, preset] = float(seconds)
            else:
                _log.error("The speed of preset %s on %s is unreadable: %r", preset, backbone, seconds)
        return speeds

    async def save(self, backbone: str, preset: str, seconds_per_work: float) -> None:
        """Save a measured speed in place of the previous one."""
        statement = "INSERT OR REPLACE INTO speeds (backbone, preset, seconds_per_work) VALUES (?, ?, ?)"
        await self._database.execute(statement, (backbone, preset, seconds_per_work))

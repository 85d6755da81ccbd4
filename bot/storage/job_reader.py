"""Reads jobs from the database and sets unreadable rows aside."""

import logging
from collections.abc import Callable, Iterable, Sequence
from typing import Any

from bot.models import Job, State
from bot.storage.database import Database, Row
from bot.storage.disk_errors import describe_storage_error, is_storage_error
from bot.storage.job_rows import COLUMNS, to_job

_log = logging.getLogger(__name__)

UNREADABLE = "unreadable"
"""The state of a row that is set aside. Nothing reads it, and housekeeping deletes it when it expires."""


class JobReader:
    """Reads jobs; a row that cannot be parsed is set aside, so that it affects no other job.

    Args:
        database: Holds the jobs.
        clock: Returns the current Unix time in seconds.
    """

    def __init__(self, database: Database, clock: Callable[[], float]) -> None:
        self._database = database
        self._clock = clock

    async def select(self, where: str, values: Iterable[Any] = ()) -> Sequence[Job]:
        """Return the readable jobs that match a condition.

        Args:
            where: The SQL that follows the table's name, with a ``?`` for each value. Never user input.
            values: The values.
        """
        rows = await self._database.rows(f"SELECT {', '.join(COLUMNS)} FROM jobs {where}", values)  # noqa: S608
        return [job for row in rows if (job := await self._parse(row)) is not None]

    async def set_aside_unknown_states(self) -> None:
        """Set aside the jobs in unknown states, which no code path would ever end."""
        states = (*State, UNREADABLE)
        query = f"SELECT id, state FROM jobs WHERE state NOT IN ({', '.join('?' * len(states))})"  # noqa: S608
        for row in await self._database.rows(query, states):
            await self._set_aside(row["id"], f"unknown state {row['state']!r}")

    async def _parse(self, row: Row) -> Job | None:
        if row["state"] == UNREADABLE:
            return None
        try:
            return to_job(row)
        except (TypeError, ValueError) as error:
            await self._set_aside(row["id"], str(error))
            return None

    async def _set_aside(self, job_id: str, reason: str) -> None:
        _log.error("Job %s is unreadable and is set aside: %s", job_id, reason)
        statement = "UPDATE jobs SET state = ?, ended_at = ? WHERE id = ?"
        try:
            await self._database.execute(statement, (UNREADABLE, self._clock(), job_id))
        except Exception as error:
            if not is_storage_error(error):
                raise
            _log.error("Job %s will be set aside later. %s", job_id, describe_storage_error(error))

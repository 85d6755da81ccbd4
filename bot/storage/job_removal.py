"""Deletion of jobs, and of what other users' jobs have borrowed from them, inside one transaction."""

from dataclasses import dataclass

import aiosqlite

from bot.models import OPEN, State
from bot.storage import rate_buckets
from bot.storage.database import Row
from bot.storage.job_admission import WAITING_STATES
from bot.storage.job_rows import PICTURES

_UNFINISHED = (*OPEN, State.KEPT)
_DIGESTS = (*PICTURES, "original")
_COLUMNS = f"id, user_id, state, bucket, price, {', '.join(_DIGESTS)}"
_LENT = (
    "CASE WHEN json_valid(lenders) THEN "
    "EXISTS (SELECT 1 FROM json_each(lenders) WHERE json_extract(value, '$[{}]') = ?1) END"
)
"""The condition for the jobs with a given lender; a damaged list of lenders names nobody."""
_LENT_BY_JOB, _LENT_BY_USER = (f"lenders NOTNULL AND {_LENT.format(index)}" for index in (0, 1))


@dataclass(frozen=True, slots=True)
class RemovedJobs:
    """The jobs that one call deleted.

    Attributes:
        jobs: The ids of the jobs.
        digests: The digests of the pictures that the jobs referenced, and of those that others borrowed.
    """

    jobs: frozenset[str]
    digests: frozenset[str]


async def remove_of_user(connection: aiosqlite.Connection, user_id: int) -> RemovedJobs:
    """Delete all jobs of a user; see :func:`remove_one`."""
    return await _remove(connection, "user_id = ?1", _LENT_BY_USER, user_id)


async def remove_one(connection: aiosqlite.Connection, job_id: str) -> RemovedJobs:
    """Delete a job, and give its price back if it has not started.

    Other users' jobs that borrowed its pictures lose all of theirs, which were made from these. Those of them
    that are not finished are deleted too, and cost nothing.
    """
    return await _remove(connection, "id = ?1", _LENT_BY_JOB, job_id)


async def _remove(connection: aiosqlite.Connection, own: str, lent: str, value: int | str) -> RemovedJobs:
    removed = await _select(connection, own, value)
    for row in removed:
        if row["state"] in WAITING_STATES:
            await _give_back(connection, row)
    await connection.execute(f"DELETE FROM jobs WHERE {own}", (value,))  # noqa: S608
    borrowing = await _select(connection, lent, value)
    unfinished = [row for row in borrowing if row["state"] in _UNFINISHED]
    for row in unfinished:
        await _give_back(connection, row)
        await connection.execute("DELETE FROM jobs WHERE id = ?", (row["id"],))
    emptied = ", ".join(f"{name} = NULL" for name in (*_DIGESTS, "lenders"))  # the list names users
    await connection.execute(f"UPDATE jobs SET {emptied} WHERE {lent}", (value,))  # noqa: S608
    digests = (row[name] for row in (*removed, *borrowing) for name in _DIGESTS)
    jobs = frozenset(row["id"] for row in (*removed, *unfinished))
    return RemovedJobs(jobs, frozenset(filter(None, digests)))


async def _select(connection: aiosqlite.Connection, where: str, value: int | str) -> tuple[Row, ...]:
    query = f"SELECT {_COLUMNS} FROM jobs WHERE {where}"  # noqa: S608
    return tuple(await connection.execute_fetchall(query, (value,)))


async def _give_back(connection: aiosqlite.Connection, row: Row) -> None:
    if row["bucket"] is not None:
        await rate_buckets.give_back(connection, row["user_id"], row["bucket"], row["price"])

"""Admission of new jobs: checks and charges that run inside one database transaction."""

import aiosqlite

from bot.errors import DuplicateInteractionError, NoLongerKeptRefusal, QueueFullRefusal, WaitingRefusal
from bot.models import Job, State
from bot.rate_limit import Allowance
from bot.storage import rate_buckets
from bot.storage.job_rows import COLUMNS, to_column

WAITING_STATES = (State.RECEIVED, State.QUEUED)
"""The states of jobs that have not started, and so count as waiting."""

SAME_INTERACTION = "SELECT 1 FROM jobs WHERE interaction_id = ?"
"""Finds the job that an interaction has created."""

_ORIGIN = "SELECT 1 FROM jobs WHERE id = ? AND ? IN (source, dream)"
"""Finds the job whose source or dream is to be dreamed again, unless its owner has deleted it by now."""


async def admit(
    connection: aiosqlite.Connection,
    job: Job,
    *,
    allowance: Allowance | None,
    max_waiting: int,
    retry_at: float,
    now: float,
    origin_id: str | None = None,
) -> Job:
    """Charge the owner of a new job and insert the job.

    Args:
        connection: A connection inside a transaction, which the caller rolls back on an error.
        job: The job. Its ``bucket`` selects the rate bucket that pays.
        allowance: The owner's allowance; ``None`` means unlimited.
        max_waiting: The maximum number of waiting jobs of all users.
        retry_at: The time to try again that a refusal for too many waiting jobs names, in Unix seconds.
        now: The current time in Unix seconds.
        origin_id: The id of the job whose stored pictures are dreamed again, if there is one.

    Returns:
        The job as inserted.

    Raises:
        DuplicateInteractionError: The job's interaction has already created a job.
        NoLongerKeptRefusal: The origin, or its picture, has been deleted.
        Refusal: A limit forbids the job, for now.
    """
    if await connection.execute_fetchall(SAME_INTERACTION, (job.interaction_id,)):
        raise DuplicateInteractionError
    if origin_id is not None and not await connection.execute_fetchall(_ORIGIN, (origin_id, job.source)):
        raise NoLongerKeptRefusal
    if any(url is not None for url in (job.source_url, job.guide_url, job.mask_url)):
        await rate_buckets.check_bad_pictures(connection, job.user_id, now)
    if allowance is None:
        job = job.but(bucket=None)
    else:
        await rate_buckets.spend(connection, job, allowance, now)
    waiting, waiting_of_user = await _count_waiting(connection, job.user_id)
    if allowance is not None and waiting_of_user >= allowance.waiting:
        raise WaitingRefusal(most=allowance.waiting, when=retry_at)
    if waiting >= max_waiting:
        raise QueueFullRefusal(when=retry_at)
    await insert(connection, job)
    return job


async def insert(connection: aiosqlite.Connection, job: Job) -> None:
    """Insert a job's row without any check."""
    marks = ", ".join("?" * len(COLUMNS))
    values = [to_column(getattr(job, name)) for name in COLUMNS]
    await connection.execute(f"INSERT INTO jobs ({', '.join(COLUMNS)}) VALUES ({marks})", values)  # noqa: S608


async def _count_waiting(connection: aiosqlite.Connection, user_id: int) -> tuple[int, int]:
    """Count the waiting jobs of all users, and those of one user."""
    marks = ", ".join("?" * len(WAITING_STATES))
    count = f"SELECT COUNT(*), COALESCE(SUM(user_id = ?), 0) FROM jobs WHERE state IN ({marks})"  # noqa: S608
    ((waiting, waiting_of_user),) = await connection.execute_fetchall(count, (user_id, *WAITING_STATES))
    return waiting, waiting_of_user

"""What people have left to spend, kept in the database, as part of a transaction on it."""

import logging
import math
from typing import Any

import aiosqlite

from bot.errors import BadPicturesRefusal
from bot.models import Job
from bot.rate_limit import MISTAKES, Allowance, Bucket

_log = logging.getLogger(__name__)

_MISTAKES_BUCKET = -1
"""Where it is counted how many pictures of a person were refused; no server has this number."""

_FEWEST = -1
"""A bucket that holds so little is full again after an hour, however many pictures came at once."""


async def spend(connection: aiosqlite.Connection, job: Job, allowance: Allowance, now: float) -> None:
    """Let a job be paid for by its owner.

    Raises:
        RateRefusal: There is nothing left.
    """
    bucket = await _read(connection, job.user_id, job.bucket, allowance, now)
    await _write(connection, job.user_id, job.bucket, bucket.spend(allowance, now), allowance)


async def refund(connection: aiosqlite.Connection, job: Job) -> None:
    """Give back what a job cost, once."""
    unpaid = "UPDATE jobs SET bucket = NULL WHERE id = ? AND bucket NOTNULL"
    if (await connection.execute(unpaid, (job.id,))).rowcount and job.bucket is not None:
        await give_back(connection, job.user_id, job.bucket)


async def give_back(connection: aiosqlite.Connection, user_id: int, number: int) -> None:
    """Put one dream back; one too many is cut off when the bucket is looked at next."""
    statement = "UPDATE buckets SET tokens = tokens + 1 WHERE user_id = ? AND server_id = ?"
    await connection.execute(statement, (user_id, number))


async def check_mistakes(connection: aiosqlite.Connection, user_id: int, now: float) -> None:
    """Make sure that somebody may send another picture.

    Raises:
        BadPicturesRefusal: Too many of theirs were refused in a row; it says when they may.
    """
    bucket = (await _read(connection, user_id, _MISTAKES_BUCKET, MISTAKES, now)).refilled(MISTAKES, now)
    if not bucket.has_one:
        raise BadPicturesRefusal(when=now + (1 - bucket.tokens) * MISTAKES.seconds_each)


async def count_mistake(connection: aiosqlite.Connection, user_id: int, now: float) -> None:
    """A picture that somebody sent was refused, after it had been fetched."""
    bucket = (await _read(connection, user_id, _MISTAKES_BUCKET, MISTAKES, now)).refilled(MISTAKES, now)
    less = Bucket(max(bucket.tokens - 1, _FEWEST), now)
    await _write(connection, user_id, _MISTAKES_BUCKET, less, MISTAKES)


async def forgive_mistakes(connection: aiosqlite.Connection, user_id: int) -> None:
    """A picture that somebody sent was dreamed."""
    statement = "DELETE FROM buckets WHERE user_id = ? AND server_id = ?"
    await connection.execute(statement, (user_id, _MISTAKES_BUCKET))


async def _read(
    connection: aiosqlite.Connection, user_id: int, number: int | None, allowance: Allowance, now: float
) -> Bucket:
    query = "SELECT tokens, looked_at FROM buckets WHERE user_id = ? AND server_id = ?"
    for tokens, looked_at in await connection.execute_fetchall(query, (user_id, number)):
        if _is_finite(tokens) and _is_finite(looked_at):
            return Bucket(tokens, looked_at)
        _log.error("The allowance of user %s in %s cannot be read, and begins anew.", user_id, number)
    return Bucket(allowance.burst, now)


async def _write(
    connection: aiosqlite.Connection, user_id: int, number: int | None, bucket: Bucket, allowance: Allowance
) -> None:
    statement = (
        "INSERT OR REPLACE INTO buckets (user_id, server_id, tokens, looked_at, full_at) "
        "VALUES (?, ?, ?, ?, ?)"
    )
    values = (user_id, number, bucket.tokens, bucket.looked_at, bucket.full_at(allowance))
    await connection.execute(statement, values)


def _is_finite(value: Any) -> bool:
    return isinstance(value, (int, float)) and math.isfinite(value)

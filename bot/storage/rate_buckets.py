"""Users' token buckets in the database. Each function runs inside the caller's transaction."""

import logging
import math
from typing import Any

import aiosqlite

from bot.errors import BadPicturesRefusal
from bot.models import Job
from bot.rate_limit import BAD_PICTURES, Allowance, Bucket

_log = logging.getLogger(__name__)

_BAD_PICTURES_BUCKET = -1
"""The bucket that counts a user's refused pictures. No server has this id."""

_MIN_TOKENS = -1
"""The lower bound of the bad-picture bucket, so that it is full again after an hour at most."""

MAX_BAD_PICTURES_SECONDS = (BAD_PICTURES.burst - _MIN_TOKENS) * BAD_PICTURES.seconds_per_dream
"""The longest time until the bad-picture bucket is full again, and its row can be deleted."""


async def spend(connection: aiosqlite.Connection, job: Job, allowance: Allowance, now: float) -> None:
    """Charge a job to its owner's bucket.

    Raises:
        RateRefusal: The bucket is empty.
    """
    bucket = await _read(connection, job.user_id, job.bucket, allowance, now)
    await _write(connection, job.user_id, job.bucket, bucket.spend(allowance, now, job.price), allowance)


async def current(
    connection: aiosqlite.Connection, user_id: int, number: int, allowance: Allowance, now: float
) -> Bucket:
    """Return a user's bucket, refilled until now.

    Args:
        connection: A connection.
        user_id: The user.
        number: The server whose rate limit it is; 0 for the shared one.
        allowance: The user's allowance.
        now: The current time in Unix seconds.
    """
    return (await _read(connection, user_id, number, allowance, now)).refilled(allowance, now)


async def adjust(
    connection: aiosqlite.Connection, job: Job, allowance: Allowance, now: float, price: int
) -> None:
    """Charge the difference between a job's new price and the one that is paid.

    Raises:
        RateRefusal: The bucket cannot pay it.
    """
    if price < job.price:
        await give_back(connection, job.user_id, job.bucket, job.price - price)
    elif price > job.price:
        bucket = await _read(connection, job.user_id, job.bucket, allowance, now)
        charged = bucket.spend(allowance, now, price - job.price, paid=job.price)
        await _write(connection, job.user_id, job.bucket, charged, allowance)


async def refund(connection: aiosqlite.Connection, job: Job) -> None:
    """Refund the cost of a job, at most once."""
    unpaid = "UPDATE jobs SET bucket = NULL WHERE id = ? AND bucket NOTNULL"
    if (await connection.execute(unpaid, (job.id,))).rowcount and job.bucket is not None:
        await give_back(connection, job.user_id, job.bucket, job.price)


async def refund_all_but(connection: aiosqlite.Connection, job: Job, cost: int) -> None:
    """Refund the part of a job's price that exceeds its cost, at most once; later refunds do nothing."""
    settled = "UPDATE jobs SET bucket = NULL, price = ? WHERE id = ? AND bucket NOTNULL"
    if (await connection.execute(settled, (cost, job.id))).rowcount and job.bucket is not None:
        await give_back(connection, job.user_id, job.bucket, max(0, job.price - cost))


async def give_back(connection: aiosqlite.Connection, user_id: int, number: int | None, price: int) -> None:
    """Return the price of a dream to a bucket; the next refill cuts off an overflow."""
    statement = "UPDATE buckets SET tokens = tokens + ? WHERE user_id = ? AND server_id = ?"
    await connection.execute(statement, (price, user_id, number))


async def check_bad_pictures(connection: aiosqlite.Connection, user_id: int, now: float) -> None:
    """Check that a user may send another picture.

    Raises:
        BadPicturesRefusal: Too many of the user's pictures were refused in a row.
    """
    bucket = (await _read(connection, user_id, _BAD_PICTURES_BUCKET, BAD_PICTURES, now)).refilled(
        BAD_PICTURES, now
    )
    if not bucket.has_token:
        raise BadPicturesRefusal(when=now + (1 - bucket.tokens) * BAD_PICTURES.seconds_per_dream)


async def count_bad_picture(connection: aiosqlite.Connection, user_id: int, now: float) -> None:
    """Count a picture that was downloaded and then refused."""
    bucket = (await _read(connection, user_id, _BAD_PICTURES_BUCKET, BAD_PICTURES, now)).refilled(
        BAD_PICTURES, now
    )
    charged = Bucket(max(bucket.tokens - 1, _MIN_TOKENS), now)
    await _write(connection, user_id, _BAD_PICTURES_BUCKET, charged, BAD_PICTURES)


async def clear_bad_pictures(connection: aiosqlite.Connection, user_id: int) -> None:
    """Reset a user's count of bad pictures, after one of the user's pictures was dreamed."""
    statement = "DELETE FROM buckets WHERE user_id = ? AND server_id = ?"
    await connection.execute(statement, (user_id, _BAD_PICTURES_BUCKET))


async def _read(
    connection: aiosqlite.Connection, user_id: int, number: int | None, allowance: Allowance, now: float
) -> Bucket:
    query = "SELECT tokens, looked_at FROM buckets WHERE user_id = ? AND server_id = ?"
    for tokens, looked_at in await connection.execute_fetchall(query, (user_id, number)):
        if _is_finite(tokens) and _is_finite(looked_at):
            return Bucket(tokens, looked_at)
        _log.error("Bucket %s of user %s is unreadable and is reset.", number, user_id)
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

"""The life of a job in the database, from its admission to its deletion."""

import logging
from collections.abc import Callable, Mapping, Sequence
from typing import Any

from bot.clock import now
from bot.errors import DuplicateInteractionError, JobGoneError, OverAlreadyRefusal
from bot.models import Job, Outcome, Reply, State
from bot.rate_limit import Allowance
from bot.storage import job_admission, job_removal, rate_buckets
from bot.storage.database import Database
from bot.storage.job_reader import UNREADABLE, JobReader
from bot.storage.job_removal import RemovedJobs
from bot.storage.job_rows import PICTURES, to_column
from bot.storage.speeds import SpeedStore

_log = logging.getLogger(__name__)

_URLS = ("source_url", "guide_url", "mask_url")
_WITH_ATTEMPT = "json_set(reply, '$.attempt', ?)"
_WITHOUT_TOKEN = "json_set(reply, '$.token', '')"  # noqa: S105
"""SQL that changes one key of a reply and keeps concurrent changes to the other keys."""
_IS_OUTDATED = (
    "pending_message IS NULL AND json_valid(reply) "
    "AND json_extract(reply, '$.token') <> '' AND json_extract(reply, '$.expires_at') < ?"
)
_ENDED_WITHOUT_PICTURES = (State.REFUSED, State.FAILED, State.LOST)
"""Final states whose cards have no button that needs the job's pictures."""


class JobStore:
    """Keeps jobs, and the rate buckets that pay for them.

    Args:
        database: Holds the jobs and the buckets.
        clock: Returns the current Unix time in seconds.
        on_end: Called with every job that ends or whose dream is kept for its owner.

    Attributes:
        speeds: The measured speeds of finished dreams.
    """

    def __init__(
        self,
        database: Database,
        clock: Callable[[], float] = now,
        on_end: Callable[[Job], None] = lambda _: None,
    ) -> None:
        self._database = database
        self._clock = clock
        self._on_end = on_end
        self._reader = JobReader(database=database, clock=clock)
        self.speeds = SpeedStore(database=database)

    async def admit(
        self,
        job: Job,
        allowance: Allowance | None,
        max_waiting: int,
        retry_at: float,
        origin_id: str | None = None,
    ) -> Job:
        """Charge the owner of a new job and insert the job, in one transaction.

        Args:
            job: The job. Its ``bucket`` selects the rate bucket that pays.
            allowance: The owner's allowance; ``None`` means unlimited.
            max_waiting: The maximum number of waiting jobs of all users.
            retry_at: The time to try again that a refusal for too many waiting jobs names, in Unix seconds.
            origin_id: The id of the job whose stored pictures are dreamed again, if there is one.

        Returns:
            The job as inserted.

        Raises:
            DuplicateInteractionError: The job's interaction has already created a job.
            NoLongerKeptRefusal: The origin, or its picture, has been deleted.
            Refusal: A limit forbids the job, for now.
        """
        async with self._database.transaction() as connection:
            return await job_admission.admit(
                connection,
                job,
                allowance=allowance,
                max_waiting=max_waiting,
                retry_at=retry_at,
                now=self._clock(),
                origin_id=origin_id,
            )

    async def charge(self, job: Job, allowance: Allowance | None, price: int) -> Job:
        """Store how a job's dream moves, its options and its work, and charge what it costs more or less.

        Args:
            job: The job, with the price that is paid.
            allowance: Its owner's allowance, which bounds the price; ``None`` means unlimited.
            price: Its new price.

        Raises:
            JobGoneError: The job has been deleted.
            RateRefusal: The owner's bucket cannot pay the price.
        """
        is_paid = allowance is not None and job.bucket is not None
        price = allowance.affordable(price) if allowance is not None and is_paid else job.price
        changes = {"options": job.options, "motion": job.motion, "work": job.work, "price": price}
        async with self._database.transaction() as connection:
            if not (await connection.execute(*_update(job.id, changes))).rowcount:
                raise JobGoneError
            if allowance is not None and is_paid:
                await rate_buckets.adjust(connection, job, allowance, self._clock(), price)
        return job.but(**changes)

    async def check_new(self, interaction_id: int | None) -> None:
        """Check that an interaction has not created a job yet.

        Raises:
            DuplicateInteractionError: It has.
        """
        if await self._database.row(job_admission.SAME_INTERACTION, (interaction_id,)):
            raise DuplicateInteractionError

    async def get(self, job_id: str) -> Job | None:
        """Return the job with an id."""
        found = await self._reader.select("WHERE id = ?", (job_id,))
        return found[0] if found else None

    async def in_states(self, *states: State) -> Sequence[Job]:
        """Return all jobs in the given states, in order of admission."""
        marks = ", ".join("?" * len(states))
        return await self._reader.select(f"WHERE state IN ({marks}) ORDER BY number", states)

    async def of_user(self, user_id: int, *states: State) -> Sequence[Job]:
        """Return a user's jobs in the given states, in order of admission."""
        marks = ", ".join("?" * len(states))
        condition = f"WHERE user_id = ? AND state IN ({marks}) ORDER BY number"
        return await self._reader.select(condition, (user_id, *states))

    async def with_pending_message(self) -> Sequence[Job]:
        """Return the ended jobs whose owners still have to be told how they ended."""
        return await self._reader.select("WHERE pending_message NOTNULL ORDER BY number")

    async def original_of(self, job: Job, max_bytes: int) -> str | None:
        """Return the digest of a job's source without metadata, if a copy for this size limit is stored."""
        query = "SELECT original FROM jobs WHERE source = ? AND original_bytes = ? AND original NOTNULL"
        row = await self._database.row(query, (job.source, max_bytes))
        return None if row is None else str(row["original"])

    async def summary(self, since: float) -> tuple[Mapping[State, int], int]:
        """Count the stored jobs admitted since a time, by state, and their owners.

        Args:
            since: The Unix time in seconds. Deleted and expired jobs are not counted.

        Returns:
            The number of jobs in each state, and the number of distinct owners.
        """
        query = "SELECT state, COUNT(*) AS jobs FROM jobs WHERE created_at >= ? GROUP BY state"
        rows = await self._database.rows(query, (since,))
        states = {State(row["state"]): row["jobs"] for row in rows if row["state"] in tuple(State)}
        query = "SELECT COUNT(DISTINCT user_id) FROM jobs WHERE created_at >= ?"
        users = await self._database.row(query, (since,))
        return states, users[0] if users else 0

    async def change(self, job: Job, **changes: Any) -> Job:
        """Change some of a job's columns; returns the changed job.

        Raises:
            JobGoneError: The job has been deleted.
        """
        if not await self._database.execute(*_update(job.id, changes)):
            raise JobGoneError
        return job.but(**changes)

    async def queue(self, job: Job, turn: int) -> Job:
        """Move a job whose pictures are stored into the queue.

        Raises:
            OverAlreadyRefusal: The job has been deleted.
        """
        changes = {"state": State.QUEUED, "turn": turn, **dict.fromkeys(_URLS)}
        if not await self._database.execute(*_update(job.id, changes)):
            raise OverAlreadyRefusal
        return job.but(**changes)

    async def record_dream(self, job: Job, dream: str, outcome: Outcome) -> Job:
        """Record the job's finished dream, and reset its owner's count of bad pictures.

        Raises:
            JobGoneError: The job has been deleted.
        """
        changes = {"state": State.DREAMED, "dream": dream, "outcome": outcome}
        async with self._database.transaction() as connection:
            if not (await connection.execute(*_update(job.id, changes))).rowcount:
                raise JobGoneError
            await rate_buckets.clear_bad_pictures(connection, job.user_id)
        return job.but(**changes)

    async def record_attempt(self, job: Job, route: str) -> Job:
        """Record the route of a delivery before it is tried, since a crash could hide whether it succeeded.

        Raises:
            JobGoneError: The job has been deleted.
        """
        statement = f"UPDATE jobs SET reply = {_WITH_ATTEMPT} WHERE id = ?"  # noqa: S608
        if not await self._database.execute(statement, (route, job.id)):
            raise JobGoneError
        return job.but(reply=job.reply.attempting(route))

    async def end(
        self,
        job: Job,
        state: State,
        *,
        pending_message: str | None = None,
        refund: bool = False,
        cost: int | None = None,
        bad_picture: bool = False,
    ) -> Job:
        """End a job. Does not write a job that has been deleted.

        Args:
            job: The job.
            state: Its final state.
            pending_message: A message that its owner has yet to receive; ``None`` deletes the reply's token.
            refund: Whether to refund the job's price to its owner.
            cost: The part of the price that is not refunded; ``None`` if ``refund`` decides.
            bad_picture: Whether to count a bad picture against its owner.
        """
        ended = job.but(state=state, ended_at=self._clock(), pending_message=pending_message)
        if pending_message is None:
            ended = ended.but(reply=_without_token(job.reply))
        columns = ["state", "ended_at", "pending_message", "reply"]
        if state in _ENDED_WITHOUT_PICTURES:
            ended = ended.but(**dict.fromkeys(PICTURES))
            columns += PICTURES
        async with self._database.transaction() as connection:
            if refund:
                await rate_buckets.refund(connection, job)
            elif cost is not None:
                await rate_buckets.refund_all_but(connection, job, cost)
            if bad_picture:
                await rate_buckets.count_bad_picture(connection, job.user_id, self._clock())
            changes = {name: getattr(ended, name) for name in columns}
            found = (await connection.execute(*_update(job.id, changes))).rowcount
        if not found:  # nothing can be tried again
            return ended.but(**dict.fromkeys(PICTURES))
        self._on_end(ended)
        return ended

    async def clear_pending_message(self, job: Job) -> Job:
        """Record that the owner of an ended job has received its message."""
        statement = f"UPDATE jobs SET pending_message = NULL, reply = {_WITHOUT_TOKEN} WHERE id = ?"  # noqa: S608
        await self._database.execute(statement, (job.id,))
        return job.but(pending_message=None, reply=_without_token(job.reply))

    async def keep(self, job: Job, pending_message: str | None = None) -> Job:
        """Keep an undeliverable dream until its owner fetches it or it expires.

        Args:
            job: The job. Its reply names the route by which the dream may have arrived after all, if any.
            pending_message: A message that its card has yet to show.
        """
        kept = job.but(state=State.KEPT, ended_at=self._clock(), pending_message=pending_message)
        statement = (
            "UPDATE jobs SET state = ?, ended_at = ?, pending_message = COALESCE(?, pending_message), "  # noqa: S608
            f"reply = {_WITH_ATTEMPT} WHERE id = ?"
        )
        values = (kept.state, kept.ended_at, pending_message, kept.reply.attempt, kept.id)
        if await self._database.execute(statement, values):
            self._on_end(kept)
        return kept

    async def claim(self, job: Job) -> bool:
        """Claim a kept dream in order to deliver it by the route that its reply names.

        Returns:
            Whether this call claimed it; ``False`` if another call did.
        """
        statement = f"UPDATE jobs SET state = ?, reply = {_WITH_ATTEMPT} WHERE id = ? AND state = ?"  # noqa: S608
        values = (State.DREAMED, job.reply.attempt, job.id, State.KEPT)
        return bool(await self._database.execute(statement, values))

    async def keep_click(self, job_id: str, click: Reply) -> None:
        """Keep the token of a click below a delivered dream, by which a restarted bot can delete the message.

        :meth:`expire` deletes the token once it has expired.

        Args:
            job_id: The id of the dream's job; nothing is kept unless it is the user's own.
            click: The reply of the click.
        """
        await self._database.execute(
            "UPDATE jobs SET reply = json_set(reply, '$.application_id', ?, '$.token', ?, '$.expires_at', ?) "
            "WHERE id = ? AND user_id = ? AND state = ? AND pending_message IS NULL",
            (click.application_id, click.token, click.expires_at, job_id, click.user_id, State.DELIVERED),
        )

    async def forget(self, user_id: int) -> RemovedJobs:
        """Delete all of a user's jobs, unreadable ones included, and what others have made of them."""
        async with self._database.transaction() as connection:
            return await job_removal.remove_of_user(connection, user_id)

    async def delete(self, job_id: str) -> RemovedJobs:
        """Delete one job, and what others have made of it, even if the job itself has expired."""
        async with self._database.transaction() as connection:
            return await job_removal.remove_one(connection, job_id)

    async def expire(self, before: float) -> None:
        """Delete what is no longer needed.

        Args:
            before: Deletes the jobs that ended before this time and whose source is no longer stored. Full
                buckets and expired tokens of clicks go at any time.
        """
        statement = (
            f"DELETE FROM jobs WHERE ended_at < ? AND pending_message IS NULL AND state <> '{UNREADABLE}' "  # noqa: S608
            "AND (state = ? OR COALESCE(source, '') NOT IN (SELECT digest FROM pictures))"
        )
        await self._database.execute(statement, (before, State.KEPT))
        unreadable = "DELETE FROM jobs WHERE ended_at < ? AND state = ?"
        if deleted := await self._database.execute(unreadable, (before, UNREADABLE)):
            _log.warning("Deleted %d unreadable jobs.", deleted)
        await self._database.execute(
            f"UPDATE jobs SET reply = {_WITHOUT_TOKEN} WHERE state = ? AND {_IS_OUTDATED}",  # noqa: S608
            (State.DELIVERED, self._clock()),
        )
        await self._database.execute("DELETE FROM buckets WHERE full_at < ?", (self._clock(),))

    async def set_aside_unknown_states(self) -> None:
        """Set aside the jobs in unknown states, which no code path would ever end."""
        await self._reader.set_aside_unknown_states()


def _update(job_id: str, changes: Mapping[str, Any]) -> tuple[str, tuple[Any, ...]]:
    """The statement that changes some of a job's columns, and its values."""
    columns = ", ".join(f"{name} = ?" for name in changes)
    statement = f"UPDATE jobs SET {columns} WHERE id = ?"  # noqa: S608 - column names come from the code
    return statement, (*map(to_column, changes.values()), job_id)


def _without_token(reply: Reply) -> Reply:
    return reply.model_copy(update={"token": ""})

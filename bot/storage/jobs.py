"""The jobs, kept in the database."""

import logging
import math
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import aiosqlite

from bot.clock import now
from bot.errors import (
    DuplicateInteractionError,
    JobGoneError,
    OverAlreadyRefusal,
    QueueFullRefusal,
    WaitingRefusal,
)
from bot.models import Job, Outcome, Reply, State
from bot.rate_limit import Allowance
from bot.storage import rate_buckets
from bot.storage.database import Database, Row
from bot.storage.disk_errors import is_storage_trouble, what_is_wrong
from bot.storage.job_rows import COLUMNS, to_column, to_job

_log = logging.getLogger(__name__)

_WAITING = (State.RECEIVED, State.QUEUED)
_WITH_ATTEMPT = "json_set(reply, '$.attempt', ?)"
_WITHOUT_TOKEN = "json_set(reply, '$.token', '')"  # noqa: S105
"""What changes in a reply, whoever else changes another part of it at the same time."""
_WITHOUT_PICTURES = (State.CANCELLED, State.REFUSED, State.FAILED, State.LOST)
"""What has ended so has no button that would need its pictures."""
_UNREADABLE = "unreadable"
"""The state of a row that is set aside: it stays as it is until it expires, and concerns nobody."""

_SAME_INTERACTION = "SELECT 1 FROM jobs WHERE interaction_id = ?"


@dataclass(frozen=True, slots=True)
class Removed:
    """What was deleted.

    Attributes:
        jobs: The ids of the jobs.
        digests: The digests of the pictures that they named.
    """

    jobs: frozenset[str]
    digests: frozenset[str]


class JobStore:
    """Keeps jobs, and what people have left to spend on them.

    Args:
        database: Where.
        clock: Tells the Unix seconds.
        on_end: Is told of every job that is over, or whose dream is kept.
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

    async def admit(self, job: Job, allowance: Allowance | None, most_waiting: int, room_at: float) -> Job:
        """Keep a new job, paid for by its owner; all of it, or nothing.

        Args:
            job: The job; its ``bucket`` says which one pays.
            allowance: What its owner may; ``None`` for anything.
            most_waiting: How many jobs may wait in all.
            room_at: When somebody who finds no room may try again, in Unix seconds.

        Returns:
            The job as it is kept.

        Raises:
            DuplicateInteractionError: The interaction that asks for it has made a job already.
            Refusal: Its owner may not, or not now.
        """
        async with self._database.transaction() as connection:
            await self._check_first(connection, job.interaction_id)
            if job.source_url is not None or job.guide_url is not None:
                await rate_buckets.check_mistakes(connection, job.user_id, self._clock())
            if allowance is None:
                job = job.but(bucket=None)
            else:
                await rate_buckets.spend(connection, job, allowance, self._clock())
            waiting, theirs = await self._count_waiting(connection, job.user_id)
            if allowance is not None and theirs >= allowance.waiting:
                raise WaitingRefusal(most=allowance.waiting, when=room_at)
            if waiting >= most_waiting:
                raise QueueFullRefusal(when=room_at)
            await self._insert(connection, job)
        return job

    async def check_new(self, interaction_id: int | None) -> None:
        """Make sure that an interaction has made no job yet.

        Raises:
            DuplicateInteractionError: It has.
        """
        if await self._database.row(_SAME_INTERACTION, (interaction_id,)):
            raise DuplicateInteractionError

    async def change(self, job: Job, **changes: Any) -> Job:
        """Change some of a job's columns; returns the job as it is now.

        Raises:
            JobGoneError: It was deleted meanwhile.
        """
        if not await self._update(job, **changes):
            raise JobGoneError
        return job.but(**changes)

    async def dreamed(self, job: Job, dream: str, outcome: Outcome) -> Job:
        """Note the job's dream, and forget how many of its owner's pictures were refused.

        Raises:
            JobGoneError: It was deleted meanwhile.
        """
        changed = job.but(state=State.DREAMED, dream=dream, outcome=outcome)
        async with self._database.transaction() as connection:
            statement = "UPDATE jobs SET state = ?, dream = ?, outcome = ? WHERE id = ?"
            values = (changed.state, dream, to_column(outcome), job.id)
            if not (await connection.execute(statement, values)).rowcount:
                raise JobGoneError
            await rate_buckets.forgive_mistakes(connection, job.user_id)
        return changed

    async def end(
        self,
        job: Job,
        state: State,
        *,
        pending_message: str | None = None,
        refund: bool = False,
        mistake: bool = False,
    ) -> Job:
        """The job is over; of one that was deleted meanwhile, nothing is written.

        Args:
            job: The job.
            state: How it ended.
            pending_message: What its owner is still to be told; without it, its token is forgotten.
            refund: Whether its owner gets back what it cost.
            mistake: Whether it counts as one more picture of its owner that could not be dreamed.
        """
        over = job.but(state=state, ended_at=self._clock(), pending_message=pending_message)
        if pending_message is None:
            over = over.but(reply=_without_token(job.reply))
        if state in _WITHOUT_PICTURES:
            over = over.but(source=None, guide=None, dream=None)
        async with self._database.transaction() as connection:
            if refund:
                await rate_buckets.refund(connection, job)
            if mistake:
                await rate_buckets.count_mistake(connection, job.user_id, self._clock())
            names: tuple[str, ...] = ("state", "ended_at", "pending_message", "reply")
            if state in _WITHOUT_PICTURES:
                names += ("source", "guide", "dream")
            columns = ", ".join(f"{name} = ?" for name in names)
            values = [to_column(getattr(over, name)) for name in names]
            statement = f"UPDATE jobs SET {columns} WHERE id = ?"  # noqa: S608 - names of our own
            is_there = (await connection.execute(statement, (*values, job.id))).rowcount
        if is_there:
            self._on_end(over)
        return over

    async def told(self, job: Job) -> Job:
        """The owner of a job that is over knows it."""
        statement = f"UPDATE jobs SET pending_message = NULL, reply = {_WITHOUT_TOKEN} WHERE id = ?"  # noqa: S608
        await self._database.execute(statement, (job.id,))
        return job.but(pending_message=None, reply=_without_token(job.reply))

    async def attempt(self, job: Job, route: str) -> Job:
        """A job's dream is about to be sent by a way that may not show later what it has brought.

        Raises:
            JobGoneError: The job was deleted.
        """
        statement = f"UPDATE jobs SET reply = {_WITH_ATTEMPT} WHERE id = ?"  # noqa: S608
        if not await self._database.execute(statement, (route, job.id)):
            raise JobGoneError
        return job.but(reply=job.reply.attempting(route))

    async def untold(self) -> Sequence[Job]:
        """The jobs that are over and whose owners do not know it yet."""
        return await self._jobs("WHERE pending_message NOTNULL ORDER BY number", ())

    async def get(self, job_id: str) -> Job | None:
        """A job by its id."""
        found = await self._jobs("WHERE id = ?", (job_id,))
        return found[0] if found else None

    async def in_states(self, *states: State) -> Sequence[Job]:
        """All jobs in some states, in the order of their acceptance."""
        return await self._jobs(f"WHERE state IN ({', '.join('?' * len(states))}) ORDER BY number", states)

    async def of_user(self, user_id: int, *states: State) -> Sequence[Job]:
        """A person's jobs in some states, in the order of their acceptance."""
        marks = ", ".join("?" * len(states))
        return await self._jobs(
            f"WHERE user_id = ? AND state IN ({marks}) ORDER BY number", (user_id, *states)
        )

    async def original_of(self, job: Job, max_bytes: int) -> str | None:
        """The digest of the clean original of a job's source that was made for a limit in bytes."""
        query = "SELECT original FROM jobs WHERE source = ? AND original_bytes = ? AND original NOTNULL"
        row = await self._database.row(query, (job.source, max_bytes))
        return None if row is None else str(row["original"])

    async def claim(self, job: Job) -> bool:
        """Take a kept dream to hand it over, by the way that its reply tells.

        Returns:
            Whether nobody else has taken it.
        """
        statement = f"UPDATE jobs SET state = ?, reply = {_WITH_ATTEMPT} WHERE id = ? AND state = ?"  # noqa: S608
        values = (State.DREAMED, job.reply.attempt, job.id, State.KEPT)
        return bool(await self._database.execute(statement, values))

    async def keep(self, job: Job, pending_message: str | None = None) -> Job:
        """The dream could not be delivered: keep it until its owner comes, or for as long as pictures are.

        Args:
            job: The job; its reply tells by which way it may have arrived all the same, if it may.
            pending_message: What its card is still to say.
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

    async def queue(self, job: Job, turn: int) -> Job:
        """The job's pictures are here.

        Raises:
            OverAlreadyRefusal: Meanwhile its owner was forgotten.
        """
        queued = job.but(state=State.QUEUED, turn=turn, source_url=None, guide_url=None)
        statement = "UPDATE jobs SET state = ?, turn = ?, source_url = NULL, guide_url = NULL WHERE id = ?"
        if not await self._database.execute(statement, (queued.state, queued.turn, queued.id)):
            raise OverAlreadyRefusal
        return queued

    async def forget(self, user_id: int) -> Removed:
        """Delete a person's jobs, those that are set aside as well."""
        return await self._remove("user_id = ?", user_id)

    async def delete(self, job: Job) -> Removed:
        """Delete a job."""
        return await self._remove("id = ?", job.id)

    async def set_aside_unknown_states(self) -> None:
        """Set the jobs aside that are in no state that is known: nothing would ever end them."""
        states = (*State, _UNREADABLE)
        query = f"SELECT id, state FROM jobs WHERE state NOT IN ({', '.join('?' * len(states))})"  # noqa: S608
        for row in await self._database.rows(query, states):
            await self._set_aside(row["id"], f"its state is {row['state']!r}")

    async def expire(self, before: float) -> None:
        """Delete the jobs that were over before a time and whose source is gone, and full buckets."""
        statement = (
            f"DELETE FROM jobs WHERE ended_at < ? AND pending_message IS NULL AND state <> '{_UNREADABLE}' "  # noqa: S608
            "AND (state = ? OR COALESCE(source, '') NOT IN (SELECT digest FROM pictures))"
        )
        await self._database.execute(statement, (before, State.KEPT))
        unreadable = "DELETE FROM jobs WHERE ended_at < ? AND state = ?"
        if gone := await self._database.execute(unreadable, (before, _UNREADABLE)):
            _log.warning("%d jobs that could not be read are deleted.", gone)
        await self._database.execute("DELETE FROM buckets WHERE full_at < ?", (self._clock(),))

    async def summary(self, since: float) -> tuple[Mapping[State, int], int]:
        """How many jobs there are in each state, and of how many people, of those accepted since a time.

        Args:
            since: The Unix time; what was forgotten or has expired is not counted.
        """
        query = "SELECT state, COUNT(*) AS jobs FROM jobs WHERE created_at >= ? GROUP BY state"
        rows = await self._database.rows(query, (since,))
        states = {State(row["state"]): row["jobs"] for row in rows if row["state"] in tuple(State)}
        query = "SELECT COUNT(DISTINCT user_id) FROM jobs WHERE created_at >= ?"
        people = await self._database.row(query, (since,))
        return states, people[0] if people else 0

    async def speeds(self) -> dict[tuple[str, str], float]:
        """The seconds that a unit of work takes, by backbone and preset."""
        speeds = {}
        for backbone, preset, seconds in await self._database.rows(
            "SELECT backbone, preset, seconds_per_work FROM speeds"
        ):
            if isinstance(seconds, (int, float)) and 0 < seconds < math.inf:
                speeds[backbone, preset] = float(seconds)
            else:
                _log.error("The speed of %s with %s cannot be read: %r", preset, backbone, seconds)
        return speeds

    async def keep_speed(self, backbone: str, preset: str, seconds_per_work: float) -> None:
        """Keep a measured speed."""
        statement = "INSERT OR REPLACE INTO speeds (backbone, preset, seconds_per_work) VALUES (?, ?, ?)"
        await self._database.execute(statement, (backbone, preset, seconds_per_work))

    async def _update(self, job: Job, **changes: Any) -> bool:
        """Change some of a job's columns; returns whether it is still there."""
        columns = ", ".join(f"{name} = ?" for name in changes)
        values = [to_column(value) for value in changes.values()]
        statement = f"UPDATE jobs SET {columns} WHERE id = ?"  # noqa: S608 - names of our own
        return bool(await self._database.execute(statement, (*values, job.id)))

    async def _remove(self, where: str, value: Any) -> Removed:
        """Delete jobs; what those cost that had not begun is given back."""
        async with self._database.transaction() as connection:
            columns = "id, user_id, state, bucket, source, guide, dream, original"
            query = f"SELECT {columns} FROM jobs WHERE {where}"  # noqa: S608
            rows = tuple(await connection.execute_fetchall(query, (value,)))
            for row in rows:
                if row["state"] in _WAITING and row["bucket"] is not None:
                    await rate_buckets.give_back(connection, row["user_id"], row["bucket"])
            await connection.execute(f"DELETE FROM jobs WHERE {where}", (value,))  # noqa: S608
        digests = (row[name] for row in rows for name in ("source", "guide", "dream", "original"))
        return Removed(frozenset(row["id"] for row in rows), frozenset(filter(None, digests)))

    async def _jobs(self, where: str, values: Iterable[Any]) -> Sequence[Job]:
        rows = await self._database.rows(f"SELECT {', '.join(COLUMNS)} FROM jobs {where}", values)  # noqa: S608
        return [job for row in rows if (job := await self._readable(row)) is not None]

    async def _readable(self, row: Row) -> Job | None:
        """The job of a row; one that cannot be read is set aside, so that everybody else is served."""
        if row["state"] == _UNREADABLE:
            return None
        try:
            return to_job(row)
        except (TypeError, ValueError) as error:
            await self._set_aside(row["id"], str(error))
            return None

    async def _set_aside(self, job_id: str, reason: str) -> None:
        _log.error("Job %s cannot be read, and is set aside: %s", job_id, reason)
        statement = "UPDATE jobs SET state = ?, ended_at = ? WHERE id = ?"
        try:
            await self._database.execute(statement, (_UNREADABLE, self._clock(), job_id))
        except Exception as error:
            if not is_storage_trouble(error):
                raise
            _log.error("Job %s is set aside another time. %s", job_id, what_is_wrong(error))

    async def _check_first(self, connection: aiosqlite.Connection, interaction_id: int | None) -> None:
        if await connection.execute_fetchall(_SAME_INTERACTION, (interaction_id,)):
            raise DuplicateInteractionError

    async def _count_waiting(self, connection: aiosqlite.Connection, user_id: int) -> tuple[int, int]:
        """How many jobs wait in all, and how many of one person."""
        marks = ", ".join("?" * len(_WAITING))
        count = f"SELECT COUNT(*), COALESCE(SUM(user_id = ?), 0) FROM jobs WHERE state IN ({marks})"  # noqa: S608
        ((waiting, theirs),) = await connection.execute_fetchall(count, (user_id, *_WAITING))
        return waiting, theirs

    async def _insert(self, connection: aiosqlite.Connection, job: Job) -> None:
        marks = ", ".join("?" * len(COLUMNS))
        values = [to_column(getattr(job, name)) for name in COLUMNS]
        await connection.execute(f"INSERT INTO jobs ({', '.join(COLUMNS)}) VALUES ({marks})", values)  # noqa: S608


def _without_token(reply: Reply) -> Reply:
    return reply.model_copy(update={"token": ""})

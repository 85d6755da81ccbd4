"""The jobs, kept in the database."""

from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import fields
from typing import Any

import aiosqlite
from pydantic import BaseModel

from bot.admission import Allowance, Bucket
from bot.clock import now
from bot.database import Database, Row
from bot.errors import OverAlreadyRefusal, QueueFullRefusal, WaitingRefusal
from bot.jobs.record import Job, Outcome, Reply, State
from bot.wish import Wish

_COLUMNS = tuple(field.name for field in fields(Job))
_MODELS: Mapping[str, type[BaseModel]] = {"wish": Wish, "reply": Reply, "outcome": Outcome}
_WAITING = (State.RECEIVED, State.QUEUED)


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
            Refusal: Its owner may not, or not now.
        """
        async with self._database.transaction() as connection:
            if allowance is None:
                job = job.but(bucket=None)
            else:
                bucket = await self._bucket(connection, job, allowance)
                bucket = bucket.spend(allowance, self._clock())
                await self._set_bucket(connection, job, bucket, bucket.full_at(allowance))
            waiting, theirs = await self._count_waiting(connection, job.user_id)
            if allowance is not None and theirs >= allowance.waiting:
                raise WaitingRefusal(most=allowance.waiting, when=room_at)
            if waiting >= most_waiting:
                raise QueueFullRefusal(when=room_at)
            await self._insert(connection, job)
        return job

    async def change(self, job: Job, **changes: Any) -> Job:
        """Change some of a job's columns; returns the job as it is now."""
        changed = job.but(**changes)
        columns = ", ".join(f"{name} = ?" for name in changes)
        values = [_to_column(getattr(changed, name)) for name in changes]
        await self._database.execute(f"UPDATE jobs SET {columns} WHERE id = ?", (*values, job.id))  # noqa: S608
        return changed

    async def end(self, job: Job, state: State, *, telling: str | None = None, refund: bool = False) -> Job:
        """The job is over.

        Args:
            job: The job.
            state: How it ended.
            telling: What its owner is still to be told; without it, its token is forgotten.
            refund: Whether its owner gets back what it cost.
        """
        over = job.but(state=state, ended_at=self._clock(), telling=telling)
        if telling is None:
            over = over.but(reply=_without_token(job.reply))
        async with self._database.transaction() as connection:
            if refund:
                await self._refund(connection, job)
            statement = "UPDATE jobs SET state = ?, ended_at = ?, telling = ?, reply = ? WHERE id = ?"
            values = (over.state, over.ended_at, over.telling, _to_column(over.reply), over.id)
            await connection.execute(statement, values)
        self._on_end(over)
        return over

    async def told(self, job: Job) -> Job:
        """The owner of a job that is over knows it."""
        return await self.change(job, telling=None, reply=_without_token(job.reply))

    async def untold(self) -> Sequence[Job]:
        """The jobs that are over and whose owners do not know it yet."""
        return await self._jobs("WHERE telling NOTNULL ORDER BY number", ())

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

    async def claim(self, job: Job) -> bool:
        """Take a kept dream to hand it over; returns whether nobody else has."""
        statement = "UPDATE jobs SET state = ? WHERE id = ? AND state = ?"
        return bool(await self._database.execute(statement, (State.DREAMED, job.id, State.KEPT)))

    async def keep(self, job: Job) -> None:
        """The dream could not be delivered: keep it until its owner comes, or for as long as pictures are."""
        self._on_end(await self.change(job, state=State.KEPT, ended_at=self._clock()))

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

    async def forget(self, user_id: int) -> set[str]:
        """Delete a person's jobs.

        Returns:
            The digests of the pictures that they spoke of.
        """
        gone: set[str] = set()
        async with self._database.transaction() as connection:
            pictures = "SELECT source, guide, dream FROM jobs WHERE user_id = ?"
            for row in await connection.execute_fetchall(pictures, (user_id,)):
                gone.update(filter(None, row))
            await connection.execute("DELETE FROM jobs WHERE user_id = ?", (user_id,))
        return gone

    async def delete(self, job: Job) -> set[str]:
        """Delete a job; returns the digests of the pictures that it spoke of."""
        await self._database.execute("DELETE FROM jobs WHERE id = ?", (job.id,))
        return set(filter(None, (job.source, job.guide, job.dream)))

    async def expire(self, before: float) -> None:
        """Delete the jobs that were over before a time and whose source is gone, and full buckets."""
        statement = (
            "DELETE FROM jobs WHERE ended_at < ? AND telling IS NULL "
            "AND (state = ? OR COALESCE(source, '') NOT IN (SELECT digest FROM pictures))"
        )
        await self._database.execute(statement, (before, State.KEPT))
        await self._database.execute("DELETE FROM buckets WHERE full_at < ?", (self._clock(),))

    async def summary(self, since: float) -> tuple[Mapping[State, int], int]:
        """How many jobs there are in each state, and of how many people, of those accepted since a time.

        Args:
            since: The Unix time; what was forgotten or has expired is not counted.
        """
        query = "SELECT state, COUNT(*) AS jobs FROM jobs WHERE created_at >= ? GROUP BY state"
        states = {State(row["state"]): row["jobs"] for row in await self._database.rows(query, (since,))}
        query = "SELECT COUNT(DISTINCT user_id) FROM jobs WHERE created_at >= ?"
        people = await self._database.row(query, (since,))
        return states, people[0] if people else 0

    async def speeds(self) -> dict[tuple[str, str], float]:
        """The seconds that a unit of work takes, by backbone and preset."""
        rows = await self._database.rows("SELECT backbone, preset, seconds_per_work FROM speeds")
        return {(row["backbone"], row["preset"]): row["seconds_per_work"] for row in rows}

    async def keep_speed(self, backbone: str, preset: str, seconds_per_work: float) -> None:
        """Keep a measured speed."""
        statement = "INSERT OR REPLACE INTO speeds (backbone, preset, seconds_per_work) VALUES (?, ?, ?)"
        await self._database.execute(statement, (backbone, preset, seconds_per_work))

    async def _jobs(self, where: str, values: Iterable[Any]) -> Sequence[Job]:
        rows = await self._database.rows(f"SELECT {', '.join(_COLUMNS)} FROM jobs {where}", values)  # noqa: S608
        return [_to_job(row) for row in rows]

    async def _count_waiting(self, connection: aiosqlite.Connection, user_id: int) -> tuple[int, int]:
        """How many jobs wait in all, and how many of one person."""
        marks = ", ".join("?" * len(_WAITING))
        count = f"SELECT COUNT(*), COALESCE(SUM(user_id = ?), 0) FROM jobs WHERE state IN ({marks})"  # noqa: S608
        ((waiting, theirs),) = await connection.execute_fetchall(count, (user_id, *_WAITING))
        return waiting, theirs

    async def _insert(self, connection: aiosqlite.Connection, job: Job) -> None:
        marks = ", ".join("?" * len(_COLUMNS))
        values = [_to_column(getattr(job, name)) for name in _COLUMNS]
        await connection.execute(f"INSERT INTO jobs ({', '.join(_COLUMNS)}) VALUES ({marks})", values)  # noqa: S608

    async def _bucket(self, connection: aiosqlite.Connection, job: Job, allowance: Allowance) -> Bucket:
        query = "SELECT tokens, looked_at FROM buckets WHERE user_id = ? AND server_id = ?"
        for tokens, looked_at in await connection.execute_fetchall(query, (job.user_id, job.bucket)):
            return Bucket(tokens, looked_at)
        return Bucket(allowance.burst, self._clock())

    async def _set_bucket(
        self, connection: aiosqlite.Connection, job: Job, bucket: Bucket, full_at: float
    ) -> None:
        statement = (
            "INSERT OR REPLACE INTO buckets (user_id, server_id, tokens, looked_at, full_at) "
            "VALUES (?, ?, ?, ?, ?)"
        )
        values = (job.user_id, job.bucket, bucket.tokens, bucket.looked_at, full_at)
        await connection.execute(statement, values)

    async def _refund(self, connection: aiosqlite.Connection, job: Job) -> None:
        """Give back what a job cost, once."""
        unpaid = "UPDATE jobs SET bucket = NULL WHERE id = ? AND bucket NOTNULL"
        if (await connection.execute(unpaid, (job.id,))).rowcount:
            # What is too much is cut off when the bucket is looked at next.
            statement = "UPDATE buckets SET tokens = tokens + 1 WHERE user_id = ? AND server_id = ?"
            await connection.execute(statement, (job.user_id, job.bucket))


def _without_token(reply: Reply) -> Reply:
    return reply.model_copy(update={"token": ""})


def _to_column(value: Any) -> Any:
    return value.model_dump_json() if isinstance(value, (Wish, Reply, Outcome)) else value


def _to_job(row: Row) -> Job:
    values = dict(row)
    for name, model in _MODELS.items():
        if values[name] is not None:
            values[name] = model.model_validate_json(values[name])
    return Job(**{**values, "state": State(values["state"])})

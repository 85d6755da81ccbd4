"""Reading of jobs from damaged rows."""

import sqlite3

import pytest

from bot.models import State
from tests.bot.records import ALICE, BOB, NOW, a_job
from tests.bot.storage.helpers import admit


class TestAnUnreadableRow:
    @pytest.fixture(
        params=[
            ("options", "not JSON"),
            ("options", "{}"),
            ("options", 5),
            ("options", b"\xff"),
            ("reply", '{"token": 5}'),
            ("outcome", "[]"),
            ("turn", "soon"),
            ("work", 9e999),
            ("created_at", "yesterday"),
            ("user_id", 1.5),
        ],
        ids=lambda param: f"{param[0]}-{param[1]}",
    )
    async def damaged(self, request, store, database):
        """Three queued jobs, of which the second has a damaged row."""
        jobs = [await admit(store, a_job(user), None) for user in (ALICE, BOB, ALICE)]
        column, value = request.param
        await database.execute(f"UPDATE jobs SET {column} = ? WHERE id = ?", (value, jobs[1].id))
        return jobs

    async def test_is_set_aside_and_the_other_jobs_are_returned(self, store, damaged, caplog):
        found = await store.in_states(State.QUEUED)
        assert [job.id for job in found] == [damaged[0].id, damaged[2].id]
        assert f"Job {damaged[1].id} is unreadable and is set aside" in caplog.text

    async def test_is_logged_once_and_takes_no_place_in_the_queue(self, store, damaged, caplog):
        await store.in_states(State.QUEUED)
        caplog.clear()
        assert len(await store.in_states(State.QUEUED)) == 2
        assert await store.get(damaged[1].id) is None
        assert caplog.text == ""
        await admit(store, a_job(BOB), None, max_waiting=3)

    async def test_is_unchanged_until_it_expires(self, store, database, clock, damaged, caplog):
        before = dict((await database.rows("SELECT * FROM jobs WHERE id = ?", (damaged[1].id,)))[0])
        await store.in_states(State.QUEUED)
        await store.expire(clock())
        after = dict((await database.rows("SELECT * FROM jobs WHERE id = ?", (damaged[1].id,)))[0])
        assert after == {**before, "state": "unreadable", "ended_at": NOW}
        clock.advance(1)
        await store.expire(clock())
        assert "Deleted 1 unreadable jobs." in caplog.text
        assert len(await database.rows("SELECT * FROM jobs")) == 2

    async def test_is_set_aside_later_if_the_database_is_read_only(self, store, database, damaged, caplog):
        await database.rows("PRAGMA query_only = ON")
        assert len(await store.in_states(State.QUEUED)) == 2
        assert "will be set aside later" in caplog.text


async def test_a_row_in_an_unknown_state_is_set_aside_at_the_start(store, database, caplog):
    known = [await admit(store, a_job(state=state), None) for state in State]
    unknown = await admit(store, a_job(), None)
    await database.execute("UPDATE jobs SET state = 'dancing' WHERE id = ?", (unknown.id,))
    assert sum((await store.summary(0))[0].values()) == len(known)
    await store.set_aside_unknown_states()
    assert f"Job {unknown.id} is unreadable and is set aside: unknown state 'dancing'" in caplog.text
    assert await store.get(unknown.id) is None
    assert [job.id for job in await store.in_states(*State)] == [job.id for job in known]
    assert sum((await store.summary(0))[0].values()) == len(known)
    caplog.clear()
    await store.set_aside_unknown_states()
    assert caplog.text == ""


async def test_an_unreadable_row_is_deleted_with_its_owner(store, database):
    job = await admit(store)
    await database.execute("UPDATE jobs SET options = '' WHERE id = ?", (job.id,))
    await store.in_states(State.QUEUED)
    assert (await store.forget(ALICE)).jobs == {job.id}
    assert await database.rows("SELECT * FROM jobs") == ()


async def test_a_bug_while_a_row_is_set_aside_is_raised(store, database, monkeypatch):
    job = await admit(store)
    await database.execute("UPDATE jobs SET options = '' WHERE id = ?", (job.id,))

    async def broken(*_):
        raise sqlite3.OperationalError("no such column")

    monkeypatch.setattr(database, "execute", broken)
    with pytest.raises(sqlite3.OperationalError):
        await store.in_states(State.QUEUED)

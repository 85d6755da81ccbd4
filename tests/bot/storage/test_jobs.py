import asyncio
import sqlite3

import pytest

from bot.errors import (
    BadPicturesRefusal,
    DuplicateInteractionError,
    JobGoneError,
    OverAlreadyRefusal,
    QueueFullRefusal,
    RateRefusal,
    WaitingRefusal,
)
from bot.models import OPEN, State
from bot.rate_limit import Allowance
from bot.storage.database import Database
from bot.storage.jobs import JobStore
from tests.bot.records import ALICE, BOB, NOW, a_job, a_reply, an_outcome

ALLOWANCE = Allowance(dreams=6, minutes=10, burst=3, waiting=50)
ROOM_AT = NOW + 33


@pytest.fixture
def store(database, clock):
    return JobStore(database, clock)


async def admit(store, job=None, allowance=ALLOWANCE, most=100):
    return await store.admit(job or a_job(), allowance, most, ROOM_AT)


async def test_a_job_is_kept_as_it_is(store):
    job = a_job(
        source="a" * 64, guide_url="https://cdn/x", outcome=an_outcome(), ended_at=NOW, server_id=None
    )
    await admit(store, job)
    assert await store.get(job.id) == job


async def test_what_was_never_kept_is_none(store):
    assert await store.get("0" * 16) is None


async def test_admission_takes_a_token_and_refuses_the_fourth(store, clock):
    for _ in range(3):
        await admit(store)
    with pytest.raises(RateRefusal) as refusal:
        await admit(store)
    assert refusal.value.details["when"] == NOW + 100
    clock.advance(100)
    await admit(store)


async def test_a_refused_job_leaves_no_trace(store):
    for _ in range(3):
        await admit(store)
    with pytest.raises(RateRefusal):
        await admit(store, a_job(id="f" * 16))
    assert await store.get("f" * 16) is None


async def test_people_and_servers_have_buckets_of_their_own(store):
    for bucket in (0, 3):
        for user in (ALICE, BOB):
            for _ in range(3):
                await admit(store, a_job(user, bucket=bucket))
            with pytest.raises(RateRefusal):
                await admit(store, a_job(user, bucket=bucket))


async def test_a_refund_is_given_once(store):
    job = await admit(store)
    for _ in range(2):
        await admit(store)
    for _ in range(2):  # the second time as by somebody who does not know of the first
        await store.end(job, State.FAILED, refund=True)
        assert (await store.get(job.id)).bucket is None
    await admit(store)
    with pytest.raises(RateRefusal):
        await admit(store)


async def test_the_exempt_pay_nothing_and_are_refunded_nothing(store):
    jobs = [await admit(store, allowance=None) for _ in range(10)]
    assert {job.bucket for job in jobs} == {None}
    await store.end(jobs[0], State.FAILED, refund=True)
    assert (await store.get(jobs[0].id)).state is State.FAILED


async def test_no_more_than_so_many_of_one_person_wait(store):
    allowance = Allowance(dreams=6, minutes=10, burst=50, waiting=2)
    await admit(store, a_job(state=State.RECEIVED), allowance)
    await admit(store, a_job(state=State.QUEUED), allowance)
    for over in (State.RUNNING, State.DREAMED, State.DELIVERED):
        await admit(store, a_job(BOB, state=over), allowance)
    with pytest.raises(WaitingRefusal) as refusal:
        await admit(store, a_job(), allowance)
    assert refusal.value.details["most"] == 2
    await admit(store, a_job(BOB), allowance)


async def test_the_queue_is_bounded_for_everybody(store):
    for _ in range(2):
        await admit(store, allowance=None, most=2)
    with pytest.raises(QueueFullRefusal) as refusal:
        await admit(store, a_job(BOB), most=2)
    assert refusal.value.details["when"] == ROOM_AT
    with pytest.raises(QueueFullRefusal):
        await admit(store, a_job(BOB), allowance=None, most=2)


async def test_a_full_queue_costs_nothing(store):
    await admit(store, a_job(BOB), most=1)
    for _ in range(5):
        with pytest.raises(QueueFullRefusal):
            await admit(store, most=1)
    for _ in range(3):
        await admit(store)


async def test_twenty_at_once_are_admitted_one_by_one(store):
    results = await asyncio.gather(*(admit(store) for _ in range(20)), return_exceptions=True)
    assert sum(isinstance(result, RateRefusal) for result in results) == 17


async def test_changes_are_written(store):
    job = await admit(store)
    changed = await store.change(job, state=State.DREAMED, outcome=an_outcome(), dream="d" * 64)
    assert await store.get(job.id) == changed
    assert changed.outcome == an_outcome()


async def test_what_is_over_has_no_token_any_more(store, database):
    job = await admit(store)
    ended = await store.end(job, State.DELIVERED)
    assert (ended.reply.token, ended.ended_at) == ("", NOW)
    rows = await database.rows("SELECT * FROM jobs")
    assert "a-token" not in str([tuple(row) for row in rows])


async def test_jobs_are_told_in_the_order_of_their_acceptance(store):
    jobs = [await admit(store, a_job(user), None) for user in (ALICE, BOB, ALICE)]
    assert [job.id for job in await store.in_states(State.QUEUED)] == [job.id for job in jobs]
    assert [job.id for job in await store.of_user(ALICE, State.QUEUED)] == [jobs[0].id, jobs[2].id]
    assert await store.of_user(ALICE, State.RUNNING) == []


async def test_forgetting_deletes_all_of_a_persons_jobs_and_tells_their_pictures(store):
    over = a_job(state=State.DELIVERED, source="s" * 64, dream="d" * 64)
    running, others = a_job(state=State.RUNNING), a_job(BOB, state=State.DELIVERED)
    for job in (over, running, others):
        await admit(store, job, None)
    removed = await store.forget(ALICE)
    assert removed.digests == {"s" * 64, "d" * 64}
    assert removed.jobs == {over.id, running.id}
    assert await store.get(over.id) is None
    assert await store.get(running.id) is None
    assert await store.get(others.id)


async def test_a_refund_comes_with_the_ending_or_not_at_all(store, database):
    job = await admit(store)
    for _ in range(2):
        await admit(store)
    trigger = "CREATE TRIGGER broken BEFORE UPDATE OF state ON jobs BEGIN SELECT RAISE(ABORT, 'no'); END"
    await database.execute(trigger)
    with pytest.raises(sqlite3.IntegrityError):
        await store.end(job, State.FAILED, pending_message="It failed.", refund=True)
    assert await store.get(job.id) == job
    with pytest.raises(RateRefusal):
        await admit(store)
    await database.execute("DROP TRIGGER broken")
    await store.end(job, State.FAILED, pending_message="It failed.", refund=True)
    await admit(store)


async def test_an_ending_that_is_not_told_yet_keeps_its_token_until_it_is(store):
    first, second = await admit(store), await admit(store)
    await store.end(second, State.CANCELLED, pending_message="It was cancelled.")
    ended = await store.end(first, State.FAILED, pending_message="It failed.", refund=True)
    assert ended.reply.token == "a-token"
    assert [(job.id, job.pending_message) for job in await store.untold()] == [
        (first.id, "It failed."),
        (second.id, "It was cancelled."),
    ]
    told = await store.told(ended)
    assert (told.pending_message, told.reply.token, told.state) == (None, "", State.FAILED)
    assert [job.id for job in await store.untold()] == [second.id]


async def test_what_is_not_told_yet_does_not_expire(store, clock):
    job = await admit(store)
    job = await store.end(job, State.FAILED, pending_message="It failed.")
    clock.advance(1000)
    await store.expire(clock())
    assert await store.get(job.id)
    await store.told(job)
    await store.expire(clock())
    assert await store.get(job.id) is None


async def test_a_job_whose_source_is_kept_still_does_not_expire(store, database, clock):
    job = await admit(store, a_job(source="s" * 64))
    await store.end(job, State.DELIVERED)
    await database.execute("INSERT INTO pictures VALUES (?, 1, 0)", ("s" * 64,))
    clock.advance(1000)
    await store.expire(clock())
    assert await store.get(job.id)
    await database.execute("DELETE FROM pictures")
    await store.expire(clock())
    assert await store.get(job.id) is None


async def test_a_bucket_that_is_full_again_is_forgotten(store, database, clock):
    await admit(store)
    clock.advance(99)
    await store.expire(clock())
    assert len(await database.rows("SELECT * FROM buckets")) == 1
    clock.advance(2)
    await store.expire(clock())
    assert await database.rows("SELECT * FROM buckets") == ()


async def test_jobs_that_are_over_expire_and_others_never(store, clock):
    jobs = {}
    for state in State:
        jobs[state] = await admit(store, a_job(state=state), None)
        if state not in OPEN and state is not State.KEPT:
            await store.end(jobs[state], state)
    clock.advance(1000)
    await store.expire(clock() - 500)
    left = {state for state, job in jobs.items() if await store.get(job.id)}
    assert left >= set(OPEN)
    assert not left & {State.DELIVERED, State.CANCELLED, State.REFUSED, State.FAILED, State.LOST}


async def test_a_bucket_that_is_not_full_yet_does_not_expire(store, clock):
    weekly = Allowance(dreams=1, minutes=7 * 24 * 60, burst=1, waiting=3)
    await admit(store, allowance=weekly)
    clock.advance(4 * 24 * 3600)
    await store.expire(clock() - 72 * 3600)
    with pytest.raises(RateRefusal):
        await admit(store, allowance=weekly)


async def test_what_was_forgotten_while_its_picture_was_fetched_does_not_wait(store):
    job = await admit(store, a_job(state=State.RECEIVED))
    await store.forget(ALICE)
    with pytest.raises(OverAlreadyRefusal):
        await store.queue(job, turn=1)


async def test_a_kept_dream_is_claimed_by_one_visit_only(store):
    job = await admit(store, a_job(state=State.DREAMED))
    await store.keep(job)
    assert sorted(await asyncio.gather(*(store.claim(job) for _ in range(3)))) == [False, False, True]
    await store.keep(job)
    assert await store.claim(job)


async def test_a_kept_dream_expires_like_a_picture(store, clock):
    job = await admit(store, a_job(state=State.DREAMED))
    await store.keep(job)
    clock.advance(1000)
    await store.expire(clock() - 500)
    assert await store.get(job.id) is None


async def test_speeds_are_kept(store):
    await store.keep_speed("lite0", "mild", 0.5)
    await store.keep_speed("lite0", "mild", 0.25)
    assert await store.speeds() == {("lite0", "mild"): 0.25}


async def test_private_answers_stay_private_after_a_restart(store):
    job = await admit(store, a_job(reply=a_reply(private=True, reachable=False, message_id=None)))
    assert (await store.get(job.id)).reply == job.reply


class TestOneInteraction:
    async def test_makes_one_job_and_is_charged_once(self, store):
        first = await admit(store, a_job(interaction_id=77))
        with pytest.raises(DuplicateInteractionError):
            await admit(store, a_job(interaction_id=77))
        assert [job.id for job in await store.of_user(ALICE, State.QUEUED)] == [first.id]
        for _ in range(2):
            await admit(store)
        with pytest.raises(RateRefusal):
            await admit(store)

    async def test_is_known_before_anything_else_is_wrong(self, store):
        await admit(store, a_job(interaction_id=77), most=1)
        with pytest.raises(DuplicateInteractionError):
            await admit(store, a_job(interaction_id=77), most=1)
        with pytest.raises(DuplicateInteractionError):
            await store.check_new(77)
        await store.check_new(78)
        await store.check_new(None)

    async def test_that_two_processes_have_at_once_makes_one_job(self, store, database, tmp_path, clock):
        other_database = await Database.open(tmp_path / "bot.sqlite3")
        other = JobStore(other_database, clock)
        results = await asyncio.gather(
            *(admit(one, a_job(interaction_id=77)) for one in (store, other)), return_exceptions=True
        )
        await other_database.close()
        assert sorted(type(result).__name__ for result in results) == ["DuplicateInteractionError", "Job"]
        assert len(await store.of_user(ALICE, State.QUEUED)) == 1

    async def test_jobs_of_before_are_of_none(self, store):
        for _ in range(2):
            await admit(store, a_job(interaction_id=None))


class TestADeletedJob:
    @pytest.fixture
    async def gone(self, store):
        job = await admit(store, a_job(state=State.RECEIVED, source="s" * 64))
        await store.forget(ALICE)
        return job

    async def test_cannot_be_changed(self, store, gone):
        with pytest.raises(JobGoneError):
            await store.change(gone, state=State.RUNNING)
        with pytest.raises(JobGoneError):
            await store.dreamed(gone, "d" * 64, an_outcome())
        assert await store.get(gone.id) is None

    async def test_ends_without_a_trace(self, store, gone):
        ended = []
        store._on_end = ended.append
        await store.end(gone, State.FAILED, pending_message="It failed.", refund=True)
        await store.keep(gone)
        await store.told(gone)
        assert ended == []
        assert await store.get(gone.id) is None

    async def test_names_the_pictures_that_it_named_last(self, store):
        job = await admit(store, a_job(state=State.RUNNING, source="s" * 64))
        await store.change(job, dream="d" * 64)
        removed = await store.delete(job)
        assert (removed.jobs, removed.digests) == ({job.id}, {"s" * 64, "d" * 64})

    @pytest.mark.parametrize("state", [State.RECEIVED, State.QUEUED])
    async def test_costs_nothing_if_it_had_not_begun(self, store, state):
        jobs = [await admit(store, a_job(state=state)) for _ in range(3)]
        await store.delete(jobs[0])
        await admit(store)
        with pytest.raises(RateRefusal):
            await admit(store)

    @pytest.mark.parametrize("state", [State.RUNNING, State.DREAMED, State.DELIVERED, State.KEPT])
    async def test_is_paid_for_once_it_had_begun(self, store, state):
        for _ in range(3):
            await admit(store, a_job(state=state))
        await store.forget(ALICE)
        with pytest.raises(RateRefusal):
            await admit(store)

    async def test_of_the_exempt_gives_nothing_back(self, store):
        for _ in range(3):
            await admit(store, a_job(BOB))
        await store.delete(await admit(store, a_job(BOB), None))
        with pytest.raises(RateRefusal):
            await admit(store, a_job(BOB))


@pytest.mark.parametrize("state", [State.CANCELLED, State.REFUSED, State.FAILED, State.LOST])
async def test_what_came_to_no_dream_names_no_picture_any_more(store, state):
    job = await admit(store, a_job(source="s" * 64, guide="9" * 64, dream="d" * 64))
    assert not (await store.end(job, state)).digests
    assert not (await store.get(job.id)).digests


async def test_what_was_delivered_goes_on_naming_its_pictures(store):
    job = await admit(store, a_job(source="s" * 64, guide="9" * 64, dream="d" * 64))
    assert await store.end(job, State.DELIVERED) == await store.get(job.id)
    assert (await store.get(job.id)).digests == {"s" * 64, "9" * 64, "d" * 64}


class TestRefusedPictures:
    def submit(self, **differences):
        usual = {"source_url": "https://cdn/x", "state": State.RECEIVED, "bucket": 0}
        return a_job(**{**usual, **differences})

    async def refused(self, store, times, **job):
        for _ in range(times):
            admitted = await admit(store, self.submit(**job), None)
            await store.end(admitted, State.REFUSED, mistake=True)

    async def test_in_a_row_slow_whoever_sends_them(self, store, clock):
        await self.refused(store, 5)
        with pytest.raises(BadPicturesRefusal) as refusal:
            await admit(store, self.submit(), None)
        assert refusal.value.details["when"] == NOW + 600
        clock.advance(599)
        with pytest.raises(BadPicturesRefusal):
            await admit(store, self.submit(), None)
        clock.advance(1)
        await self.refused(store, 1)
        with pytest.raises(BadPicturesRefusal):
            await admit(store, self.submit(), None)

    @pytest.mark.parametrize("times", [1, 4])
    async def test_some_are_honest_mistakes(self, store, times):
        await self.refused(store, times)
        await admit(store, self.submit(), None)

    async def test_are_forgiven_once_a_picture_is_dreamed(self, store):
        good = await admit(store, self.submit(), None)
        await self.refused(store, 5)
        await store.dreamed(good, "d" * 64, an_outcome())
        await self.refused(store, 4)
        await admit(store, self.submit(), None)

    async def test_concern_nobody_else_and_no_dream_of_a_picture_that_is_here(self, store):
        await self.refused(store, 5)
        await admit(store, self.submit(user_id=BOB), None)
        await admit(store, a_job(source="s" * 64), None)
        with pytest.raises(BadPicturesRefusal):
            await admit(store, a_job(source="s" * 64, guide_url="https://cdn/y"), None)

    async def test_are_not_forgiven_by_being_forgotten_and_forgotten_in_an_hour(self, store, database, clock):
        await self.refused(store, 5)
        await store.forget(ALICE)
        with pytest.raises(BadPicturesRefusal):
            await admit(store, self.submit(), None)
        clock.advance(3000)
        await store.expire(clock())
        assert len(await database.rows("SELECT * FROM buckets")) == 1
        clock.advance(1)
        await store.expire(clock())
        assert await database.rows("SELECT * FROM buckets") == ()

    async def test_that_come_at_once_make_the_break_longer_but_not_without_end(self, store, clock):
        jobs = [await admit(store, self.submit(), None) for _ in range(25)]
        for job in jobs:
            await store.end(job, State.REFUSED, mistake=True)
        with pytest.raises(BadPicturesRefusal) as refusal:
            await admit(store, self.submit(), None)
        assert refusal.value.details["when"] == NOW + 1200
        clock.advance(3600)
        await store.expire(clock())
        await self.refused(store, 5)
        with pytest.raises(BadPicturesRefusal):
            await admit(store, self.submit(), None)

    async def test_are_no_refusals_of_another_kind(self, store):
        for _ in range(9):
            await store.end(await admit(store, self.submit(), None), State.REFUSED)
        await admit(store, self.submit(), None)

    async def test_cost_no_dream(self, store):
        await self.refused(store, 4)
        for _ in range(3):
            await admit(store, self.submit())


class TestARowThatCannotBeRead:
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
        """A job that waits, and whose row is damaged, between two that are not."""
        jobs = [await admit(store, a_job(user), None) for user in (ALICE, BOB, ALICE)]
        column, value = request.param
        await database.execute(f"UPDATE jobs SET {column} = ? WHERE id = ?", (value, jobs[1].id))
        return jobs

    async def test_is_set_aside_with_its_id_and_everybody_else_is_served(self, store, damaged, caplog):
        found = await store.in_states(State.QUEUED)
        assert [job.id for job in found] == [damaged[0].id, damaged[2].id]
        assert f"Job {damaged[1].id} cannot be read, and is set aside" in caplog.text

    async def test_is_told_of_once_and_takes_nobodys_place(self, store, damaged, caplog):
        await store.in_states(State.QUEUED)
        caplog.clear()
        assert len(await store.in_states(State.QUEUED)) == 2
        assert await store.get(damaged[1].id) is None
        assert caplog.text == ""
        await admit(store, a_job(BOB), None, most=3)

    async def test_stays_as_it_is_until_it_expires(self, store, database, clock, damaged, caplog):
        before = dict((await database.rows("SELECT * FROM jobs WHERE id = ?", (damaged[1].id,)))[0])
        await store.in_states(State.QUEUED)
        await store.expire(clock())
        after = dict((await database.rows("SELECT * FROM jobs WHERE id = ?", (damaged[1].id,)))[0])
        assert after == {**before, "state": "unreadable", "ended_at": NOW}
        clock.advance(1)
        await store.expire(clock())
        assert "1 jobs that could not be read are deleted." in caplog.text
        assert len(await database.rows("SELECT * FROM jobs")) == 2

    async def test_is_set_aside_another_time_where_the_store_cannot_be_written(
        self, store, database, damaged, caplog
    ):
        await database.rows("PRAGMA query_only = ON")
        assert len(await store.in_states(State.QUEUED)) == 2
        assert "is set aside another time" in caplog.text


async def test_a_row_in_an_unknown_state_is_set_aside_at_the_start(store, database, caplog):
    known = [await admit(store, a_job(state=state), None) for state in State]
    strange = await admit(store, a_job(), None)
    await database.execute("UPDATE jobs SET state = 'dancing' WHERE id = ?", (strange.id,))
    assert sum((await store.summary(0))[0].values()) == len(known)
    await store.set_aside_unknown_states()
    assert f"Job {strange.id} cannot be read, and is set aside: its state is 'dancing'" in caplog.text
    assert await store.get(strange.id) is None
    assert [job.id for job in await store.in_states(*State)] == [job.id for job in known]
    assert sum((await store.summary(0))[0].values()) == len(known)
    caplog.clear()
    await store.set_aside_unknown_states()
    assert caplog.text == ""


async def test_what_is_set_aside_is_forgotten_with_its_owner(store, database):
    job = await admit(store)
    await database.execute("UPDATE jobs SET options = '' WHERE id = ?", (job.id,))
    await store.in_states(State.QUEUED)
    assert (await store.forget(ALICE)).jobs == {job.id}
    assert await database.rows("SELECT * FROM jobs") == ()


@pytest.mark.parametrize("nonsense", ["fast", 9e999, 0, -1.0])
async def test_a_speed_that_is_none_is_left_out(store, nonsense, caplog):
    await store.keep_speed("lite0", "mild", 0.5)
    await store.keep_speed("lite0", "eyes", nonsense)
    assert await store.speeds() == {("lite0", "mild"): 0.5}
    assert "The speed of eyes with lite0 cannot be read" in caplog.text


@pytest.mark.parametrize("column", ["tokens", "looked_at"])
@pytest.mark.parametrize("nonsense", ["many", 9e999])
async def test_an_allowance_that_is_none_begins_anew(store, database, column, nonsense, caplog):
    await admit(store)
    await database.execute(f"UPDATE buckets SET {column} = ?", (nonsense,))
    for _ in range(3):
        await admit(store)
    with pytest.raises(RateRefusal):
        await admit(store)
    assert f"The allowance of user {ALICE} in 0 cannot be read" in caplog.text


async def test_who_listens_is_told_of_every_end_and_of_every_dream_that_is_kept(store):
    told = []
    store._on_end = told.append
    ended = await store.end(await admit(store), State.DELIVERED)
    kept = await store.keep(await admit(store, a_job(state=State.DREAMED)), "It stays.")
    assert told == [ended, kept]
    assert (kept.state, kept.pending_message, kept.ended_at) == (State.KEPT, "It stays.", NOW)


async def test_an_end_gives_nothing_back_unless_that_is_said(store):
    jobs = [await admit(store) for _ in range(3)]
    await store.end(jobs[0], State.FAILED)
    with pytest.raises(RateRefusal):
        await admit(store)


async def test_by_which_way_a_dream_is_tried_is_noted(store):
    job = await admit(store, a_job(state=State.DREAMED))
    attempted = await store.attempt(job, "channel")
    assert attempted.reply.attempt == "channel"
    assert await store.get(job.id) == attempted


async def test_a_job_whose_pictures_are_here_waits_for_its_turn_and_knows_no_address_any_more(store):
    job = await admit(
        store, a_job(state=State.RECEIVED, source_url="https://cdn/x", guide_url="https://cdn/y")
    )
    queued = await store.queue(job, turn=7)
    assert (queued.state, queued.turn, queued.source_url, queued.guide_url) == (State.QUEUED, 7, None, None)
    assert await store.get(job.id) == queued


async def test_an_original_is_known_by_its_source_and_by_how_large_it_may_be(store):
    job = await admit(store, a_job(source="s" * 64))
    assert await store.original_of(job, 500) is None
    await store.change(job, original="9" * 64, original_bytes=500)
    other = await admit(store, a_job(BOB, source="s" * 64))
    assert await store.original_of(other, 500) == "9" * 64
    assert await store.original_of(other, 501) is None
    assert await store.original_of(await admit(store, a_job(BOB, source="e" * 64)), 500) is None


async def test_jobs_and_people_are_counted_since_a_time(store):
    assert await store.summary(0) == ({}, 0)
    for user, state, created_at in (
        (ALICE, State.QUEUED, NOW), (ALICE, State.QUEUED, NOW + 1), (BOB, State.DELIVERED, NOW + 1),
        (33, State.DELIVERED, NOW - 1),
    ):  # fmt: skip
        await admit(store, a_job(user, state=state, created_at=created_at), None)
    assert await store.summary(NOW) == ({State.QUEUED: 2, State.DELIVERED: 1}, 2)
    assert await store.summary(NOW - 1) == ({State.QUEUED: 2, State.DELIVERED: 2}, 3)


async def test_a_bug_while_a_row_is_set_aside_is_not_hidden(store, database, monkeypatch):
    job = await admit(store)
    await database.execute("UPDATE jobs SET options = '' WHERE id = ?", (job.id,))

    async def broken(*_):
        raise sqlite3.OperationalError("no such column")

    monkeypatch.setattr(database, "execute", broken)
    with pytest.raises(sqlite3.OperationalError):
        await store.in_states(State.QUEUED)


async def test_the_interactions_of_two_orders_are_not_taken_for_one(store):
    await admit(store, a_job(interaction_id=77))
    await admit(store, a_job(interaction_id=78))
    assert len(await store.of_user(ALICE, State.QUEUED, State.RUNNING)) == 2

"""The life of a stored job, from its admission to its deletion."""

import asyncio

import pytest

from bot.errors import (
    JobGoneError,
    OverAlreadyRefusal,
    RateRefusal,
)
from bot.models import OPEN, State
from tests.bot.records import ALICE, BOB, NOW, a_job, a_reply, an_outcome
from tests.bot.storage.helpers import admit


async def test_an_admitted_job_is_stored_unchanged(store):
    job = a_job(
        source="a" * 64, guide_url="https://cdn/x", outcome=an_outcome(), ended_at=NOW, server_id=None
    )
    await admit(store, job)
    assert await store.get(job.id) == job


async def test_an_unknown_id_returns_none(store):
    assert await store.get("0" * 16) is None


async def test_changes_are_written(store):
    job = await admit(store)
    changed = await store.change(job, state=State.DREAMED, outcome=an_outcome(), dream="d" * 64)
    assert await store.get(job.id) == changed
    assert changed.outcome == an_outcome()


async def test_an_ended_job_has_no_token(store, database):
    job = await admit(store)
    ended = await store.end(job, State.DELIVERED)
    assert (ended.reply.token, ended.ended_at) == ("", NOW)
    rows = await database.rows("SELECT * FROM jobs")
    assert "a-token" not in str([tuple(row) for row in rows])


async def test_jobs_are_listed_in_order_of_admission(store):
    jobs = [await admit(store, a_job(user), None) for user in (ALICE, BOB, ALICE)]
    assert [job.id for job in await store.in_states(State.QUEUED)] == [job.id for job in jobs]
    assert [job.id for job in await store.of_user(ALICE, State.QUEUED)] == [jobs[0].id, jobs[2].id]
    assert await store.of_user(ALICE, State.RUNNING) == []


async def test_forgetting_a_user_deletes_their_jobs_and_returns_their_pictures(store):
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


async def test_a_job_keeps_its_token_while_its_message_is_pending(store):
    first, second = await admit(store), await admit(store)
    await store.end(second, State.CANCELLED, pending_message="It was cancelled.")
    ended = await store.end(first, State.FAILED, pending_message="It failed.", refund=True)
    assert ended.reply.token == "a-token"
    assert [(job.id, job.pending_message) for job in await store.with_pending_message()] == [
        (first.id, "It failed."),
        (second.id, "It was cancelled."),
    ]
    cleared = await store.clear_pending_message(ended)
    assert (cleared.pending_message, cleared.reply.token, cleared.state) == (None, "", State.FAILED)
    assert [job.id for job in await store.with_pending_message()] == [second.id]


async def test_a_job_with_a_pending_message_does_not_expire(store, clock):
    job = await admit(store)
    job = await store.end(job, State.FAILED, pending_message="It failed.")
    clock.advance(1000)
    await store.expire(clock())
    assert await store.get(job.id)
    await store.clear_pending_message(job)
    await store.expire(clock())
    assert await store.get(job.id) is None


async def test_a_job_does_not_expire_while_its_source_is_stored(store, database, clock):
    job = await admit(store, a_job(source="s" * 64))
    await store.end(job, State.DELIVERED)
    await database.execute("INSERT INTO pictures VALUES (?, 1, 0)", ("s" * 64,))
    clock.advance(1000)
    await store.expire(clock())
    assert await store.get(job.id)
    await database.execute("DELETE FROM pictures")
    await store.expire(clock())
    assert await store.get(job.id) is None


async def test_ended_jobs_expire_and_open_jobs_never_do(store, clock):
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


async def test_a_job_deleted_during_its_download_is_not_queued(store):
    job = await admit(store, a_job(state=State.RECEIVED))
    await store.forget(ALICE)
    with pytest.raises(OverAlreadyRefusal):
        await store.queue(job, turn=1)


async def test_a_kept_dream_is_claimed_only_once(store):
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


async def test_a_private_reply_is_stored_as_private(store):
    job = await admit(store, a_job(reply=a_reply(private=True, reachable=False, message_id=None)))
    assert (await store.get(job.id)).reply == job.reply


class TestADeletedJob:
    @pytest.fixture
    async def deleted(self, store):
        job = await admit(store, a_job(state=State.RECEIVED, source="s" * 64))
        await store.forget(ALICE)
        return job

    async def test_cannot_be_changed(self, store, deleted):
        with pytest.raises(JobGoneError):
            await store.change(deleted, state=State.RUNNING)
        with pytest.raises(JobGoneError):
            await store.record_dream(deleted, "d" * 64, an_outcome())
        assert await store.get(deleted.id) is None

    async def test_is_not_written_when_it_ends(self, store, deleted):
        ended = []
        store._on_end = ended.append
        await store.end(deleted, State.FAILED, pending_message="It failed.", refund=True)
        await store.keep(deleted)
        await store.clear_pending_message(deleted)
        assert ended == []
        assert await store.get(deleted.id) is None

    async def test_returns_the_pictures_that_it_last_referenced(self, store):
        job = await admit(store, a_job(state=State.RUNNING, source="s" * 64))
        await store.change(job, dream="d" * 64)
        removed = await store.delete(job.id)
        assert (removed.jobs, removed.digests) == ({job.id}, {"s" * 64, "d" * 64})

    @pytest.mark.parametrize("state", [State.RECEIVED, State.QUEUED])
    async def test_is_refunded_if_it_had_not_started(self, store, state):
        jobs = [await admit(store, a_job(state=state)) for _ in range(3)]
        await store.delete(jobs[0].id)
        await admit(store)
        with pytest.raises(RateRefusal):
            await admit(store)

    @pytest.mark.parametrize("state", [State.RUNNING, State.DREAMED, State.DELIVERED, State.KEPT])
    async def test_is_not_refunded_once_it_has_started(self, store, state):
        for _ in range(3):
            await admit(store, a_job(state=state))
        await store.forget(ALICE)
        with pytest.raises(RateRefusal):
            await admit(store)

    async def test_of_an_exempt_user_refunds_nothing(self, store):
        for _ in range(3):
            await admit(store, a_job(BOB))
        await store.delete((await admit(store, a_job(BOB), None)).id)
        with pytest.raises(RateRefusal):
            await admit(store, a_job(BOB))


@pytest.mark.parametrize("state", [State.REFUSED, State.FAILED, State.LOST])
async def test_a_job_that_ended_without_a_dream_references_no_pictures(store, state):
    job = await admit(store, a_job(source="s" * 64, guide="9" * 64, mask="5" * 64, dream="d" * 64))
    assert not (await store.end(job, state)).digests
    assert not (await store.get(job.id)).digests


@pytest.mark.parametrize("state", [State.DELIVERED, State.CANCELLED])
async def test_a_job_that_can_be_dreamed_again_keeps_its_pictures(store, state):
    job = await admit(store, a_job(source="s" * 64, guide="9" * 64, mask="5" * 64, dream="d" * 64))
    assert await store.end(job, state) == await store.get(job.id)
    assert (await store.get(job.id)).digests == {"s" * 64, "9" * 64, "5" * 64, "d" * 64}


async def test_a_deleted_job_ends_without_pictures(store):
    job = await admit(store, a_job(source="s" * 64))
    await store.delete(job.id)
    assert not (await store.end(job, State.CANCELLED)).digests


async def test_the_callback_gets_every_ended_job_and_every_kept_dream(store):
    calls = []
    store._on_end = calls.append
    ended = await store.end(await admit(store), State.DELIVERED)
    kept = await store.keep(await admit(store, a_job(state=State.DREAMED)), "It stays.")
    assert calls == [ended, kept]
    assert (kept.state, kept.pending_message, kept.ended_at) == (State.KEPT, "It stays.", NOW)


async def test_the_route_of_a_delivery_attempt_is_recorded(store):
    job = await admit(store, a_job(state=State.DREAMED))
    attempted = await store.record_attempt(job, "channel")
    assert attempted.reply.attempt == "channel"
    assert await store.get(job.id) == attempted


async def test_a_queued_job_has_a_turn_and_no_picture_urls(store):
    urls = dict.fromkeys(("source_url", "guide_url", "mask_url"), "https://cdn/x")
    job = await admit(store, a_job(state=State.RECEIVED, **urls))
    queued = await store.queue(job, turn=7)
    assert (queued.state, queued.turn) == (State.QUEUED, 7)
    assert not any(getattr(queued, name) for name in urls)
    assert await store.get(job.id) == queued


async def test_an_original_is_found_by_its_source_and_size_limit(store):
    job = await admit(store, a_job(source="s" * 64))
    assert await store.original_of(job, 500) is None
    await store.change(job, original="9" * 64, original_bytes=500)
    other = await admit(store, a_job(BOB, source="s" * 64))
    assert await store.original_of(other, 500) == "9" * 64
    assert await store.original_of(other, 501) is None
    assert await store.original_of(await admit(store, a_job(BOB, source="e" * 64)), 500) is None


async def test_jobs_and_users_are_counted_since_a_time(store):
    assert await store.summary(0) == ({}, 0)
    for user, state, created_at in (
        (ALICE, State.QUEUED, NOW), (ALICE, State.QUEUED, NOW + 1), (BOB, State.DELIVERED, NOW + 1),
        (33, State.DELIVERED, NOW - 1),
    ):  # fmt: skip
        await admit(store, a_job(user, state=state, created_at=created_at), None)
    assert await store.summary(NOW) == ({State.QUEUED: 2, State.DELIVERED: 1}, 2)
    assert await store.summary(NOW - 1) == ({State.QUEUED: 2, State.DELIVERED: 2}, 3)

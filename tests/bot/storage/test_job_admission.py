"""Admission of new jobs: rate limits, queue limits and duplicate interactions."""

import asyncio

import pytest

from bot.errors import (
    DuplicateInteractionError,
    QueueFullRefusal,
    RateRefusal,
    WaitingRefusal,
)
from bot.models import State
from bot.rate_limit import Allowance
from bot.storage.database import Database
from bot.storage.jobs import JobStore
from tests.bot.records import ALICE, BOB, NOW, a_job
from tests.bot.storage.helpers import RETRY_AT, admit


async def test_admission_takes_a_token_and_refuses_the_fourth_job(store, clock):
    for _ in range(3):
        await admit(store)
    with pytest.raises(RateRefusal) as refusal:
        await admit(store)
    assert refusal.value.details["when"] == NOW + 100
    clock.advance(100)
    await admit(store)


async def test_a_refused_job_is_not_stored(store):
    for _ in range(3):
        await admit(store)
    with pytest.raises(RateRefusal):
        await admit(store, a_job(id="f" * 16))
    assert await store.get("f" * 16) is None


async def test_a_user_has_a_limited_number_of_waiting_jobs(store):
    allowance = Allowance(dreams=6, minutes=10, burst=50, waiting=2)
    await admit(store, a_job(state=State.RECEIVED), allowance)
    await admit(store, a_job(state=State.QUEUED), allowance)
    for over in (State.RUNNING, State.DREAMED, State.DELIVERED):
        await admit(store, a_job(BOB, state=over), allowance)
    with pytest.raises(WaitingRefusal) as refusal:
        await admit(store, a_job(), allowance)
    assert refusal.value.details["most"] == 2
    await admit(store, a_job(BOB), allowance)


async def test_the_length_of_the_queue_is_limited_for_all_users(store):
    for _ in range(2):
        await admit(store, allowance=None, max_waiting=2)
    with pytest.raises(QueueFullRefusal) as refusal:
        await admit(store, a_job(BOB), max_waiting=2)
    assert refusal.value.details["when"] == RETRY_AT
    with pytest.raises(QueueFullRefusal):
        await admit(store, a_job(BOB), allowance=None, max_waiting=2)


async def test_a_full_queue_costs_nothing(store):
    await admit(store, a_job(BOB), max_waiting=1)
    for _ in range(5):
        with pytest.raises(QueueFullRefusal):
            await admit(store, max_waiting=1)
    for _ in range(3):
        await admit(store)


async def test_concurrent_admissions_respect_the_rate_limit(store):
    results = await asyncio.gather(*(admit(store) for _ in range(20)), return_exceptions=True)
    assert sum(isinstance(result, RateRefusal) for result in results) == 17


class TestAnInteraction:
    async def test_creates_one_job_and_is_charged_once(self, store):
        first = await admit(store, a_job(interaction_id=77))
        with pytest.raises(DuplicateInteractionError):
            await admit(store, a_job(interaction_id=77))
        assert [job.id for job in await store.of_user(ALICE, State.QUEUED)] == [first.id]
        for _ in range(2):
            await admit(store)
        with pytest.raises(RateRefusal):
            await admit(store)

    async def test_is_recognized_as_a_duplicate_before_any_limit_is_checked(self, store):
        await admit(store, a_job(interaction_id=77), max_waiting=1)
        with pytest.raises(DuplicateInteractionError):
            await admit(store, a_job(interaction_id=77), max_waiting=1)
        with pytest.raises(DuplicateInteractionError):
            await store.check_new(77)
        await store.check_new(78)
        await store.check_new(None)

    async def test_in_two_processes_creates_one_job(self, store, database, tmp_path, clock):
        other_database = await Database.open(tmp_path / "bot.sqlite3")
        other = JobStore(other_database, clock)
        results = await asyncio.gather(
            *(admit(one, a_job(interaction_id=77)) for one in (store, other)), return_exceptions=True
        )
        await other_database.close()
        assert sorted(type(result).__name__ for result in results) == ["DuplicateInteractionError", "Job"]
        assert len(await store.of_user(ALICE, State.QUEUED)) == 1

    async def test_is_missing_from_jobs_of_earlier_versions(self, store):
        for _ in range(2):
            await admit(store, a_job(interaction_id=None))


async def test_two_interactions_create_two_jobs(store):
    await admit(store, a_job(interaction_id=77))
    await admit(store, a_job(interaction_id=78))
    assert len(await store.of_user(ALICE, State.QUEUED, State.RUNNING)) == 2

"""Charges, refunds and the bucket of bad pictures."""

import sqlite3

import pytest

from bot.errors import (
    BadPicturesRefusal,
    RateRefusal,
)
from bot.models import State
from bot.rate_limit import Allowance
from tests.bot.records import ALICE, BOB, NOW, a_job, an_outcome
from tests.bot.storage.helpers import admit


async def test_each_user_has_a_bucket_per_server(store):
    for bucket in (0, 3):
        for user in (ALICE, BOB):
            for _ in range(3):
                await admit(store, a_job(user, bucket=bucket))
            with pytest.raises(RateRefusal):
                await admit(store, a_job(user, bucket=bucket))


async def test_a_job_is_refunded_once(store):
    job = await admit(store)
    for _ in range(2):
        await admit(store)
    for _ in range(2):  # the second call has a stale job
        await store.end(job, State.FAILED, refund=True)
        assert (await store.get(job.id)).bucket is None
    await admit(store)
    with pytest.raises(RateRefusal):
        await admit(store)


async def test_exempt_users_pay_nothing_and_are_refunded_nothing(store):
    jobs = [await admit(store, allowance=None) for _ in range(10)]
    assert {job.bucket for job in jobs} == {None}
    await store.end(jobs[0], State.FAILED, refund=True)
    assert (await store.get(jobs[0].id)).state is State.FAILED


async def test_a_refund_is_rolled_back_if_the_ending_fails(store, database):
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


async def test_an_ended_job_is_not_refunded_by_default(store):
    jobs = [await admit(store) for _ in range(3)]
    await store.end(jobs[0], State.FAILED)
    with pytest.raises(RateRefusal):
        await admit(store)


async def test_a_full_bucket_is_deleted(store, database, clock):
    await admit(store)
    clock.advance(99)
    await store.expire(clock())
    assert len(await database.rows("SELECT * FROM buckets")) == 1
    clock.advance(2)
    await store.expire(clock())
    assert await database.rows("SELECT * FROM buckets") == ()


async def test_a_bucket_that_is_not_full_is_not_deleted(store, clock):
    weekly = Allowance(dreams=1, minutes=7 * 24 * 60, burst=1, waiting=3)
    await admit(store, allowance=weekly)
    clock.advance(4 * 24 * 3600)
    await store.expire(clock() - 72 * 3600)
    with pytest.raises(RateRefusal):
        await admit(store, allowance=weekly)


@pytest.mark.parametrize("column", ["tokens", "looked_at"])
@pytest.mark.parametrize("nonsense", ["many", 9e999])
async def test_an_unreadable_bucket_is_reset(store, database, column, nonsense, caplog):
    await admit(store)
    await database.execute(f"UPDATE buckets SET {column} = ?", (nonsense,))
    for _ in range(3):
        await admit(store)
    with pytest.raises(RateRefusal):
        await admit(store)
    assert f"Bucket 0 of user {ALICE} is unreadable and is reset." in caplog.text


class TestRefusedPictures:
    def submit(self, **differences):
        usual = {"source_url": "https://cdn/x", "state": State.RECEIVED, "bucket": 0}
        return a_job(**{**usual, **differences})

    async def refused(self, store, times, **job):
        for _ in range(times):
            admitted = await admit(store, self.submit(**job), None)
            await store.end(admitted, State.REFUSED, bad_picture=True)

    async def test_in_a_row_block_their_sender_for_a_while(self, store, clock):
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
    async def test_are_tolerated_if_they_are_few(self, store, times):
        await self.refused(store, times)
        await admit(store, self.submit(), None)

    async def test_are_forgiven_once_a_picture_is_dreamed(self, store):
        good = await admit(store, self.submit(), None)
        await self.refused(store, 5)
        await store.record_dream(good, "d" * 64, an_outcome())
        await self.refused(store, 4)
        await admit(store, self.submit(), None)

    async def test_do_not_affect_other_users_or_stored_pictures(self, store):
        await self.refused(store, 5)
        await admit(store, self.submit(user_id=BOB), None)
        await admit(store, a_job(source="s" * 64), None)
        for picture in ("guide_url", "mask_url"):
            with pytest.raises(BadPicturesRefusal):
                await admit(store, a_job(source="s" * 64, **{picture: "https://cdn/y"}), None)

    async def test_still_count_after_the_user_was_forgotten_and_expire_within_an_hour(
        self, store, database, clock
    ):
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

    async def test_that_come_at_once_lengthen_the_break_up_to_a_limit(self, store, clock):
        jobs = [await admit(store, self.submit(), None) for _ in range(25)]
        for job in jobs:
            await store.end(job, State.REFUSED, bad_picture=True)
        with pytest.raises(BadPicturesRefusal) as refusal:
            await admit(store, self.submit(), None)
        assert refusal.value.details["when"] == NOW + 1200
        clock.advance(3600)
        await store.expire(clock())
        await self.refused(store, 5)
        with pytest.raises(BadPicturesRefusal):
            await admit(store, self.submit(), None)

    async def test_exclude_refusals_of_other_kinds(self, store):
        for _ in range(9):
            await store.end(await admit(store, self.submit(), None), State.REFUSED)
        await admit(store, self.submit(), None)

    async def test_do_not_use_up_the_rate_limit(self, store):
        await self.refused(store, 4)
        for _ in range(3):
            await admit(store, self.submit())

"""What a deletion takes from the jobs of users who have joined in."""

import pytest

from bot.models import Lender, State
from bot.rate_limit import Allowance
from tests.bot.records import ALICE, BOB, a_job
from tests.bot.storage.helpers import admit

CAROL = 33
ALLOWANCE = Allowance(dreams=6, minutes=10, burst=3, waiting=9)


@pytest.fixture
async def lent(store):
    """Alice's job, whose source Bob's job borrows, whose dream Carol's job borrows."""
    alices = a_job(state=State.DELIVERED, source="a" * 64, dream="b" * 64, original="c" * 64)
    lender = Lender(alices.id, ALICE)
    bobs = a_job(BOB, state=State.DELIVERED, source="a" * 64, dream="d" * 64, lenders=(lender,))
    lenders = (lender, Lender(bobs.id, BOB))
    carols = a_job(CAROL, state=State.DELIVERED, source="d" * 64, dream="e" * 64, lenders=lenders)
    return [await admit(store, job, None) for job in (alices, bobs, carols)]


async def stored(store, *jobs):
    return [await store.get(job.id) for job in jobs]


async def test_lenders_are_stored(store, lent):
    assert await stored(store, *lent) == lent


@pytest.mark.parametrize("how", ["deleted", "forgotten"])
async def test_borrowed_pictures_and_all_that_was_made_of_them_go_with_the_owners(store, lent, how):
    alices, bobs, carols = lent
    removed = await (store.delete(alices.id) if how == "deleted" else store.forget(ALICE))
    assert removed.jobs == {alices.id}
    assert removed.digests == {letter * 64 for letter in "abcde"}
    for job in await stored(store, bobs, carols):
        assert job.digests == frozenset()
        assert (job.state, job.lenders) == (State.DELIVERED, ())


async def test_no_id_of_a_forgotten_user_stays(store, database, lent):
    await store.forget(BOB)
    rows = await database.rows("SELECT id, user_id, lenders FROM jobs")
    assert sorted((row["user_id"], row["lenders"]) for row in rows) == [(ALICE, None), (CAROL, None)]


async def test_the_owners_pictures_stay_if_a_borrower_deletes(store, lent):
    alices, bobs, carols = lent
    removed = await store.delete(bobs.id)
    assert removed.digests == {letter * 64 for letter in "ade"}
    assert await stored(store, alices, bobs) == [alices, None]
    assert (await store.get(carols.id)).digests == frozenset()


async def test_jobs_that_borrowed_nothing_stay(store, lent):
    alices, *_ = lent
    same_picture = await admit(store, a_job(BOB, state=State.DELIVERED, source="a" * 64), None)
    await store.forget(alices.user_id)
    assert await store.get(same_picture.id) == same_picture


@pytest.mark.parametrize("state", [State.RECEIVED, State.QUEUED, State.RUNNING, State.DREAMED, State.KEPT])
async def test_a_borrowers_unfinished_job_is_deleted_and_refunded(store, database, lent, state):
    alices, *_ = lent
    lender = Lender(alices.id, ALICE)
    unfinished = await admit(store, a_job(BOB, state=state, source="a" * 64, lenders=(lender,)), ALLOWANCE)
    assert await tokens(database) == 2
    removed = await store.delete(alices.id)
    assert removed.jobs == {alices.id, unfinished.id}
    assert await tokens(database) == 3


async def tokens(database):
    return (await database.row("SELECT tokens FROM buckets WHERE user_id = ?", (BOB,)))["tokens"]


async def test_a_damaged_list_of_lenders_does_not_keep_others_from_deleting(store, database, lent):
    alices, bobs, _ = lent
    await database.execute("UPDATE jobs SET lenders = 'nonsense' WHERE id = ?", (bobs.id,))
    removed = await store.forget(ALICE)
    assert removed.jobs == {alices.id}
    assert await store.get(bobs.id) is None

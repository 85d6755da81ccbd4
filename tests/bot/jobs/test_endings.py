"""How jobs end: what is written down of it, and when."""

import asyncio
import sqlite3

import pytest

from bot.admission import Allowance
from bot.background import Background
from bot.errors import JobGoneError
from bot.jobs.endings import Endings
from bot.jobs.record import State
from bot.jobs.store import JobStore
from bot.operations.metrics import Metrics
from bot.pictures import PictureStore
from bot.texts import Catalogue
from dream_engine.errors import DamagedPictureError, TimeLimitError
from tests.bot.records import ALICE, NOW, Clock, a_job, a_reply, an_outcome

ELSEWHERE = "The dream is in a message of its own."
ALLOWANCE = Allowance(dreams=6, minutes=10, burst=3, waiting=9)


class Delivery:
    """Delivers as a test says, and notes what is told."""

    def __init__(self):
        self.told = []
        self.closed = []
        self.given = []

    def texts(self, job):
        return Catalogue().texts(job.reply.locale)

    async def tell(self, job, sentence, *, again=False):
        self.told.append((job.id, sentence, again))

    async def close_card(self, job):
        self.closed.append(job.id)

    async def deliver(self, job, outcome, image, record, *, again=False):
        self.given.append((job.id, image, again))
        await self.go(job, outcome, record)

    async def go(self, job, outcome, record):
        await record.end(State.DELIVERED, outcome)


class Scene:
    def __init__(self, folder, database):
        self.database = database
        self.clock = Clock()
        self.ended = []
        self.store = JobStore(database, clock=self.clock, on_end=lambda job: self.ended.append(job.state))
        self.pictures = PictureStore(folder, database, clock=self.clock)
        self.delivery, self.background = Delivery(), Background()
        self.endings = Endings(self.store, self.pictures, self.delivery, self.background, Metrics())

    async def job(self, state=State.DREAMED, **changes):
        job = a_job(state=state, outcome=an_outcome(), **changes)
        return await self.store.admit(job, ALLOWANCE, 100, NOW)

    async def over(self):
        async with asyncio.timeout(20):
            while self.endings._telling:
                await asyncio.wait(tuple(self.endings._telling))

    async def deliver(self, job, image=b"a dream", **how):
        self.endings.deliver(job, image, **how)
        await self.over()
        return await self.store.get(job.id)

    async def tokens(self):
        row = await self.database.row(
            "SELECT tokens FROM buckets WHERE user_id = ? AND server_id = 0", (ALICE,)
        )
        return row["tokens"]


@pytest.fixture
async def scene(tmp_path, database, monkeypatch):
    monkeypatch.setattr("bot.storage._SHORTEST_PAUSE", 0.01)
    scene = Scene(tmp_path / "pictures", database)
    yield scene
    await scene.background.stop()


@pytest.mark.parametrize(("refund", "left"), [(True, 3), (False, 2)])
async def test_what_is_lost_is_closed_and_paid_back_if_it_had_not_begun(scene, refund, left):
    job = await scene.job(State.QUEUED)
    await scene.endings.lost(job, refund=refund)
    assert (await scene.store.get(job.id)).state is State.LOST
    assert scene.delivery.closed == [job.id]
    assert await scene.tokens() == left


@pytest.mark.parametrize(
    ("error", "left"),
    [(DamagedPictureError(), 3), (TimeLimitError(seconds=5), 2)],
    ids=["free", "has cost what it was worth"],
)
async def test_what_a_refusal_costs(scene, error, left):
    job = await scene.job(State.RUNNING)
    refused = await scene.endings.refused(job, error)
    await scene.over()
    assert refused.state is State.REFUSED
    assert await scene.tokens() == left
    assert [entry[0] for entry in scene.delivery.told] == [job.id]
    assert (await scene.store.get(job.id)).telling is None


async def test_a_failure_is_paid_back_and_told_with_a_reference(scene):
    job = await scene.job(State.RUNNING)
    await scene.endings.failed(job, RuntimeError("broken"))
    await scene.over()
    ((_, sentence, again),) = scene.delivery.told
    assert "Something went wrong on my side" in sentence
    assert not again
    assert await scene.tokens() == 3


@pytest.mark.parametrize(("refund", "left"), [(True, 3), (False, 2)])
async def test_what_is_cancelled_is_paid_back_if_it_had_not_begun(scene, refund, left):
    job = await scene.job(State.QUEUED)
    await scene.endings.cancelled(job, a_reply(locale="ko"), refund=refund)
    await scene.over()
    assert await scene.tokens() == left
    assert scene.delivery.told == [(job.id, "This dream was cancelled.", False)]


async def test_a_delivered_dream_is_over_and_its_token_forgotten(scene):
    job = await scene.deliver(await scene.job())
    assert (job.state, job.reply.token, job.telling) == (State.DELIVERED, "", None)
    assert scene.ended == [State.DELIVERED]


@pytest.mark.parametrize("again", [True, False])
async def test_a_dream_of_before_a_restart_is_read_and_looked_for(scene, again):
    digest = await scene.pictures.put(b"kept")
    job = await scene.job(dream=digest)
    await scene.deliver(job, None, again=again)
    assert scene.delivery.given == [(job.id, b"kept", again)]


async def test_that_it_is_elsewhere_is_written_down_before_it_is_said_and_then_no_more(scene, monkeypatch):
    seen = []

    async def go(job, outcome, record):
        await record.attempt("channel")
        seen.append((await scene.store.get(job.id)).reply.attempt)
        await record.end(State.DELIVERED, outcome, ELSEWHERE)
        kept = await scene.store.get(job.id)
        seen.append((kept.state, kept.telling, kept.reply.token))

    monkeypatch.setattr(scene.delivery, "go", go)
    job = await scene.deliver(await scene.job())
    assert seen == ["channel", (State.DELIVERED, ELSEWHERE, "a-token")]
    assert (job.telling, job.reply.token) == (None, "")


async def test_what_was_told_of_a_dream_that_was_made_smaller_is_noted(scene, monkeypatch):
    smaller = an_outcome(width=32, file_format="webp")

    async def go(_, __, record):
        await record.end(State.DELIVERED, smaller)

    monkeypatch.setattr(scene.delivery, "go", go)
    job = await scene.deliver(await scene.job())
    assert (job.state, job.outcome) == (State.DELIVERED, smaller)


async def test_a_dream_that_reached_nobody_is_kept_with_what_its_card_has_to_say(scene, monkeypatch):
    seen = []

    async def go(job, outcome, record):
        await record.attempt("direct message")
        await record.end(State.KEPT, outcome, "It stays.")
        seen.append((await scene.store.get(job.id)).telling)

    monkeypatch.setattr(scene.delivery, "go", go)
    job = await scene.deliver(await scene.job())
    assert seen == ["It stays."]
    assert (job.state, job.telling, job.reply.attempt) == (State.KEPT, None, None)
    assert await scene.pictures.get(job.dream) == b"a dream"


async def test_a_dream_that_could_not_be_delivered_through_our_fault_is_kept(scene, monkeypatch, caplog):
    async def go(*_):
        raise KeyError("a bug")

    monkeypatch.setattr(scene.delivery, "go", go)
    assert (await scene.deliver(await scene.job())).state is State.KEPT
    assert "it is kept until its owner comes again" in caplog.text


async def test_a_fault_after_a_dream_has_arrived_does_not_keep_it_for_once_more(scene, monkeypatch):
    async def go(_, outcome, record):
        await record.end(State.DELIVERED, outcome)
        raise KeyError("a bug")

    monkeypatch.setattr(scene.delivery, "go", go)
    assert (await scene.deliver(await scene.job())).state is State.DELIVERED


async def test_a_dream_of_a_deleted_job_is_not_sent_another_way(scene, monkeypatch):
    went_on = []

    async def go(job, _, record):
        await scene.store.delete(job)
        await record.attempt("channel")
        went_on.append(job)

    monkeypatch.setattr(scene.delivery, "go", go)
    assert await scene.deliver(await scene.job()) is None
    assert went_on == []
    with pytest.raises(JobGoneError):
        await scene.store.attempt(a_job(), "channel")


async def test_an_end_that_cannot_be_written_is_written_later(scene):
    job = await scene.job()
    await scene.database.rows("PRAGMA query_only = ON")
    over = await scene.endings.write_down(job, State.DELIVERED, telling=ELSEWHERE, refund=True)
    assert (over.state, over.telling) == (State.DELIVERED, ELSEWHERE)
    assert (await scene.store.get(job.id)).state is State.DREAMED
    await scene.database.rows("PRAGMA query_only = OFF")
    await scene.over()
    later = await scene.store.get(job.id)
    assert (later.state, later.telling) == (State.DELIVERED, None)
    assert await scene.tokens() == 3


async def test_an_error_that_is_no_trouble_of_the_disk_is_not_waited_out(scene, monkeypatch):
    async def broken(*_, **__):
        raise sqlite3.OperationalError("no such column")

    monkeypatch.setattr(scene.store, "end", broken)
    with pytest.raises(sqlite3.OperationalError):
        await scene.endings.write_down(await scene.job(), State.DELIVERED)
    assert not scene.endings._telling


async def test_a_way_that_cannot_be_noted_is_tried_all_the_same(scene, monkeypatch):
    async def go(_, outcome, record):
        await scene.database.rows("PRAGMA query_only = ON")
        await record.attempt("channel")
        await scene.database.rows("PRAGMA query_only = OFF")
        await record.end(State.DELIVERED, outcome)

    monkeypatch.setattr(scene.delivery, "go", go)
    assert (await scene.deliver(await scene.job())).state is State.DELIVERED


async def test_what_is_untold_is_told_after_a_restart_as_what_may_have_been(scene):
    job = await scene.job()
    await scene.store.end(job, State.DELIVERED, telling=ELSEWHERE)
    await scene.endings.resume()
    await scene.over()
    assert scene.delivery.told == [(job.id, ELSEWHERE, True)]
    assert await scene.store.untold() == []


async def test_told_is_set_once_nothing_is_being_told_any_more(scene, monkeypatch):
    entered, gate = asyncio.Event(), asyncio.Event()

    async def slowly(*_, **__):
        entered.set()
        await gate.wait()

    monkeypatch.setattr(scene.delivery, "tell", slowly)
    job = await scene.job(State.RUNNING)
    assert scene.endings.told(job).is_set()
    await scene.endings.failed(job, RuntimeError("broken"))
    await entered.wait()
    told = scene.endings.told(job)
    assert not told.is_set()
    assert scene.endings.told(a_job()).is_set()
    gate.set()
    await scene.over()
    assert told.is_set()

"""How jobs end: what is written down of it, and when."""

import asyncio
import re
import sqlite3

import pytest

from bot.background import Background
from bot.errors import DownloadRefusal, JobGoneError, NoLongerKeptRefusal
from bot.jobs.completion import JobCompleter
from bot.jobs.delivering import DreamDeliverer
from bot.models import State
from bot.rate_limit import BAD_PICTURES, Allowance
from bot.storage.jobs import JobStore
from bot.storage.pictures import PictureStore
from bot.telemetry.metrics import Metrics
from bot.texts import Catalogue
from dream_engine.errors import DamagedPictureError, TimeLimitError
from tests.bot.records import ALICE, NOW, Clock, a_job, a_reply, an_outcome

ELSEWHERE = "The dream is in a message of its own."
ALLOWANCE = Allowance(dreams=6, minutes=10, burst=3, waiting=9)


class Delivery:
    """Delivers as a test says, and notes what is told."""

    def __init__(self):
        self.told = []
        self.told_of = []
        self.closed = []
        self.given = []

    def texts(self, job):
        return Catalogue().texts(job.reply.locale)

    async def tell(self, job, sentence, *, again=False):
        self.told.append((job.id, sentence, again))
        self.told_of.append(job)

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
        self.metrics = Metrics()
        self.completer = JobCompleter(
            store=self.store,
            pictures=self.pictures,
            delivery=self.delivery,
            background=self.background,
            metrics=self.metrics,
        )
        self.deliverer = DreamDeliverer(
            store=self.store, pictures=self.pictures, delivery=self.delivery, completer=self.completer
        )

    async def job(self, state=State.DREAMED, **changes):
        job = a_job(state=state, outcome=an_outcome(), **changes)
        return await self.store.admit(job, ALLOWANCE, 100, NOW)

    async def over(self):
        async with asyncio.timeout(20):
            while self.completer._answers:
                await asyncio.wait(tuple(self.completer._answers))

    async def deliver(self, job, image=b"a dream", **how):
        self.deliverer.deliver(job, image, **how)
        await self.over()
        return await self.store.get(job.id)

    async def mistakes(self):
        """How many pictures of Alice's could not be dreamed."""
        row = await self.database.row(
            "SELECT tokens FROM buckets WHERE user_id = ? AND server_id = -1", (ALICE,)
        )
        return 0 if row is None else BAD_PICTURES.burst - row["tokens"]

    async def tokens(self):
        row = await self.database.row(
            "SELECT tokens FROM buckets WHERE user_id = ? AND server_id = 0", (ALICE,)
        )
        return row["tokens"]


@pytest.fixture
async def scene(tmp_path, database, monkeypatch):
    monkeypatch.setattr("bot.storage.disk_errors._SHORTEST_PAUSE", 0.01)
    scene = Scene(tmp_path / "pictures", database)
    yield scene
    await scene.background.stop()


@pytest.mark.parametrize(("refund", "left"), [(True, 3), (False, 2)])
async def test_what_is_lost_is_closed_and_paid_back_if_it_had_not_begun(scene, refund, left):
    job = await scene.job(State.QUEUED)
    await scene.completer.end_lost(job, refund=refund)
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
    refused = await scene.completer.end_refused(job, error)
    await scene.over()
    assert refused.state is State.REFUSED
    assert await scene.tokens() == left
    assert [entry[0] for entry in scene.delivery.told] == [job.id]
    assert (await scene.store.get(job.id)).pending_message is None


async def test_a_failure_is_paid_back_and_told_with_a_reference(scene):
    job = await scene.job(State.RUNNING)
    await scene.completer.end_failed(job, RuntimeError("broken"))
    await scene.over()
    ((_, sentence, again),) = scene.delivery.told
    assert "Something went wrong on my side" in sentence
    assert re.search(r"`[0-9a-f]{8}`", sentence)
    assert not again
    assert await scene.tokens() == 3


@pytest.mark.parametrize(("refund", "left"), [(True, 3), (False, 2)])
async def test_what_is_cancelled_is_paid_back_if_it_had_not_begun(scene, refund, left):
    job = await scene.job(State.QUEUED)
    await scene.completer.end_cancelled(job, a_reply(locale="ko"), refund=refund)
    await scene.over()
    assert await scene.tokens() == left
    assert scene.delivery.told == [(job.id, "This dream was cancelled.", False)]


async def test_a_delivered_dream_is_over_and_its_token_forgotten(scene):
    job = await scene.deliver(await scene.job())
    assert scene.delivery.given == [(job.id, b"a dream", False)]
    assert (job.state, job.reply.token, job.pending_message) == (State.DELIVERED, "", None)
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
        seen.append((kept.state, kept.pending_message, kept.reply.token))

    monkeypatch.setattr(scene.delivery, "go", go)
    job = await scene.deliver(await scene.job())
    assert seen == ["channel", (State.DELIVERED, ELSEWHERE, "a-token")]
    assert (job.pending_message, job.reply.token) == (None, "")


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
        seen.append((await scene.store.get(job.id)).pending_message)

    monkeypatch.setattr(scene.delivery, "go", go)
    job = await scene.deliver(await scene.job())
    assert seen == ["It stays."]
    assert (job.state, job.pending_message, job.reply.attempt) == (State.KEPT, None, None)
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
        await scene.store.record_attempt(a_job(), "channel")


async def test_an_end_that_cannot_be_written_is_written_later(scene):
    job = await scene.job()
    await scene.database.rows("PRAGMA query_only = ON")
    over = await scene.completer.store_end(job, State.DELIVERED, pending_message=ELSEWHERE, refund=True)
    assert (over.state, over.pending_message) == (State.DELIVERED, ELSEWHERE)
    assert (await scene.store.get(job.id)).state is State.DREAMED
    await scene.database.rows("PRAGMA query_only = OFF")
    await scene.over()
    later = await scene.store.get(job.id)
    assert (later.state, later.pending_message) == (State.DELIVERED, None)
    assert await scene.tokens() == 3


async def test_an_error_that_is_no_trouble_of_the_disk_is_not_waited_out(scene, monkeypatch):
    async def broken(*_, **__):
        raise sqlite3.OperationalError("no such column")

    monkeypatch.setattr(scene.store, "end", broken)
    with pytest.raises(sqlite3.OperationalError):
        await scene.completer.store_end(await scene.job(), State.DELIVERED)
    assert not scene.completer._answers


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
    await scene.store.end(job, State.DELIVERED, pending_message=ELSEWHERE)
    await scene.completer.resume()
    await scene.over()
    assert scene.delivery.told == [(job.id, ELSEWHERE, True)]
    assert await scene.store.with_pending_message() == []


async def test_told_is_set_once_nothing_is_being_told_any_more(scene, monkeypatch):
    entered, gate = asyncio.Event(), asyncio.Event()

    async def slowly(*_, **__):
        entered.set()
        await gate.wait()

    monkeypatch.setattr(scene.delivery, "tell", slowly)
    job = await scene.job(State.RUNNING)
    assert scene.completer.answered(job).is_set()
    await scene.completer.end_failed(job, RuntimeError("broken"))
    await entered.wait()
    told = scene.completer.answered(job)
    assert not told.is_set()
    assert scene.completer.answered(a_job()).is_set()
    gate.set()
    await scene.over()
    assert told.is_set()


@pytest.mark.parametrize(
    ("error", "mistakes"),
    [
        (DamagedPictureError(), 1),
        (DownloadRefusal(is_absent=True), 1),
        (DownloadRefusal(is_absent=False), 0),
        (TimeLimitError(seconds=5), 0),
    ],
    ids=repr,
)
async def test_a_picture_that_cannot_be_dreamed_is_its_owners_mistake(scene, error, mistakes):
    await scene.completer.end_refused(await scene.job(State.RUNNING), error)
    await scene.over()
    assert await scene.mistakes() == mistakes


async def test_what_is_not_said_to_be_a_mistake_or_free_is_neither(scene):
    await scene.completer.store_end(await scene.job(State.RUNNING), State.FAILED)
    await scene.completer.end_lost(await scene.job(State.RUNNING))
    assert await scene.mistakes() == 0
    assert await scene.tokens() == 1


async def test_a_refusal_is_counted_under_its_reason(scene):
    await scene.completer.end_refused(await scene.job(State.RUNNING), DamagedPictureError())
    await scene.over()
    assert scene.metrics._refusals.labels("DamagedPicture")._value.get() == 1


async def test_the_pictures_of_what_came_to_no_dream_are_deleted(scene):
    kept, gone = await scene.pictures.put(b"kept"), await scene.pictures.put(b"gone")
    await scene.job(State.QUEUED, source=kept)
    job = await scene.job(State.RUNNING, source=gone, guide=kept)
    refused = await scene.completer.end_refused(job, DamagedPictureError())
    await scene.over()
    assert refused.digests == frozenset()
    assert await scene.pictures.get(kept) == b"kept"
    with pytest.raises(NoLongerKeptRefusal):
        await scene.pictures.get(gone)


async def test_that_a_job_was_cancelled_is_told_where_that_was_asked_for(scene):
    job = await scene.job(State.QUEUED)
    await scene.completer.end_cancelled(job, a_reply(locale="ko", token="a-click"), refund=True)
    await scene.over()
    (told,) = scene.delivery.told_of
    assert (told.reply.token, told.reply.locale, told.state) == ("a-click", "en-GB", State.CANCELLED)


async def test_and_if_nobody_clicked_where_its_answer_would_have_gone(scene):
    job = await scene.job(State.QUEUED)
    await scene.completer.end_cancelled(job, refund=True)
    await scene.over()
    (told,) = scene.delivery.told_of
    assert told.reply.token == "a-token"


async def test_of_a_job_that_was_deleted_the_card_says_so_and_nothing_is_written_down(scene):
    job = await scene.job(State.RUNNING)
    scene.completer.tell_deleted(job)
    await scene.over()
    assert scene.delivery.told == [(job.id, "This dream was cancelled.", False)]
    assert scene.delivery.told_of[0].state is State.CANCELLED
    assert (await scene.store.get(job.id)).state is State.RUNNING


class TestDreamsThatAreDeletedWhileTheyAreDelivered:
    @pytest.fixture
    def under_way(self, scene, monkeypatch):
        """Starts to deliver a job, and returns once that hangs at a point of the delivery."""

        async def start(job, *, ended):
            reached = asyncio.Event()

            async def go(_, outcome, record):
                if ended:
                    await record.end(State.DELIVERED, outcome)
                reached.set()
                await asyncio.sleep(0 if ended else 3600)

            monkeypatch.setattr(scene.delivery, "go", go)
            scene.deliverer.deliver(job, b"a dream")
            async with asyncio.timeout(20):
                await reached.wait()

        return start

    async def test_are_broken_off_and_their_cards_say_so(self, scene, under_way):
        deleted, other = await scene.job(), await scene.job()
        for job in (deleted, other):
            await under_way(job, ended=False)
        await scene.deliverer.abandon({deleted.id})
        async with asyncio.timeout(20):
            await scene.completer.answered(deleted).wait()
        assert [job.id for job in scene.delivery.told_of] == [deleted.id]
        assert not scene.completer.answered(other).is_set()
        await scene.deliverer.abandon({other.id})
        await scene.over()
        assert scene.deliverer._deliveries == {}

    async def test_are_left_alone_once_they_have_arrived(self, scene, under_way):
        job = await scene.job()
        await under_way(job, ended=True)
        await scene.deliverer.abandon({job.id})
        await scene.over()
        assert scene.delivery.told == []
        assert (await scene.store.get(job.id)).state is State.DELIVERED


async def test_who_stops_waits_for_what_is_being_told_but_not_for_ever(scene, monkeypatch):
    gate = asyncio.Event()

    async def slowly(*_, **__):
        await gate.wait()

    monkeypatch.setattr(scene.delivery, "tell", slowly)
    await scene.completer.finish(20.0)  # nothing is being told
    job = await scene.job(State.RUNNING)
    await scene.completer.end_failed(job, RuntimeError("broken"))
    await scene.completer.finish(0.0)
    assert not scene.completer.answered(job).is_set()
    asyncio.get_running_loop().call_later(0.01, gate.set)
    await scene.completer.finish(20.0)
    assert scene.completer.answered(job).is_set()
    assert (await scene.store.get(job.id)).pending_message is None


@pytest.mark.parametrize("lost", ["dream", "outcome"])
async def test_a_dream_that_is_lost_before_it_is_delivered_is_our_fault(scene, lost):
    digest = await scene.pictures.put(b"kept")
    job = await scene.job(dream="0" * 64 if lost == "dream" else digest)
    if lost == "outcome":
        job = await scene.store.change(job, outcome=None)
    await scene.deliver(job, None)
    assert scene.delivery.given == []
    assert (await scene.store.get(job.id)).state is State.FAILED
    ((_, sentence, _),) = scene.delivery.told
    assert "Something went wrong on my side" in sentence


async def test_a_dream_that_is_kept_already_is_not_kept_twice(scene, monkeypatch):
    async def go(_, outcome, record):
        await record.end(State.KEPT, outcome)

    monkeypatch.setattr(scene.delivery, "go", go)
    digest = await scene.pictures.put(b"a dream")
    job = await scene.deliver(await scene.job(dream=digest), b"made smaller")
    assert (job.state, job.dream, job.pending_message) == (State.KEPT, digest, None)
    assert await scene.pictures.bytes_kept() == len(b"a dream")


async def test_that_a_dream_is_kept_is_written_down_later_where_there_is_no_room(scene):
    job = await scene.job(dream=await scene.pictures.put(b"a dream"))
    await scene.database.rows("PRAGMA query_only = ON")
    kept = await scene.completer.keep(job, "It stays.")
    assert (kept.state, kept.pending_message) == (State.KEPT, "It stays.")
    await scene.database.rows("PRAGMA query_only = OFF")
    await scene.over()
    later = await scene.store.get(job.id)
    assert (later.state, later.pending_message) == (State.KEPT, None)

"""Delivery of finished dreams, and its record in the store."""

import asyncio

import pytest

from bot.errors import JobGoneError
from bot.models import State
from tests.bot.jobs.completion_scene import ELSEWHERE, Scene
from tests.bot.records import a_job, an_outcome


@pytest.fixture
async def scene(tmp_path, database, monkeypatch):
    monkeypatch.setattr("bot.storage.disk_errors._SHORTEST_PAUSE", 0.01)
    scene = Scene(tmp_path / "pictures", database)
    yield scene
    await scene.background.stop()


async def test_a_delivered_dream_is_over_and_its_token_forgotten(scene):
    job = await scene.deliver(await scene.job())
    assert scene.delivery.given == [(job.id, b"a dream", False)]
    assert (job.state, job.reply.token, job.pending_message) == (State.DELIVERED, "", None)
    assert scene.ended == [State.DELIVERED]


@pytest.mark.parametrize("again", [True, False])
async def test_a_dream_from_before_a_restart_is_read_and_looked_up(scene, again):
    digest = await scene.pictures.put(b"kept")
    job = await scene.job(dream=digest)
    await scene.deliver(job, None, again=again)
    assert scene.delivery.given == [(job.id, b"kept", again)]


async def test_the_note_that_a_dream_is_elsewhere_is_stored_until_it_is_shown(scene, monkeypatch):
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


async def test_the_outcome_of_a_dream_that_was_made_smaller_is_stored(scene, monkeypatch):
    smaller = an_outcome(width=32, file_format="webp")

    async def go(_, __, record):
        await record.end(State.DELIVERED, smaller)

    monkeypatch.setattr(scene.delivery, "go", go)
    job = await scene.deliver(await scene.job())
    assert (job.state, job.outcome) == (State.DELIVERED, smaller)


async def test_an_undeliverable_dream_is_kept_with_its_pending_message(scene, monkeypatch):
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


async def test_a_dream_that_a_bug_kept_from_delivery_is_kept(scene, monkeypatch, caplog):
    async def go(*_):
        raise KeyError("a bug")

    monkeypatch.setattr(scene.delivery, "go", go)
    assert (await scene.deliver(await scene.job())).state is State.KEPT
    assert "it is kept until its owner uses the bot again" in caplog.text


async def test_a_bug_after_the_arrival_does_not_keep_the_dream_again(scene, monkeypatch):
    async def go(_, outcome, record):
        await record.end(State.DELIVERED, outcome)
        raise KeyError("a bug")

    monkeypatch.setattr(scene.delivery, "go", go)
    assert (await scene.deliver(await scene.job())).state is State.DELIVERED


async def test_a_dream_of_a_deleted_job_is_sent_over_no_other_route(scene, monkeypatch):
    went_on = []

    async def go(job, _, record):
        await scene.store.delete(job.id)
        await record.attempt("channel")
        went_on.append(job)

    monkeypatch.setattr(scene.delivery, "go", go)
    assert await scene.deliver(await scene.job()) is None
    assert went_on == []
    with pytest.raises(JobGoneError):
        await scene.store.record_attempt(a_job(), "channel")


async def test_a_route_that_cannot_be_stored_is_tried_anyway(scene, monkeypatch):
    async def go(_, outcome, record):
        await scene.database.rows("PRAGMA query_only = ON")
        await record.attempt("channel")
        await scene.database.rows("PRAGMA query_only = OFF")
        await record.end(State.DELIVERED, outcome)

    monkeypatch.setattr(scene.delivery, "go", go)
    assert (await scene.deliver(await scene.job())).state is State.DELIVERED


class TestDreamsThatAreDeletedDuringDelivery:
    @pytest.fixture
    def under_way(self, scene, monkeypatch):
        """Starts the delivery of a job; returns once it waits at a given point."""

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

    async def test_are_interrupted_and_their_cards_say_so(self, scene, under_way):
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


@pytest.mark.parametrize("lost", ["dream", "outcome"])
async def test_a_dream_that_is_missing_before_delivery_is_a_failure(scene, lost):
    digest = await scene.pictures.put(b"kept")
    job = await scene.job(dream="0" * 64 if lost == "dream" else digest)
    if lost == "outcome":
        job = await scene.store.change(job, outcome=None)
    await scene.deliver(job, None)
    assert scene.delivery.given == []
    assert (await scene.store.get(job.id)).state is State.FAILED
    ((_, sentence, _),) = scene.delivery.told
    assert "Something went wrong on my side" in sentence


async def test_a_stored_dream_is_not_stored_twice(scene, monkeypatch):
    async def go(_, outcome, record):
        await record.end(State.KEPT, outcome)

    monkeypatch.setattr(scene.delivery, "go", go)
    digest = await scene.pictures.put(b"a dream")
    job = await scene.deliver(await scene.job(dream=digest), b"made smaller")
    assert (job.state, job.dream, job.pending_message) == (State.KEPT, digest, None)
    assert await scene.pictures.bytes_kept() == len(b"a dream")

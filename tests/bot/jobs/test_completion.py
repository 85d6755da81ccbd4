"""Ends of jobs: the stored state, and the messages to owners."""

import asyncio
import re
import sqlite3

import pytest

from bot.errors import DownloadRefusal, NoLongerKeptRefusal
from bot.models import State
from dream_engine.errors import DamagedPictureError, TimeLimitError
from tests.bot.jobs.completion_scene import ELSEWHERE, Scene
from tests.bot.records import a_job, a_reply


@pytest.fixture
async def scene(tmp_path, database, monkeypatch):
    monkeypatch.setattr("bot.storage.disk_errors._SHORTEST_PAUSE", 0.01)
    scene = Scene(tmp_path / "pictures", database)
    yield scene
    await scene.background.stop()


@pytest.mark.parametrize(("refund", "left"), [(True, 3), (False, 2)])
async def test_a_lost_job_is_refunded_if_it_had_not_begun(scene, refund, left):
    job = await scene.job(State.QUEUED)
    await scene.completer.end_lost(job, refund=refund)
    assert (await scene.store.get(job.id)).state is State.LOST
    assert scene.delivery.closed == [job.id]
    assert await scene.tokens() == left


@pytest.mark.parametrize(
    ("error", "left"),
    [(DamagedPictureError(), 3), (TimeLimitError(seconds=5), 2)],
    ids=["refunded", "charged"],
)
async def test_some_refusals_cost_a_token_and_others_are_refunded(scene, error, left):
    job = await scene.job(State.RUNNING)
    refused = await scene.completer.end_refused(job, error)
    await scene.over()
    assert refused.state is State.REFUSED
    assert await scene.tokens() == left
    assert [entry[0] for entry in scene.delivery.told] == [job.id]
    assert (await scene.store.get(job.id)).pending_message is None


async def test_a_failure_is_refunded_and_told_with_a_reference(scene):
    job = await scene.job(State.RUNNING)
    await scene.completer.end_failed(job, RuntimeError("broken"))
    await scene.over()
    ((_, sentence, again),) = scene.delivery.told
    assert "Something went wrong on my side" in sentence
    assert re.search(r"`[0-9a-f]{8}`", sentence)
    assert not again
    assert await scene.tokens() == 3


@pytest.mark.parametrize(
    ("refund", "left", "sentence"),
    [(True, 3, "I stopped this dream. It didn't cost you anything."), (False, 2, "I stopped this dream.")],
)
async def test_a_cancelled_job_is_refunded_if_it_had_not_begun(scene, refund, left, sentence):
    job = await scene.job(State.QUEUED)
    await scene.completer.end_cancelled(job, a_reply(locale="ko"), refund=refund)
    await scene.over()
    assert await scene.tokens() == left
    assert scene.delivery.told == [(job.id, sentence, False)]


async def test_an_end_that_cannot_be_stored_is_stored_later(scene):
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


async def test_an_error_other_than_a_storage_error_is_raised(scene, monkeypatch):
    async def broken(*_, **__):
        raise sqlite3.OperationalError("no such column")

    monkeypatch.setattr(scene.store, "end", broken)
    with pytest.raises(sqlite3.OperationalError):
        await scene.completer.store_end(await scene.job(), State.DELIVERED)
    assert not scene.completer._answers


async def test_pending_messages_are_sent_after_a_restart(scene):
    job = await scene.job()
    await scene.store.end(job, State.DELIVERED, pending_message=ELSEWHERE)
    await scene.completer.resume()
    await scene.over()
    assert scene.delivery.told == [(job.id, ELSEWHERE, True)]
    assert await scene.store.with_pending_message() == []


async def test_answered_is_set_once_no_answer_is_being_sent(scene, monkeypatch):
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
async def test_a_picture_that_cannot_be_dreamed_counts_as_a_bad_picture(scene, error, mistakes):
    await scene.completer.end_refused(await scene.job(State.RUNNING), error)
    await scene.over()
    assert await scene.mistakes() == mistakes


async def test_by_default_an_end_is_neither_refunded_nor_a_bad_picture(scene):
    await scene.completer.store_end(await scene.job(State.RUNNING), State.FAILED)
    await scene.completer.end_lost(await scene.job(State.RUNNING))
    assert await scene.mistakes() == 0
    assert await scene.tokens() == 1


async def test_a_refusal_is_counted_under_its_reason(scene):
    await scene.completer.end_refused(await scene.job(State.RUNNING), DamagedPictureError())
    await scene.over()
    assert scene.metrics._refusals.labels("DamagedPicture")._value.get() == 1


async def test_the_pictures_of_a_job_without_a_dream_are_deleted(scene):
    kept, gone = await scene.pictures.put(b"kept"), await scene.pictures.put(b"gone")
    await scene.job(State.QUEUED, source=kept)
    job = await scene.job(State.RUNNING, source=gone, guide=kept)
    refused = await scene.completer.end_refused(job, DamagedPictureError())
    await scene.over()
    assert refused.digests == frozenset()
    assert await scene.pictures.get(kept) == b"kept"
    with pytest.raises(NoLongerKeptRefusal):
        await scene.pictures.get(gone)


async def test_a_cancellation_is_confirmed_where_it_was_clicked(scene):
    job = await scene.job(State.QUEUED)
    await scene.completer.end_cancelled(job, a_reply(locale="ko", token="a-click"), refund=True)
    await scene.over()
    (told,) = scene.delivery.told_of
    assert (told.reply.token, told.reply.locale, told.state) == ("a-click", "en-GB", State.CANCELLED)


async def test_a_cancellation_without_a_click_is_confirmed_on_the_card(scene):
    job = await scene.job(State.QUEUED)
    await scene.completer.end_cancelled(job, refund=True)
    await scene.over()
    (told,) = scene.delivery.told_of
    assert told.reply.token == "a-token"


async def test_a_deleted_job_is_told_and_not_stored(scene):
    job = await scene.job(State.RUNNING)
    scene.completer.tell_deleted(job)
    await scene.over()
    assert scene.delivery.told == [(job.id, "I stopped this dream.", False)]
    assert scene.delivery.told_of[0].state is State.CANCELLED
    assert scene.delivery.told_of[0].source is None
    assert (await scene.store.get(job.id)).state is State.RUNNING


async def test_finishing_waits_for_answers_up_to_its_limit(scene, monkeypatch):
    gate = asyncio.Event()

    async def slowly(*_, **__):
        await gate.wait()

    monkeypatch.setattr(scene.delivery, "tell", slowly)
    await scene.completer.finish(20.0)  # no message is being sent
    job = await scene.job(State.RUNNING)
    await scene.completer.end_failed(job, RuntimeError("broken"))
    await scene.completer.finish(0.0)
    assert not scene.completer.answered(job).is_set()
    asyncio.get_running_loop().call_later(0.01, gate.set)
    await scene.completer.finish(20.0)
    assert scene.completer.answered(job).is_set()
    assert (await scene.store.get(job.id)).pending_message is None


async def test_without_disk_space_a_kept_dream_is_stored_later(scene):
    job = await scene.job(dream=await scene.pictures.put(b"a dream"))
    await scene.database.rows("PRAGMA query_only = ON")
    kept = await scene.completer.keep(job, "It stays.")
    assert (kept.state, kept.pending_message) == (State.KEPT, "It stays.")
    await scene.database.rows("PRAGMA query_only = OFF")
    await scene.over()
    later = await scene.store.get(job.id)
    assert (later.state, later.pending_message) == (State.KEPT, None)

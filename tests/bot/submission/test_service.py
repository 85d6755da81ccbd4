"""The path of a request from the interaction to the queue, also after a restart."""

import asyncio

import pytest

from bot.errors import (
    BlockedRefusal,
    ChannelRefusal,
    DrainingRefusal,
    DuplicateInteractionError,
    ShuttingDownRefusal,
)
from bot.models import State
from bot.submission import service as service_module
from bot.submission.requests import ImageRef, Requester
from bot.telemetry.log import current_job
from tests.bot.records import ALICE, NOW, a_job
from tests.bot.submission.scene import CAT, CHANNEL, GUIDE, MASK, SERVER, Scene, begun, digest_of


@pytest.fixture
async def scene(tmp_path, database, settings_with, changes):
    scene = Scene(tmp_path / "pictures", database, settings_with(**changes))
    yield scene
    await scene.background.stop()


async def test_a_request_is_queued_with_its_pictures(scene):
    job = await scene.take(guide=ImageRef(url=GUIDE), mask=ImageRef(url=MASK), interaction_id=77)
    assert job.state is State.QUEUED
    assert (job.source, job.guide) == (digest_of(b"a cat"), digest_of(b"a guide"))
    assert (job.mask, job.mask_url) == (digest_of(b"a mask"), None)
    assert await scene.store.get(job.id) == job
    assert await scene.pictures.get(job.source) == b"a cat"
    assert await scene.pictures.get(job.guide) == b"a guide"
    assert await scene.pictures.get(job.mask) == b"a mask"
    assert (job.user_id, job.server_id, job.created_at, job.interaction_id) == (ALICE, SERVER, NOW, 77)
    assert current_job.get() == job.id
    assert scene.completer.ended == []


async def test_without_a_guide_and_a_mask_there_are_none(scene):
    job = await scene.take()
    assert (job.guide, job.mask) == (None, None)


async def test_an_interaction_is_accepted_once(scene):
    await scene.take(interaction_id=77)
    await scene.submissions.close()
    with pytest.raises(DuplicateInteractionError):
        await scene.take(interaction_id=77)


async def test_a_draining_service_accepts_nothing(scene):
    assert not scene.submissions.is_draining
    scene.submissions.drain()
    assert scene.submissions.is_draining
    with pytest.raises(DrainingRefusal):
        await scene.take()
    scene.submissions.resume()
    assert scene.submissions.is_draining is False
    assert (await scene.take()).state is State.QUEUED


async def test_a_closed_service_accepts_nothing(scene):
    assert scene.submissions.is_open
    await scene.submissions.close()
    assert scene.submissions.is_open is False
    with pytest.raises(ShuttingDownRefusal):
        await scene.take()


async def test_the_check_before_a_request_refuses_what_a_request_would_be_refused_for(scene):
    requester = Requester(ALICE, (), SERVER, (CHANNEL,))
    await scene.submissions.check(requester, SERVER)
    await scene.rules(channels=[CHANNEL + 1])
    with pytest.raises(ChannelRefusal):
        await scene.submissions.check(requester, SERVER)
    await scene.blocklist.add("user", ALICE)
    with pytest.raises(BlockedRefusal):
        await scene.submissions.check(requester, SERVER)
    scene.submissions.drain()
    with pytest.raises(DrainingRefusal):
        await scene.submissions.check(requester, SERVER)
    await scene.submissions.close()
    with pytest.raises(ShuttingDownRefusal):
        await scene.submissions.check(requester, SERVER)


async def test_closing_waits_for_a_picture_that_arrives_soon(scene):
    taking, _ = await begun(scene)
    closing = asyncio.create_task(scene.submissions.close())
    for _ in range(5):
        await asyncio.sleep(0)
    assert not closing.done()
    scene.downloader.open.set()
    await closing
    assert (await taking).state is State.QUEUED
    assert scene.submissions._submissions == set()


async def test_closing_does_not_wait_for_a_picture_that_does_not_arrive(scene, monkeypatch):
    monkeypatch.setattr(service_module, "_FETCH_GRACE_SECONDS", 0.0)
    taking, job = await begun(scene)
    await scene.submissions.close()
    assert taking.cancelled()
    assert scene.downloader.fetching == 0
    assert await scene.store.get(job.id) == job
    assert scene.completer.ended == []


async def test_a_job_from_before_a_restart_continues(scene):
    job = await scene.store.admit(a_job(state=State.RECEIVED, source_url=CAT), None, 100, NOW)
    await scene.store.admit(a_job(state=State.RUNNING), None, 100, NOW)
    await scene.submissions.start()
    async with asyncio.timeout(20):
        queued = await scene.runner.queued.get()
    assert (queued.id, queued.source) == (job.id, digest_of(b"a cat"))
    assert scene.runner.queued.empty()


async def test_a_job_that_discord_shows_as_ended_does_not_continue(scene):
    ended = await scene.store.admit(a_job(state=State.RECEIVED, source_url=CAT), None, 100, NOW)
    left = await scene.store.admit(a_job(state=State.RECEIVED, source_url=CAT), None, 100, NOW)
    scene.recovery.shown_as_ended.add(ended.id)
    await scene.submissions.start()
    async with asyncio.timeout(20):
        queued = await scene.runner.queued.get()
    assert queued.id == left.id
    assert scene.runner.queued.empty()

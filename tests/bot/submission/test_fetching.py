"""Downloading and storing the pictures of a job."""

import asyncio
import errno

import pytest

from bot.errors import (
    DownloadRefusal,
    NoLongerKeptRefusal,
    NoRoomRefusal,
)
from bot.models import State
from bot.submission.requests import ImageRef
from dream_engine.errors import DamagedPictureError, GuideError, MaskError
from tests.bot.records import NOW, a_job
from tests.bot.submission.scene import CAT, GUIDE, MASK, Scene, begun


@pytest.fixture
async def scene(tmp_path, database, settings_with, changes):
    scene = Scene(tmp_path / "pictures", database, settings_with(**changes))
    yield scene
    await scene.background.stop()


async def test_a_stored_picture_is_not_fetched_but_marked_as_used(scene):
    digest = await scene.pictures.put(b"kept")
    scene.clock.advance(3600)
    job = await scene.take(
        source=ImageRef(digest=digest), guide=ImageRef(digest=digest), mask=ImageRef(digest=digest)
    )
    assert (job.source, job.guide, job.mask) == (digest, digest, digest)
    assert not scene.downloader.begun.is_set()
    assert await scene.pictures.expire(60.0, 1e9) == 0
    (row,) = await scene.pictures._database.rows("SELECT used_at FROM pictures")
    assert row["used_at"] == NOW + 3600


async def test_a_picture_that_is_no_longer_stored_is_refused(scene):
    job = await scene.take(source=ImageRef(digest="0" * 64))
    ((how, job_id, error),) = scene.completer.ended
    assert (how, job_id, type(error)) == ("refused", job.id, NoLongerKeptRefusal)
    assert job.state is State.REFUSED


@pytest.mark.parametrize(
    ("trouble", "how", "told", "state"),
    [
        (DownloadRefusal(), "refused", DownloadRefusal, State.REFUSED),
        (DamagedPictureError(), "refused", DamagedPictureError, State.REFUSED),
        (OSError(errno.ENOSPC, "full"), "refused", NoRoomRefusal, State.REFUSED),
        (OSError(errno.EMFILE, "too many files"), "failed", OSError, State.FAILED),
        (KeyError("a bug"), "failed", KeyError, State.FAILED),
    ],
    ids=repr,
)
async def test_a_failed_download_ends_its_job(scene, trouble, how, told, state):
    scene.downloader.troubles[CAT] = trouble
    job = await scene.take()
    assert job.state is state
    ((ended, job_id, error),) = scene.completer.ended
    assert (ended, job_id, type(error)) == (how, job.id, told)


@pytest.mark.parametrize(("url", "kind"), [(GUIDE, GuideError), (MASK, MaskError)])
async def test_an_error_of_the_guide_or_the_mask_says_so(scene, url, kind):
    scene.downloader.troubles[url] = DamagedPictureError()
    await scene.take(guide=ImageRef(url=GUIDE), mask=ImageRef(url=MASK))
    ((_, _, error),) = scene.completer.ended
    assert isinstance(error, kind)
    assert isinstance(error.details["problem"], DamagedPictureError)
    assert await scene.pictures.bytes_kept() == 0


async def test_the_downloads_of_a_deleted_job_stop(scene):
    taking, job = await begun(scene)
    await scene.fetcher.abandon({"0" * 16})
    assert scene.downloader.fetching == 1
    await scene.fetcher.abandon({job.id})
    assert scene.downloader.fetching == 0
    assert (await taking).state is State.CANCELLED
    assert scene.completer.ended == [("forgotten", job.id, None)]
    assert scene.fetcher._tasks == {}


async def test_a_job_that_is_deleted_before_its_picture_arrives_ends(scene):
    taking, job = await begun(scene)
    await scene.store.delete(job.id)
    scene.downloader.open.set()
    assert (await taking).state is State.CANCELLED
    assert scene.completer.ended == [("forgotten", job.id, None)]
    assert await scene.pictures.bytes_kept() == 0


async def test_eight_jobs_download_at_the_same_time(scene):
    for _ in range(9):
        await scene.store.admit(a_job(state=State.RECEIVED, source_url=CAT), None, 100, NOW)
    scene.downloader.open.clear()
    await scene.submissions.start()
    async with asyncio.timeout(20):
        while scene.downloader.fetching < 8:  # noqa: ASYNC110 - it sets no event
            await asyncio.sleep(0)
        scene.downloader.open.set()
        for _ in range(9):
            await scene.runner.queued.get()
    assert scene.downloader.most_fetching == 8

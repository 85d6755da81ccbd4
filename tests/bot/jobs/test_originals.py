"""Clean originals: their creation, storage, turns and rate limit."""

import asyncio
import errno
import io

import pytest
from PIL import Image

from bot.background import Background
from bot.errors import BlockedRefusal, BlockedServerRefusal, NoLongerKeptRefusal, OriginalRateRefusal
from bot.jobs.originals import Originals
from bot.storage.blocklist import Blocklist
from bot.storage.jobs import JobStore
from bot.storage.pictures import PictureStore
from dream_engine.images import Rendition
from tests.bot.records import ALICE, BOB, NOW, Clock, a_job, a_reply

MOST = 10_000_000


class Refitter:
    """Makes originals once the test allows it."""

    def __init__(self):
        self.asked = []
        self.working = self.most_working = 0
        self.open = asyncio.Event()
        self.open.set()
        self.begun = asyncio.Event()

    async def refit(self, image, max_bytes, *, keep_description):
        assert not keep_description
        self.asked.append(image)
        self.begun.set()
        self.working += 1
        self.most_working = max(self.most_working, self.working)
        await self.open.wait()
        self.working -= 1
        return Rendition(b"RIFF" + image, "webp", 1, 1)


class Scene:
    def __init__(self, folder, database):
        self.clock = Clock()
        self.store = JobStore(database, clock=self.clock)
        self.pictures = PictureStore(folder, database, clock=self.clock)
        self.blocklist = Blocklist(database)
        self.refitter = Refitter()
        self.background = Background()
        self.originals = Originals(
            store=self.store,
            pictures=self.pictures,
            refitter=self.refitter,
            animations=None,
            blocklist=self.blocklist,
            background=self.background,
            clock=self.clock,
        )

    async def job(self, user_id=ALICE, source=b"a source"):
        digest = await self.pictures.put(source)
        job = a_job(user_id, source=digest, reply=a_reply(user_id=user_id, server_id=3))
        return await self.store.admit(job, None, 1000, NOW)

    async def get(self, job, max_bytes=MOST):
        return await self.originals.get(await self.store.get(job.id), max_bytes)

    async def files(self):
        return {file.name for file in self.pictures._folder.iterdir()}


@pytest.fixture
async def scene(tmp_path, database):
    scene = Scene(tmp_path / "pictures", database)
    yield scene
    await scene.background.stop()


async def test_an_original_is_made_once_and_kept(scene):
    job = await scene.job()
    for _ in range(3):
        original = await scene.get(job)
        assert (original.image, original.suffix) == (b"RIFFa source", "webp")
    assert scene.refitter.asked == [b"a source"]
    named = (await scene.store.get(job.id)).original
    assert await scene.files() == {job.source, named}


async def test_another_size_limit_gets_an_original_of_its_own(scene):
    job = await scene.job()
    await scene.get(job)
    await scene.get(job, 500)
    assert len(scene.refitter.asked) == 2
    assert len(await scene.files()) == 2


async def test_jobs_of_one_source_share_an_original_until_the_last_is_deleted(scene):
    first, second = await scene.job(), await scene.job(BOB)
    await scene.get(first)
    await scene.get(second)
    assert scene.refitter.asked == [b"a source"]
    removed = await scene.store.delete(first.id)
    await scene.pictures.delete_unreferenced(removed.digests)
    assert len(await scene.files()) == 2
    removed = await scene.store.delete(second.id)
    await scene.pictures.delete_unreferenced(removed.digests)
    assert await scene.files() == set()


async def test_an_evicted_original_is_made_again(scene):
    job = await scene.job()
    await scene.get(job)
    await scene.pictures._delete([(await scene.store.get(job.id)).original])
    assert (await scene.get(job)).image == b"RIFFa source"
    assert len(scene.refitter.asked) == 2


async def test_repeated_requests_wait_for_the_same_original(scene):
    job = await scene.job()
    scene.refitter.open.clear()
    waiting = [asyncio.create_task(scene.get(job)) for _ in range(8)]
    await scene.refitter.begun.wait()
    scene.refitter.open.set()
    assert {original.image for original in await asyncio.gather(*waiting)} == {b"RIFFa source"}
    assert len(scene.refitter.asked) == 1


async def test_a_cancelled_request_does_not_cancel_the_others(scene):
    job = await scene.job()
    scene.refitter.open.clear()
    first, second = (asyncio.create_task(scene.get(job)) for _ in range(2))
    await scene.refitter.begun.wait()
    first.cancel()
    await asyncio.wait([first])
    scene.refitter.open.set()
    assert (await second).image == b"RIFFa source"


async def test_users_take_turns_and_one_original_is_made_at_a_time(scene):
    scene.refitter.open.clear()
    waiting = []
    for user, source in ((1, b"1a"), (1, b"1b"), (2, b"2a"), (3, b"3a")):
        job = await scene.job(user, source)
        waiting.append(asyncio.create_task(scene.get(job)))
        for _ in range(3):
            await asyncio.wait([asyncio.create_task(scene.store.get(job.id))])
    await scene.refitter.begun.wait()
    async with asyncio.timeout(20):
        while len(scene.originals._queue) < 3:  # noqa: ASYNC110 - it sets no event
            await asyncio.sleep(0.001)
    scene.refitter.open.set()
    await asyncio.gather(*waiting)
    assert scene.refitter.asked == [b"1a", b"2a", b"3a", b"1b"]
    assert scene.refitter.most_working == 1


async def test_a_failed_original_does_not_prevent_the_next(scene, monkeypatch):
    refit = scene.refitter.refit

    async def fail(image, *what, **how):
        if image == b"bad":
            raise RuntimeError("killed")
        return await refit(image, *what, **how)

    monkeypatch.setattr(scene.refitter, "refit", fail)
    with pytest.raises(RuntimeError):
        await scene.get(await scene.job(source=b"bad"))
    assert (await scene.get(await scene.job(source=b"good"))).image == b"RIFFgood"


async def test_a_third_concurrent_request_of_one_user_is_refused(scene):
    scene.refitter.open.clear()
    jobs = [await scene.job(source=bytes([number])) for number in range(3)]
    waiting = [asyncio.create_task(scene.get(job)) for job in jobs[:2]]
    await scene.refitter.begun.wait()
    async with asyncio.timeout(20):
        while scene.originals._pending[ALICE] < 2:  # noqa: ASYNC110 - it sets no event
            await asyncio.sleep(0.001)
    with pytest.raises(OriginalRateRefusal) as refused:
        await scene.get(jobs[2])
    assert refused.value.details == {"when": NOW + 30}
    scene.refitter.open.set()
    await asyncio.gather(*waiting)
    await scene.get(jobs[2])


async def test_a_user_over_the_rate_limit_is_told_when_to_retry(scene):
    for number in range(6):
        await scene.get(await scene.job(source=bytes([number])))
    job = await scene.job(source=b"one more")
    with pytest.raises(OriginalRateRefusal) as refused:
        await scene.get(job)
    assert refused.value.details == {"when": NOW + 60}
    await scene.get(await scene.job(BOB, source=b"another person's"))
    scene.clock.advance(60)
    await scene.get(job)


async def test_a_full_bucket_is_discarded(scene):
    await scene.get(await scene.job())
    scene.clock.advance(60)
    await scene.get(await scene.job(BOB, source=b"another person's"))
    assert set(scene.originals._buckets) == {BOB}


@pytest.mark.parametrize(("kind", "number", "error"), [
    ("user", ALICE, BlockedRefusal), ("server", 3, BlockedServerRefusal),
])  # fmt: skip
async def test_a_blocked_user_or_server_gets_no_stored_original(scene, kind, number, error):
    job = await scene.job()
    await scene.get(job)
    await scene.blocklist.add(kind, number)
    with pytest.raises(error):
        await scene.get(job)


async def test_a_job_without_a_source_has_no_original(scene):
    job = await scene.job()
    await scene.store.change(job, source=None)
    with pytest.raises(NoLongerKeptRefusal):
        await scene.get(job)


async def test_no_original_is_stored_for_a_job_deleted_meanwhile(scene):
    job = await scene.job()
    scene.refitter.open.clear()
    waiting = asyncio.create_task(scene.get(job))
    await scene.refitter.begun.wait()
    removed = await scene.store.delete(job.id)
    await scene.pictures.delete_unreferenced(removed.digests)
    scene.refitter.open.set()
    await waiting
    assert await scene.files() == set()


async def test_an_original_encoded_as_jpeg_has_the_jpeg_suffix(scene, monkeypatch):
    buffer = io.BytesIO()
    Image.new("RGB", (8, 8)).save(buffer, "jpeg")

    async def jpeg(*_, **__):
        return Rendition(buffer.getvalue(), "jpeg", 8, 8)

    monkeypatch.setattr(scene.refitter, "refit", jpeg)
    job = await scene.job()
    assert [(await scene.get(job)).suffix for _ in range(2)] == ["jpeg", "jpeg"]


@pytest.mark.parametrize(
    ("trouble", "is_shown"), [(OSError(errno.ENOSPC, "full"), True), (KeyError("a bug"), False)], ids=repr
)
async def test_an_original_that_cannot_be_stored_is_shown_and_a_bug_is_raised(
    scene, monkeypatch, caplog, trouble, is_shown
):
    job = await scene.job()

    async def fail(*_, **__):
        raise trouble

    monkeypatch.setattr(scene.store, "change", fail)
    if is_shown:
        assert (await scene.get(job)).image == b"RIFFa source"
    else:
        with pytest.raises(KeyError):
            await scene.get(job)
    assert await scene.files() == {job.source}
    assert (f"The original of job {job.id} is not kept." in caplog.text) is is_shown


async def test_an_original_cancelled_in_the_queue_does_not_block_the_others(scene):
    scene.refitter.open.clear()
    jobs = [await scene.job(user, bytes([user])) for user in (1, 2, 3)]
    waiting = []
    for job in jobs:
        waiting.append(asyncio.create_task(scene.get(job)))
        async with asyncio.timeout(20):
            while len(scene.originals._gates) < len(waiting):  # noqa: ASYNC110 - it sets no event
                await asyncio.sleep(0.001)
    scene.originals._making[jobs[1].source, MOST].cancel()
    with pytest.raises(asyncio.CancelledError):
        await waiting[1]
    assert len(scene.originals._queue) == 1
    scene.refitter.open.set()
    assert (await waiting[2]).image == b"RIFF\x03"
    assert (await waiting[0]).image == b"RIFF\x01"
    assert scene.refitter.most_working == 1
    assert scene.originals._gates == {}

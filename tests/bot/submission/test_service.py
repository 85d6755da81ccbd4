"""How an order is taken: what is checked, chosen, fetched and kept before it waits for its turn."""

import asyncio
import errno
import hashlib
from functools import partial

import pytest

from bot.background import Background
from bot.errors import (
    BlockedServerRefusal,
    ChannelRefusal,
    DownloadRefusal,
    DrainingRefusal,
    DuplicateInteractionError,
    NoLongerKeptRefusal,
    NoRoomRefusal,
    QueueFullRefusal,
    ShuttingDownRefusal,
    SizeRefusal,
    TooMuchWorkRefusal,
    UnknownLayerRefusal,
)
from bot.models import State
from bot.options import DreamOptions
from bot.storage.blocklist import Blocklist
from bot.storage.jobs import JobStore
from bot.storage.pictures import PictureStore
from bot.storage.servers import ServerStore
from bot.submission import pricing
from bot.submission import service as service_module
from bot.submission.admission import Admission
from bot.submission.fetching import PictureFetcher
from bot.submission.pricing import Pricing
from bot.submission.requests import ImageRef, Requester, Submission
from bot.submission.service import SubmissionService
from bot.telemetry.log import current_job
from dream_engine.errors import DamagedPictureError, GuideError, TooManyBytesError
from tests.bot.records import ALICE, BOB, NOW, Clock, a_job, a_reply

SERVER, ROLE, CHANNEL = 3, 7, 5
CAT, GUIDE = "https://cdn/cat.png", "https://cdn/guide.png"
FILES = {CAT: b"a cat", GUIDE: b"a guide"}


def digest_of(content):
    return hashlib.sha256(content).hexdigest()


class Intake:
    """Knows some files; fetching waits at a gate."""

    def __init__(self):
        self.troubles = {}
        self.checked = []
        self.fetching = self.most_fetching = 0
        self.begun, self.open = asyncio.Event(), asyncio.Event()
        self.open.set()

    def check(self, url, declared_bytes):
        self.checked.append((url, declared_bytes))
        if declared_bytes is not None and declared_bytes > 100:
            raise TooManyBytesError(limit=1)

    async def fetch(self, url):
        self.fetching += 1
        self.most_fetching = max(self.most_fetching, self.fetching)
        self.begun.set()
        try:
            await self.open.wait()
            if url in self.troubles:
                raise self.troubles[url]
            return FILES[url]
        finally:
            self.fetching -= 1


class Runner:
    """Lets jobs wait, and knows when there will be room."""

    def __init__(self, store):
        self.store = store
        self.queued = asyncio.Queue()
        self.trouble = None

    def next_free_slot_at(self, user_id):
        return NOW + user_id

    async def enqueue(self, job):
        if self.trouble is not None:
            raise self.trouble
        job = await self.store.queue(job, 1)
        self.queued.put_nowait(job)
        return job


class JobRecovery:
    """Knows which jobs Discord shows as ended."""

    def __init__(self):
        self.shown_as_ended = set()

    async def end_as_shown(self, job):
        return job.id in self.shown_as_ended


class JobCompleter:
    """Notes how jobs end."""

    def __init__(self):
        self.ended = []

    def tell_deleted(self, job):
        self.ended.append(("forgotten", job.id, None))

    async def end_refused(self, job, error):
        self.ended.append(("refused", job.id, error))
        return job.but(state=State.REFUSED)

    async def end_failed(self, job, error):
        self.ended.append(("failed", job.id, error))
        return job.but(state=State.FAILED)


class Forecaster:
    """Estimates as a test says."""

    seconds = None

    def estimate(self, *_):
        return self.seconds


class Scene:
    def __init__(self, folder, database, settings):
        self.clock = Clock()
        self.store = JobStore(database, clock=self.clock)
        self.pictures = PictureStore(folder, database, clock=self.clock)
        self.servers, self.blocklist = ServerStore(database), Blocklist(database)
        self.intake, self.forecaster = Intake(), Forecaster()
        self.runner, self.completer, self.background = Runner(self.store), JobCompleter(), Background()
        self.settings = settings
        sizes = {"default_size": settings.default_size, "largest_size": settings.largest_size}
        settings_of = partial(DreamOptions.settings, backbone=settings.backbone, **sizes)
        self.fetcher = PictureFetcher(intake=self.intake, pictures=self.pictures, store=self.store)
        self.admission = Admission(
            settings=settings,
            blocklist=self.blocklist,
            servers=self.servers,
            intake=self.intake,
            pricing=Pricing(settings=settings, settings_of=settings_of, forecaster=self.forecaster),
            store=self.store,
            runner=self.runner,
            clock=self.clock,
        )
        self.recovery = JobRecovery()
        self.submissions = SubmissionService(
            store=self.store,
            admission=self.admission,
            fetcher=self.fetcher,
            runner=self.runner,
            recovery=self.recovery,
            completer=self.completer,
            background=self.background,
        )

    async def take(self, *, options=None, source=None, guide=None, user_id=ALICE, roles=(), **reply):
        reply = {"server_id": SERVER, "user_id": user_id, **reply}
        submit = Submission(
            Requester(user_id, roles, SERVER, (CHANNEL,)),
            options or DreamOptions(preset="mild"),
            source or ImageRef(url=CAT),
            guide,
            a_reply(**reply),
        )
        return await self.submissions.submit(submit)

    async def rules(self, **rules):
        await self.servers.change(SERVER, lambda _: rules)


@pytest.fixture
async def scene(tmp_path, database, settings_with, changes):
    scene = Scene(tmp_path / "pictures", database, settings_with(**changes))
    yield scene
    await scene.background.stop()


async def test_an_order_waits_for_its_turn_with_its_pictures(scene):
    job = await scene.take(guide=ImageRef(url=GUIDE), interaction_id=77)
    assert job.state is State.QUEUED
    assert (job.source, job.guide) == (digest_of(b"a cat"), digest_of(b"a guide"))
    assert await scene.store.get(job.id) == job
    assert await scene.pictures.get(job.source) == b"a cat"
    assert await scene.pictures.get(job.guide) == b"a guide"
    assert (job.user_id, job.server_id, job.created_at, job.interaction_id) == (ALICE, SERVER, NOW, 77)
    assert current_job.get() == job.id
    assert scene.completer.ended == []


async def test_without_a_guide_there_is_none(scene):
    assert (await scene.take()).guide is None


async def test_a_picture_that_is_kept_is_not_fetched_but_wanted_still(scene):
    digest = await scene.pictures.put(b"kept")
    scene.clock.advance(3600)
    job = await scene.take(source=ImageRef(digest=digest), guide=ImageRef(digest=digest))
    assert (job.source, job.guide) == (digest, digest)
    assert not scene.intake.begun.is_set()
    assert await scene.pictures.expire(60.0, 1e9) == 0
    (row,) = await scene.pictures._database.rows("SELECT used_at FROM pictures")
    assert row["used_at"] == NOW + 3600


async def test_a_picture_that_is_kept_no_longer_is_refused(scene):
    job = await scene.take(source=ImageRef(digest="0" * 64))
    ((how, job_id, error),) = scene.completer.ended
    assert (how, job_id, type(error)) == ("refused", job.id, NoLongerKeptRefusal)
    assert job.state is State.REFUSED


@pytest.mark.parametrize("declared_bytes", [None, 100])
async def test_addresses_are_checked_with_what_is_said_of_their_files(scene, declared_bytes):
    guide = ImageRef(url=GUIDE, declared_bytes=7)
    await scene.take(source=ImageRef(url=CAT, declared_bytes=declared_bytes), guide=guide)
    assert scene.intake.checked == [(CAT, declared_bytes), (GUIDE, 7)]


async def test_what_need_not_be_fetched_to_be_refused_is_not_written_down(scene):
    with pytest.raises(TooManyBytesError):
        await scene.take(source=ImageRef(url=CAT, declared_bytes=101))
    assert await scene.store.of_user(ALICE, *State) == []


class TestWhatIsLeftOpen:
    @pytest.mark.settings(default_preset="fur", default_size=512)
    async def test_is_chosen_as_the_operator_says(self, scene):
        options = (await scene.take(options=DreamOptions(preset=""))).options
        assert (options.preset, options.size) == ("fur", 512)

    @pytest.mark.settings(default_preset="fur", default_size=512, largest_size=1024)
    async def test_is_chosen_as_the_servers_managers_say(self, scene):
        await scene.rules(preset="eyes", largest_size=256)
        options = (await scene.take(options=DreamOptions(preset=""))).options
        assert (options.preset, options.size) == ("eyes", 256)

    async def test_is_nothing_that_was_wished_for(self, scene):
        await scene.rules(preset="eyes")
        options = (await scene.take(options=DreamOptions(preset="mild", size=300, seed=0))).options
        assert (options.preset, options.size, options.seed) == ("mild", 300, 0)

    async def test_the_seed_is_any_of_32_bits(self, scene, monkeypatch):
        monkeypatch.setattr(pricing.secrets, "randbelow", lambda most: most - 1)
        assert (await scene.take()).options.seed == 2**32 - 1


class TestTheLargestSize:
    pytestmark = pytest.mark.settings(largest_size=1024)

    @pytest.mark.parametrize(("rules", "largest"), [({}, 1024), ({"largest_size": 512}, 512)])
    async def test_may_be_had_and_no_more(self, scene, rules, largest):
        await scene.rules(**rules)
        assert (await scene.take(options=DreamOptions(preset="mild", size=largest))).options.size == largest
        with pytest.raises(SizeRefusal) as refusal:
            await scene.take(options=DreamOptions(preset="mild", size=largest + 1))
        assert refusal.value.details == {"largest": str(largest)}

    async def test_of_the_operator_stays_the_largest(self, scene):
        await scene.rules(largest_size=4096)
        with pytest.raises(SizeRefusal):
            await scene.take(options=DreamOptions(preset="mild", size=1025))

    @pytest.mark.parametrize(("wished", "size"), [(2048, 1024), (300, 300), (None, 1024)])
    async def test_makes_a_dream_of_before_smaller(self, scene, wished, size):
        source = ImageRef(digest=await scene.pictures.put(b"kept"))
        assert (
            await scene.take(options=DreamOptions(preset="mild", size=wished), source=source)
        ).options.size == size


async def test_a_wish_that_nobody_can_have_is_refused(scene):
    with pytest.raises(UnknownLayerRefusal):
        await scene.take(options=DreamOptions(preset="mild", layer="mixed9"))


async def test_who_is_blocked_or_elsewhere_is_refused(scene):
    await scene.rules(channels=[CHANNEL + 1])
    with pytest.raises(ChannelRefusal):
        await scene.take()
    await scene.blocklist.add("server", SERVER)
    with pytest.raises(BlockedServerRefusal):
        await scene.take()


@pytest.mark.parametrize(
    ("rules", "roles", "bucket", "max_running"),
    [
        ({}, (), 0, 1),
        ({"allowance": {"running": 2}}, (), SERVER, 2),
        ({"roles": {ROLE: {"running": 4}}}, (ROLE,), SERVER, 4),
        ({"roles": {ROLE: {"running": 4}}}, (), SERVER, 1),
        ({"exempt": [ROLE]}, (ROLE,), None, 100),
    ],
    ids=str,
)
async def test_the_servers_rules_say_who_pays_from_where_and_how_many_are_dreamed_at_once(
    scene, rules, roles, bucket, max_running
):
    await scene.rules(**rules)
    job = await scene.take(roles=roles)
    assert (job.bucket, job.max_running) == (bucket, max_running)


@pytest.mark.settings(queue=1)
async def test_a_full_queue_says_when_there_will_be_room(scene):
    await scene.take()
    with pytest.raises(QueueFullRefusal) as refusal:
        await scene.take(user_id=BOB)
    assert refusal.value.details == {"when": NOW + BOB}


class TestHowMuchThereIsToDo:
    async def work(self, scene, shape, **options):
        options = DreamOptions(preset="mild", octaves=1, iterations=10, **options)
        return (await scene.take(options=options, source=ImageRef(url=CAT, shape=shape))).work

    async def test_is_counted_in_millions_of_pixels_of_all_steps(self, scene):
        assert await self.work(scene, (100, 200), size=400) == pytest.approx(0.2)

    async def test_is_no_more_than_the_size_allows(self, scene):
        assert await self.work(scene, (1000, 2000), size=400) == pytest.approx(0.8)

    async def test_of_a_picture_of_unknown_shape_is_that_of_a_square(self, scene):
        assert await self.work(scene, None, size=400) == pytest.approx(1.6)

    @pytest.mark.settings(time_limit=600.0)
    @pytest.mark.parametrize("seconds", [None, 1.0, 600.0])
    async def test_may_take_as_long_as_a_dream_may(self, scene, seconds):
        scene.forecaster.seconds = seconds
        assert (await scene.take()).state is State.QUEUED

    @pytest.mark.settings(time_limit=630.0)
    async def test_may_not_take_longer(self, scene):
        scene.forecaster.seconds = 721.0
        with pytest.raises(TooMuchWorkRefusal) as refusal:
            await scene.take()
        assert refusal.value.details == {"minutes": 12, "limit": 10.5}
        assert await scene.store.of_user(ALICE, *State) == []


async def test_an_interaction_is_taken_once(scene):
    await scene.take(interaction_id=77)
    await scene.submissions.close()
    with pytest.raises(DuplicateInteractionError):
        await scene.take(interaction_id=77)


async def test_while_it_drains_nothing_is_taken(scene):
    assert not scene.submissions.is_draining
    scene.submissions.drain()
    assert scene.submissions.is_draining
    with pytest.raises(DrainingRefusal):
        await scene.take()
    scene.submissions.resume()
    assert scene.submissions.is_draining is False
    assert (await scene.take()).state is State.QUEUED


async def test_once_it_is_closed_nothing_is_taken(scene):
    assert scene.submissions.is_open
    await scene.submissions.close()
    assert scene.submissions.is_open is False
    with pytest.raises(ShuttingDownRefusal):
        await scene.take()


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
async def test_a_picture_that_does_not_come_ends_its_job(scene, trouble, how, told, state):
    scene.intake.troubles[CAT] = trouble
    job = await scene.take()
    assert job.state is state
    ((ended, job_id, error),) = scene.completer.ended
    assert (ended, job_id, type(error)) == (how, job.id, told)


async def test_of_a_guide_it_is_said_that_it_is_the_guide(scene):
    scene.intake.troubles[GUIDE] = DamagedPictureError()
    await scene.take(guide=ImageRef(url=GUIDE))
    ((_, _, error),) = scene.completer.ended
    assert isinstance(error, GuideError)
    assert isinstance(error.details["problem"], DamagedPictureError)
    assert await scene.pictures.bytes_kept() == 0


async def begun(scene, **submit):
    """An order whose picture is being fetched: its task, and its job."""
    scene.intake.open.clear()
    taking = asyncio.create_task(scene.take(**submit))
    async with asyncio.timeout(20):
        await scene.intake.begun.wait()
    (job,) = await scene.store.of_user(ALICE, State.RECEIVED)
    return taking, job


async def test_of_a_job_that_is_deleted_nothing_more_is_fetched(scene):
    taking, job = await begun(scene)
    await scene.fetcher.abandon({"0" * 16})
    assert scene.intake.fetching == 1
    await scene.fetcher.abandon({job.id})
    assert scene.intake.fetching == 0
    assert (await taking).state is State.CANCELLED
    assert scene.completer.ended == [("forgotten", job.id, None)]
    assert scene.fetcher._tasks == {}


async def test_a_job_whose_row_is_gone_when_its_picture_has_come_is_over(scene):
    taking, job = await begun(scene)
    await scene.store.delete(job)
    scene.intake.open.set()
    assert (await taking).state is State.CANCELLED
    assert scene.completer.ended == [("forgotten", job.id, None)]
    assert await scene.pictures.bytes_kept() == 0


async def test_who_closes_waits_for_a_picture_that_comes_soon(scene):
    taking, _ = await begun(scene)
    closing = asyncio.create_task(scene.submissions.close())
    for _ in range(5):
        await asyncio.sleep(0)
    assert not closing.done()
    scene.intake.open.set()
    await closing
    assert (await taking).state is State.QUEUED
    assert scene.submissions._submissions == set()


async def test_and_not_for_one_that_does_not_come(scene, monkeypatch):
    monkeypatch.setattr(service_module, "_FETCH_GRACE_SECONDS", 0.0)
    taking, job = await begun(scene)
    await scene.submissions.close()
    assert taking.cancelled()
    assert scene.intake.fetching == 0
    assert await scene.store.get(job.id) == job
    assert scene.completer.ended == []


async def test_what_was_taken_before_a_restart_is_taken_up(scene):
    job = await scene.store.admit(a_job(state=State.RECEIVED, source_url=CAT), None, 100, NOW)
    await scene.store.admit(a_job(state=State.RUNNING), None, 100, NOW)
    await scene.submissions.start()
    async with asyncio.timeout(20):
        queued = await scene.runner.queued.get()
    assert (queued.id, queued.source) == (job.id, digest_of(b"a cat"))
    assert scene.runner.queued.empty()


async def test_what_discord_shows_to_have_ended_before_a_restart_is_not_taken_up(scene):
    ended = await scene.store.admit(a_job(state=State.RECEIVED, source_url=CAT), None, 100, NOW)
    left = await scene.store.admit(a_job(state=State.RECEIVED, source_url=CAT), None, 100, NOW)
    scene.recovery.shown_as_ended.add(ended.id)
    await scene.submissions.start()
    async with asyncio.timeout(20):
        queued = await scene.runner.queued.get()
    assert queued.id == left.id
    assert scene.runner.queued.empty()


async def test_the_pictures_of_eight_orders_are_fetched_at_once(scene):
    for _ in range(9):
        await scene.store.admit(a_job(state=State.RECEIVED, source_url=CAT), None, 100, NOW)
    scene.intake.open.clear()
    await scene.submissions.start()
    async with asyncio.timeout(20):
        while scene.intake.fetching < 8:  # noqa: ASYNC110 - it sets no event
            await asyncio.sleep(0)
        scene.intake.open.set()
        for _ in range(9):
            await scene.runner.queued.get()
    assert scene.intake.most_fetching == 8

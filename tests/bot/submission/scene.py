"""Stand-ins around the submission service, and the scene that its tests share."""

import asyncio
import hashlib
from functools import partial

from bot.background import Background
from bot.models import State
from bot.options import DreamOptions
from bot.storage.blocklist import Blocklist
from bot.storage.jobs import JobStore
from bot.storage.pictures import PictureStore
from bot.storage.servers import ServerStore
from bot.submission.admission import Admission
from bot.submission.appraisal import Appraiser
from bot.submission.fetching import PictureFetcher
from bot.submission.pricing import Pricing
from bot.submission.requests import ImageRef, Requester, Submission
from bot.submission.service import SubmissionService
from dream_engine.errors import TooManyBytesError
from tests.bot.records import ALICE, NOW, Clock, a_reply

SERVER, ROLE, CHANNEL = 3, 7, 5


CAT, GUIDE, MASK = (f"https://cdn/{name}.png" for name in ("cat", "guide", "mask"))


FILES = {CAT: b"a cat", GUIDE: b"a guide", MASK: b"a mask"}


def digest_of(content):
    return hashlib.sha256(content).hexdigest()


class PictureDownloader:
    """Serves known files; each download waits at a gate."""

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
    """Queues jobs, and knows when the queue has a free place."""

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
    """Records how jobs end."""

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
    """Returns the estimate that the test sets."""

    seconds = None

    def estimate(self, *_):
        return self.seconds


class Scene:
    def __init__(self, folder, database, settings):
        self.clock = Clock()
        self.store = JobStore(database, clock=self.clock)
        self.pictures = PictureStore(folder, database, clock=self.clock)
        self.servers, self.blocklist = ServerStore(database), Blocklist(database)
        self.downloader, self.forecaster = PictureDownloader(), Forecaster()
        self.runner, self.completer, self.background = Runner(self.store), JobCompleter(), Background()
        self.settings = settings
        sizes = {"default_size": settings.default_size, "largest_size": settings.largest_size}
        settings_of = partial(DreamOptions.settings, backbone=settings.backbone, **sizes)
        self.fetcher = PictureFetcher(downloader=self.downloader, pictures=self.pictures, store=self.store)
        pricing = Pricing(settings=settings, settings_of=settings_of, forecaster=self.forecaster)
        self.admission = Admission(
            settings=settings,
            blocklist=self.blocklist,
            servers=self.servers,
            downloader=self.downloader,
            pricing=pricing,
            store=self.store,
            runner=self.runner,
            clock=self.clock,
        )
        self.recovery = JobRecovery()
        self.submissions = SubmissionService(
            store=self.store,
            admission=self.admission,
            fetcher=self.fetcher,
            appraiser=Appraiser(
                settings=settings,
                servers=self.servers,
                pictures=self.pictures,
                store=self.store,
                pricing=pricing,
            ),
            runner=self.runner,
            recovery=self.recovery,
            completer=self.completer,
            background=self.background,
        )

    async def take(
        self, *, options=None, source=None, guide=None, mask=None, user_id=ALICE, roles=(), **reply
    ):
        reply = {"server_id": SERVER, "user_id": user_id, **reply}
        submit = Submission(
            Requester(user_id, roles, SERVER, (CHANNEL,)),
            options or DreamOptions(preset="mild"),
            source or ImageRef(url=CAT),
            guide,
            a_reply(**reply),
            mask,
        )
        return await self.submissions.submit(submit)

    async def rules(self, **rules):
        await self.servers.change(SERVER, lambda _: rules)


async def begun(scene, **submit):
    """A request whose picture is being downloaded: its task and its job."""
    scene.downloader.open.clear()
    taking = asyncio.create_task(scene.take(**submit))
    async with asyncio.timeout(20):
        await scene.downloader.begun.wait()
    (job,) = await scene.store.of_user(ALICE, State.RECEIVED)
    return taking, job

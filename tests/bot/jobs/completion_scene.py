"""Stand-ins around the completer and the deliverer, and the scene that their tests share."""

import asyncio

from bot.background import Background
from bot.jobs.completion import JobCompleter
from bot.jobs.dream_delivery import DreamDeliverer
from bot.models import State
from bot.rate_limit import BAD_PICTURES, Allowance
from bot.storage.jobs import JobStore
from bot.storage.pictures import PictureStore
from bot.telemetry.metrics import Metrics
from bot.texts import packaged_catalogue
from tests.bot.records import ALICE, NOW, Clock, a_job, an_outcome

ELSEWHERE = packaged_catalogue().texts("en")("card-elsewhere")


ALLOWANCE = Allowance(dreams=6, minutes=10, burst=3, waiting=9)


class Delivery:
    """Delivers as the test says, and records the messages to owners."""

    def __init__(self):
        self.told = []
        self.told_of = []
        self.closed = []
        self.given = []

    def texts(self, job):
        return packaged_catalogue().texts(job.reply.locale)

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
            notifier=self.delivery,
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
        """The number of Alice's pictures that could not be dreamed."""
        row = await self.database.row(
            "SELECT tokens FROM buckets WHERE user_id = ? AND server_id = -1", (ALICE,)
        )
        return 0 if row is None else BAD_PICTURES.burst - row["tokens"]

    async def tokens(self):
        row = await self.database.row(
            "SELECT tokens FROM buckets WHERE user_id = ? AND server_id = 0", (ALICE,)
        )
        return row["tokens"]

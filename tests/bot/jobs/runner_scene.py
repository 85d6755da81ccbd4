"""Stand-ins around the runner, and the scene that its tests share."""

import asyncio
import errno
from types import SimpleNamespace

from bot.background import Background
from bot.jobs import dream_delivery
from bot.jobs.lifecycle import JobLifecycle
from bot.jobs.recovery import JobRecovery
from bot.jobs.runner import Runner
from bot.jobs.speeds import Speeds
from bot.models import State
from bot.storage.blocklist import Blocklist
from bot.storage.jobs import JobStore
from bot.storage.motions import MotionFolders
from bot.storage.pictures import PictureStore
from tests.bot.records import ALICE, NOW, Clock, a_job

FULL = OSError(errno.ENOSPC, "No space left on device")


class JobExecutor:
    """Dreams until the test ends the dream."""

    capacity = 1
    shares_cores = False

    def __init__(self):
        self.begun = asyncio.Queue()
        self.results = {}
        self.unencoded = {}

    async def dream(self, active, on_unencoded):
        def finish_computing():
            active.is_unencoded = True
            on_unencoded()

        self.results[active.job.id] = result = asyncio.get_running_loop().create_future()
        self.unencoded[active.job.id] = finish_computing
        self.begun.put_nowait(active.job)
        return await result


class Delivery:
    """Knows which messages show a dream or are deleted, and records the owners told of a shutdown."""

    def __init__(self):
        self.answered, self.gone, self.paused = {}, set(), []

    async def end_shown(self, job):
        answered = self.answered.get(job.id)
        if isinstance(answered, Exception):
            raise answered
        if isinstance(answered, asyncio.Event):
            await answered.wait()
            return State.DELIVERED
        return answered

    def live_card(self, job):
        return SimpleNamespace(gone=SimpleNamespace(is_set=lambda: job.id in self.gone))

    async def tell_paused(self, job):
        self.paused.append(job.id)


class JobCompleter:
    """Records how jobs end, and fails or waits if the test says so."""

    def __init__(self):
        self.noted = asyncio.Queue()
        self.trouble = None
        self.reached, self.open = asyncio.Event(), asyncio.Event()
        self.open.set()

    async def _note(self, how, job, **details):
        self.reached.set()
        await self.open.wait()
        if self.trouble is not None:
            raise self.trouble
        self.noted.put_nowait((how, job.id, details))

    async def keep(self, job):
        await self._note("kept", job)

    async def resume(self):
        self.noted.put_nowait(("resumed", None, {}))

    async def store_end(self, job, state, *, refund, cost=None):
        await self._note("written down", job, state=state, refund=refund, **_told(cost))

    async def end_failed(self, job, error):
        await self._note("failed", job, error=type(error))

    async def end_refused(self, job, error):
        await self._note("refused", job, error=type(error))

    async def end_cancelled(self, job, reply=None, *, refund, cost=None):
        await self._note("cancelled", job, reply=reply, refund=refund, **_told(cost))

    async def end_lost(self, job, *, refund=False, cost=None):
        await self._note("lost", job, refund=refund, **_told(cost))

    def tell_deleted(self, job):
        self.noted.put_nowait(("forgotten", job.id, {}))


class DreamDeliverer(dream_delivery.DreamDeliverer):
    """Stores dreams, and records which of them are to be delivered."""

    def deliver(self, job, image=None, *, again=False):
        self._completer.noted.put_nowait(("delivered", job.id, {"job": job, "image": image, "again": again}))


class Forecaster:
    """Forecasts nothing, and records its calls."""

    def __init__(self):
        self.renewed = asyncio.Event()

    def estimate(self, *_):
        return None

    def next_free_slot_at(self, user_id, active):
        return user_id, sorted(one.job.user_id for one in active)

    def renew(self, queue, waiting, growing, workers, slowdown):
        self.seen = len(queue), set(waiting), [one.job.id for one in growing], workers
        self.slowdown = slowdown
        self.renewed.set()


class Scene:
    def __init__(self, folder, database):
        self.clock = Clock()
        self.store = JobStore(database, clock=self.clock)
        self.pictures = PictureStore(folder, database, clock=self.clock)
        self.blocklist, self.speeds = Blocklist(database), Speeds()
        self.job_executor, self.delivery, self.completer = JobExecutor(), Delivery(), JobCompleter()
        self.forecaster, self.background = Forecaster(), Background()
        self.waits, self.dreamed = [], []
        self.metrics = SimpleNamespace(
            dream_began=self.waits.append, dream_done=lambda *what: self.dreamed.append(what)
        )
        self.database = database
        self.deliverer = DreamDeliverer(
            store=self.store, pictures=self.pictures, delivery=self.delivery, completer=self.completer
        )
        lifecycle = JobLifecycle(
            job_executor=self.job_executor,
            store=self.store,
            completer=self.completer,
            deliverer=self.deliverer,
            blocklist=self.blocklist,
            speeds=self.speeds,
            metrics=self.metrics,
        )
        self.runner = Runner(
            lifecycle=lifecycle,
            store=self.store,
            notifier=self.delivery,
            completer=self.completer,
            forecaster=self.forecaster,
            background=self.background,
            metrics=self.metrics,
            clock=self.clock,
        )
        self.recovery = JobRecovery(
            store=self.store,
            folders=MotionFolders(folder / "motions", database, 1e9),
            delivery=self.delivery,
            completer=self.completer,
            deliverer=self.deliverer,
            runner=self.runner,
            background=self.background,
        )

    async def kept(self, user_id=ALICE, state=State.RECEIVED, **changes):
        return await self.store.admit(a_job(user_id, state=state, **changes), None, 100, NOW)

    async def waits_for_its_turn(self, user_id=ALICE, **changes):
        return await self.runner.enqueue(await self.kept(user_id, **changes))

    async def start(self):
        await self.recovery.start()
        self.runner.start()

    async def started(self):
        await self.start()
        assert await self.ended() == ("resumed", None, {})

    async def begun(self):
        async with asyncio.timeout(20):
            return await self.job_executor.begun.get()

    async def ended(self):
        async with asyncio.timeout(20):
            return await self.completer.noted.get()

    def ends(self, job, result):
        future = self.job_executor.results[job.id]
        future.set_exception(result) if isinstance(result, Exception) else future.set_result(result)

    async def idle(self):
        """Wait until no dream is running."""
        async with asyncio.timeout(20):
            while tasks := [one.task for one in self.runner._active.values() if one.task]:
                await asyncio.wait(tasks)

    async def next_round(self):
        """Let the runner look at the queue once more."""
        self.forecaster.renewed.clear()
        self.runner._changed.set()
        async with asyncio.timeout(20):
            await self.forecaster.renewed.wait()


def _told(cost):
    return {} if cost is None else {"cost": cost}

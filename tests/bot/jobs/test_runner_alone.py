"""The runner without Discord: what it begins, stops and takes up again, and how it lets jobs end."""

import asyncio
import errno
from types import SimpleNamespace

import pytest

from bot.background import Background
from bot.errors import BlockedRefusal, JobGoneError
from bot.jobs import delivering
from bot.jobs import recovery as recovery_module
from bot.jobs import runner as runner_module
from bot.jobs.execution import AnswerGoneError
from bot.jobs.lifecycle import JobLifecycle
from bot.jobs.recovery import JobRecovery
from bot.jobs.runner import Runner
from bot.jobs.speeds import Speeds
from bot.models import State
from bot.storage.blocklist import Blocklist
from bot.storage.disk_errors import is_storage_error
from bot.storage.jobs import JobStore
from bot.storage.pictures import PictureStore
from dream_engine.dreams import OctaveRecord
from dream_engine.errors import DamagedPictureError, WeightsNotFoundError
from dream_engine.executors.base import ExecutorClosedError
from tests.bot.records import ALICE, BOB, NOW, Clock, a_dream, a_job, a_reply, an_outcome

FULL = OSError(errno.ENOSPC, "No space left on device")


class JobExecutor:
    """Dreams until a test says how it ends."""

    capacity = 1

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
    """Knows which messages show a dream or are gone, and notes who was told that the bot stops."""

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
    """Notes how jobs end, and fails or waits where a test wants it."""

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

    async def store_end(self, job, state, *, refund):
        await self._note("written down", job, state=state, refund=refund)

    async def end_failed(self, job, error):
        await self._note("failed", job, error=type(error))

    async def end_refused(self, job, error):
        await self._note("refused", job, error=type(error))

    async def end_cancelled(self, job, reply=None, *, refund):
        await self._note("cancelled", job, reply=reply, refund=refund)

    async def end_lost(self, job, *, refund=False):
        await self._note("lost", job, refund=refund)

    def tell_deleted(self, job):
        self.noted.put_nowait(("forgotten", job.id, {}))


class DreamDeliverer(delivering.DreamDeliverer):
    """Stores dreams, and notes which of them are to be delivered."""

    def deliver(self, job, image=None, *, again=False):
        self._completer.noted.put_nowait(("delivered", job.id, {"job": job, "image": image, "again": again}))


class Forecaster:
    """Foresees nothing, and notes what it was told."""

    def __init__(self):
        self.renewed = asyncio.Event()

    def estimate(self, *_):
        return None

    def next_free_slot_at(self, user_id, active):
        return user_id, sorted(one.job.user_id for one in active)

    def renew(self, queue, waiting, growing, workers):
        self.seen = len(queue), set(waiting), [one.job.id for one in growing], workers
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
            delivery=self.delivery,
            completer=self.completer,
            forecaster=self.forecaster,
            background=self.background,
            metrics=self.metrics,
            clock=self.clock,
        )
        self.recovery = JobRecovery(
            store=self.store,
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
        """Return once nothing is being dreamed."""
        async with asyncio.timeout(20):
            while tasks := [one.task for one in self.runner._active.values() if one.task]:
                await asyncio.wait(tasks)

    async def next_round(self):
        """Let the queue be looked at once more."""
        self.forecaster.renewed.clear()
        self.runner._changed.set()
        async with asyncio.timeout(20):
            await self.forecaster.renewed.wait()


@pytest.fixture
async def scene(tmp_path, database, monkeypatch):
    monkeypatch.setattr("bot.storage.disk_errors._SHORTEST_PAUSE", 0.01)
    scene = Scene(tmp_path / "pictures", database)
    yield scene
    await scene.background.stop()


class TestWhatIsBegun:
    async def test_is_noted_as_one_more_try(self, scene):
        await scene.started()
        job = await scene.waits_for_its_turn()
        begun = await scene.begun()
        assert (begun.id, begun.state, begun.attempts) == (job.id, State.RUNNING, 1)
        assert await scene.store.get(job.id) == begun

    async def test_is_begun_although_that_cannot_be_noted(self, scene):
        job = await scene.waits_for_its_turn()
        await scene.database.rows("PRAGMA query_only = ON")
        await scene.started()
        begun = await scene.begun()
        assert (begun.id, begun.state, begun.attempts) == (job.id, State.RUNNING, 1)
        assert (await scene.store.get(job.id)).state is State.QUEUED

    async def test_has_waited_for_so_long(self, scene):
        await scene.started()
        scene.clock.advance(7)
        await scene.waits_for_its_turn(created_at=NOW)
        await scene.begun()
        assert scene.waits == [7]

    async def test_is_no_more_than_the_executor_can_dream_at_once(self, scene):
        scene.job_executor.capacity = 2
        await scene.started()
        for user in (1, 2, 3):
            await scene.waits_for_its_turn(user)
        first = await scene.begun()
        await scene.begun()
        await scene.next_round()
        assert scene.job_executor.begun.empty()
        assert scene.runner.load == (1, 2)
        assert scene.runner.people == 3
        scene.job_executor.unencoded[first.id]()
        assert (await scene.begun()).user_id == 3
        assert scene.runner.load == (0, 3)

    async def test_is_nothing_of_who_was_blocked_meanwhile(self, scene):
        job = await scene.waits_for_its_turn()
        await scene.blocklist.add("user", ALICE)
        await scene.started()
        assert await scene.ended() == ("refused", job.id, {"error": BlockedRefusal})
        assert scene.job_executor.begun.empty()

    async def test_is_shown_to_the_outlook(self, scene):
        await scene.started()
        first, second = await scene.waits_for_its_turn(), await scene.waits_for_its_turn(BOB)
        assert (await scene.begun()).id == first.id
        await scene.next_round()
        assert scene.forecaster.seen == (1, {second.id}, [first.id], 1)
        assert scene.runner.next_free_slot_at(ALICE) == (ALICE, [ALICE])


@pytest.mark.parametrize(
    ("error", "end"),
    [
        (DamagedPictureError(), ("refused", {"error": DamagedPictureError})),
        (WeightsNotFoundError(path="lite0.h5"), ("failed", {"error": WeightsNotFoundError})),
        (KeyError("a bug"), ("failed", {"error": KeyError})),
        (AnswerGoneError(), ("lost", {"refund": False})),
        (JobGoneError(), ("forgotten", {})),
    ],
    ids=repr,
)
async def test_what_comes_to_no_dream_ends_as_it_should_and_the_next_is_begun(scene, error, end):
    await scene.started()
    job, following = await scene.waits_for_its_turn(), await scene.waits_for_its_turn(BOB)
    await scene.begun()
    scene.ends(job, error)
    how, job_id, details = await scene.ended()
    assert ((how, details), job_id) == (end, job.id)
    assert (await scene.begun()).id == following.id


@pytest.mark.parametrize("trouble", [JobGoneError(), FULL, KeyError("a bug")], ids=repr)
async def test_an_end_that_fails_keeps_nobody_from_being_served(scene, trouble, caplog):
    await scene.started()
    job, following = await scene.waits_for_its_turn(), await scene.waits_for_its_turn(BOB)
    await scene.begun()
    scene.completer.trouble = trouble
    scene.ends(job, DamagedPictureError())
    assert (await scene.begun()).id == following.id
    if isinstance(trouble, JobGoneError):
        assert await scene.ended() == ("forgotten", job.id, {})
    else:
        assert f"Job {job.id} is taken up after a restart" in caplog.text
        assert ("Traceback" in caplog.text) is not is_storage_error(trouble)


class TestADream:
    async def done(self, scene, **differences):
        await scene.started()
        job = await scene.waits_for_its_turn()
        await scene.begun()
        scene.ends(job, a_dream(b"a dream", **differences))
        how, job_id, details = await scene.ended()
        assert (how, job_id, details["image"]) == ("delivered", job.id, b"a dream")
        await scene.idle()
        return details

    async def test_is_kept_before_it_is_delivered(self, scene):
        details = await self.done(scene)
        job = await scene.store.get(details["job"].id)
        assert details["job"] == job
        assert (job.state, details["again"]) == (State.DREAMED, False)
        assert await scene.pictures.get(job.dream) == b"a dream"

    @pytest.mark.parametrize("trouble", [FULL, KeyError("a bug")], ids=repr)
    async def test_is_delivered_although_it_cannot_be_kept(self, scene, monkeypatch, caplog, trouble):
        async def fail(*_):
            raise trouble

        monkeypatch.setattr(scene.store, "record_dream", fail)
        details = await self.done(scene)
        assert (details["job"].state, details["job"].dream) == (State.DREAMED, None)
        assert details["job"].outcome.seconds == 4.0
        assert "is delivered, but not kept" in caplog.text
        assert ("Traceback" in caplog.text) is not is_storage_error(trouble)

    async def test_of_a_deleted_job_is_delivered_to_nobody(self, scene):
        await scene.started()
        job = await scene.waits_for_its_turn()
        await scene.begun()
        await scene.store.delete(job)
        scene.ends(job, a_dream(b"a dream"))
        assert await scene.ended() == ("forgotten", job.id, {})
        await scene.idle()
        assert scene.completer.noted.empty()
        assert await scene.pictures.bytes_kept() == 0

    async def test_says_how_fast_its_kind_is(self, scene):
        octaves = (OctaveRecord(1000, 500, (1.0,), 1.0), OctaveRecord(1000, 1500, (1.0,), 1.0))
        dream = a_dream(b"", octaves=octaves, seconds=33.0)
        iterations = dream.settings.iterations
        await self.done(scene, octaves=octaves, seconds=33.0)
        backbone = dream.settings.backbone
        assert scene.dreamed == [("mild", backbone, 33.0)]
        speed = 33.0 / (2 * iterations + 2.0)
        assert await scene.store.speeds.all() == {(backbone, "mild"): pytest.approx(speed, rel=1e-9)}
        assert scene.speeds.estimate(backbone, "mild", 0.0) == pytest.approx(2 * speed)

    @pytest.mark.parametrize("trouble", [FULL, KeyError("a bug")], ids=repr)
    async def test_whose_speed_cannot_be_kept_is_delivered(self, scene, monkeypatch, caplog, trouble):
        async def fail(*_):
            raise trouble

        monkeypatch.setattr(scene.store.speeds, "save", fail)
        await self.done(scene)
        known = "The speed of mild is not kept." in caplog.text
        assert known is is_storage_error(trouble)
        assert ("Traceback" in caplog.text) is not known


class TestCancelling:
    async def test_what_waits_pays_it_back_and_never_begins_it(self, scene):
        await scene.started()
        running, waiting = await scene.waits_for_its_turn(), await scene.waits_for_its_turn()
        await scene.begun()
        assert await scene.runner.cancel(waiting.id, a_reply(token="a-click")) is True
        how, job_id, details = await scene.ended()
        assert (how, job_id, details["refund"]) == ("cancelled", waiting.id, True)
        assert details["reply"].token == "a-click"
        scene.ends(running, KeyError("a bug"))
        await scene.ended()
        await scene.next_round()
        assert scene.job_executor.begun.empty()
        assert scene.runner.people == 0

    async def test_what_is_dreamed_pays_nothing_back_and_lets_the_next_begin(self, scene):
        await scene.started()
        running, waiting = await scene.waits_for_its_turn(), await scene.waits_for_its_turn()
        await scene.begun()
        assert await scene.runner.cancel(running.id, a_reply(token="a-click")) is True
        how, job_id, details = await scene.ended()
        assert (how, job_id, details["refund"]) == ("cancelled", running.id, False)
        assert details["reply"].token == "a-click"
        assert (await scene.begun()).id == waiting.id

    async def test_comes_too_late_once_it_is_decided_how_a_job_ends(self, scene):
        await scene.started()
        job = await scene.waits_for_its_turn()
        await scene.begun()
        scene.completer.open.clear()
        scene.ends(job, DamagedPictureError())
        await scene.completer.reached.wait()
        assert await scene.runner.cancel(job.id) is False
        scene.completer.open.set()
        assert (await scene.ended())[0] == "refused"

    async def test_a_second_time_or_what_is_not_there_is_too_late(self, scene):
        await scene.started()
        job = await scene.waits_for_its_turn()
        await scene.begun()
        scene.completer.open.clear()
        first = asyncio.create_task(scene.runner.cancel(job.id))
        await scene.completer.reached.wait()
        assert await scene.runner.cancel(job.id) is False
        assert await scene.runner.cancel("0" * 16) is False
        assert not first.done()
        scene.completer.open.set()
        assert await first is True

    async def test_what_cannot_be_written_down_goes_on_waiting(self, scene):
        await scene.waits_for_its_turn(BOB)
        job = await scene.waits_for_its_turn()
        scene.completer.trouble = FULL
        with pytest.raises(OSError, match="No space"):
            await scene.runner.cancel(job.id)
        scene.completer.trouble = None
        assert scene.runner.load == (2, 0)
        assert await scene.runner.cancel(job.id)

    async def test_deleted_jobs_waits_for_those_that_are_about_to_end(self, scene):
        await scene.started()
        ending, waiting = await scene.waits_for_its_turn(), await scene.waits_for_its_turn()
        await scene.begun()
        scene.completer.open.clear()
        scene.ends(ending, DamagedPictureError())
        await scene.completer.reached.wait()
        await scene.runner.abandon({"0" * 16})  # which concerns nobody here
        scene.completer.open.set()
        await scene.runner.abandon({ending.id, waiting.id})
        ended = [await scene.ended(), await scene.ended()]
        assert {(how, job_id) for how, job_id, _ in ended} == {
            ("refused", ending.id),
            ("cancelled", waiting.id),
        }
        assert scene.runner.load == (0, 0)


async def test_a_job_whose_message_was_deleted_while_it_waited_is_lost_and_paid_back(scene):
    await scene.started()
    await scene.waits_for_its_turn(BOB)
    await scene.begun()
    gone, other = await scene.waits_for_its_turn(), await scene.waits_for_its_turn()
    scene.delivery.gone.add(gone.id)
    await scene.next_round()
    assert await scene.ended() == ("lost", gone.id, {"refund": True})
    assert set(scene.runner._waiting) == {other.id}


class TestStopping:
    async def test_puts_back_what_runs_and_tells_those_who_wait(self, scene):
        await scene.started()
        running, waiting = await scene.waits_for_its_turn(), await scene.waits_for_its_turn(BOB)
        await scene.begun()
        await scene.runner.stop(0.0)
        job = await scene.store.get(running.id)
        assert (job.state, job.attempts) == (State.QUEUED, 0)
        assert sorted(scene.delivery.paused) == sorted([running.id, waiting.id])
        await asyncio.sleep(0)
        assert scene.job_executor.begun.empty()
        assert scene.completer.noted.empty()

    async def test_lets_what_runs_be_done_within_its_time(self, scene):
        await scene.started()
        job = await scene.waits_for_its_turn()
        await scene.begun()
        stopping = asyncio.create_task(scene.runner.stop(20.0))
        for _ in range(5):
            await asyncio.sleep(0)
        scene.ends(job, a_dream(b"a dream"))
        await stopping
        assert (await scene.ended())[0] == "delivered"
        assert scene.delivery.paused == []

    async def test_does_not_break_off_an_end_that_is_being_written_down(self, scene):
        await scene.started()
        job = await scene.waits_for_its_turn()
        await scene.begun()
        scene.completer.open.clear()
        scene.ends(job, DamagedPictureError())
        await scene.completer.reached.wait()
        stopping = asyncio.create_task(scene.runner.stop(0.0))
        for _ in range(5):
            await asyncio.sleep(0)
        assert not stopping.done()
        scene.completer.open.set()
        await stopping
        assert (await scene.ended())[0] == "refused"

    async def test_does_not_wait_for_ever_for_a_discord_that_is_silent(self, scene, monkeypatch):
        monkeypatch.setattr(runner_module, "_PAUSE_SECONDS", 0.01)

        async def silent(_):
            await asyncio.Event().wait()

        await scene.waits_for_its_turn()
        monkeypatch.setattr(scene.delivery, "tell_paused", silent)
        async with asyncio.timeout(20):
            await scene.runner.stop(0.0)

    async def test_tells_who_comes_meanwhile_as_well(self, scene):
        await scene.started()
        await scene.runner.stop(0.0)
        job = await scene.waits_for_its_turn()
        assert job.state is State.QUEUED
        assert scene.delivery.paused == [job.id]
        await asyncio.sleep(0)
        assert scene.job_executor.begun.empty()

    async def test_an_executor_that_was_closed_leaves_its_job_as_it_was(self, scene):
        await scene.started()
        job = await scene.waits_for_its_turn()
        await scene.begun()
        scene.ends(job, ExecutorClosedError())
        await scene.idle()
        left = await scene.store.get(job.id)
        assert (left.state, left.attempts) == (State.QUEUED, 0)
        assert scene.completer.noted.empty()


class TestAfterARestart:
    async def test_a_finished_dream_is_looked_for_and_delivered(self, scene):
        job = await scene.kept(state=State.DREAMED, outcome=an_outcome())
        await scene.start()
        assert await scene.ended() == ("delivered", job.id, {"job": job, "image": None, "again": True})

    async def test_one_that_may_have_been_handed_over_is_kept(self, scene):
        job = await scene.kept(state=State.DREAMED, reply=a_reply(attempt="visit"))
        await scene.start()
        assert await scene.ended() == ("kept", job.id, {})

    @pytest.mark.parametrize(
        ("before", "shown", "refund"),
        [
            (State.RUNNING, State.DELIVERED, False),
            (State.QUEUED, State.DELIVERED, False),
            (State.RUNNING, State.CANCELLED, False),
            (State.QUEUED, State.CANCELLED, True),
            (State.RUNNING, State.LOST, True),
            (State.RUNNING, State.FAILED, True),
        ],
    )
    async def test_a_job_whose_message_shows_its_end_is_over(self, scene, before, shown, refund):
        job = await scene.kept(state=before, attempts=3)
        scene.delivery.answered[job.id] = shown
        await scene.started()
        assert await scene.ended() == ("written down", job.id, {"state": shown, "refund": refund})
        assert scene.runner.load == (0, 0)

    async def test_a_job_of_which_that_cannot_be_seen_is_dreamed(self, scene, caplog):
        job = await scene.kept(state=State.RUNNING, attempts=2)
        scene.delivery.answered[job.id] = KeyError("a bug")
        await scene.started()
        begun = await scene.begun()
        assert (begun.id, begun.attempts) == (job.id, 3)
        assert f"Whether job {job.id} was answered cannot be seen." in caplog.text

    async def test_a_dream_of_before_may_have_been_delivered(self, scene):
        job = await scene.kept(state=State.QUEUED)
        await scene.started()
        await scene.begun()
        scene.ends(job, a_dream(b"a dream"))
        assert (await scene.ended())[2]["again"] is True

    async def test_a_job_that_was_begun_three_times_is_given_up(self, scene):
        job = await scene.kept(state=State.RUNNING, attempts=3)
        await scene.started()
        assert await scene.ended() == ("failed", job.id, {"error": RuntimeError})
        assert scene.runner.load == (0, 0)

    async def test_people_take_turns_as_before(self, scene):
        for user, turn in ((ALICE, 2), (ALICE, 3), (BOB, 2)):
            await scene.kept(user, state=State.QUEUED, turn=turn)
        await scene.started()
        newcomer = await scene.waits_for_its_turn(33)
        assert newcomer.turn == 2
        assert (await scene.waits_for_its_turn(ALICE)).turn == 4

    async def test_a_job_that_is_looked_for_in_vain_keeps_no_other_waiting(self, scene, monkeypatch):
        monkeypatch.setattr(recovery_module, "_LOOKUP_SECONDS", 0.01)
        slow, quick = await scene.kept(state=State.QUEUED), await scene.kept(BOB, state=State.QUEUED)
        scene.delivery.answered[slow.id] = seen = asyncio.Event()
        await scene.started()
        assert (await scene.begun()).id == quick.id
        seen.set()
        told = {"state": State.DELIVERED, "refund": False}
        assert await scene.ended() == ("written down", slow.id, told)

    @pytest.mark.parametrize("trouble", [FULL, KeyError("a bug")], ids=repr)
    async def test_a_job_that_cannot_be_taken_up_keeps_no_other_waiting(self, scene, monkeypatch, trouble):
        job = await scene.kept(state=State.RUNNING)

        async def fail(*_, **__):
            raise trouble

        with monkeypatch.context() as patch:
            patch.setattr(scene.store, "change", fail)
            await scene.start()
        if is_storage_error(trouble):
            assert (await scene.begun()).id == job.id
        else:
            await scene.ended()
            assert await scene.ended() == ("failed", job.id, {"error": KeyError})

"""The runner without Discord: which jobs it starts, cancels and puts back."""

import asyncio

import pytest

from bot.errors import BlockedRefusal
from bot.jobs import runner as runner_module
from bot.models import State
from dream_engine.errors import DamagedPictureError
from dream_engine.executors.base import ExecutorClosedError
from tests.bot.jobs.runner_scene import FULL, Scene
from tests.bot.records import ALICE, BOB, NOW, a_dream, a_reply


@pytest.fixture
async def scene(tmp_path, database, monkeypatch):
    monkeypatch.setattr("bot.storage.disk_errors._SHORTEST_PAUSE", 0.01)
    scene = Scene(tmp_path / "pictures", database)
    yield scene
    await scene.background.stop()


class TestStartedJobs:
    async def test_count_as_one_more_attempt(self, scene):
        await scene.started()
        job = await scene.waits_for_its_turn()
        begun = await scene.begun()
        assert (begun.id, begun.state, begun.attempts) == (job.id, State.RUNNING, 1)
        assert await scene.store.get(job.id) == begun

    async def test_start_even_if_that_cannot_be_stored(self, scene):
        job = await scene.waits_for_its_turn()
        await scene.database.rows("PRAGMA query_only = ON")
        await scene.started()
        begun = await scene.begun()
        assert (begun.id, begun.state, begun.attempts) == (job.id, State.RUNNING, 1)
        assert (await scene.store.get(job.id)).state is State.QUEUED

    async def test_report_how_long_they_waited(self, scene):
        await scene.started()
        scene.clock.advance(7)
        await scene.waits_for_its_turn(created_at=NOW)
        await scene.begun()
        assert scene.waits == [7]

    async def test_are_no_more_than_the_executor_has_capacity_for(self, scene):
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

    async def test_are_refused_if_their_owner_was_blocked_meanwhile(self, scene):
        job = await scene.waits_for_its_turn()
        await scene.blocklist.add("user", ALICE)
        await scene.started()
        assert await scene.ended() == ("refused", job.id, {"error": BlockedRefusal})
        assert scene.job_executor.begun.empty()

    async def test_are_passed_to_the_forecaster(self, scene):
        await scene.started()
        first, second = await scene.waits_for_its_turn(), await scene.waits_for_its_turn(BOB)
        assert (await scene.begun()).id == first.id
        await scene.next_round()
        assert scene.forecaster.seen == (1, {second.id}, [first.id], 1)
        assert scene.runner.next_free_slot_at(ALICE) == (ALICE, [ALICE])

    @pytest.mark.parametrize(("shares_cores", "slower"), [(True, True), (False, False)])
    async def test_are_forecast_to_take_longer_beside_others_on_the_same_cores(
        self, scene, shares_cores, slower
    ):
        scene.job_executor.shares_cores = shares_cores
        await scene.started()
        await scene.waits_for_its_turn()
        await scene.begun()
        await scene.next_round()
        assert scene.forecaster.slowdown(1) == 1
        assert (scene.forecaster.slowdown(2) > 1) is slower


class TestCancelling:
    async def test_a_waiting_job_refunds_it_and_never_starts_it(self, scene):
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

    async def test_a_running_job_refunds_nothing_and_starts_the_next(self, scene):
        await scene.started()
        running, waiting = await scene.waits_for_its_turn(), await scene.waits_for_its_turn()
        await scene.begun()
        assert await scene.runner.cancel(running.id, a_reply(token="a-click")) is True
        how, job_id, details = await scene.ended()
        assert (how, job_id, details["refund"]) == ("cancelled", running.id, False)
        assert details["reply"].token == "a-click"
        assert (await scene.begun()).id == waiting.id

    async def test_is_too_late_once_the_end_is_decided(self, scene):
        await scene.started()
        job = await scene.waits_for_its_turn()
        await scene.begun()
        scene.completer.open.clear()
        scene.ends(job, DamagedPictureError())
        await scene.completer.reached.wait()
        assert await scene.runner.cancel(job.id) is False
        scene.completer.open.set()
        assert (await scene.ended())[0] == "refused"

    async def test_twice_or_an_unknown_job_is_too_late(self, scene):
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

    async def test_a_job_whose_end_cannot_be_stored_leaves_it_waiting(self, scene):
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
        await scene.runner.abandon({"0" * 16})  # irrelevant here
        scene.completer.open.set()
        await scene.runner.abandon({ending.id, waiting.id})
        ended = [await scene.ended(), await scene.ended()]
        assert {(how, job_id) for how, job_id, _ in ended} == {
            ("refused", ending.id),
            ("cancelled", waiting.id),
        }
        assert scene.runner.load == (0, 0)


async def test_a_waiting_job_whose_message_was_deleted_is_lost_and_refunded(scene):
    await scene.started()
    await scene.waits_for_its_turn(BOB)
    await scene.begun()
    gone, other = await scene.waits_for_its_turn(), await scene.waits_for_its_turn()
    scene.delivery.gone.add(gone.id)
    await scene.next_round()
    assert await scene.ended() == ("lost", gone.id, {"refund": True})
    assert set(scene.runner._waiting) == {other.id}


class TestStopping:
    async def test_puts_running_jobs_back_and_tells_the_waiting_owners(self, scene):
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

    async def test_lets_running_jobs_finish_within_the_time(self, scene):
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

    async def test_does_not_interrupt_an_end_that_is_being_stored(self, scene):
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

    async def test_does_not_wait_forever_for_a_silent_discord(self, scene, monkeypatch):
        monkeypatch.setattr(runner_module, "_PAUSE_SECONDS", 0.01)

        async def silent(_):
            await asyncio.Event().wait()

        await scene.waits_for_its_turn()
        monkeypatch.setattr(scene.delivery, "tell_paused", silent)
        async with asyncio.timeout(20):
            await scene.runner.stop(0.0)

    async def test_tells_owners_of_jobs_that_arrive_meanwhile_too(self, scene):
        await scene.started()
        await scene.runner.stop(0.0)
        job = await scene.waits_for_its_turn()
        assert job.state is State.QUEUED
        assert scene.delivery.paused == [job.id]
        await asyncio.sleep(0)
        assert scene.job_executor.begun.empty()

    async def test_of_the_executor_leaves_its_job_as_it_was(self, scene):
        await scene.started()
        job = await scene.waits_for_its_turn()
        await scene.begun()
        scene.ends(job, ExecutorClosedError())
        await scene.idle()
        left = await scene.store.get(job.id)
        assert (left.state, left.attempts) == (State.QUEUED, 0)
        assert scene.completer.noted.empty()

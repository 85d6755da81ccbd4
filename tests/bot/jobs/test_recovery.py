"""Jobs from before a restart: they are delivered, ended or queued again."""

import asyncio

import pytest

from bot.jobs import recovery as recovery_module
from bot.models import State
from bot.storage.disk_errors import is_storage_error
from tests.bot.jobs.runner_scene import FULL, Scene
from tests.bot.records import ALICE, BOB, a_dream, a_reply, an_outcome


@pytest.fixture
async def scene(tmp_path, database, monkeypatch):
    monkeypatch.setattr("bot.storage.disk_errors._SHORTEST_PAUSE", 0.01)
    scene = Scene(tmp_path / "pictures", database)
    yield scene
    await scene.background.stop()


class TestAfterARestart:
    async def test_a_finished_dream_is_looked_up_and_delivered(self, scene):
        job = await scene.kept(state=State.DREAMED, outcome=an_outcome())
        await scene.start()
        assert await scene.ended() == ("delivered", job.id, {"job": job, "image": None, "again": True})

    async def test_a_dream_that_may_have_been_handed_over_is_kept(self, scene):
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

    async def test_a_job_whose_message_cannot_be_read_is_dreamed(self, scene, caplog):
        job = await scene.kept(state=State.RUNNING, attempts=2)
        scene.delivery.answered[job.id] = KeyError("a bug")
        await scene.started()
        begun = await scene.begun()
        assert (begun.id, begun.attempts) == (job.id, 3)
        assert f"Could not check whether job {job.id} was answered." in caplog.text

    async def test_a_resumed_dream_may_have_been_delivered(self, scene):
        job = await scene.kept(state=State.QUEUED)
        await scene.started()
        await scene.begun()
        scene.ends(job, a_dream(b"a dream"))
        assert (await scene.ended())[2]["again"] is True

    async def test_a_job_that_was_started_three_times_fails(self, scene):
        job = await scene.kept(state=State.RUNNING, attempts=3)
        await scene.started()
        assert await scene.ended() == ("failed", job.id, {"error": RuntimeError})
        assert scene.runner.load == (0, 0)

    async def test_users_keep_their_turns(self, scene):
        for user, turn in ((ALICE, 2), (ALICE, 3), (BOB, 2)):
            await scene.kept(user, state=State.QUEUED, turn=turn)
        await scene.started()
        newcomer = await scene.waits_for_its_turn(33)
        assert newcomer.turn == 2
        assert (await scene.waits_for_its_turn(ALICE)).turn == 4

    async def test_a_slow_lookup_does_not_delay_other_jobs(self, scene, monkeypatch):
        monkeypatch.setattr(recovery_module, "_LOOKUP_SECONDS", 0.01)
        slow, quick = await scene.kept(state=State.QUEUED), await scene.kept(BOB, state=State.QUEUED)
        scene.delivery.answered[slow.id] = seen = asyncio.Event()
        await scene.started()
        assert (await scene.begun()).id == quick.id
        seen.set()
        told = {"state": State.DELIVERED, "refund": False}
        assert await scene.ended() == ("written down", slow.id, told)

    @pytest.mark.parametrize("trouble", [FULL, KeyError("a bug")], ids=repr)
    async def test_a_job_that_cannot_be_queued_does_not_delay_others(self, scene, monkeypatch, trouble):
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

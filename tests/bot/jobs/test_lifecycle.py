"""How a started job ends, and how its dream is stored and delivered."""

import pytest

from bot.errors import JobGoneError
from bot.jobs.execution import AnswerGoneError
from bot.models import State
from bot.storage.disk_errors import is_storage_error
from dream_engine.dreams import OctaveRecord
from dream_engine.errors import DamagedPictureError, WeightsNotFoundError
from tests.bot.jobs.runner_scene import FULL, Scene
from tests.bot.records import BOB, a_dream


@pytest.fixture
async def scene(tmp_path, database, monkeypatch):
    monkeypatch.setattr("bot.storage.disk_errors._SHORTEST_PAUSE", 0.01)
    scene = Scene(tmp_path / "pictures", database)
    yield scene
    await scene.background.stop()


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
async def test_a_job_without_a_dream_ends_by_its_error_and_the_next_starts(scene, error, end):
    await scene.started()
    job, following = await scene.waits_for_its_turn(), await scene.waits_for_its_turn(BOB)
    await scene.begun()
    scene.ends(job, error)
    how, job_id, details = await scene.ended()
    assert ((how, details), job_id) == (end, job.id)
    assert (await scene.begun()).id == following.id


@pytest.mark.parametrize("trouble", [JobGoneError(), FULL, KeyError("a bug")], ids=repr)
async def test_a_failing_end_does_not_stop_the_queue(scene, trouble, caplog):
    await scene.started()
    job, following = await scene.waits_for_its_turn(), await scene.waits_for_its_turn(BOB)
    await scene.begun()
    scene.completer.trouble = trouble
    scene.ends(job, DamagedPictureError())
    assert (await scene.begun()).id == following.id
    if isinstance(trouble, JobGoneError):
        assert await scene.ended() == ("forgotten", job.id, {})
    else:
        assert f"Job {job.id} could not be ended; it continues after a restart" in caplog.text
        assert ("Traceback" in caplog.text) is not is_storage_error(trouble)


class TestFinishedDreams:
    async def done(self, scene, **differences):
        await scene.started()
        job = await scene.waits_for_its_turn()
        await scene.begun()
        scene.ends(job, a_dream(b"a dream", **differences))
        how, job_id, details = await scene.ended()
        assert (how, job_id, details["image"]) == ("delivered", job.id, b"a dream")
        await scene.idle()
        return details

    async def test_are_stored_before_they_are_delivered(self, scene):
        details = await self.done(scene)
        job = await scene.store.get(details["job"].id)
        assert details["job"] == job
        assert (job.state, details["again"]) == (State.DREAMED, False)
        assert await scene.pictures.get(job.dream) == b"a dream"

    @pytest.mark.parametrize("trouble", [FULL, KeyError("a bug")], ids=repr)
    async def test_are_delivered_even_if_they_cannot_be_stored(self, scene, monkeypatch, caplog, trouble):
        async def fail(*_):
            raise trouble

        monkeypatch.setattr(scene.store, "record_dream", fail)
        details = await self.done(scene)
        assert (details["job"].state, details["job"].dream) == (State.DREAMED, None)
        assert details["job"].outcome.seconds == 4.0
        assert "is delivered, but not kept" in caplog.text
        assert ("Traceback" in caplog.text) is not is_storage_error(trouble)

    async def test_of_deleted_jobs_are_not_delivered(self, scene):
        await scene.started()
        job = await scene.waits_for_its_turn()
        await scene.begun()
        await scene.store.delete(job.id)
        scene.ends(job, a_dream(b"a dream"))
        assert await scene.ended() == ("forgotten", job.id, {})
        await scene.idle()
        assert scene.completer.noted.empty()
        assert await scene.pictures.bytes_kept() == 0

    async def test_update_the_speed_of_their_preset(self, scene):
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
    async def test_are_delivered_even_without_storing_their_speed(self, scene, monkeypatch, caplog, trouble):
        async def fail(*_):
            raise trouble

        monkeypatch.setattr(scene.store.speeds, "save", fail)
        await self.done(scene)
        known = "The speed of preset mild could not be stored." in caplog.text
        assert known is is_storage_error(trouble)
        assert ("Traceback" in caplog.text) is not known

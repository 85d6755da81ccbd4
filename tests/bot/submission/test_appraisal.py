"""What a motion costs, and how that is found out."""

import pytest

from bot.errors import PriceRefusal, TooMuchWorkRefusal
from bot.models import State
from bot.options import DreamOptions
from bot.submission.requests import ImageRef
from dream_engine.errors import SettingsError
from tests.bot.records import ALICE
from tests.bot.submission.scene import CAT, FILES, Scene
from tests.moving import moving

pytestmark = pytest.mark.settings(default_preset="mild", default_size=128, burst=10)


@pytest.fixture
async def scene(tmp_path, database, settings_with, changes):
    scene = Scene(tmp_path / "pictures", database, settings_with(**changes))
    yield scene
    await scene.background.stop()


@pytest.fixture
def tokens(database):
    """Counts what is left of Alice's allowance."""

    async def count():
        return (await database.row("SELECT tokens FROM buckets WHERE user_id = ?", (ALICE,)))["tokens"]

    return count


def a_clip(monkeypatch, frames=8, side=128):
    monkeypatch.setitem(FILES, CAT, moving(frames, side, side))


async def zoom(scene, **options):
    options = DreamOptions(preset="mild", motion="zoom", seconds=2, fps=15, **options)
    return await scene.take(options=options, source=ImageRef(url=CAT, shape=(128, 128)))


async def test_a_still_costs_one_dream(scene, tokens):
    job = await scene.take()
    assert (job.motion, job.price, await tokens()) == (None, 1, 9)


async def test_a_clip_costs_by_its_frames(scene, tokens, monkeypatch):
    a_clip(monkeypatch, frames=8)
    still = (await scene.take(options=DreamOptions(preset="mild", motion="still"))).work
    job = await scene.take()
    assert (job.state, job.motion) == (State.QUEUED, "clip")
    assert job.work == pytest.approx(still * (1 + 7 * 0.35))
    assert job.price == 3
    assert await tokens() == 10 - 1 - 3
    assert await scene.store.get(job.id) == job


async def test_a_clip_costs_by_its_pixels(scene, monkeypatch):
    a_clip(monkeypatch, frames=8, side=64)
    assert (await scene.take()).price == 1


async def test_a_clip_costs_no_more_frames_than_are_dreamed(scene, monkeypatch):
    a_clip(monkeypatch, frames=8)
    assert (await scene.take(options=DreamOptions(preset="mild", seconds=0.5, fps=2))).price == 1


async def test_a_zoom_costs_by_its_frames(scene, tokens):
    job = await zoom(scene)
    assert (job.motion, await tokens()) == ("zoom", 10 - job.price)
    assert job.price > 5


@pytest.mark.parametrize("motion", ["grow", "morph"])
async def test_a_growing_dream_costs_as_much_as_a_still(scene, motion):
    job = await scene.take(options=DreamOptions(preset="mild", motion=motion))
    assert (job.motion, job.price) == (motion, 1)


@pytest.mark.settings(default_preset="mild", default_size=128, burst=2)
async def test_a_full_allowance_can_pay_every_motion(scene, tokens):
    assert (await zoom(scene)).price == 2
    assert await tokens() == 0


@pytest.mark.settings(default_preset="mild", default_size=128, burst=3)
async def test_a_clip_that_cannot_be_paid_is_refused_for_free(scene, tokens, monkeypatch):
    await scene.take()
    a_clip(monkeypatch, frames=8)
    job = await scene.take()
    ((how, job_id, error),) = scene.completer.ended
    assert (how, job_id, type(error)) == ("refused", job.id, PriceRefusal)
    assert (await scene.store.get(job.id)).price == 1
    await scene.store.end(job, State.REFUSED, refund=True)
    assert await tokens() == 2


async def test_a_motion_that_is_refunded_gives_back_its_price(scene, tokens, monkeypatch):
    a_clip(monkeypatch, frames=8)
    job = await scene.take()
    await scene.store.end(job, State.CANCELLED, refund=True)
    assert await tokens() == 10


async def test_a_motion_that_is_deleted_before_it_started_gives_back_its_price(scene, tokens, monkeypatch):
    a_clip(monkeypatch, frames=8)
    await scene.take()
    await scene.store.forget(ALICE)
    assert await tokens() == 10


async def test_an_exempt_user_pays_nothing(scene, monkeypatch):
    await scene.rules(exempt=[7])
    a_clip(monkeypatch, frames=8)
    job = await scene.take(roles=[7])
    assert (job.motion, job.bucket) == ("clip", None)


async def test_a_restart_does_not_charge_twice(scene, tokens, monkeypatch):
    a_clip(monkeypatch, frames=8)
    job = await scene.take()
    job = await scene.store.change(job, state=State.RECEIVED)
    await scene.submissions.start()
    assert (await scene.runner.queued.get()).id == job.id
    again = await scene.runner.queued.get()
    assert (again.id, again.price, await tokens()) == (job.id, job.price, 7)


@pytest.mark.settings(default_size=1024)
@pytest.mark.parametrize(("chosen", "size"), [(None, 640), (1024, 1024), (200, 200)])
async def test_a_motion_without_a_size_is_smaller_than_a_still(scene, monkeypatch, chosen, size):
    a_clip(monkeypatch)
    assert (await scene.take(options=DreamOptions(preset="mild", size=chosen))).options.size == size
    options = DreamOptions(preset="mild", size=chosen, motion="grow")
    assert (await scene.take(options=options)).options.size == size


async def test_a_still_picture_cannot_be_dreamed_as_a_clip(scene):
    await scene.take(options=DreamOptions(preset="mild", motion="clip"))
    assert isinstance(scene.completer.ended[0][2], SettingsError)


@pytest.mark.settings(default_size=128, burst=10, motion_minutes=30.0, time_limit=600.0)
async def test_a_motion_may_take_longer_than_a_still_but_not_for_ever(scene):
    scene.forecaster.seconds = 1200
    with pytest.raises(TooMuchWorkRefusal):
        await scene.take()
    await zoom(scene)
    scene.forecaster.seconds = 2400
    with pytest.raises(TooMuchWorkRefusal) as refusal:
        await zoom(scene)
    assert refusal.value.details == {"minutes": 40, "limit": 30.0}

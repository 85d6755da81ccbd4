"""Completion of options, and the work of a dream."""

import pytest

from bot.errors import (
    SizeRefusal,
    TooMuchWorkRefusal,
)
from bot.models import State
from bot.options import DreamOptions
from bot.submission import pricing
from bot.submission.requests import ImageRef
from tests.bot.records import ALICE
from tests.bot.submission.scene import CAT, Scene


@pytest.fixture
async def scene(tmp_path, database, settings_with, changes):
    scene = Scene(tmp_path / "pictures", database, settings_with(**changes))
    yield scene
    await scene.background.stop()


class TestOmittedOptions:
    @pytest.mark.settings(default_preset="fur", default_size=512)
    async def test_have_the_operators_defaults(self, scene):
        options = (await scene.take(options=DreamOptions(preset=""))).options
        assert (options.preset, options.size) == ("fur", 512)

    @pytest.mark.settings(default_preset="fur", default_size=512, largest_size=1024)
    async def test_have_the_servers_defaults(self, scene):
        await scene.rules(preset="eyes", largest_size=256)
        options = (await scene.take(options=DreamOptions(preset=""))).options
        assert (options.preset, options.size) == ("eyes", 256)

    async def test_do_not_replace_chosen_options(self, scene):
        await scene.rules(preset="eyes")
        options = (await scene.take(options=DreamOptions(preset="mild", size=300, seed=0))).options
        assert (options.preset, options.size, options.seed) == ("mild", 300, 0)

    async def test_have_a_preset_for_things_if_they_name_a_thing(self, scene):
        await scene.rules(preset="eyes")
        assert (await scene.take(options=DreamOptions(preset="", of="tiger"))).options.preset == "thing"
        assert (await scene.take(options=DreamOptions(preset="mild", of="tiger"))).options.preset == "mild"

    async def test_include_a_seed_of_32_bits(self, scene, monkeypatch):
        monkeypatch.setattr(pricing.secrets, "randbelow", lambda most: most - 1)
        assert (await scene.take()).options.seed == 2**32 - 1


class TestTheLargestSize:
    pytestmark = pytest.mark.settings(largest_size=1024)

    @pytest.mark.parametrize(("rules", "largest"), [({}, 1024), ({"largest_size": 512}, 512)])
    async def test_is_allowed_and_nothing_larger(self, scene, rules, largest):
        await scene.rules(**rules)
        assert (await scene.take(options=DreamOptions(preset="mild", size=largest))).options.size == largest
        with pytest.raises(SizeRefusal) as refusal:
            await scene.take(options=DreamOptions(preset="mild", size=largest + 1))
        assert refusal.value.details == {"largest": largest}

    async def test_of_the_operator_stays_the_largest(self, scene):
        await scene.rules(largest_size=4096)
        with pytest.raises(SizeRefusal):
            await scene.take(options=DreamOptions(preset="mild", size=1025))

    @pytest.mark.parametrize(("wished", "size"), [(2048, 1024), (300, 300), (None, 1024)])
    async def test_limits_earlier_dreams(self, scene, wished, size):
        source = ImageRef(digest=await scene.pictures.put(b"kept"))
        assert (
            await scene.take(options=DreamOptions(preset="mild", size=wished), source=source)
        ).options.size == size


class TestWork:
    async def work(self, scene, shape, **options):
        options = DreamOptions(preset="mild", octaves=1, iterations=10, **options)
        return (await scene.take(options=options, source=ImageRef(url=CAT, shape=shape))).work

    async def test_counts_millions_of_pixels_of_all_steps(self, scene):
        assert await self.work(scene, (100, 200), size=400) == pytest.approx(0.2)

    async def test_is_limited_by_the_size(self, scene):
        assert await self.work(scene, (1000, 2000), size=400) == pytest.approx(0.8)

    async def test_of_an_unknown_shape_is_that_of_a_square(self, scene):
        assert await self.work(scene, None, size=400) == pytest.approx(1.6)

    @pytest.mark.settings(time_limit=600.0)
    @pytest.mark.parametrize("seconds", [None, 1.0, 600.0])
    async def test_may_take_the_whole_time_limit(self, scene, seconds):
        scene.forecaster.seconds = seconds
        assert (await scene.take()).state is State.QUEUED

    @pytest.mark.settings(time_limit=630.0)
    async def test_beyond_the_time_limit_is_refused(self, scene):
        scene.forecaster.seconds = 721.0
        with pytest.raises(TooMuchWorkRefusal) as refusal:
            await scene.take()
        assert refusal.value.details == {"minutes": 12, "limit": 10.5}
        assert await scene.store.of_user(ALICE, *State) == []

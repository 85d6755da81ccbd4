"""The memory of a dream, and the size that fits into it."""

import io

import numpy as np
import pytest
from PIL import Image

from dream_engine.compute.dreamer import Dreamer
from dream_engine.errors import GuideError, MaskError, TooManyPixelsError
from dream_engine.images import decode
from dream_engine.memory import DECODING_BYTES, Memory, MemoryUse, available_bytes
from dream_engine.settings import DreamSettings
from tests.conftest import png
from tests.dream_engine.compute.test_dreamer import dreamed

MEGABYTE = 10**6
STEP_BYTES, TILE = 760, 800


def memory_for_dreams_of(free: float, held: int = 500 * MEGABYTE) -> Memory:
    """Memory that leaves ``free`` bytes for a dream; a tenth of the limit is a reserve."""
    return Memory(round((held + free) / 0.9), resident_bytes=lambda: held)


@pytest.fixture
def photograph_of(cat):
    """Makes the photograph of a cat in another size, as a PNG file."""

    def resized(width: int, height: int) -> bytes:
        content = io.BytesIO()
        Image.open(io.BytesIO(cat)).resize((width, height)).save(content, "png")
        return content.getvalue()

    return resized


class TestTheShapeThatFits:
    def test_is_the_pictures_own_if_memory_suffices(self):
        assert memory_for_dreams_of(2000 * MEGABYTE).fit_shape((3000, 4000), STEP_BYTES, TILE) == (3000, 4000)

    @pytest.mark.parametrize(("masked", "picture_bytes"), [(False, 45), (True, 53)])
    @pytest.mark.parametrize("free", [50, 200, 400, 500, 600, 800])
    def test_is_as_large_as_memory_allows(self, free, masked, picture_bytes):
        memory = memory_for_dreams_of(free * MEGABYTE)
        height, width = memory.fit_shape((3000, 4000), STEP_BYTES, TILE, masked=masked)
        at_once = min(height * width, TILE**2)
        needed = (at_once * STEP_BYTES + height * width * picture_bytes) / MEGABYTE
        assert 0.97 * free <= needed <= 1.01 * free
        assert width / height == pytest.approx(4 / 3, rel=0.01)

    def test_grows_with_the_memory(self):
        sides = [
            max(memory_for_dreams_of(free * MEGABYTE).fit_shape((3000, 4000), STEP_BYTES, TILE))
            for free in range(0, 1500, 50)
        ]
        assert sides == sorted(sides)

    def test_is_never_nothing(self):
        assert memory_for_dreams_of(-100 * MEGABYTE).fit_shape((1000, 1000), STEP_BYTES, TILE) == (128, 128)

    def test_of_a_small_picture_is_its_own_even_without_memory(self):
        assert memory_for_dreams_of(0).fit_shape((96, 128), STEP_BYTES, TILE) == (96, 128)


class TestTheTile:
    """Which tile memory allows where the settings name none."""

    def tile(self, free: float, height: int, width: int, **request: bool) -> int:
        return memory_for_dreams_of(free * MEGABYTE).choose_tile((height, width), STEP_BYTES, **request)

    @pytest.mark.parametrize(
        ("shape", "tile"),
        [
            ((64, 64), 800),
            ((683, 1024), 1024),
            ((1024, 1536), 1448),
            ((2000, 2000), 2048),
            ((3000, 4000), 2896),
        ],
    )
    def test_holds_the_whole_picture_if_memory_suffices(self, shape, tile):
        assert self.tile(8000, *shape) == tile

    @pytest.mark.parametrize(("free", "tile"), [(-100, 800), (1000, 800), (1500, 1024), (2200, 1448)])
    def test_of_a_large_picture_is_as_large_as_memory_allows(self, free, tile):
        assert self.tile(free, 3000, 4000) == tile

    def test_leaves_memory_for_the_picture_and_its_mask(self):
        needed = 700 * 1000 * (STEP_BYTES + 45) / MEGABYTE
        assert self.tile(needed + 1, 700, 1000) == 1024
        assert self.tile(needed + 1, 700, 1000, masked=True) == 800
        assert self.tile(needed - 1, 700, 1000) == 800

    @pytest.mark.usefixtures("default_model_stays_loaded")
    def test_is_chosen_for_each_dream_and_recorded(self, photograph_of):
        content = photograph_of(820, 810)
        settings = DreamSettings(octaves=1, iterations=1, seed=1)
        ample, tight = memory_for_dreams_of(10**10, held=0), memory_for_dreams_of(530 * MEGABYTE, held=0)
        whole = dreamed(Dreamer(memory=ample), content, settings)
        assert whole.settings.tile == 1024
        assert whole.image == dreamed(Dreamer(memory=ample), content, settings.replace(tile=1024)).image
        tiled = dreamed(Dreamer(memory=tight), content, settings)
        assert tiled.settings.tile == 800
        assert tiled.report()["settings"]["tile"] == 800


class TestTheMemoryOfADream:
    def test_includes_available_memory_and_what_dreams_left_behind(self):
        held = 500
        memory = Memory(resident_bytes=lambda: held, available_bytes=lambda: 1500)
        before = memory.dream_bytes()
        held = 900  # after a dream, whose memory serves the next one
        assert memory.dream_bytes() == pytest.approx(before + 0.9 * 400)

    def test_excludes_loaded_backbones(self):
        held = 500
        memory = Memory(max_bytes=2000, resident_bytes=lambda: held)
        before = memory.dream_bytes("small")
        with memory.loading("small"):
            held = 700
        assert memory.dream_bytes("small") == before - 200
        assert memory.dream_bytes("another") == before

    def test_counts_a_backbone_once_however_often_it_is_loaded(self):
        held = 500
        memory = Memory(max_bytes=2000, resident_bytes=lambda: held)
        with memory.loading("small"):
            held = 700
        before = memory.dream_bytes("small")
        with memory.loading("small"):
            held = 1100
        assert memory.dream_bytes("small") == before

    def test_does_not_depend_on_what_dreams_left_behind(self):
        held = 500
        memory = Memory(max_bytes=2000, resident_bytes=lambda: held)
        before = memory.dream_bytes("small")
        held = 1900
        assert memory.dream_bytes("small") == before
        held = 300
        assert memory.dream_bytes("small") == before

    def test_starts_over_from_a_recorded_baseline(self):
        held = 500
        memory = Memory(max_bytes=2000, resident_bytes=lambda: held)
        with memory.loading("small"):
            held = 700
        held = 750
        memory.record_baseline()
        assert memory.dream_bytes("small") == memory.dream_bytes("another") == 0.9 * 2000 - 750
        with memory.loading("small"):  # again, because it was dropped meanwhile
            held = 900
        assert memory.dream_bytes("small") == 0.9 * 2000 - 750

    def test_is_shared_among_processes(self):
        alone = Memory(resident_bytes=lambda: 0, available_bytes=lambda: 1000)
        assert (
            Memory(processes=4, resident_bytes=lambda: 0, available_bytes=lambda: 1000).dream_bytes()
            == alone.dream_bytes() / 4
        )

    def test_bounds_what_is_decoded_in_whole_megapixels(self):
        assert memory_for_dreams_of(10.5 * MEGABYTE * DECODING_BYTES).max_decoded_pixels() == 10 * MEGABYTE
        assert (
            memory_for_dreams_of(10.999999 * MEGABYTE * DECODING_BYTES).max_decoded_pixels() == 10 * MEGABYTE
        )
        assert memory_for_dreams_of(0).max_decoded_pixels() == 4 * MEGABYTE


class TestTheBoundBetweenDreams:
    """The largest dream so far needed 100 × 100 × (10 + 45) bytes."""

    NEEDED = 100 * 100 * (10 + 45)

    def use(self, held: int, max_bytes: int | None = None, then: int | None = None) -> MemoryUse:
        now = held
        memory = Memory(max_bytes, resident_bytes=lambda: now, available_bytes=lambda: 10**9)
        memory.fit_shape((100, 100), 10, TILE)
        memory.fit_shape((50, 50), 10, TILE)
        now = held if then is None else then
        return memory.use()

    def test_is_a_seventh_above_the_estimate_for_the_largest_dream(self):
        assert self.use(3_000_000).bound == pytest.approx(1.14 * (3_000_000 + self.NEEDED), abs=1)

    def test_exceeds_the_estimate_only_by_the_reserve_of_a_limit(self):
        assert self.use(3_000_000, max_bytes=4_000_000).bound == 3_000_000 + self.NEEDED + 400_000

    def test_under_a_tight_limit_is_a_tenth_above_the_estimate(self):
        assert self.use(3_000_000, max_bytes=1000).bound == 3_905_000

    def test_includes_the_largest_backbone_that_was_loaded(self):
        held = 1000
        memory = Memory(resident_bytes=lambda: held, available_bytes=lambda: 10**9)
        for name, size in (("small", 200), ("large", 400), ("medium", 300)):
            with memory.loading(name):
                held += size
        assert memory.use().bound == 1596

    def test_counts_one_tile_at_a_time(self):
        memory = Memory(resident_bytes=lambda: 0, available_bytes=lambda: 10**12)
        memory.fit_shape((3000, 4000), STEP_BYTES, TILE)
        assert memory.use().bound == pytest.approx(1.14 * (TILE**2 * STEP_BYTES + 3000 * 4000 * 45), abs=1)

    def test_may_be_reached_but_not_exceeded(self):
        bound = self.use(3_000_000).bound
        assert not self.use(3_000_000, then=bound).excessive
        assert self.use(3_000_000, then=bound + 1).excessive

    def test_allows_a_trace_with_fifty_mebibytes_left(self):
        held = 10**9
        memory = Memory(resident_bytes=lambda: held, available_bytes=lambda: 10**12)
        held = memory.use().bound - 50 * 2**20
        assert memory.can_trace()
        held += 1
        assert not memory.can_trace()


def test_a_backbone_that_took_no_memory_to_load_holds_none():
    memory = Memory(10**9, resident_bytes=lambda: 500)
    with memory.loading("network"):
        pass
    assert memory.permanent_bytes("network") == 500


class TestAvailableBytes:
    """Reads files in the layout of Linux control groups."""

    @pytest.fixture
    def groups(self, tmp_path):
        return tmp_path / "cgroup"

    def group(self, folder, limit, usage, cache, version=2):
        folder.mkdir(parents=True, exist_ok=True)
        names = ("memory.max", "memory.current", "inactive_file")
        if version == 1:
            names = ("memory.limit_in_bytes", "memory.usage_in_bytes", "total_inactive_file")
        for name, number in zip(names, (limit, usage), strict=False):
            (folder / name).write_text(f"{number}\n")
        (folder / "memory.stat").write_text(f"anon 1\n{names[2]} {cache}\n")

    def available(self, tmp_path, groups, line):
        (tmp_path / "membership").write_text(f"9:name=systemd:/\n{line}\n")
        return available_bytes(tmp_path / "membership", groups)

    def test_is_the_rest_of_a_control_groups_limit(self, tmp_path, groups):
        self.group(groups / "docker" / "bot", limit=3000, usage=1000, cache=200)
        assert self.available(tmp_path, groups, "0::/docker/bot") == 2200

    def test_supports_a_colon_in_a_groups_name(self, tmp_path, groups):
        self.group(groups / "docker:bot", limit=3000, usage=1000, cache=200)
        assert self.available(tmp_path, groups, "0::/docker:bot") == 2200

    def test_is_the_least_of_all_parent_groups(self, tmp_path, groups):
        self.group(groups / "docker" / "bot", limit=3000, usage=1000, cache=0)
        self.group(groups / "docker", limit=1500, usage=1000, cache=0)
        assert self.available(tmp_path, groups, "0::/docker/bot") == 500

    def test_is_read_at_the_top_within_a_container(self, tmp_path, groups):
        self.group(groups / "memory", limit=3000, usage=1000, cache=200, version=1)
        assert self.available(tmp_path, groups, "4:memory:/docker/only-seen-outside") == 2200

    @pytest.mark.parametrize("limit", ["max", 2**63 - 4096])
    def test_is_the_machines_if_no_group_has_a_limit(self, tmp_path, groups, limit):
        self.group(groups / "docker", limit=limit, usage=1000, cache=0)
        assert 10**6 < self.available(tmp_path, groups, "0::/docker") < 2**50

    def test_is_the_machines_without_control_groups(self, tmp_path, groups):
        assert 10**6 < available_bytes(tmp_path / "nowhere", groups) < 2**50

    def test_is_never_negative(self, tmp_path, groups):
        self.group(groups, limit=1000, usage=2000, cache=0)
        assert self.available(tmp_path, groups, "0::/") == 0


@pytest.mark.usefixtures("default_model_stays_loaded")
class TestADreamThatIsTooLarge:
    @pytest.fixture
    def cramped(self):
        """A Dreamer with memory for no more than 128 × 128 pixels."""
        return Dreamer(memory=Memory(max_bytes=1))

    QUICK = DreamSettings(octaves=1, iterations=1, seed=1)

    def test_is_dreamed_smaller_and_reports_the_requested_shape(self, cramped, cat):
        source = decode(cat)
        dream = dreamed(cramped, cat, self.QUICK.replace(size=200))
        assert dream.requested_shape == decode(cat, size=200).rgb.shape[:2]
        assert 0.9 * 128**2 < dream.height * dream.width <= 1.01 * 128**2
        assert dream.width / dream.height == pytest.approx(source.width / source.height, rel=0.02)
        assert dream.report()["wanted"] == {
            "height": dream.requested_shape[0],
            "width": dream.requested_shape[1],
        }

    def test_can_be_dreamed_again_by_its_settings(self, cramped, dreamer, cat):
        dream = dreamed(cramped, cat, self.QUICK.replace(size=200))
        assert dreamed(dreamer, cat, dream.settings).image == dream.image

    def test_is_refused_if_decoding_its_file_takes_too_much(self, cramped, cat, monkeypatch):
        monkeypatch.setattr("dream_engine.memory._MIN_DECODED_PIXELS", 100_000)
        with pytest.raises(TooManyPixelsError):
            dreamed(cramped, cat, self.QUICK)

    def test_is_refused_as_a_guide_and_as_a_mask_too(self, cramped, cat, small_cat, monkeypatch):
        monkeypatch.setattr("dream_engine.memory._MIN_DECODED_PIXELS", 20_000)
        large = png(np.asarray(Image.open(io.BytesIO(cat))))
        with pytest.raises(GuideError, match="megapixels"):
            dreamed(cramped, small_cat, self.QUICK, guide=large)
        with pytest.raises(MaskError, match="megapixels"):
            dreamed(cramped, small_cat, self.QUICK, mask=large)

    def test_is_as_large_after_other_dreams_as_before_them(self, small_cat, cat):
        """450 × 299 pixels of 805 bytes each, and 60 MB for a dream, in a process that seems to grow."""
        held = 500 * MEGABYTE
        memory = Memory(round((held + 60 * MEGABYTE) / 0.9), resident_bytes=lambda: held)
        cramped = Dreamer(memory=memory)
        asked = self.QUICK.replace(size=450)
        before = dreamed(cramped, cat, asked)
        for layer in ("stem", "block1/expand", "block2/expand"):
            held += 40 * MEGABYTE
            dreamed(cramped, small_cat, self.QUICK.replace(layers={layer: 1.0}))
        after = dreamed(cramped, cat, asked)
        assert before.requested_shape is not None
        assert (after.height, after.width) == (before.height, before.width)

    def test_reports_no_requested_shape_if_memory_suffices(self, dreamer, cat):
        assert dreamed(dreamer, cat, self.QUICK.replace(size=200)).requested_shape is None


def test_a_shrunk_jpeg_is_not_counted_at_its_full_size(cat):
    assert decode(cat, size=128, max_decoded_pixels=200_000).width == 128

"""How large a dream may be, by the memory that there is for it."""

import io

import numpy as np
import pytest
from PIL import Image

from dream_engine.compute.dreamer import Dreamer
from dream_engine.errors import GuideError, TooManyPixelsError
from dream_engine.images import decode
from dream_engine.memory import DECODING_BYTES, Memory, MemoryUse, unused
from dream_engine.settings import DreamSettings
from tests.conftest import png
from tests.dream_engine.compute.test_dreamer import dreamed

MEGABYTE = 10**6
STEP_BYTES, TILE = 760, 800


def memory_with_room(room: float, held: int = 500 * MEGABYTE) -> Memory:
    """So many bytes are left for a dream; a tenth of all is not used."""
    return Memory(round((held + room) / 0.9), resident=lambda: held)


class TestTheShapeThatFits:
    def test_is_the_pictures_own_where_there_is_room(self):
        assert memory_with_room(2000 * MEGABYTE).fitting((3000, 4000), STEP_BYTES, TILE) == (3000, 4000)

    @pytest.mark.parametrize("room", [50, 200, 400, 500, 600, 800])
    def test_is_as_large_as_there_is_room_for(self, room):
        height, width = memory_with_room(room * MEGABYTE).fitting((3000, 4000), STEP_BYTES, TILE)
        at_once = min(height * width, TILE**2)
        needed = (at_once * STEP_BYTES + height * width * 45) / MEGABYTE
        assert 0.97 * room <= needed <= 1.01 * room
        assert width / height == pytest.approx(4 / 3, rel=0.01)

    def test_grows_with_the_room(self):
        sides = [
            max(memory_with_room(room * MEGABYTE).fitting((3000, 4000), STEP_BYTES, TILE))
            for room in range(0, 1500, 50)
        ]
        assert sides == sorted(sides)

    def test_is_never_nothing(self):
        assert memory_with_room(-100 * MEGABYTE).fitting((1000, 1000), STEP_BYTES, TILE) == (128, 128)

    def test_of_a_small_picture_is_its_own_even_without_room(self):
        assert memory_with_room(0).fitting((96, 128), STEP_BYTES, TILE) == (96, 128)


class TestTheRoom:
    def test_is_what_is_unused_and_what_dreams_left_behind(self):
        held = 500
        memory = Memory(resident=lambda: held, unused=lambda: 1500)
        before = memory.room()
        held = 900  # after a dream, whose memory serves the next one
        assert memory.room() == pytest.approx(before + 0.9 * 400)

    def test_does_not_include_what_was_loaded_for_good(self):
        held = 500
        memory = Memory(most=2000, resident=lambda: held)
        before = memory.room("small")
        with memory.loading("small"):
            held = 700
        assert memory.room("small") == before - 200
        assert memory.room("another") == before

    def test_counts_a_backbone_once_however_often_it_is_loaded(self):
        held = 500
        memory = Memory(most=2000, resident=lambda: held)
        with memory.loading("small"):
            held = 700
        before = memory.room("small")
        with memory.loading("small"):
            held = 1100
        assert memory.room("small") == before

    def test_is_the_same_whatever_dreams_left_behind(self):
        held = 500
        memory = Memory(most=2000, resident=lambda: held)
        before = memory.room("small")
        held = 1900
        assert memory.room("small") == before
        held = 300
        assert memory.room("small") == before

    def test_begins_anew_where_the_process_has_settled(self):
        held = 500
        memory = Memory(most=2000, resident=lambda: held)
        with memory.loading("small"):
            held = 700
        held = 750
        memory.settle()
        assert memory.room("small") == memory.room("another") == 0.9 * 2000 - 750
        with memory.loading("small"):  # again, since it was let go of meanwhile
            held = 900
        assert memory.room("small") == 0.9 * 2000 - 750

    def test_is_shared_among_workers(self):
        alone = Memory(resident=lambda: 0, unused=lambda: 1000)
        assert Memory(sharers=4, resident=lambda: 0, unused=lambda: 1000).room() == alone.room() / 4

    def test_bounds_what_is_decoded_in_whole_megapixels(self):
        assert memory_with_room(10.5 * MEGABYTE * DECODING_BYTES).most_decoded() == 10 * MEGABYTE
        assert memory_with_room(10.999999 * MEGABYTE * DECODING_BYTES).most_decoded() == 10 * MEGABYTE
        assert memory_with_room(0).most_decoded() == 4 * MEGABYTE


class TestWhatAProcessMayKeep:
    """Between two dreams, of which the largest needed 100 × 100 × (10 + 45) bytes."""

    NEEDED = 100 * 100 * (10 + 45)

    def use(self, held: int, most: int | None = None, then: int | None = None) -> MemoryUse:
        now = held
        memory = Memory(most, resident=lambda: now, unused=lambda: 10**9)
        memory.fitting((100, 100), 10, TILE)
        memory.fitting((50, 50), 10, TILE)
        now = held if then is None else then
        return memory.use()

    def test_is_a_seventh_more_than_its_largest_dream_should_have_taken(self):
        assert self.use(3_000_000).bound == pytest.approx(1.14 * (3_000_000 + self.NEEDED), abs=1)

    def test_is_no_more_than_what_is_kept_free_of_a_limit(self):
        assert self.use(3_000_000, most=4_000_000).bound == 3_000_000 + self.NEEDED + 400_000

    def test_of_a_tight_limit_is_a_tenth_more_or_no_worker_would_last(self):
        assert self.use(3_000_000, most=1000).bound == 3_905_000

    def test_includes_the_largest_backbone_that_was_loaded(self):
        held = 1000
        memory = Memory(resident=lambda: held, unused=lambda: 10**9)
        for name, size in (("small", 200), ("large", 400), ("medium", 300)):
            with memory.loading(name):
                held += size
        assert memory.use().bound == 1596

    def test_tiles_need_no_more_at_once_than_one_of_them(self):
        memory = Memory(resident=lambda: 0, unused=lambda: 10**12)
        memory.fitting((3000, 4000), STEP_BYTES, TILE)
        assert memory.use().bound == pytest.approx(1.14 * (TILE**2 * STEP_BYTES + 3000 * 4000 * 45), abs=1)

    def test_is_exceeded_only_by_more(self):
        bound = self.use(3_000_000).bound
        assert not self.use(3_000_000, then=bound).excessive
        assert self.use(3_000_000, then=bound + 1).excessive

    def test_leaves_room_for_a_trace_where_fifty_mebibytes_are_left_of_it(self):
        held = 10**9
        memory = Memory(resident=lambda: held, unused=lambda: 10**12)
        held = memory.use().bound - 50 * 2**20
        assert memory.has_room_for_a_trace()
        held += 1
        assert not memory.has_room_for_a_trace()


def test_a_backbone_that_took_nothing_to_load_holds_nothing():
    memory = Memory(10**9, resident=lambda: 500)
    with memory.loading("network"):
        pass
    assert memory.held("network") == 500


class TestWhatIsUnused:
    """By files as Linux has them for control groups."""

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

    def told(self, tmp_path, groups, line):
        (tmp_path / "membership").write_text(f"9:name=systemd:/\n{line}\n")
        return unused(tmp_path / "membership", groups)

    def test_is_what_a_control_group_leaves(self, tmp_path, groups):
        self.group(groups / "docker" / "bot", limit=3000, usage=1000, cache=200)
        assert self.told(tmp_path, groups, "0::/docker/bot") == 2200

    def test_is_found_where_the_groups_name_has_a_colon(self, tmp_path, groups):
        self.group(groups / "docker:bot", limit=3000, usage=1000, cache=200)
        assert self.told(tmp_path, groups, "0::/docker:bot") == 2200

    def test_is_what_the_strictest_group_above_leaves(self, tmp_path, groups):
        self.group(groups / "docker" / "bot", limit=3000, usage=1000, cache=0)
        self.group(groups / "docker", limit=1500, usage=1000, cache=0)
        assert self.told(tmp_path, groups, "0::/docker/bot") == 500

    def test_is_found_at_the_top_from_within_a_container(self, tmp_path, groups):
        self.group(groups / "memory", limit=3000, usage=1000, cache=200, version=1)
        assert self.told(tmp_path, groups, "4:memory:/docker/only-seen-outside") == 2200

    @pytest.mark.parametrize("limit", ["max", 2**63 - 4096])
    def test_is_the_machines_where_no_group_has_a_limit(self, tmp_path, groups, limit):
        self.group(groups / "docker", limit=limit, usage=1000, cache=0)
        assert 10**6 < self.told(tmp_path, groups, "0::/docker") < 2**50

    def test_is_the_machines_where_there_are_no_groups(self, tmp_path, groups):
        assert 10**6 < unused(tmp_path / "nowhere", groups) < 2**50

    def test_is_never_less_than_nothing(self, tmp_path, groups):
        self.group(groups, limit=1000, usage=2000, cache=0)
        assert self.told(tmp_path, groups, "0::/") == 0


class TestADreamThatIsTooLarge:
    @pytest.fixture
    def cramped(self):
        """A Dreamer that has no room for more than 128 × 128 pixels."""
        return Dreamer(memory=Memory(most=1))

    QUICK = DreamSettings(octaves=1, iterations=1, seed=1)

    def test_is_dreamed_smaller_and_says_so(self, cramped, cat):
        source = decode(cat)
        dream = dreamed(cramped, cat, self.QUICK.replace(size=200))
        assert dream.wanted == decode(cat, size=200).rgb.shape[:2]
        assert 0.9 * 128**2 < dream.height * dream.width <= 1.01 * 128**2
        assert dream.width / dream.height == pytest.approx(source.width / source.height, rel=0.02)
        assert dream.report()["wanted"] == {"height": dream.wanted[0], "width": dream.wanted[1]}

    def test_can_be_dreamed_again_by_its_settings(self, cramped, dreamer, cat):
        dream = dreamed(cramped, cat, self.QUICK.replace(size=200))
        assert dreamed(dreamer, cat, dream.settings).image == dream.image

    def test_is_refused_where_its_file_cannot_even_be_decoded(self, cramped, cat, monkeypatch):
        monkeypatch.setattr("dream_engine.memory._LEAST_DECODED", 100_000)
        with pytest.raises(TooManyPixelsError):
            dreamed(cramped, cat, self.QUICK)

    def test_nor_is_such_a_guide_decoded(self, cramped, cat, small_cat, monkeypatch):
        monkeypatch.setattr("dream_engine.memory._LEAST_DECODED", 20_000)
        large = png(np.asarray(Image.open(io.BytesIO(cat))))
        with pytest.raises(GuideError, match="megapixels"):
            dreamed(cramped, small_cat, self.QUICK, guide=large)

    def test_is_as_large_after_other_dreams_as_before_them(self, small_cat, cat):
        """Of 450 × 299 pixels, 805 bytes each, with room for 60 MB, in a process that seems to grow."""
        held = 500 * MEGABYTE
        memory = Memory(round((held + 60 * MEGABYTE) / 0.9), resident=lambda: held)
        cramped = Dreamer(memory=memory)
        asked = self.QUICK.replace(size=450)
        before = dreamed(cramped, cat, asked)
        for layer in ("stem", "block1/expand", "block2/expand"):
            held += 40 * MEGABYTE
            dreamed(cramped, small_cat, self.QUICK.replace(layers={layer: 1.0}))
        after = dreamed(cramped, cat, asked)
        assert before.wanted is not None
        assert (after.height, after.width) == (before.height, before.width)

    def test_with_room_enough_is_as_large_as_was_wished_for(self, dreamer, cat):
        assert dreamed(dreamer, cat, self.QUICK.replace(size=200)).wanted is None


def test_a_jpeg_that_is_shrunk_needs_no_room_for_all_of_it(cat):
    assert decode(cat, size=128, most_decoded=200_000).width == 128

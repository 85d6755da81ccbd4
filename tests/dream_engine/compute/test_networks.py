"""The networks and compiled steps that a Dreamer keeps between dreams."""

import pytest

from dream_engine.compute.dreamer import Dreamer
from dream_engine.memory import Memory
from tests.dream_engine.compute.test_dreamer import QUICK, dreamed


@pytest.mark.usefixtures("default_model_stays_loaded")
class TestBetweenDreams:
    """Compiled steps of a Dreamer whose memory measurements are controlled by the test."""

    LAYERS = ("stem", "block0/depthwise", "block1/expand")

    @pytest.fixture
    def dreamer(self):
        return Dreamer(memory=Memory(resident_bytes=lambda: 500 * 10**6, available_bytes=lambda: 10**12))

    def dream_with_each_layer(self, dreamer: Dreamer, source: bytes) -> None:
        for layer in self.LAYERS:
            dreamed(dreamer, source, QUICK.replace(octaves=1, iterations=1, layers={layer: 1.0}))

    def test_compiled_steps_are_kept_within_the_memory_bound(self, dreamer, small_cat):
        self.dream_with_each_layer(dreamer, small_cat)
        assert len(dreamer._networks._ascents) == len(dreamer._networks._networks) == 3
        assert not dreamer.release_excess_memory().excessive

    def test_only_as_many_of_the_oldest_are_dropped_as_needed(self, dreamer, small_cat):
        self.dream_with_each_layer(dreamer, small_cat)
        bound = dreamer._memory.use().bound
        dreamer._memory._resident_bytes = lambda: bound - 1 + len(dreamer._networks._ascents) - 1
        use = dreamer.release_excess_memory()
        assert (use.resident, use.bound) == (bound, bound)
        assert len(dreamer._networks._ascents) == len(dreamer._networks._networks) == 2

    @pytest.mark.parametrize(("left", "kept"), [(0, 2), (1, 1)])
    def test_the_oldest_are_dropped_before_a_trace_that_exceeds_the_bound(
        self, dreamer, small_cat, left, kept
    ):
        self.dream_with_each_layer(dreamer, small_cat)
        limit = dreamer._memory.use().bound - 50 * 2**20
        dreamer._memory._resident_bytes = lambda: limit + left + (len(dreamer._networks._ascents) > 1)
        dreamed(
            dreamer,
            small_cat,
            QUICK.replace(octaves=1, iterations=1, layers={"block1/depthwise": 1.0}),
        )
        assert len(dreamer._networks._ascents) == kept
        assert len(dreamer._networks._networks) == kept

    def test_the_last_used_step_is_always_kept(self, dreamer, small_cat):
        self.dream_with_each_layer(dreamer, small_cat)
        bound = dreamer._memory.use().bound
        dreamer._memory._resident_bytes = lambda: bound + 1
        assert dreamer.release_excess_memory().excessive
        assert (
            len(dreamer._networks._ascents)
            == len(dreamer._networks._networks)
            == len(dreamer._networks._models)
            == 1
        )
        dreamer._networks._ascents._make = None  # compiling it again would fail
        dreamed(
            dreamer,
            small_cat,
            QUICK.replace(octaves=1, iterations=1, layers={self.LAYERS[-1]: 1.0}),
        )

    def test_memory_beyond_the_bound_is_released_after_a_dream(self, dreamer, small_cat):
        self.dream_with_each_layer(dreamer, small_cat)
        dreamer._memory._resident_bytes = lambda: 10**12
        dreamed(
            dreamer,
            small_cat,
            QUICK.replace(octaves=1, iterations=1, layers={self.LAYERS[0]: 1.0}),
        )
        assert len(dreamer._networks._ascents) == 1

import io

import numpy as np
import pytest
from PIL import Image

from dream_engine import presets
from dream_engine.compute.dreamer import Dreamer
from dream_engine.dreams import Dream, DreamRequest, Progress
from dream_engine.errors import PictureError, SettingsError, TimeLimitError
from dream_engine.images import Picture, decode, describe, encode
from dream_engine.memory import Memory
from dream_engine.settings import DreamSettings
from tests.conftest import png

QUICK = DreamSettings(octaves=2, iterations=3, seed=1)


def dreamed(dreamer: Dreamer, source: bytes, settings: DreamSettings = QUICK, **request) -> Dream:
    *_, dream = dreamer.dream(DreamRequest(source, settings, **request))
    assert isinstance(dream, Dream)
    return dream


def test_a_dream_has_the_sources_size_and_is_another_picture(dreamer, small_cat):
    dream = dreamed(dreamer, small_cat)
    source, result = decode(small_cat), decode(dream.image)
    assert (dream.height, dream.width) == result.rgb.shape[:2] == source.rgb.shape[:2]
    assert np.abs(result.rgb.astype(int) - source.rgb).mean() > 1


def test_progress_tells_of_every_step_and_ends_at_one(dreamer, small_cat):
    *told, dream = dreamer.dream(DreamRequest(small_cat, QUICK))
    assert all(isinstance(progress, Progress) for progress in told)
    assert [(p.octave, p.step) for p in told] == [(o, s) for o in (0, 1) for s in (1, 2, 3)]
    fractions = [progress.fraction for progress in told]
    assert fractions == sorted(fractions)
    assert fractions[-1] == pytest.approx(1.0)
    losses = [loss for octave in dream.octaves for loss in octave.losses]
    assert losses == [progress.loss for progress in told]


def test_previews_come_as_often_as_asked_all_of_one_size(dreamer, small_cat):
    *every, _ = dreamer.dream(DreamRequest(small_cat, QUICK, preview_seconds=0))
    sizes = [Image.open(io.BytesIO(progress.preview)).size for progress in every]
    assert sizes == [(120, 80)] * 6
    oddly = encode(Picture(np.zeros((427, 640, 3), np.uint8)), "png")
    *every, _ = dreamer.dream(DreamRequest(oddly, QUICK.replace(iterations=1, octaves=4), preview_seconds=0))
    assert {Image.open(io.BytesIO(progress.preview)).size for progress in every} == {(512, 342)}
    *none, _ = dreamer.dream(DreamRequest(small_cat, QUICK))
    assert not any(progress.preview for progress in none)


def test_previews_carry_the_transparency_of_the_dream(dreamer, small_cat):
    rgb = decode(small_cat).rgb
    alpha = np.full(rgb.shape[:2], 255, np.uint8)
    alpha[:, : rgb.shape[1] // 2] = 0
    source = encode(Picture(rgb, alpha), "png")
    *every, _ = dreamer.dream(DreamRequest(source, QUICK, preview_seconds=0))
    for progress in every:
        preview = Image.open(io.BytesIO(progress.preview))
        seen = np.asarray(preview.getchannel("A")).astype(int)
        assert np.abs(seen - alpha).mean() < (2 if progress.octave == 0 else 0.5)


def test_previews_of_a_large_dream_carry_its_transparency_where_it_is(dreamer):
    alpha = np.zeros((1100, 2100), np.uint8)
    alpha[300:800, 900:1700] = 255
    source = encode(Picture(np.full((*alpha.shape, 3), 90, np.uint8), alpha), "png")
    quick = QUICK.replace(octaves=1, iterations=1)
    *_, progress, _ = dreamer.dream(DreamRequest(source, quick, preview_seconds=0))
    preview = Image.open(io.BytesIO(progress.preview))
    expected = np.asarray(Image.fromarray(alpha).resize(preview.size, Image.Resampling.BOX))
    assert np.abs(np.asarray(preview.getchannel("A")).astype(int) - expected).mean() < 1


def test_the_same_seed_gives_the_same_bytes_and_another_seed_another_dream(small_cat):
    # Two dreamers: neither chance nor what one has seen before may matter.
    assert dreamed(Dreamer(), small_cat).image == dreamed(Dreamer(), small_cat).image
    other = dreamed(Dreamer(), small_cat, QUICK.replace(seed=2))
    assert other.image != dreamed(Dreamer(), small_cat).image


def test_a_dream_says_what_made_it_the_seed_included(dreamer, small_cat):
    dream = dreamed(dreamer, small_cat, QUICK.replace(seed=None), preset="mild")
    assert dream.settings.seed is not None
    assert describe(dream.image)["settings"] == dream.settings.model_dump(mode="json")
    assert describe(dream.image)["preset"] == "mild"
    assert dreamed(dreamer, small_cat, dream.settings, preset="mild").image == dream.image


@pytest.mark.parametrize("preset", presets.PRESETS)
def test_every_preset_dreams(dreamer, small_cat, preset):
    settings = presets.get(preset).settings_for("efficientnet_lite0").replace(octaves=1, iterations=2)
    assert dreamed(dreamer, small_cat, settings).image


@pytest.mark.parametrize(
    ("height", "width"), [(32, 32), (33, 47), (32, 640), (640, 32), (101, 67), (1, 1), (31, 300)]
)
def test_any_size_is_dreamed_or_refused_with_a_sentence(dreamer, height, width):
    source = png(np.random.default_rng(0).integers(0, 255, (height, width, 3), np.uint8))
    settings = presets.get("intense").settings_for("efficientnet_lite0").replace(iterations=1)
    if min(height, width) < 32:
        with pytest.raises(PictureError, match="at least 32 × 32"):
            dreamed(dreamer, source, settings)
    else:
        assert decode(dreamed(dreamer, source, settings).image).rgb.shape == (height, width, 3)


def test_transparency_is_given_back(dreamer, small_cat):
    image = Image.open(io.BytesIO(small_cat)).convert("RGBA")
    alpha = np.zeros((80, 120), np.uint8)
    alpha[20:60, 30:90] = 200
    image.putalpha(Image.fromarray(alpha))
    buffer = io.BytesIO()
    image.save(buffer, "png")
    np.testing.assert_array_equal(decode(dreamed(dreamer, buffer.getvalue()).image).alpha, alpha)


def test_kept_colours_are_the_sources(dreamer, small_cat):
    def colour_shift(settings: DreamSettings) -> float:
        dream = decode(dreamed(dreamer, small_cat, settings).image).rgb.astype(float)
        shift = dream - decode(small_cat).rgb
        return float(np.abs(shift - shift.mean(axis=-1, keepdims=True)).mean())

    bold = QUICK.replace(step_size=0.05)
    assert colour_shift(bold.replace(keep_colour=True)) < 0.3 * colour_shift(bold)


def test_chosen_channels_are_raised_and_make_another_dream(dreamer, small_cat):
    layer = {"block11/expand": 1.0}
    settings = QUICK.replace(layers=layer, octaves=1, iterations=6)
    some = dreamed(dreamer, small_cat, settings.replace(channels=(3, 77)))
    losses = some.octaves[0].losses
    assert losses[-1] > losses[0]
    assert some.image != dreamed(dreamer, small_cat, settings).image


def test_the_strongest_channels_are_those_that_the_source_excites(dreamer, small_cat):
    settings = QUICK.replace(layers={"block11/expand": 1.0}, octaves=1)

    def excitement(**chosen) -> float:
        return dreamed(dreamer, small_cat, settings.replace(**chosen)).octaves[0].losses[0]

    assert excitement(strongest=2) > max(excitement(channels=(c, c + 1)) for c in (0, 20, 40))


def test_a_guide_pulls_the_dream_towards_itself(dreamer, small_cat):
    guide = png(np.random.default_rng(4).integers(0, 255, (64, 64, 3), np.uint8))
    dream = dreamed(dreamer, small_cat, QUICK.replace(jitter=0, iterations=8), guide=guide)
    losses = dream.octaves[0].losses
    assert losses[-1] > losses[0]
    assert dream.settings.guide is not None
    assert dream.image != dreamed(dreamer, small_cat).image


def test_a_guide_must_be_the_one_that_the_settings_name(dreamer, small_cat):
    named = QUICK.replace(guide="0" * 64)
    with pytest.raises(SettingsError, match="guide"):
        dreamed(dreamer, small_cat, named)
    with pytest.raises(SettingsError, match="guide"):
        dreamed(dreamer, small_cat, named, guide=small_cat)


def test_a_dream_past_its_time_ends_with_a_sentence(small_cat, dreamer):
    with pytest.raises(TimeLimitError, match="longer than 0 seconds"):
        dreamed(dreamer, small_cat, time_limit=0.0)


def test_dreaming_over_tiles_shows_the_same_dream(cat):
    """Within half of the movement after three steps: each amplifies any difference, that of rounding too."""
    dreamer = Dreamer(precision="float32")
    large = io.BytesIO()
    Image.open(io.BytesIO(cat)).resize((900, 600)).save(large, "png")
    settings = DreamSettings(octaves=1, iterations=3, step_size=0.03, jitter=0, seed=1)
    whole = decode(dreamed(dreamer, large.getvalue(), settings.replace(tile=1024)).image).rgb.astype(float)
    tiled = decode(dreamed(dreamer, large.getvalue(), settings.replace(tile=600)).image).rgb.astype(float)
    source = decode(large.getvalue()).rgb
    assert np.abs(tiled - whole).mean() < 0.5 * np.abs(whole - source).mean()


def test_the_last_progress_says_that_only_the_file_is_missing(small_cat, dreamer):
    for settings in (QUICK, QUICK.replace(max_loss=1e-6)):  # the second ends every octave early
        *told, dream = dreamer.dream(DreamRequest(small_cat, settings))
        assert [event.fraction for event in told].count(1.0) == 1
        assert told[-1].fraction == 1.0
        assert isinstance(dream, Dream)


def test_the_source_and_the_guide_are_decoded_in_another_process(dreamer, small_cat, monkeypatch):
    asked = []
    decode_there = dreamer._decoder.decode
    monkeypatch.setattr(
        dreamer._decoder, "decode", lambda *args: asked.append(args[0]) or decode_there(*args)
    )
    guide = png(np.random.default_rng(4).integers(0, 255, (64, 64, 3), np.uint8))
    dreamed(dreamer, small_cat, guide=guide)
    assert asked == [small_cat, guide]


def test_a_dream_of_a_file_that_was_cut_short_says_so(dreamer, small_cat):
    assert dreamed(dreamer, small_cat[: int(len(small_cat) * 0.8)]).is_cut_short
    assert not dreamed(dreamer, small_cat).is_cut_short


def test_a_dream_towards_a_guide_that_was_cut_short_says_so(dreamer, small_cat):
    guide = png(np.random.default_rng(4).integers(0, 255, (64, 64, 3), np.uint8))
    of_a_part = dreamed(dreamer, small_cat, guide=guide[: int(len(guide) * 0.8)])
    assert (of_a_part.is_cut_short, of_a_part.guide_is_cut_short) == (False, True)
    assert not dreamed(dreamer, small_cat, guide=guide).guide_is_cut_short


class TestBetweenDreams:
    """Of a Dreamer whose memory is what a test says."""

    LAYERS = ("stem", "block0/depthwise", "block1/expand")

    @pytest.fixture
    def roomy(self):
        return Dreamer(memory=Memory(resident_bytes=lambda: 500 * 10**6, available_bytes=lambda: 10**12))

    def dream_with_each_layer(self, dreamer: Dreamer, source: bytes) -> None:
        for layer in self.LAYERS:
            dreamed(dreamer, source, QUICK.replace(octaves=1, iterations=1, layers={layer: 1.0}))

    def test_compiled_steps_stay_warm_where_there_is_room(self, roomy, small_cat):
        self.dream_with_each_layer(roomy, small_cat)
        assert len(roomy._ascent) == len(roomy._network) == 3
        assert not roomy.rest().excessive

    def test_the_oldest_go_first_and_only_as_many_as_are_too_many(self, roomy, small_cat):
        self.dream_with_each_layer(roomy, small_cat)
        bound = roomy._memory.use().bound
        roomy._memory._resident = lambda: bound - 1 + len(roomy._ascent) - 1
        use = roomy.rest()
        assert (use.resident, use.bound) == (bound, bound)
        assert len(roomy._ascent) == len(roomy._network) == 2

    @pytest.mark.parametrize(("left", "kept"), [(0, 2), (1, 1)])
    def test_the_oldest_go_before_another_is_traced_that_has_no_room(self, roomy, small_cat, left, kept):
        self.dream_with_each_layer(roomy, small_cat)
        most = roomy._memory.use().bound - 50 * 2**20
        roomy._memory._resident = lambda: most + left + (len(roomy._ascent) > 1)
        dreamed(roomy, small_cat, QUICK.replace(octaves=1, iterations=1, layers={"block1/depthwise": 1.0}))
        assert len(roomy._ascent) == kept
        assert len(roomy._network) == kept

    def test_what_was_used_last_stays_whatever_it_holds(self, roomy, small_cat):
        self.dream_with_each_layer(roomy, small_cat)
        bound = roomy._memory.use().bound
        roomy._memory._resident = lambda: bound + 1
        assert roomy.rest().excessive
        assert len(roomy._ascent) == len(roomy._network) == len(roomy._model) == 1
        roomy._ascent._make = None  # which would fail if it were compiled again
        dreamed(roomy, small_cat, QUICK.replace(octaves=1, iterations=1, layers={self.LAYERS[-1]: 1.0}))

    def test_a_dream_that_ends_lets_go_of_what_is_too_much(self, roomy, small_cat):
        self.dream_with_each_layer(roomy, small_cat)
        roomy._memory._resident = lambda: 10**12
        dreamed(roomy, small_cat, QUICK.replace(octaves=1, iterations=1, layers={self.LAYERS[0]: 1.0}))
        assert len(roomy._ascent) == 1

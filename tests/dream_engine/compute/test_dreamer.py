import io

import numpy as np
import pytest
from PIL import Image

from dream_engine import presets
from dream_engine.compute.dreamer import Dreamer
from dream_engine.compute.threads import ThreadedFunction
from dream_engine.dreams import Dream, DreamRequest, Progress
from dream_engine.errors import PictureError, SettingsError, TimeLimitError
from dream_engine.images import Picture, decode, describe, encode
from dream_engine.settings import DreamSettings
from tests.conftest import png

QUICK = DreamSettings(octaves=2, iterations=3, seed=1)


def dreamed(dreamer: Dreamer, source: bytes, settings: DreamSettings = QUICK, **request) -> Dream:
    *_, dream = dreamer.dream(DreamRequest(source, settings, **request))
    assert isinstance(dream, Dream)
    return dream


def test_a_dream_has_the_sources_size_and_other_pixels(dreamer, small_cat):
    dream = dreamed(dreamer, small_cat)
    source, result = decode(small_cat), decode(dream.image)
    assert (dream.height, dream.width) == result.rgb.shape[:2] == source.rgb.shape[:2]
    assert np.abs(result.rgb.astype(int) - source.rgb).mean() > 1


def test_progress_reports_every_step_and_ends_at_one(dreamer, small_cat):
    *told, dream = dreamer.dream(DreamRequest(small_cat, QUICK))
    assert all(isinstance(progress, Progress) for progress in told)
    assert [(p.octave, p.step) for p in told] == [(o, s) for o in (0, 1) for s in (1, 2, 3)]
    fractions = [progress.fraction for progress in told]
    assert fractions == sorted(fractions)
    assert fractions[-1] == pytest.approx(1.0)
    losses = [loss for octave in dream.octaves for loss in octave.losses]
    assert losses == [progress.loss for progress in told]


@pytest.mark.usefixtures("default_model_stays_loaded")
def test_a_warm_dreamer_has_compiled_the_step_for_small_and_for_large_pictures(monkeypatch, small_cat):
    monkeypatch.setenv("TF_NUM_INTRAOP_THREADS", "2")
    used = set()
    call = ThreadedFunction.__call__

    def called(function, threads, *arguments):
        used.add(threads)
        return call(function, threads, *arguments)

    monkeypatch.setattr(ThreadedFunction, "__call__", called)
    dreamer = Dreamer()
    dreamer.warm(QUICK)
    assert used == {1, 2}
    used.clear()
    dreamed(dreamer, small_cat)
    assert used == {1}  # as before it was warm


def test_previews_have_the_requested_interval_and_one_size(dreamer, small_cat):
    *every, _ = dreamer.dream(DreamRequest(small_cat, QUICK, preview_seconds=0))
    sizes = [Image.open(io.BytesIO(progress.preview)).size for progress in every]
    assert sizes == [(120, 80)] * 6
    odd = encode(Picture(np.zeros((427, 640, 3), np.uint8)), "png")
    *every, _ = dreamer.dream(DreamRequest(odd, QUICK.replace(iterations=1, octaves=4), preview_seconds=0))
    assert {Image.open(io.BytesIO(progress.preview)).size for progress in every} == {(512, 342)}
    *none, _ = dreamer.dream(DreamRequest(small_cat, QUICK))
    assert not any(progress.preview for progress in none)


def test_previews_have_the_transparency_of_the_dream(dreamer, small_cat):
    rgb = decode(small_cat).rgb
    alpha = np.full(rgb.shape[:2], 255, np.uint8)
    alpha[:, : rgb.shape[1] // 2] = 0
    source = encode(Picture(rgb, alpha), "png")
    *every, _ = dreamer.dream(DreamRequest(source, QUICK, preview_seconds=0))
    for progress in every:
        preview = Image.open(io.BytesIO(progress.preview))
        seen = np.asarray(preview.getchannel("A")).astype(int)
        assert np.abs(seen - alpha).mean() < (2 if progress.octave == 0 else 0.5)


def test_previews_of_a_large_dream_have_its_transparency_in_the_right_place(dreamer):
    alpha = np.zeros((1100, 2100), np.uint8)
    alpha[300:800, 900:1700] = 255
    source = encode(Picture(np.full((*alpha.shape, 3), 90, np.uint8), alpha), "png")
    quick = QUICK.replace(octaves=1, iterations=1)
    *_, progress, _ = dreamer.dream(DreamRequest(source, quick, preview_seconds=0))
    preview = Image.open(io.BytesIO(progress.preview))
    expected = np.asarray(Image.fromarray(alpha).resize(preview.size, Image.Resampling.BOX))
    assert np.abs(np.asarray(preview.getchannel("A")).astype(int) - expected).mean() < 1


@pytest.mark.usefixtures("default_model_stays_loaded")
def test_the_same_seed_gives_the_same_bytes_and_another_seed_another_dream(dreamer, small_cat):
    # Another Dreamer, which has dreamed nothing yet: neither chance nor earlier dreams may matter.
    image = dreamed(Dreamer(), small_cat).image
    assert dreamed(dreamer, small_cat, QUICK.replace(seed=2)).image != image
    assert dreamed(dreamer, small_cat).image == image


def test_a_dream_contains_its_settings_the_seed_included(dreamer, small_cat):
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


def test_a_dream_keeps_the_sources_transparency(dreamer, small_cat):
    image = Image.open(io.BytesIO(small_cat)).convert("RGBA")
    alpha = np.zeros((80, 120), np.uint8)
    alpha[20:60, 30:90] = 200
    image.putalpha(Image.fromarray(alpha))
    buffer = io.BytesIO()
    image.save(buffer, "png")
    np.testing.assert_array_equal(decode(dreamed(dreamer, buffer.getvalue()).image).alpha, alpha)


def test_keep_colour_keeps_the_sources_colours(dreamer, small_cat):
    def colour_shift(settings: DreamSettings) -> float:
        dream = decode(dreamed(dreamer, small_cat, settings).image).rgb.astype(float)
        shift = dream - decode(small_cat).rgb
        return float(np.abs(shift - shift.mean(axis=-1, keepdims=True)).mean())

    bold = QUICK.replace(step_size=0.05)
    assert colour_shift(bold.replace(keep_colour=True)) < 0.3 * colour_shift(bold)


def test_a_guide_must_match_the_hash_in_the_settings(dreamer, small_cat):
    named = QUICK.replace(guide="0" * 64)
    with pytest.raises(SettingsError, match="guide"):
        dreamed(dreamer, small_cat, named)
    with pytest.raises(SettingsError, match="guide"):
        dreamed(dreamer, small_cat, named, guide=small_cat)


def test_a_dream_past_its_time_limit_ends_with_a_sentence(small_cat, dreamer):
    with pytest.raises(TimeLimitError, match="longer than 0 seconds"):
        dreamed(dreamer, small_cat, time_limit=0.0)


@pytest.mark.usefixtures("default_model_stays_loaded")
def test_dreaming_over_tiles_gives_nearly_the_same_dream(cat):
    """Within half of the change after three steps, because each step amplifies differences, even rounding."""
    dreamer = Dreamer(precision="float32")
    large = io.BytesIO()
    Image.open(io.BytesIO(cat)).resize((900, 600)).save(large, "png")
    settings = DreamSettings(octaves=1, iterations=3, step_size=0.03, jitter=0, seed=1)
    whole = decode(dreamed(dreamer, large.getvalue(), settings.replace(tile=1024)).image).rgb.astype(float)
    tiled = decode(dreamed(dreamer, large.getvalue(), settings.replace(tile=600)).image).rgb.astype(float)
    source = decode(large.getvalue()).rgb
    assert np.abs(tiled - whole).mean() < 0.5 * np.abs(whole - source).mean()


def test_the_last_progress_has_a_fraction_of_one(small_cat, dreamer):
    for settings in (QUICK, QUICK.replace(max_loss=1e-6)):  # the second ends every octave early
        *told, dream = dreamer.dream(DreamRequest(small_cat, settings))
        assert [event.fraction for event in told].count(1.0) == 1
        assert told[-1].fraction == 1.0
        assert isinstance(dream, Dream)


def test_the_source_and_the_guide_are_decoded_by_the_decoder(dreamer, small_cat, monkeypatch):
    asked = []
    decode_there = dreamer._decoder.decode
    monkeypatch.setattr(
        dreamer._decoder, "decode", lambda *args: asked.append(args[0]) or decode_there(*args)
    )
    guide = png(np.random.default_rng(4).integers(0, 255, (64, 64, 3), np.uint8))
    dreamed(dreamer, small_cat, guide=guide)
    assert asked == [small_cat, guide]


def test_a_dream_of_a_truncated_file_is_marked_as_cut_short(dreamer, small_cat):
    assert dreamed(dreamer, small_cat[: int(len(small_cat) * 0.8)]).is_cut_short
    assert not dreamed(dreamer, small_cat).is_cut_short


def test_a_dream_with_a_truncated_guide_is_marked(dreamer, small_cat):
    guide = png(np.random.default_rng(4).integers(0, 255, (64, 64, 3), np.uint8))
    of_a_part = dreamed(dreamer, small_cat, guide=guide[: int(len(guide) * 0.8)])
    assert (of_a_part.is_cut_short, of_a_part.guide_is_cut_short) == (False, True)
    assert not dreamed(dreamer, small_cat, guide=guide).guide_is_cut_short

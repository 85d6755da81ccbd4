"""Property tests: any options give valid settings, or a refusal with a text in every language."""

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from bot.options import DreamOptions, layer_names
from bot.texts.catalogue import packaged_catalogue
from dream_engine import backbones, image_classes
from dream_engine.errors import DreamError
from dream_engine.presets import PRESETS, THING
from dream_engine.settings import DreamSettings

LARGEST = 2048
BACKBONES = sorted(backbones.all_backbones())
CATALOGUE = packaged_catalogue()
THINGS = [found.name for found in image_classes.all_classes()]

integers = st.none() | st.integers(-(2**70), 2**70) | st.integers(0, 600)
layers = st.none() | st.text(max_size=20) | st.sampled_from(layer_names(backbones.DEFAULT))
any_options = st.builds(
    DreamOptions,
    preset=st.sampled_from([*PRESETS, THING]) | st.text(max_size=10),
    strength=st.floats() | st.floats(0.25, 4.0),
    size=integers,
    iterations=integers,
    octaves=integers,
    layer=layers,
    of=st.none() | st.text(max_size=20) | st.sampled_from(THINGS),
    keep_colour=st.none() | st.booleans(),
    seed=integers,
)


@settings(max_examples=300, deadline=None)
@given(any_options, st.sampled_from(BACKBONES))
def test_any_options_give_valid_settings_or_a_refusal_with_a_text(options, backbone):
    try:
        dream = options.settings(backbone, 1024, LARGEST)
    except DreamError as refusal:
        assert all(CATALOGUE.texts(language).error(refusal).strip() for language in CATALOGUE.languages)  # noqa: PT017
        return
    assert isinstance(dream, DreamSettings)
    assert dream.size is not None
    assert 0 < dream.size <= LARGEST
    assert dream.seed == options.seed
    assert options.layer is None or list(dream.layer_weights) == [options.layer]
    assert not options.of or dream.classes == ((image_classes.get(options.of).name, 1.0),)
    assert DreamSettings(**dream.model_dump()) == dream


@pytest.mark.parametrize("preset", sorted(PRESETS))
@settings(max_examples=20, deadline=None)
@given(st.floats(0.25, 4.0), st.integers(64, LARGEST))
def test_every_preset_works_at_every_strength_and_size(preset, strength, size):
    options = DreamOptions(preset=preset, strength=round(strength, 2), size=size)
    dream = options.settings(backbones.DEFAULT, 1024, LARGEST)
    assert dream.size == size
    assert dream.octaves >= 1
    assert dream.iterations >= 1

import pytest

from bot.errors import NoThingsRefusal, UnknownLayerRefusal, UnknownPresetRefusal
from bot.options import DreamOptions, layer_names
from dream_engine import backbones
from dream_engine.errors import SettingsError
from dream_engine.presets import PRESETS, THING, get

LITE0 = "efficientnet_lite0"


def settings_of(backbone=LITE0, default_size=1024, largest_size=2048, **options):
    return DreamOptions(**{"preset": "mild", **options}).settings(backbone, default_size, largest_size)


@pytest.mark.parametrize("backbone", backbones.all_backbones())
@pytest.mark.parametrize("preset", PRESETS)
def test_every_preset_works_with_every_backbone(backbone, preset):
    assert settings_of(backbone, preset=preset).backbone == backbone


def test_a_preset_alone_gives_its_own_settings_at_the_default_size():
    assert settings_of() == PRESETS["mild"].settings_for(LITE0).replace(size=1024)


def test_options_override_the_presets_settings():
    chosen = settings_of(iterations=5, octaves=2, layer="block4/expand", keep_colour=True, seed=3, size=300)
    assert (chosen.iterations, chosen.octaves, chosen.keep_colour) == (5, 2, True)
    assert (chosen.seed, chosen.size) == (3, 300)
    assert chosen.layer_weights == {"block4/expand": 1.0}


def test_false_and_zero_override_the_preset():
    assert settings_of(preset="camouflage", keep_colour=False).keep_colour is False
    assert settings_of(seed=0).seed == 0


@pytest.mark.parametrize(("strength", "iterations"), [(0.25, 2), (1.0, 10), (2.5, 25), (4.0, 40)])
def test_strength_multiplies_the_steps(strength, iterations):
    assert settings_of(strength=strength).iterations == iterations


def test_strength_keeps_iterations_within_bounds():
    assert settings_of(iterations=500, strength=4.0).iterations == 500
    assert settings_of(iterations=1, strength=0.25).iterations == 1


@pytest.mark.parametrize("strength", [0.2, 4.1])
def test_a_strength_out_of_bounds_is_refused(strength):
    with pytest.raises(SettingsError, match="strength"):
        settings_of(strength=strength)


def test_the_size_is_limited_to_the_largest_size():
    assert settings_of(size=4000, largest_size=512).size == 512
    assert settings_of(default_size=1024, largest_size=512).size == 512


def test_unknown_presets_and_layers_are_refused_by_name():
    with pytest.raises(UnknownPresetRefusal) as refusal:
        settings_of(preset="nonsense")
    assert refusal.value.details == {"preset": "nonsense"}
    with pytest.raises(UnknownLayerRefusal) as refusal:
        settings_of(layer="mixed9")
    assert refusal.value.details == {"layer": "mixed9"}


def test_a_thing_alone_has_the_settings_of_its_preset():
    chosen = settings_of(preset=THING, of="jellyfish")
    assert chosen == get(THING).settings_for(LITE0).replace(size=1024, classes={"jellyfish": 1.0})
    assert chosen.layer_weights == {}


def test_a_thing_replaces_the_presets_things_and_keeps_its_layers():
    for preset in PRESETS.values():
        chosen, own = settings_of(preset=preset.name, of="tiger"), preset.settings_for(LITE0)
        assert chosen.classes == (("tiger", 1.0),)
        assert chosen.layers == own.layers


def test_a_layer_replaces_the_presets_things_but_not_a_chosen_one():
    for preset in PRESETS:
        assert settings_of(preset=preset, layer="block4/expand").classes == ()
    chosen = settings_of(preset="mild", layer="block4/expand", of="tiger")
    assert (chosen.layer_weights, chosen.classes) == ({"block4/expand": 1.0}, (("tiger", 1.0),))


def test_a_backbone_without_a_classifier_dreams_of_no_thing():
    with pytest.raises(NoThingsRefusal):
        settings_of("inception_v3", of="jellyfish")


def test_the_preset_for_things_needs_a_thing():
    with pytest.raises(UnknownPresetRefusal):
        settings_of(preset=THING)


@pytest.mark.parametrize("backbone", backbones.all_backbones())
def test_every_listed_layer_can_be_chosen(backbone):
    names = layer_names(backbone)
    assert len(names) == len(set(names)) > 1
    assert all(len(name) <= 100 for name in names)
    for name in names:
        settings_of(backbone, layer=name)


def test_options_are_restored_from_json():
    options = DreamOptions(preset="webs", strength=2.0, layer="block4/expand", seed=2**32 - 1, private=True)
    assert DreamOptions.model_validate_json(options.model_dump_json()) == options


def test_options_stored_before_things_are_restored():
    assert DreamOptions.model_validate_json('{"preset": "webs", "seed": 5}').of is None

import pytest

from dream_engine import backbones, presets
from dream_engine.errors import SettingsError


def test_mild_intense_and_classic_are_among_at_least_nine_presets():
    assert {"mild", "intense", "classic"} <= set(presets.PRESETS)
    assert len(presets.PRESETS) >= 9


def test_every_preset_has_a_one_line_description_and_settings_for_every_backbone():
    for preset in presets.PRESETS.values():
        assert preset.description
        assert "\n" not in preset.description
        for backbone in backbones.all_backbones():
            assert preset.settings_for(backbone).backbone == backbone


def test_all_presets_differ():
    assert len({preset.settings_for("efficientnet_lite0") for preset in presets.PRESETS.values()}) == len(
        presets.PRESETS
    )


def test_classic_on_inception_has_the_numbers_of_the_keras_example():
    classic = presets.get("classic").settings_for("inception_v3")
    assert classic.layer_weights == {"mixed4": 1.0, "mixed5": 1.5, "mixed6": 2.0, "mixed7": 2.5}
    assert (classic.step_size, classic.octaves, classic.octave_scale) == (0.01, 3, 1.4)
    assert (classic.iterations, classic.max_loss, classic.jitter, classic.clip) == (20, 15.0, 0, False)
    assert (classic.detail, classic.size) == ("reference", None)


def test_classic_is_not_conditioned_and_every_other_preset_is():
    for name, preset in presets.PRESETS.items():
        for settings in preset.settings.values():
            conditioned = (settings.colour_decorrelation, settings.frequency_emphasis, settings.soft_range)
            assert (conditioned == (0.0, 0.0, 0.0)) == (name == "classic")


def test_the_preset_for_things_is_found_and_not_listed():
    assert presets.get(presets.THING).name == presets.THING
    assert presets.THING not in presets.PRESETS


@pytest.mark.parametrize("others", [{"layers": {"block3/expand": 1.0}}, {"guide": "0" * 64}])
def test_another_objective_replaces_the_things_of_a_preset(others):
    assert presets.resolve("underwater").classes
    assert presets.resolve("underwater", **others).classes == ()


def test_a_preset_of_things_uses_layers_where_there_is_no_classifier():
    assert presets.resolve("underwater", backbone="inception_v3").layers
    assert presets.resolve("flowers", backbone="vgg16").layer_weights


def test_the_error_for_an_unknown_preset_lists_all_presets():
    with pytest.raises(SettingsError, match="one of mild, intense, classic"):
        presets.get("none such")


def test_the_error_for_a_mistyped_preset_suggests_one():
    with pytest.raises(SettingsError, match=r"^preset must be .* \(did you mean mild\?\), not 'wild'\.$"):
        presets.get("wild")


def test_classes_without_a_preset_select_the_preset_for_things():
    thing = presets.get(presets.THING)
    assert presets.resolve(classes={"daisy": 1}) == thing.settings_for("efficientnet_lite0").replace(
        classes={"daisy": 1}
    )
    assert presets.resolve() == presets.resolve("intense")
    assert presets.default_name() == presets.DEFAULT
    assert presets.default_name({"daisy": 1}) == presets.THING


def test_classes_beside_a_preset_keep_its_numbers_and_layers():
    intense = presets.resolve("intense")
    settings = presets.resolve("intense", classes={"daisy": 1})
    assert settings == intense.replace(classes={"daisy": 1})
    assert settings.layer_weights == intense.layer_weights

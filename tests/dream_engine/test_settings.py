import json
import pickle

import pytest

from dream_engine import backbones
from dream_engine.bounds import bounds
from dream_engine.errors import SettingsError
from dream_engine.settings import DreamSettings

CLASSES_BOUND = "of must be at most 5 things with weights above 0 and at most 100"


@pytest.mark.parametrize(
    ("values", "sentence"),
    [
        ({"octaves": 99}, "octaves must be a whole number from 1 to 12, not 99."),
        ({"octaves": "many"}, "octaves must be a whole number from 1 to 12, not 'many'."),
        ({"octaves": 2.5}, "octaves must be a whole number from 1 to 12, not 2.5."),
        ({"step_size": 0}, "step_size must be a number above 0 and at most 0.5, not 0."),
        ({"step_size": float("nan")}, "step_size must be a number above 0 and at most 0.5, not nan."),
        (
            {"layers": {"mixed4": 1}},
            "layers must be layers of efficientnet_lite0 (mixed4 is one of inception_v3), not 'mixed4'.",
        ),
        (
            {"layers": {"block9/expnad": 1}},
            "layers must be layers of efficientnet_lite0 (did you mean block9/expand?), not 'block9/expnad'.",
        ),
        (
            {"detail": "refrence"},
            "detail must be one of anchored, reference (did you mean reference?), not 'refrence'.",
        ),
        ({"detail": "sharp"}, "detail must be one of anchored, reference, not 'sharp'."),
        ({"channels": [-1]}, "channels must be whole numbers from 0, not -1."),
        ({"channels": [672]}, "channels must be from 0 to 671, the channels of block11/expand, not 672."),
        ({"layers": {"stem": 500}}, "layers must be layer names with weights from -100 to 100, not 500."),
        ({"guide": "cat"}, "guide must be a picture's SHA-256 in 64 hexadecimal digits, not 'cat'."),
        ({"channels": [4, 4]}, "channels must be each named once, not 4 twice."),
        ({"strongest": 2, "channels": [1]}, "strongest must be left out beside channels, not given."),
        ({"classes": {"pug": 0}}, f"{CLASSES_BOUND}, not 0."),
        ({"classes": {"pug": 101}}, f"{CLASSES_BOUND}, not 101."),
        ({"classes": {"pug": "lots"}}, f"{CLASSES_BOUND}, not 'lots'."),
        ({"classes": "pug"}, f"{CLASSES_BOUND}, not 'pug'."),
        (
            {"classes": dict.fromkeys(["ant", "bee", "eel", "hen", "ox", "pug"], 1)},
            f"{CLASSES_BOUND}, not 6 of them.",
        ),
        (
            {"classes": {"pugg": 1}},
            "of must be a thing that the network knows (did you mean pug?), not 'pugg'.",
        ),
        ({"classes": {"crane": 1}}, "of must be more exact: crane (bird) or crane (machine), not 'crane'."),
        ({"classes": {"cat": 1, "tabby": 1}}, "of must be each named once, not tabby cat twice."),
        ({"classes": {"pug": 1}, "channels": [1]}, "of must be left out beside channels, not given."),
        ({"classes": {"pug": 1}, "strongest": 1}, "of must be left out beside strongest, not given."),
        ({"classes": {"pug": 1}, "guide": "0" * 64}, "of must be left out beside guide, not given."),
        (
            {"classes": {"pug": 1}, "backbone": "vgg16"},
            "backbone must be efficientnet_lite0 to dream of a thing, not 'vgg16'.",
        ),
    ],
)
def test_the_error_for_a_wrong_value_names_field_bound_and_value(values, sentence):
    with pytest.raises(SettingsError) as refusal:
        DreamSettings(**values)
    assert str(refusal.value) == sentence


def test_the_error_for_an_unknown_setting_backbone_or_layer_names_it():
    for values, named in [
        ({"colour": 3}, "'colour'"),
        ({"backbone": "alexnet"}, "'alexnet'"),
        ({"layers": {"mixed4": 1.0}}, "'mixed4'"),
    ]:
        with pytest.raises(SettingsError, match=named):
            DreamSettings(**values)


def test_channels_need_exactly_one_layer():
    with pytest.raises(SettingsError, match="one layer where strongest picks its channels, not 2 layers"):
        DreamSettings(layers={"block8/expand": 1.0, "block9/expand": 1.0}, strongest=3)


def test_settings_survive_a_round_trip_through_json():
    settings = DreamSettings(layers={"block9/expand": 0.5, "block2/project": -1.0}, seed=7, max_loss=4.5)
    assert DreamSettings.from_json(settings.to_json()) == settings


@pytest.mark.parametrize("text", ['{"octaves": 99}', "{octaves", "[1]", '{"colour": 1}'])
def test_json_that_does_not_describe_settings_is_refused(text):
    with pytest.raises(SettingsError):
        DreamSettings.from_json(text)


def test_settings_are_immutable_and_can_be_replaced():
    settings = DreamSettings()
    with pytest.raises(Exception, match="frozen"):
        settings.octaves = 2
    assert settings.replace(octaves=2).octaves == 2
    with pytest.raises(SettingsError):
        settings.replace(octaves=0)


def test_settings_and_their_errors_can_be_pickled():
    settings = DreamSettings(layers={"block9/expand": 0.5})
    assert pickle.loads(pickle.dumps(settings)) == settings
    error = SettingsError(field="octaves", bound="few", value=99)
    copy = pickle.loads(pickle.dumps(error))
    assert (str(copy), copy.details) == (str(error), error.details)


def test_every_setting_has_a_description_and_bounds():
    for name, field in DreamSettings.model_fields.items():
        assert field.description, name
        assert bounds(field), name


def test_a_repeated_channel_or_layer_is_refused():
    for values in ({"channels": [1, 1]}, {"layers": [["block9/expand", 1.0], ["block9/expand", 2.0]]}):
        with pytest.raises(SettingsError, match="each named once"):
            DreamSettings(**values)


def test_classes_are_stored_by_their_full_names_with_their_weights():
    settings = DreamSettings(classes={"Tabby": 1, "crane machine": "0.5"})
    assert settings.classes == (("tabby cat", 1.0), ("crane (machine)", 0.5))
    assert settings == DreamSettings(classes=[("tabby cat", 1), ("crane (machine)", 0.5)])
    assert DreamSettings.from_json(settings.to_json()) == settings
    assert json.loads(settings.to_json())["classes"] == {"tabby cat": 1.0, "crane (machine)": 0.5}


def test_json_of_settings_without_classes_does_not_mention_them():
    assert "classes" not in json.loads(DreamSettings(seed=1).to_json())
    assert "classes" not in DreamSettings().model_dump(mode="json")


def test_json_written_before_there_were_classes_is_read():
    old = (
        '{"backbone":"efficientnet_lite0","layers":{"block9/expand":1.0},"channels":[],"strongest":3,'
        '"guide":null,"octaves":4,"octave_scale":1.4,"iterations":24,"step_size":0.014,"max_loss":null,'
        '"jitter":64,"clip":true,"smoothing":0.0,"detail":"anchored","keep_colour":false,"size":512,'
        '"tile":800,"seed":7}'
    )
    settings = DreamSettings.from_json(old)
    assert settings.classes == ()
    assert settings == DreamSettings(
        layers={"block9/expand": 1.0}, strongest=3, iterations=24, step_size=0.014, size=512, tile=800, seed=7
    )


def test_classes_replace_the_default_layers_and_join_given_ones():
    assert DreamSettings().layer_weights == {"block11/expand": 1.0}
    alone = DreamSettings(classes={"daisy": 1})
    assert alone.layer_weights == {}
    assert alone.layer_names == ("head",)
    both = DreamSettings(classes={"daisy": 1}, layers={"head": 0.5, "block9/expand": 1})
    assert both.layer_weights == {"head": 0.5, "block9/expand": 1.0}
    assert both.layer_names == ("block9/expand", "head")


def test_a_backbone_with_a_classifier_has_the_layer_that_it_reads():
    able = [known for known in backbones.all_backbones().values() if known.has_classifier]
    assert [known.name for known in able] == ["efficientnet_lite0"]
    assert all(known.layer(known.class_layer).name == known.class_layer for known in able)


def test_settings_of_earlier_versions_are_not_conditioned():
    earlier = DreamSettings.from_json('{"layers": {"block9/expand": 1.0}, "iterations": 7}')
    assert (earlier.colour_decorrelation, earlier.frequency_emphasis, earlier.soft_range) == (0.0, 0.0, 0.0)
    assert earlier.scale_jitter == 0.0


def test_unused_settings_that_earlier_versions_do_not_know_are_not_serialised():
    assert "soft_range" not in DreamSettings().to_json()
    assert DreamSettings.from_json(DreamSettings(soft_range=0.5).to_json()).soft_range == 0.5

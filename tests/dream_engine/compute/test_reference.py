"""The preset ``classic`` on InceptionV3 compared with a direct version of the Keras example."""

import numpy as np
import pytest

from benchmarks import plain_keras
from dream_engine import presets
from dream_engine.compute.dreamer import Dreamer
from dream_engine.dreams import Dream, DreamRequest
from dream_engine.images import decode
from tests.conftest import png


@pytest.fixture(scope="module")
def plain(cat, inception_weights):
    """The picture, and the Keras example's dream of it."""
    rgb = decode(cat).rgb[:220, :330]
    return rgb, plain_keras.dream(rgb, inception_weights, iterations=1, is_compiled=False)


@pytest.mark.parametrize(("precision", "nearness"), [("float32", 1e-4), ("bfloat16", 0.01)])
def test_classic_follows_the_keras_example_number_for_number(plain, inception_weights, precision, nearness):
    rgb, expected = plain
    settings = presets.get("classic").settings_for("inception_v3").replace(iterations=1)
    dreamer = Dreamer({"inception_v3": inception_weights}, precision=precision)
    *_, dream = dreamer.dream(DreamRequest(png(rgb), settings))
    assert isinstance(dream, Dream)
    assert [(octave.height, octave.width) for octave in dream.octaves] == expected.shapes
    for octave, losses in zip(dream.octaves, expected.losses, strict=True):
        assert octave.losses == pytest.approx(losses, rel=nearness)
    assert np.abs(decode(dream.image).rgb.astype(float) - expected.pixels).mean() < 1.0

"""Finding the cuts of a clip."""

from itertools import permutations

import numpy as np
import pytest
from PIL import Image

from dream_engine.images import Picture
from dream_engine.motion.scenes import CutDetector
from tests.conftest import EXAMPLES

_SIZE = (192, 128)
_EXAMPLES = ("astronaut.jpg", "cat.jpg", "coffee.jpg", "mountains.jpg", "pavilion.jpg", "rocket.jpg")


def _pixels(name, scale=1.0, left=0.0):
    """A part of an example: its whole height if the scale is 1, from a distance to the left edge."""
    image = Image.open(EXAMPLES / name).convert("RGB")
    width, height = min(image.width, image.height * 1.5) * scale, min(image.height, image.width / 1.5) * scale
    x, y = left, (image.height - height) / 2
    return np.asarray(image.resize(_SIZE, Image.Resampling.BILINEAR, (x, y, x + width, y + height)))


def _scenes(frames):
    cuts = CutDetector()
    return [number for number, frame in enumerate(frames) if cuts.begins_scene(Picture(frame))]


def test_the_first_frame_begins_a_scene():
    assert _scenes([_pixels("cat.jpg")]) == [0]


@pytest.mark.parametrize(("one", "other"), list(permutations(_EXAMPLES, 2)))
def test_a_cut_between_two_photographs_is_found(one, other):
    frames = [_pixels(one), _pixels(one), _pixels(other), _pixels(other)]
    assert _scenes(frames) == [0, 2]


@pytest.mark.parametrize("name", _EXAMPLES)
def test_a_pan_is_no_cut(name):
    assert _scenes(_pixels(name, 0.6, 16 * number) for number in range(6)) == [0]


@pytest.mark.parametrize("name", _EXAMPLES)
def test_a_zoom_is_no_cut(name):
    assert _scenes(_pixels(name, 1.1**-number) for number in range(6)) == [0]


@pytest.mark.parametrize("name", _EXAMPLES)
@pytest.mark.parametrize("gain", [0.4, 2.5])
def test_a_flash_is_no_cut(name, gain):
    frame = _pixels(name)
    flash = np.clip(frame * gain, 0, 255).astype(np.uint8)
    assert _scenes([frame, flash, frame]) == [0]


def test_a_fade_to_black_is_no_cut():
    frame = _pixels("mountains.jpg").astype(np.float32)
    assert _scenes((frame * share).astype(np.uint8) for share in np.linspace(1, 0, 12)) == [0]


def test_noise_on_a_still_camera_is_no_cut():
    random = np.random.default_rng(1)
    frame = _pixels("coffee.jpg")
    noisy = [np.clip(frame + random.normal(0, 12, frame.shape), 0, 255).astype(np.uint8) for _ in range(4)]
    assert _scenes(noisy) == [0]

"""The longest dreams: brightness and saturation stay within bounds, and skies and nights do not burn out."""

import io

import numpy as np
import pytest
from PIL import Image

from dream_engine import presets
from dream_engine.dreams import DreamRequest
from dream_engine.settings import DreamSettings

LONGEST = 500
DEEPER = 5


def encoded(pixels: np.ndarray) -> bytes:
    buffer = io.BytesIO()
    Image.fromarray(pixels).save(buffer, "PNG")
    return buffer.getvalue()


def dreamed(dreamer, pixels: np.ndarray, settings: DreamSettings) -> np.ndarray:
    *_, dream = dreamer.dream(DreamRequest(encoded(pixels), settings))
    return np.asarray(Image.open(io.BytesIO(dream.image)).convert("RGB"))


def saturation(pixels: np.ndarray) -> float:
    """The mean of each pixel's largest value less its smallest."""
    return float(np.ptp(pixels.astype(int), axis=-1).mean())


def burnt_out(pixels: np.ndarray) -> float:
    """The share of values that are black or white."""
    return float(((pixels == 0) | (pixels == 255)).mean())


def nearly(value: float, height: int, width: int) -> np.ndarray:
    noise = np.random.default_rng(0).normal(value, 3, (height, width, 3))
    return np.clip(noise, 0, 255).astype(np.uint8)


@pytest.fixture(scope="module")
def intense() -> DreamSettings:
    return presets.resolve("intense", octaves=1, iterations=LONGEST, jitter=16, seed=3)


def test_the_longest_dream_gone_deeper_five_times_keeps_its_brightness_and_saturation(dreamer, cat, intense):
    pixels = np.asarray(Image.open(io.BytesIO(cat)).convert("RGB").resize((48, 40)))
    for deeper in range(1 + DEEPER):
        # After the first dream little changes, so that fewer steps show as much.
        pixels = dreamed(dreamer, pixels, intense.replace(iterations=80) if deeper else intense)
        assert 90 < pixels.mean() < 170
        assert 20 < saturation(pixels) < 100
        assert burnt_out(pixels) < 0.005


@pytest.mark.parametrize("value", [250, 5])
def test_white_skies_and_black_nights_do_not_burn_out(dreamer, intense, value):
    pixels = dreamed(dreamer, nearly(value, 64, 64), intense.replace(iterations=40))
    assert burnt_out(pixels) < 0.01
    hard = dreamed(dreamer, nearly(value, 64, 64), intense.replace(iterations=40, soft_range=0.0))
    assert burnt_out(hard) > 5 * burnt_out(pixels)


@pytest.mark.parametrize("value", [250, 5])
def test_over_tiles_they_do_not_burn_out_either(dreamer, intense, value):
    tiled = intense.replace(iterations=10, tile=256)
    assert burnt_out(dreamed(dreamer, nearly(value, 264, 264), tiled)) < 0.01

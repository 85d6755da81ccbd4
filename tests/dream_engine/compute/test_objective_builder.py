"""Objectives of chosen channels, of the strongest channels, and of a guide."""

import numpy as np

from tests.conftest import png
from tests.dream_engine.compute.test_dreamer import QUICK, dreamed


def test_chosen_channels_are_raised_and_change_the_dream(dreamer, small_cat):
    layer = {"block11/expand": 1.0}
    settings = QUICK.replace(layers=layer, octaves=1, iterations=6)
    some = dreamed(dreamer, small_cat, settings.replace(channels=(3, 77)))
    losses = some.octaves[0].losses
    assert losses[-1] > losses[0]
    assert some.image != dreamed(dreamer, small_cat, settings).image


def test_the_strongest_channels_are_those_that_the_source_excites(dreamer, small_cat):
    settings = QUICK.replace(layers={"block11/expand": 1.0}, octaves=1)

    def excitement(**chosen) -> float:
        return dreamed(dreamer, small_cat, settings.replace(**chosen)).octaves[0].losses[0]

    assert excitement(strongest=2) > max(excitement(channels=(c, c + 1)) for c in (0, 20, 40))


def test_a_guide_raises_its_loss_and_changes_the_dream(dreamer, small_cat):
    guide = png(np.random.default_rng(4).integers(0, 255, (64, 64, 3), np.uint8))
    dream = dreamed(dreamer, small_cat, QUICK.replace(jitter=0, iterations=8), guide=guide)
    losses = dream.octaves[0].losses
    assert losses[-1] > losses[0]
    assert dream.settings.guide is not None
    assert dream.image != dreamed(dreamer, small_cat).image

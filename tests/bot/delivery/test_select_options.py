"""The options of the selects below a dream."""

import pytest

from bot.delivery.select_options import (
    COMPARE,
    motion_options,
    preset_options,
    preset_or_comparison_options,
    thing_options,
)
from bot.options import DreamOptions
from bot.texts import packaged_catalogue
from dream_engine import image_classes
from dream_engine.presets import PRESETS, THING

CATALOGUE = packaged_catalogue()
NAMES = [found.name for found in image_classes.all_classes()]
OF_JELLYFISH = DreamOptions(preset=THING, of="jellyfish")


@pytest.mark.parametrize("language", CATALOGUE.languages)
def test_the_options_stay_within_discords_limits(language):
    texts = CATALOGUE.texts(language)
    for options in (
        preset_or_comparison_options(texts),
        motion_options(texts),
        thing_options(texts, OF_JELLYFISH, NAMES),
    ):
        assert 1 <= len(options) <= 25
        for option in options:
            assert 1 <= len(option.label) <= 100
            assert len(option.description or "") <= 100
            assert 1 <= len(option.value) <= 100


def test_every_preset_can_be_chosen_with_or_without_the_comparison():
    texts = CATALOGUE.texts("en")
    assert [option.value for option in preset_options(texts)] == list(PRESETS)
    assert [option.value for option in preset_or_comparison_options(texts)] == [COMPARE, *PRESETS]


def test_a_dream_of_a_thing_offers_the_first_others():
    offered = thing_options(CATALOGUE.texts("ko"), OF_JELLYFISH, ("goldfish", "jellyfish", "tiger"))
    assert [(option.label, option.value) for option in offered] == [
        ("금붕어", "goldfish"),
        ("호랑이", "tiger"),
    ]


def test_other_dreams_offer_no_things():
    assert thing_options(CATALOGUE.texts("en"), DreamOptions(preset="glass"), NAMES) == []

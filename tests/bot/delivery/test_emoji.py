"""Buttons and choices have emoji."""

import re

import pytest

from bot.delivery import cards
from bot.delivery.emoji import BUTTON_EMOJI, COMPARE_EMOJI, GROUP_EMOJI, MOTION_EMOJI, PRESET_EMOJI
from bot.delivery.preset_categories import GROUPS
from bot.delivery.result_card import result
from bot.delivery.select_options import COMPARE, motion_options, preset_or_comparison_options
from bot.models import State
from bot.options import OF_STILLS
from bot.texts import packaged_catalogue
from dream_engine.presets import PRESETS
from tests.bot.delivery.test_cards import components_of
from tests.bot.records import a_job, an_outcome

ENGLISH = packaged_catalogue().texts("en")
ONE_EMOJI = re.compile("[\u2600-\u27bf\U0001f300-\U0001f9ff]\ufe0f?")


def test_every_preset_and_every_motion_has_an_emoji_of_its_own():
    assert set(PRESET_EMOJI) == set(PRESETS)
    assert set(GROUP_EMOJI) == set(GROUPS)
    assert tuple(MOTION_EMOJI) == OF_STILLS
    for emoji in (PRESET_EMOJI, GROUP_EMOJI, MOTION_EMOJI, BUTTON_EMOJI):
        assert len(set(emoji.values())) == len(emoji)
        assert all(ONE_EMOJI.fullmatch(one) for one in emoji.values())


def test_the_selects_show_them():
    assert {option.value: option.emoji.name for option in preset_or_comparison_options(ENGLISH)} == {
        COMPARE: COMPARE_EMOJI,
        **PRESET_EMOJI,
    }
    assert {option.value: option.emoji.name for option in motion_options(ENGLISH)} == MOTION_EMOJI


@pytest.mark.parametrize(
    "card",
    [
        lambda: result(ENGLISH, a_job(), an_outcome(), b""),
        lambda: cards.dreaming(ENGLISH, a_job(), 0.5, None, None),
        lambda: cards.ended("", ENGLISH, a_job(state=State.CANCELLED, source="a digest")),
        lambda: cards.offer(ENGLISH, a_job()),
    ],
    ids=["finished", "dreaming", "cancelled", "offered"],
)
def test_every_button_has_one(card):
    buttons = [part for part in components_of(card()) if part["type"] == 2]
    assert buttons
    for button in buttons:
        assert button["emoji"]["name"] == BUTTON_EMOJI[button["custom_id"].split(":")[1]]

"""No line of a card ends within a number and its unit."""

import pytest
from discord import ui

from bot.delivery import cards
from bot.delivery.details_card import details
from bot.delivery.line_breaks import keep_numbers_together, with_plain_spaces
from bot.delivery.motion_cards import moving
from bot.delivery.result_card import result
from bot.texts import packaged_catalogue
from dream_engine.errors import TooManyBytesError, TooSmallError
from dream_engine.motion.runner import MotionProgress
from tests.bot.records import a_job, an_outcome

CATALOGUE = packaged_catalogue()


def raw_text_of(card):
    return "\n".join(item.content for item in card.view.walk_children() if isinstance(item, ui.TextDisplay))


@pytest.mark.parametrize(
    ("text", "shown"),
    [
        ("512 × 342 pixels", "512_×_342_pixels"),
        ("512 × 342 픽셀", "512_×_342_픽셀"),
        ("in 12 s", "in_12_s"),
        ("4.3 seconds", "4.3_seconds"),
        ("3 of 60", "3_of_60"),
        ("50 %", "50_%"),
        ("25 MB limit", "25_MB limit"),
        ("처음 6초만", "처음_6+초만"),
        ("연속 30개, 대기 3개", "연속_30+개, 대기_3+개"),
        ("60 frames · 15 a second", "60_frames · 15_a second"),
        ("</dream:12> and <@12> and <t:12:R>", "</dream:12> and <@12> and <t:12:R>"),
        ("-# words", "-# words"),
        ("### Presets (1/3)", "### Presets (1/3)"),
    ],
)
def test_a_number_stays_with_its_unit(text, shown):
    assert keep_numbers_together(text) == shown.replace("_", "\u00a0").replace("+", "\u2060")
    assert with_plain_spaces(keep_numbers_together(text)) == text


@pytest.mark.parametrize("language", CATALOGUE.languages)
def test_the_numbers_of_all_cards_stay_with_their_units(language):
    texts, job = CATALOGUE.texts(language), a_job()
    shrunk = an_outcome(wanted_height=2000, wanted_width=3000)
    zoom = an_outcome(motion="zoom", frames=60, fps=15.0, file_format="webp")
    for card in (
        cards.waiting(texts, job, 3, None),
        result(texts, job, shrunk, b""),
        result(texts, job, zoom, b""),
        moving(texts, job, MotionProgress(12, 60, 0.25), None, None),
        details(texts, job.options, an_outcome()),
        cards.ended(texts.error(TooManyBytesError(limit=25.0))),
        cards.ended(texts.error(TooSmallError(width=12, height=5, limit=32))),
    ):
        text = raw_text_of(card)
        assert keep_numbers_together(text) == text
        assert "× " not in text

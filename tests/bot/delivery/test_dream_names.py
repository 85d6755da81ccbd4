"""How cards name a dream."""

import pytest

from bot.delivery.dream_names import describe_dream, describe_preview, name_of, title_of
from bot.options import DreamOptions
from bot.texts import packaged_catalogue
from dream_engine.presets import THING
from tests.bot.records import an_outcome

CATALOGUE = packaged_catalogue()
ENGLISH, KOREAN = CATALOGUE.texts("en"), CATALOGUE.texts("ko")
PRESET = DreamOptions(preset="glass")
THING_ALONE = DreamOptions(preset=THING, of="jellyfish")
BOTH = DreamOptions(preset="glass", of="jellyfish")


@pytest.mark.parametrize(
    ("options", "name", "title"),
    [
        (PRESET, "Glass", "Dreaming: Glass"),
        (THING_ALONE, "jellyfish", "Dreaming of jellyfish"),
        (BOTH, "Glass · jellyfish", "Dreaming of jellyfish · Glass"),
    ],
    ids=["a preset", "a thing", "both"],
)
def test_a_dream_is_named_by_its_preset_and_its_thing(options, name, title):
    assert name_of(ENGLISH, options) == name
    assert title_of(ENGLISH, options) == title


def test_the_name_of_the_thing_is_in_the_readers_language():
    assert name_of(KOREAN, BOTH) == "스테인드글라스 · 해파리"
    assert title_of(KOREAN, BOTH) == "해파리 꿈을 꾸는 중 · 스테인드글라스"


@pytest.mark.parametrize(
    ("status", "english", "korean"),
    [
        ("waiting", "In line: Glass · jellyfish", "대기 중: 스테인드글라스 · 해파리"),
        ("done", "Done: Glass · jellyfish", "완성: 스테인드글라스 · 해파리"),
        ("cancelled", "Cancelled: Glass · jellyfish", "취소됨: 스테인드글라스 · 해파리"),
        ("failed", "Didn't work: Glass · jellyfish", "실패: 스테인드글라스 · 해파리"),
        ("paused", "Paused: Glass · jellyfish", "잠시 멈춤: 스테인드글라스 · 해파리"),
    ],
)
def test_a_title_says_how_far_the_dream_is(status, english, korean):
    assert title_of(ENGLISH, BOTH, status=status) == english
    assert title_of(KOREAN, BOTH, status=status) == korean


@pytest.mark.parametrize(
    ("options", "dream", "preview"),
    [
        (
            PRESET,
            "A dream made from a picture, preset Glass, 640 × 480 pixels",
            "A dream still growing, preset Glass",
        ),
        (
            BOTH,
            "A picture with jellyfish growing out of it, 640 × 480 pixels",
            "A dream of jellyfish, still growing",
        ),
    ],
    ids=["a preset", "a thing"],
)
def test_pictures_are_described_by_their_thing(options, dream, preview):
    assert describe_dream(ENGLISH, options, an_outcome()) == dream
    assert describe_preview(ENGLISH, options) == preview

"""The names of things in other languages."""

import re
import tomllib
from importlib import resources

import pytest

from bot.texts import packaged_catalogue
from bot.thing_restrictions import ThingRestrictions
from dream_engine import image_classes

CATALOGUE = packaged_catalogue()
OTHERS = [language for language in CATALOGUE.languages if language != "en"]
DREAMABLE = [found.name for found in image_classes.dreamable_classes()]


def names_in(language):
    return tomllib.loads((resources.files("bot.texts") / f"class_names_{language}.toml").read_text("utf-8"))


@pytest.mark.parametrize("language", OTHERS)
def test_every_named_thing_is_a_class(language):
    assert [name for name in names_in(language) if image_classes.get(name).name != name] == []


@pytest.mark.parametrize("language", OTHERS)
def test_the_things_that_dream_best_and_the_restricted_ones_are_named_in_every_language(language):
    restricted = ThingRestrictions.read().age_restricted
    assert {*DREAMABLE, *restricted} <= set(names_in(language))
    assert len(DREAMABLE) >= 120


@pytest.mark.parametrize("language", OTHERS)
def test_no_two_things_have_the_same_name(language):
    names = list(names_in(language).values())
    assert len(set(names)) == len(names)


def test_korean_names_are_written_in_hangul():
    assert [name for name in names_in("ko").values() if not re.fullmatch("[가-힣]+( [가-힣]+)*", name)] == []


@pytest.mark.parametrize("language", [language for language in OTHERS if language != "ko"])
def test_names_are_lower_case_words_as_in_a_sentence(language):
    # Only names of people and places have a capital letter.
    words = re.compile(r"(?!\d)\w+(?:[-']\w+)*(?: \w+(?:[-']\w+)*)*")
    for name in names_in(language).values():
        assert words.fullmatch(name), name
        assert name[0].islower(), name


def test_a_thing_is_named_in_the_language_of_the_texts():
    korean, english, german = (CATALOGUE.texts(locale) for locale in ("ko", "en-GB", "de"))
    assert korean.thing("jellyfish") == "해파리"
    assert {CATALOGUE.texts(locale).thing("peafowl") for locale in ("es-ES", "es-419")} == {"pavo real"}
    assert {english.thing("jellyfish"), german.thing("jellyfish")} == {"jellyfish"}


def test_a_thing_without_a_name_in_a_language_has_its_english_one():
    assert CATALOGUE.texts("ko").thing("abacus") == "abacus"

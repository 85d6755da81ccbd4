"""Every language says everything, in its own words, and within Discord's limits."""

import re

import pytest

from tests.bot.texts.test_catalogue import CATALOGUE, ENGLISH, LANGUAGES, OTHERS, SOURCE

SAME_IN_ALL = {"rules-role", "rules-exempt"}
"""The messages that may consist of variables and words that every language shares."""

SAME_AS_ENGLISH = {
    "es": {
        "option-spoiler", "option-fps", "motion-zoom", "motion-clip",
        "card-original", "button-original",
    },
    "pt-BR": {"option-spoiler", "option-fps", "motion-zoom", "card-original", "button-original"},
}  # fmt: skip
"""The messages that a language has in common with English."""

ENGLISH_WORDS = re.compile(r"\b(the|you|your|this|that|with|from|isn't|can't|I'm|of|and|or|it|is)\b", re.I)
"""Words by which a sentence is recognised as English. No other language here has them."""

LIMITS = [
    (r"menu-.*", 32),
    (r"adjust-(?!.*-description).*", 45),
    (r"(button|category)-(?!.*-description).*", 80),
    (r"(preset|motion|choice|format|option|settings|command|button|adjust)-.*", 100),
    (r"alt-.*", 1024),
]
"""Discord's limits on the lengths of texts, by their keys; the first that matches counts."""
MAX_SENTENCE = 2000
"""Leaves space in a message, which can have 4000 characters, for other texts."""
LONG_VALUE = "W" * 100
"""As long as the longest value that a user can type."""

MENTIONING = CATALOGUE.mentioning(dict.fromkeys(re.findall(r'"command-([a-z-]+)"', SOURCE), 1))
"""The texts with mentions of commands, whose names differ between languages."""


def formatted(language, key, value=2):
    """Return a message with the same value for all of its variables, and with mentions of commands."""
    return MENTIONING.texts(language)(key, **dict.fromkeys(ENGLISH[key], value))


def english_words(text):
    """Return the English words of a text, without those of commands and options."""
    return ENGLISH_WORDS.findall(re.sub(r"`[^`]*`", "", text))


def max_characters(key):
    return next((limit for pattern, limit in LIMITS if re.fullmatch(pattern, key)), MAX_SENTENCE)


@pytest.mark.parametrize("language", OTHERS)
def test_every_sentence_differs_from_the_english_one(language):
    same = {key for key in ENGLISH if formatted(language, key) == formatted("en", key)}
    assert same <= SAME_IN_ALL | SAME_AS_ENGLISH.get(language, set())


@pytest.mark.parametrize("language", OTHERS)
def test_no_sentence_has_english_words(language):
    english = {key: found[0] for key in ENGLISH if (found := english_words(formatted(language, key)))}
    assert not english


def test_english_words_are_recognised():
    assert sum(bool(english_words(formatted("en", key))) for key in ENGLISH) > len(ENGLISH) / 2


@pytest.mark.parametrize("language", LANGUAGES)
@pytest.mark.parametrize("value", [0, 1, 2, 1.5, 1234])
def test_every_message_is_formatted_without_an_error(language, value):
    bundle = CATALOGUE._bundles[language]
    for key, variables in ENGLISH.items():
        pattern = bundle.get_message(key).value
        assert bundle.format_pattern(pattern, dict.fromkeys(variables, value))[1] == [], key


@pytest.mark.parametrize("language", LANGUAGES)
def test_no_text_is_too_long_in_any_language(language):
    for key in ENGLISH:
        limit = max_characters(key)
        text = formatted(language, key, 9999 if limit <= 100 else LONG_VALUE)
        assert 1 <= len(text) <= limit, (key, text)


@pytest.mark.parametrize("language", OTHERS)
def test_every_language_has_the_same_markup_and_names_the_same_commands(language):
    parts = re.compile(r"[*`\n]|\]\(|</[^>]*>")
    for key in ENGLISH:
        marks = [sorted(parts.findall(formatted(found, key))) for found in ("en", language)]
        assert marks[0] == marks[1], key


@pytest.mark.parametrize("language", LANGUAGES)
def test_texts_are_set_with_care(language):
    for key in ENGLISH:
        text = formatted(language, key)
        assert text == text.strip(), key
        assert not re.search(r"\.\.\.|  | [.,;?!]|\"| - ", text), (key, text)
        if language == "es":
            assert (text.count("¿"), text.count("¡")) == (text.count("?"), text.count("!")), key


@pytest.mark.parametrize("language", [language for language in OTHERS if language != "ko"])
def test_sentences_end_as_in_english(language):
    ends = re.compile(r"[.!?:…]$")
    for key in ENGLISH:
        is_sentence = bool(ends.search(formatted("en", key)))
        assert bool(ends.search(formatted(language, key))) == is_sentence, key

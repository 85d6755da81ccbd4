"""Cards stay within Discord's limits, whatever their contents."""

import pytest
from discord import ui
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from bot.delivery import cards
from bot.delivery.details_card import details
from bot.delivery.message_limits import MAX_CHARACTERS, cut, first_lines, length, shortened
from bot.delivery.result_card import result
from bot.errors import ChannelRefusal, NotSetRefusal, UnknownLayerRefusal
from bot.options import DreamOptions
from bot.texts import packaged_catalogue
from tests.bot.records import NOW, a_job, an_outcome

CATALOGUE = packaged_catalogue()
TEXTS = st.sampled_from([CATALOGUE.texts(language) for language in CATALOGUE.languages])
ANYTHING = st.text(st.characters(exclude_categories=["Cs"]), min_size=1, max_size=200)
"""Short, because they are repeated."""
LONG = st.builds(lambda text, times: text * times, ANYTHING, st.integers(1, 300))
SLOW = settings(max_examples=25, deadline=None, suppress_health_check=[HealthCheck.too_slow])


def texts_of(card):
    return [item.content for item in card.view.walk_children() if isinstance(item, ui.TextDisplay)]


def assert_fits(card):
    assert len(list(card.view.walk_children())) <= 40
    assert all(texts_of(card))
    assert sum(map(length, texts_of(card))) <= 4000
    assert all(len(file.description) <= 1024 for file in card.files)


@SLOW
@given(TEXTS, LONG, st.lists(LONG, min_size=1, max_size=60))
def test_no_card_of_texts_is_too_large(texts, sentence, paragraphs):
    assert_fits(cards.ended(sentence))
    assert_fits(cards.ended(sentence, texts, a_job()))
    assert_fits(cards.plain(*paragraphs))
    assert_fits(cards.picture_card(sentence, cards.picture_file(b"", "a.png", sentence)))


@SLOW
@given(TEXTS, LONG, LONG, st.integers(1, 10**9), st.sampled_from(["png", "webp", "jpeg"]))
def test_no_card_of_a_dream_is_too_large(texts, layers, note, many, file_format):
    job = a_job(options=DreamOptions(preset=layers[:100], seed=2**32 - 1))
    sizes = {"wanted_height": many, "wanted_width": many, "dreamed_height": many, "dreamed_width": many}
    outcome = an_outcome(
        layers=layers,
        octaves=many,
        iterations=many,
        file_format=file_format,
        guided=True,
        masked=True,
        **sizes,
    )
    card = result(texts, job, outcome, b"", note)
    assert_fits(card)
    assert_fits(cards.waiting(texts, job, many, NOW))
    assert_fits(cards.dreaming(texts, job, 0.5, NOW, b""))
    details_of_it = details(texts, job.options, an_outcome(layers=layers, seed=2**32 - 1))
    assert_fits(details_of_it)
    assert str(2**32 - 1) in "".join(texts_of(details_of_it))


@SLOW
@given(TEXTS, LONG)
def test_no_refusal_is_too_large(texts, typed):
    for error in (
        NotSetRefusal(value=typed),
        UnknownLayerRefusal(layer=typed),
        ChannelRefusal(channels=typed),
    ):
        assert_fits(cards.ended(texts.error(error)))


@given(ANYTHING, st.integers(1, 300))
def test_a_text_is_cut_only_if_it_is_too_long(text, max_characters):
    shown = cut(text, max_characters)
    assert length(shown) <= max_characters
    if length(text) <= max_characters:
        assert shown == text
    else:
        assert shown.endswith("…")
        assert text.startswith(shown[:-1])


@pytest.mark.parametrize(
    ("text", "max_characters", "shown"),
    [
        ("four", 4, "four"),
        ("fours", 4, "fou…"),
        ("one two three", 12, "one two…"),
        ("one two\nthree", 12, "one two…"),
        ("a bcdefghij", 10, "a bcdefgh…"),  # one word fills most of it
        ("🐈🐈", 4, "🐈🐈"),
        ("🐈🐈", 3, "🐈…"),
        ("🐈🐈", 2, "…"),
        ("ab", 1, "…"),
    ],
)
def test_a_text_is_cut_between_words_if_possible(text, max_characters, shown):
    assert cut(text, max_characters) == shown


def test_a_character_beyond_16_bits_counts_twice():
    assert [length("a"), length("꿈"), length("\uffff"), length("🐈")] == [1, 1, 1, 2]


def more(left_out):
    return f"and {left_out} more"


def test_a_short_list_is_shown_completely():
    assert first_lines(["a", "b"], more, max_lines=2) == ["a", "b"]
    assert first_lines([], more, max_lines=2) == []


def test_a_long_list_says_how_many_are_left_out():
    assert first_lines(["a", "b", "c"], more, max_lines=2) == ["a", "b", "and 1 more"]


def test_a_list_of_long_lines_shows_as_many_as_fit():
    lines = ["12345"] * 4
    assert first_lines(lines, more, 9, max_characters=24) == lines
    assert first_lines(lines, more, 9, max_characters=23) == ["12345", "12345", "and 2 more"]
    assert first_lines(lines, more, 9, max_characters=22) == ["12345", "and 3 more"]
    assert first_lines(lines, more, 9, max_characters=0) == ["and 4 more"]
    assert first_lines(["x" * 3999], more, 9) == ["x" * 3999]
    assert first_lines(["x" * 4000], more, 9) == ["and 1 more"]


def test_the_longest_text_is_cut_and_the_others_stay():
    view = ui.LayoutView(timeout=None)
    for text in ("a" * 1000, "b" * 3000, "c" * 1000):
        view.add_item(ui.TextDisplay(text))
    assert shortened(view) is view
    assert [item.content for item in view.children] == ["a" * 1000, "b" * 1999 + "…", "c" * 1000]


def test_a_text_that_just_fits_stays():
    (text,) = texts_of(cards.ended("x" * MAX_CHARACTERS))
    assert text == "x" * 4000


def test_paragraphs_beyond_the_component_limit_are_joined():
    assert texts_of(cards.plain(*"abc")) == ["a", "b", "c"]
    shown = texts_of(cards.plain(*map(str, range(50))))
    assert len(shown) == 20
    assert "\n".join(shown) == "\n".join(map(str, range(50)))

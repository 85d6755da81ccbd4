"""Recognition of the bot's messages by the catalogue."""

import pytest

from bot.texts.catalogue import packaged_catalogue
from soak.bot_messages import INTERNAL_ERRORS, PICTURE_ERRORS, THING_ERRORS, contains, error_keys, label

TEXTS = packaged_catalogue().texts("en-US")


@pytest.mark.parametrize("most", [1, 3])
def test_a_message_is_recognised_with_any_values(most):
    assert list(error_keys(f"Well: {TEXTS('error-waiting', most=most, when='<t:5:R>')}")) == ["error-waiting"]


@pytest.mark.parametrize("suggestions", ["none", "jellyfish"])
def test_a_message_is_recognised_by_the_text_before_its_variant(suggestions):
    unknown_thing = TEXTS("error-unknown-thing", thing="a, b", suggestions=suggestions)
    assert list(error_keys(unknown_thing)) == ["error-unknown-thing"]
    assert list(error_keys(TEXTS("error-unknown-layer", layer="conv"))) == ["error-unknown-layer"]


def test_all_picture_thing_and_internal_errors_are_in_the_catalogue():
    values = (
        "limit",
        "width",
        "height",
        "mask_width",
        "mask_height",
        "problem",
        "reference",
        "thing",
        "suggestions",
    )
    for key in PICTURE_ERRORS | THING_ERRORS | INTERNAL_ERRORS:
        assert TEXTS.find(key, **dict.fromkeys(values, "1")), key


def test_a_refusal_inside_another_is_recognised_too():
    problem = TEXTS("error-empty-picture")
    assert set(error_keys(TEXTS("error-guide", problem=problem))) == {"error-guide", "error-empty-picture"}


def test_other_text_is_not_a_refusal():
    assert not list(error_keys("My queue is fuller than full"))
    assert not list(error_keys(TEXTS("card-ready", when="<t:5:R>")))


def test_cards_are_told_apart():
    assert contains("card-place", TEXTS("card-place", place=1))
    assert contains("card-place", TEXTS("card-place", place=4))
    assert not contains("card-place", TEXTS("card-elsewhere"))


def test_a_refusal_has_a_label_and_a_new_one_its_name():
    assert label("error-queue-full") == "the queue was full"
    assert label("error-far-too-blue") == "far too blue"

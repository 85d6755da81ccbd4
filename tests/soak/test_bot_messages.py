"""What the bot's sentences mean."""

import pytest

from bot.texts.catalogue import packaged_catalogue
from soak.bot_messages import INTERNAL_ERRORS, PICTURE_ERRORS, contains, error_keys, label

TEXTS = packaged_catalogue().texts("en-US")


@pytest.mark.parametrize("most", [1, 3])
def test_a_sentence_is_known_whatever_is_filled_in(most):
    assert list(error_keys(f"Well: {TEXTS('error-waiting', most=most, when='<t:5:R>')}")) == ["error-waiting"]


def test_every_word_of_pictures_and_of_our_own_faults_is_in_the_catalogue():
    for key in PICTURE_ERRORS | INTERNAL_ERRORS:
        assert TEXTS.find(key, **dict.fromkeys(("limit", "width", "height", "problem", "reference"), "1")), (
            key
        )


def test_what_is_inside_another_refusal_is_known_as_well():
    problem = TEXTS("error-empty-picture")
    assert set(error_keys(TEXTS("error-guide", problem=problem))) == {"error-guide", "error-empty-picture"}


def test_other_words_mean_no_refusal():
    assert not list(error_keys("My queue is fuller than full"))
    assert not list(error_keys(TEXTS("card-progress", octave=1, octaves=2, step=3, steps=4)))


def test_cards_are_known_apart():
    assert contains("card-place", TEXTS("card-place", place=1))
    assert contains("card-place", TEXTS("card-place", place=4))
    assert not contains("card-place", TEXTS("card-elsewhere"))


def test_a_refusal_has_a_label_and_a_new_one_its_name():
    assert label("error-queue-full") == "the queue was full"
    assert label("error-far-too-blue") == "far too blue"

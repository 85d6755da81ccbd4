import pytest

from dream_engine.suggestions import did_you_mean, either, similar, unknown_name

_PRESETS = ("mild", "intense", "classic", "animals", "eyes")


@pytest.mark.parametrize(
    ("typed", "meant"),
    [
        ("intnse", "intense"),
        ("INTENSE", "intense"),
        ("anim", "animals"),
        ("eye", "eyes"),
        ("classics", "classic"),
        ("eeys", "eyes"),
    ],
)
def test_a_mistyped_name_suggests_the_one_that_was_meant(typed, meant):
    assert similar(typed, _PRESETS) == (meant,)


@pytest.mark.parametrize("typed", ["", "-", "zebra", "x" * 10_000])
def test_a_name_that_resembles_none_suggests_none(typed):
    assert similar(typed, _PRESETS) == ()


def test_separators_do_not_matter():
    assert similar("step_size", ["--step-size", "--size"]) == ("--step-size",)


def test_at_most_three_names_are_suggested():
    assert len(similar("a", [f"a{number}" for number in range(9)])) == 3


def test_suggestions_are_phrased_as_a_question():
    assert did_you_mean(()) == ""
    assert did_you_mean(["a"]) == "did you mean a?"
    assert did_you_mean(["a", "b", "c"]) == "did you mean a, b or c?"
    assert either(["a", "b"]) == "a or b"


def test_the_error_suggests_a_name_or_else_lists_all():
    near = unknown_name("preset", "intnse", _PRESETS, "the name of a preset")
    assert str(near) == "preset must be the name of a preset (did you mean intense?), not 'intnse'."
    far = unknown_name("preset", "zebra", _PRESETS, "the name of a preset")
    assert str(far) == "preset must be one of mild, intense, classic, animals, eyes, not 'zebra'."


def test_a_very_long_name_is_abbreviated():
    assert len(str(unknown_name("preset", "x" * 10_000, _PRESETS))) < 200

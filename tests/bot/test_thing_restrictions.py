"""The lists of things that are not offered, or only in age-restricted channels."""

import pytest

from bot.errors import ConfigurationError
from bot.settings import variable
from bot.thing_restrictions import VARIABLE, ThingRestrictions
from dream_engine import image_classes


@pytest.fixture
def file(tmp_path):
    return tmp_path / "things.toml"


def complaint_about(file):
    with pytest.raises(ConfigurationError) as error:
        ThingRestrictions.read(file)
    (line,) = str(error.value).splitlines()
    assert line.startswith(f"DREAM_RESTRICTED_THINGS_FILE: {file} ")
    return line.removeprefix(f"DREAM_RESTRICTED_THINGS_FILE: {file} ")


def test_the_variable_is_that_of_the_setting():
    assert variable("restricted_things_file") == VARIABLE


def test_the_bots_own_file_restricts_little_clothing_and_weapons():
    restrictions = ThingRestrictions.read()
    assert {"bikini", "bra", "leotard", "miniskirt", "swimming trunks"} <= restrictions.never_offered
    assert {"assault rifle", "revolver", "rifle", "cannon", "missile"} <= restrictions.age_restricted
    assert not restrictions.never_offered & restrictions.age_restricted


@pytest.mark.parametrize(
    ("name", "everywhere", "in_age_restricted_channels"),
    [("jellyfish", True, True), ("rifle", False, True), ("bikini", False, False)],
)
def test_a_thing_is_allowed_everywhere_somewhere_or_nowhere(name, everywhere, in_age_restricted_channels):
    restrictions = ThingRestrictions.read()
    assert restrictions.allows(name, in_age_restricted_channel=False) is everywhere
    assert restrictions.allows(name, in_age_restricted_channel=True) is in_age_restricted_channels


def test_the_bots_own_file_restricts_none_of_the_things_that_dream_best():
    names = tuple(found.name for found in image_classes.dreamable_classes())
    assert ThingRestrictions.read().dreamable() == names


def test_an_operator_may_restrict_other_things_by_any_name(file):
    file.write_text('never_offered = ["Goldfish"]\nage_restricted = ["snake", "praying mantis"]\n')
    restrictions = ThingRestrictions.read(file)
    assert restrictions.never_offered == {"goldfish"}
    assert restrictions.age_restricted == {image_classes.get("snake").name, "praying mantis"}
    assert restrictions.allows("bikini", in_age_restricted_channel=False)
    assert restrictions.dreamable()[:2] == ("jellyfish", "daisy")


@pytest.mark.parametrize("text", ["", "never_offered = []\n", "# nothing\n"])
def test_lists_may_be_empty_or_missing(file, text):
    file.write_text(text)
    assert ThingRestrictions.read(file) == ThingRestrictions()


@pytest.mark.parametrize(
    ("content", "complaint"),
    [
        (
            b'never_offered = ["bikini", "jelyfish"]',
            (
                "has 'jelyfish' in never_offered, which must be a thing that the network knows "
                "(did you mean jellyfish?)."
            ),
        ),
        (
            b'age_restricted = ["crane"]',
            "has 'crane' in age_restricted, which must be more exact: crane (bird) or crane (machine).",
        ),
        (b"never_offered = 5", "must have never_offered as a list of names in quotation marks."),
        (b"age_restricted = [5]", "must have age_restricted as a list of names in quotation marks."),
        (b"forbidden = []", "has a list 'forbidden'; it can have never_offered and age_restricted."),
        (b"\xff", "must be text in UTF-8; save it so."),
    ],
    ids=["unknown", "ambiguous", "no list", "a number", "another list", "another encoding"],
)
def test_a_mistake_in_the_file_gives_a_one_line_error(file, content, complaint):
    file.write_bytes(content)
    assert complaint_about(file) == complaint


def test_a_file_that_is_not_toml_gives_a_one_line_error(file):
    file.write_text("never_offered = [bikini]\n")
    assert complaint_about(file).startswith("is not TOML: Invalid value (at line 1, column 18")


def test_a_missing_file_gives_a_one_line_error(file):
    assert complaint_about(file).startswith("cannot be read: ")

"""Whole numbers that users type, with the separators and units of their languages."""

import pytest

from bot.commands._number_lines import read_number
from bot.errors import NumberRefusal


def read(typed):
    return read_number("size", typed, 32, 4_294_967_295)


@pytest.mark.parametrize(
    "typed",
    ["1024", "1,024", "1.024", "1 024", "1\u00a0024", "1\u202f024", "1'024", "1\u2019024", "1_024", " 1024 "],
)
def test_thousands_may_be_separated_as_in_any_language(typed):
    assert read(typed) == 1024


@pytest.mark.parametrize("typed", ["1,234,567", "1.234.567", "1 234 567", "1234567"])
def test_several_groups_have_the_same_separator(typed):
    assert read(typed) == 1_234_567


@pytest.mark.parametrize(
    "unit", ["px", " px", " PX", " pixel", " pixels", " píxel", " píxeles", " pi\u0301xeles", "픽셀", " 픽셀"]
)
@pytest.mark.parametrize("number", ["2048", "2.048", "2,048"])
def test_the_unit_of_every_language_is_accepted(number, unit):
    assert read(number + unit) == 2048


@pytest.mark.parametrize(
    "typed",
    [
        *("48.5", "48,5", "12,34", "1,0240", "10,24", "1,02", "1.234,567", "1,234567", ",024", "1,024,"),
        *("1,,024", "1e3", "-1024", "+1024", "½", "10 24", "1024 cm", "big", "1024 px px"),
    ],
)
def test_anything_but_a_whole_number_is_refused(typed):
    with pytest.raises(NumberRefusal) as caught:
        read(typed)
    assert caught.value.details == {"field": "size", "value": typed, "low": 32, "high": 4_294_967_295}


@pytest.mark.parametrize("typed", ["31", "4.294.967.296", "9" * 100])
def test_a_number_outside_of_its_bounds_is_refused(typed):
    with pytest.raises(NumberRefusal):
        read(typed)


@pytest.mark.parametrize("typed", ["", "  ", "\t", "px"])
def test_nothing_is_no_number(typed):
    assert read(typed) is None

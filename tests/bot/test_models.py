"""What is written down about a dream."""

import dataclasses

import pytest

from bot.models import Outcome
from tests.bot.records import a_dream, an_outcome

TOLD_OF_FILES = ("is_cut_short", "guide_is_cut_short")


def test_an_outcome_of_an_earlier_version_is_still_read():
    written = an_outcome().model_dump(mode="json")
    for told in TOLD_OF_FILES:
        del written[told]
    assert Outcome.model_validate(written) == an_outcome(is_cut_short=False, guide_is_cut_short=False)


@pytest.mark.parametrize("told", TOLD_OF_FILES)
def test_what_a_dream_tells_of_its_files_is_written_down(told):
    whole = a_dream(b"a file")
    assert not getattr(Outcome.of(whole), told)
    cut = Outcome.of(dataclasses.replace(whole, **{told: True}))
    assert getattr(cut, told)
    assert Outcome.model_validate_json(cut.model_dump_json()) == cut

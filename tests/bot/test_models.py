"""The stored outcome of a dream."""

import dataclasses

import pytest

from bot.models import Outcome
from tests.bot.records import a_dream, an_outcome

FLAGS = ("is_cut_short", "guide_is_cut_short", "mask_is_cut_short")


def test_an_outcome_of_an_earlier_version_is_readable():
    stored = an_outcome().model_dump(mode="json")
    for flag in FLAGS:
        del stored[flag]
    assert Outcome.model_validate(stored) == an_outcome(**dict.fromkeys(FLAGS, False))


@pytest.mark.parametrize("flag", FLAGS)
def test_an_outcome_records_truncated_files(flag):
    complete = a_dream(b"a file")
    assert not getattr(Outcome.of(complete), flag)
    truncated = Outcome.of(dataclasses.replace(complete, **{flag: True}))
    assert getattr(truncated, flag)
    assert Outcome.model_validate_json(truncated.model_dump_json()) == truncated

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


def test_an_outcome_records_the_things_and_not_default_layers():
    complete = a_dream(b"a file")
    of_things = complete.settings.replace(classes={"jellyfish": 1.0, "tiger": 0.5}, layers={})
    outcome = Outcome.of(dataclasses.replace(complete, settings=of_things))
    assert (outcome.things, outcome.layers) == (("jellyfish", "tiger"), "")
    assert Outcome.of(complete).things == ()


def test_an_outcome_stored_before_things_is_readable():
    stored = an_outcome().model_dump(mode="json")
    del stored["things"]
    assert Outcome.model_validate(stored) == an_outcome()

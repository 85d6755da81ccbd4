"""What is written down about a dream."""

import dataclasses

from bot.jobs.record import Outcome
from tests.bot.records import a_dream, an_outcome


def test_an_outcome_of_an_earlier_version_is_still_read():
    written = an_outcome().model_dump(mode="json")
    del written["is_cut_short"]
    assert Outcome.model_validate(written) == an_outcome(is_cut_short=False)


def test_what_a_dream_tells_of_its_source_is_written_down():
    whole = a_dream(b"a file")
    assert not Outcome.of(whole).is_cut_short
    cut = Outcome.of(dataclasses.replace(whole, is_cut_short=True))
    assert cut.is_cut_short
    assert Outcome.model_validate_json(cut.model_dump_json()) == cut

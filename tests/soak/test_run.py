"""A soak run of a few seconds, of the real process, with nothing that goes wrong."""

from soak.interactions import WRONG as WRONG_VISITS
from soak.outcomes import ANSWERED, WRONG
from soak.run import SoakRun


async def test_without_trouble_every_request_is_accounted_for_and_nothing_stays_that_should_not(tmp_path):
    with (tmp_path / "log").open("w") as log:
        run = SoakRun(3, 8, 3.0, tmp_path / "data", log, troubles=(), people=6)
        result = await run.run()
    account = (tmp_path / "log").read_text()
    assert not [end for end in WRONG if result.ends[end]], account
    assert not [end for end in WRONG_VISITS if result.visits[end]], account
    assert result.complaints == [], account
    assert result.ends.total() >= 8
    assert result.ends[ANSWERED] >= 4
    assert result.visits.total() >= 6
    assert result.troubles == {}
    (life,) = result.lives
    assert life.samples
    assert life.workers

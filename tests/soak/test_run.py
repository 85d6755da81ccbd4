"""A soak run of a few seconds with the real process and without faults."""

from collections import Counter

from soak.interactions import FAILURES as INTERACTION_FAILURES
from soak.outcomes import ANSWERED, FAILURES
from soak.run import SoakRun

SEED = 31
"""The plan of this seed dreams a GIF and a thing, and selects another thing below its dream."""


async def test_without_faults_every_request_is_accounted_for_and_no_invariant_is_violated(tmp_path):
    with (tmp_path / "log").open("w") as log:
        run = SoakRun(SEED, 8, 3.0, tmp_path / "data", log, faults=(), users=6)
        result = await run.run()
    log_text = (tmp_path / "log").read_text()
    assert not [outcome for outcome in FAILURES if result.outcomes[outcome]], log_text
    assert not [outcome for outcome in INTERACTION_FAILURES if result.interactions[outcome]], log_text
    assert result.violations == [], log_text
    assert result.outcomes.total() >= 8
    assert result.outcomes[ANSWERED] >= 4
    assert result.interactions.total() >= 6
    things = Counter(request.plan.follow_up for request in run._users.requests if request.plan.thing)
    assert things["thing"] == 1
    assert things["nothing"] >= 1, log_text  # the selected thing
    assert result.motions[ANSWERED] >= 1, log_text
    assert result.faults == {}
    (record,) = result.processes
    assert record.samples
    assert record.workers

"""A soak run of a few seconds with the real process and without faults."""

import asyncio
import io
from collections import Counter
from types import SimpleNamespace

import pytest

from soak.interactions import FAILURES as INTERACTION_FAILURES
from soak.outcomes import ANSWERED, FAILURES
from soak.run import SoakRun
from soak.store_monitor import StoreMonitor

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


async def test_a_monitor_of_the_store_that_fails_ends_the_run(tmp_path):
    async def fail():
        raise OSError("the monitor's fault")

    async def connected():
        pass

    run = SoakRun(SEED, 1, 1.0, tmp_path, io.StringIO(), faults=(), users=1)
    run._discord, run._store = SimpleNamespace(connected=connected), StoreMonitor(tmp_path)
    run._monitoring = asyncio.create_task(fail())
    with pytest.raises(OSError, match="the monitor's fault"):
        await run._wait_until_settled()

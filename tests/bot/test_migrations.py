"""A store of every earlier schema is brought up to date with all that is in it."""

import sqlite3
from contextlib import closing
from pathlib import Path

import pytest

from bot.errors import RateRefusal
from bot.models import State
from bot.rate_limit import Allowance
from bot.storage.blocklist import Blocklist
from bot.storage.database import Database, migrations
from bot.storage.jobs import JobStore
from bot.storage.servers import ServerStore
from tests.bot.records import ALICE, NOW, a_job

KEPT = Path(__file__).parent / "earlier_schemas"
NEWEST = max(migrations())


@pytest.fixture(params=range(1, NEWEST))
def earlier(request):
    """The number of an earlier schema."""
    return request.param


@pytest.fixture
async def brought_up(earlier, tmp_path):
    """A store that a bot of an earlier schema filled."""
    path = tmp_path / "bot.sqlite3"
    with closing(sqlite3.connect(path)) as connection:
        for number in range(1, earlier + 1):
            connection.executescript(migrations()[number])
        connection.executescript((KEPT / f"{earlier:04}.sql").read_text())
        connection.execute(f"PRAGMA user_version = {earlier}")
    database = await Database.open(path)
    yield database
    await database.close()


async def test_the_schema_is_that_of_a_new_store(brought_up, database):
    async def schema(of):
        return [tuple(row) for row in await of.rows("SELECT name, sql FROM sqlite_master ORDER BY name")]

    assert (await brought_up.row("PRAGMA user_version"))[0] == NEWEST
    assert await schema(brought_up) == await schema(database)


async def test_a_job_that_waits_goes_on_waiting(brought_up):
    (job,) = await JobStore(brought_up).in_states(State.QUEUED)
    assert (job.id, job.user_id, job.server_id, job.source) == ("0123456789abcdef", ALICE, 22, "c0ffee")
    assert (job.turn, job.work, job.attempts, job.max_running, job.bucket) == (4, 12.5, 1, 2, 0)
    assert (job.options.preset, job.options.strength, job.options.size, job.options.seed) == (
        "mild",
        2.0,
        512,
        7,
    )
    assert (job.reply.token, job.reply.locale, job.reply.private) == ("a-token", "ko", True)


async def test_a_kept_dream_can_be_handed_over(brought_up):
    (job,) = await JobStore(brought_up).of_user(ALICE, State.KEPT)
    assert job.outcome is not None
    assert (job.dream, job.outcome.seconds, job.outcome.dreamed_width) == ("c0ffee", 2.5, 120)


async def test_nothing_that_was_spent_is_forgiven(brought_up):
    store = JobStore(brought_up, clock=lambda: NOW)
    allowance = Allowance(dreams=6, minutes=10, burst=3, waiting=9)
    with pytest.raises(RateRefusal):
        await store.admit(a_job(id="another", bucket=0), allowance, 100, NOW)


async def test_servers_decisions_stay(brought_up):
    rules = await ServerStore(brought_up).rules(22)
    assert (rules.enabled, rules.channels, rules.exempt) == (False, (5,), (9,))


async def test_speeds_of_another_unit_are_measured_anew(brought_up, earlier):
    kept = {} if earlier == 1 else {("efficientnet_lite0", "mild"): 0.25}
    assert await JobStore(brought_up).speeds.all() == kept


async def test_who_was_blocked_is_blocked_and_nobody_else(brought_up, earlier):
    await Blocklist(brought_up).check(ALICE, 22)
    assert await Blocklist(brought_up).all("user") == ([] if earlier == 1 else [33])


async def test_jobs_of_before_are_of_no_interaction_and_may_be_many(brought_up):
    rows = await brought_up.rows("SELECT interaction_id FROM jobs")
    assert [row["interaction_id"] for row in rows] == [None, None]

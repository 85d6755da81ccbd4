"""A database of every earlier schema is migrated with its content."""

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

EARLIER_SCHEMAS = Path(__file__).parent / "earlier_schemas"
NEWEST = max(migrations())


@pytest.fixture(params=range(1, NEWEST))
def earlier(request):
    """An earlier schema version."""
    return request.param


@pytest.fixture
async def migrated(earlier, tmp_path):
    """A migrated database that a bot with an earlier schema filled."""
    path = tmp_path / "bot.sqlite3"
    with closing(sqlite3.connect(path)) as connection:
        for number in range(1, earlier + 1):
            connection.executescript(migrations()[number])
        connection.executescript((EARLIER_SCHEMAS / f"{earlier:04}.sql").read_text())
        connection.execute(f"PRAGMA user_version = {earlier}")
    database = await Database.open(path)
    yield database
    await database.close()


async def test_the_schema_is_that_of_a_new_store(migrated, database):
    async def schema(of):
        return [tuple(row) for row in await of.rows("SELECT name, sql FROM sqlite_master ORDER BY name")]

    assert (await migrated.row("PRAGMA user_version"))[0] == NEWEST
    assert await schema(migrated) == await schema(database)


async def test_a_queued_job_stays_queued(migrated):
    (job,) = await JobStore(migrated).in_states(State.QUEUED)
    assert (job.id, job.user_id, job.server_id, job.source) == ("0123456789abcdef", ALICE, 22, "c0ffee")
    assert (job.turn, job.work, job.attempts, job.max_running, job.bucket) == (4, 12.5, 1, 2, 0)
    assert (job.options.preset, job.options.strength, job.options.size, job.options.seed) == (
        "mild",
        2.0,
        512,
        7,
    )
    assert (job.reply.token, job.reply.locale, job.reply.private) == ("a-token", "ko", True)


async def test_a_kept_dream_stays_deliverable(migrated):
    (job,) = await JobStore(migrated).of_user(ALICE, State.KEPT)
    assert job.outcome is not None
    assert (job.dream, job.outcome.seconds, job.outcome.dreamed_width) == ("c0ffee", 2.5, 120)


async def test_an_exhausted_bucket_stays_exhausted(migrated):
    store = JobStore(migrated, clock=lambda: NOW)
    allowance = Allowance(dreams=6, minutes=10, burst=3, waiting=9)
    with pytest.raises(RateRefusal):
        await store.admit(a_job(id="another", bucket=0), allowance, 100, NOW)


async def test_a_servers_rules_stay(migrated):
    rules = await ServerStore(migrated).rules(22)
    assert (rules.enabled, rules.channels, rules.exempt) == (False, (5,), (9,))
    assert rules.joining


async def test_an_earlier_job_has_no_lenders(migrated):
    (job,) = await JobStore(migrated).in_states(State.QUEUED)
    assert job.lenders == ()


async def test_speeds_in_the_old_unit_are_discarded(migrated, earlier):
    expected = {} if earlier == 1 else {("efficientnet_lite0", "mild"): 0.25}
    assert await JobStore(migrated).speeds.all() == expected


async def test_the_blocklist_is_unchanged(migrated, earlier):
    await Blocklist(migrated).check(ALICE, 22)
    assert await Blocklist(migrated).all("user") == ([] if earlier == 1 else [33])


async def test_several_earlier_jobs_have_no_interaction(migrated):
    rows = await migrated.rows("SELECT interaction_id FROM jobs")
    assert [row["interaction_id"] for row in rows] == [None, None]

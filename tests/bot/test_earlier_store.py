"""The store of a bot that ran before its columns were renamed, and that was killed while it dreamed."""

import json
import sqlite3
from contextlib import closing
from pathlib import Path

import pytest

from bot.models import State
from bot.storage.database import Database, migrations
from bot.storage.jobs import JobStore

SCHEMA = 4
WRITTEN = Path(__file__).parent / "earlier_schemas" / "0004_written_by_a_bot.sql"


@pytest.fixture
async def database(tmp_path):
    path = tmp_path / "bot.sqlite3"
    with closing(sqlite3.connect(path)) as connection:
        for number in range(1, SCHEMA + 1):
            connection.executescript(migrations()[number])
        connection.executescript(WRITTEN.read_text())
        connection.execute(f"PRAGMA user_version = {SCHEMA}")
    database = await Database.open(path)
    yield database
    await database.close()


@pytest.fixture
async def jobs(database):
    """All jobs by their ids; a job that cannot be read would be missing."""
    return {job.id: job for job in await JobStore(database).in_states(*State)}


def test_every_job_keeps_its_state(jobs):
    assert {name: job.state.value for name, job in jobs.items()} == {
        "job-1": "delivered",
        "job-2": "delivered",
        "job-3": "delivered",
        "job-4": "kept",
        "job-5": "received",
        "job-6": "running",
        "job-7": "queued",
        "job-8": "queued",
        "job-9": "queued",
        "job-10": "queued",
    }


def test_a_job_keeps_the_options_that_its_owner_chose(jobs):
    options = jobs["job-6"].options
    assert (options.preset, options.iterations, options.octaves, options.seed) == ("mild", 30, 2, 1295562332)
    assert (jobs["job-6"].attempts, jobs["job-6"].max_running, jobs["job-6"].turn) == (1, 1, 2)


def test_an_unfinished_job_can_still_be_answered(jobs):
    reply = jobs["job-5"].reply
    assert (reply.token, reply.message_id, reply.max_bytes) == ("token-1", 1576094217317384252, 10485760)
    assert jobs["job-5"].source_url == "https://cdn.discordapp.com/attachments/5/6/slow.png"


def test_the_buttons_below_a_dream_find_its_pictures_and_settings(jobs):
    job = jobs["job-3"]
    assert (job.source, job.guide, job.dream) == ("digest-3", "digest-3", "digest-7")
    assert (job.outcome.guided, job.outcome.width, job.outcome.seed) == (True, 96, 3527486895)


async def test_a_reply_is_written_with_the_keys_that_an_earlier_bot_reads(database, jobs):
    job = jobs["job-7"]
    await JobStore(database).change(job, reply=job.reply)
    row = await database.row("SELECT reply FROM jobs WHERE id = ?", (job.id,))
    keys = json.loads(row["reply"]).keys()
    assert "most_bytes" in keys
    assert "max_bytes" not in keys


async def test_spent_tokens_stay_spent(database):
    assert len(await database.rows("SELECT * FROM buckets WHERE tokens < 3")) == 9

"""Polling of the bot's store from outside."""

import os
from pathlib import Path

import pytest

from bot.models import State
from bot.rate_limit import Allowance
from bot.storage.data_dir import MOTIONS
from bot.storage.database import Database
from bot.storage.jobs import JobStore
from bot.storage.pictures import PictureStore
from soak.store_monitor import StoreMonitor
from tests.bot.records import ALICE, NOW, Clock, a_job

ALLOWANCE = Allowance(dreams=1, minutes=10080, burst=1000, waiting=10)


@pytest.fixture
async def database(tmp_path):
    database = await Database.open(tmp_path / "bot.sqlite3")
    yield database
    await database.close()


@pytest.fixture
def store(database):
    return JobStore(database, Clock())


@pytest.fixture
def pictures(tmp_path, database):
    return PictureStore(tmp_path / "pictures", database)


@pytest.fixture
def clock():
    return Clock(5.0)


@pytest.fixture
def monitor(tmp_path, clock):
    return StoreMonitor(tmp_path, clock)


async def admitted(store, **differences):
    job = a_job(**differences)
    return await store.admit(job, ALLOWANCE, 100, NOW)


async def test_the_folder_of_a_motion_may_be_deleted_while_it_is_measured(
    database, monitor, tmp_path, monkeypatch
):
    folder, scan = tmp_path / MOTIONS / "job", os.scandir
    folder.mkdir(parents=True)

    def scan_too_late(path):
        if Path(path) == folder:
            folder.rmdir()
        return scan(path)

    monkeypatch.setattr(os, "scandir", scan_too_late)
    monitor.poll()
    assert not folder.exists()
    assert monitor.polled_at == 5.0


def test_a_missing_store_is_polled_later(monitor):
    monitor.poll()
    assert (monitor.jobs, monitor.polled_at) == ((), 0.0)


async def test_a_deleted_job_is_remembered(store, monitor, clock):
    job = await admitted(store, source="a" * 64)
    monitor.poll()
    clock.advance(2)
    over = await store.end(await store.change(job, source=None, dream="b" * 64), State.DELIVERED)
    monitor.poll()
    (kept,) = monitor.jobs
    assert (kept.job_id, kept.state, kept.seed, kept.user_id) == (job.id, State.DELIVERED, 7, ALICE)
    assert (kept.token, kept.message_id) == ("a-token", 6)
    assert kept.pictures == {"a" * 64, "b" * 64}
    assert (kept.seen, monitor.polled_at) == ((5.0, 7.0), 7.0)
    await store.delete(over.id)
    monitor.poll()
    assert [job.job_id for job in monitor.jobs] == [job.id]
    assert monitor.present == frozenset()


async def test_a_store_is_settled_when_all_jobs_are_over_and_all_owners_told(store, monitor):
    job = await admitted(store)
    monitor.poll()
    assert not monitor.is_settled()
    job = await store.end(job, State.FAILED, pending_message="It failed.")
    monitor.poll()
    assert not monitor.is_settled()
    await store.clear_pending_message(job)
    monitor.poll()
    assert monitor.is_settled()


async def test_a_deleted_job_leaves_a_store_settled(store, monitor):
    job = await admitted(store)
    monitor.poll()
    await store.delete(job.id)
    monitor.poll()
    assert monitor.is_settled()


async def test_unneeded_pictures_count_after_two_consecutive_polls(store, pictures, monitor):
    job = await admitted(store, source=await pictures.put(b"needed"))
    await pictures.put(b"by nobody")
    monitor.poll()
    assert monitor.max_unneeded_bytes == 0
    monitor.poll()
    assert monitor.max_unneeded_bytes == len(b"by nobody")
    await store.end(job, State.DELIVERED)
    monitor.poll()
    monitor.poll()
    assert monitor.max_unneeded_bytes == len(b"by nobody") + len(b"needed")


async def test_a_file_that_is_being_written_is_no_picture_yet(tmp_path, pictures, monitor):
    digest = await pictures.put(b"whole")
    (tmp_path / "pictures" / f"{digest}.1234").write_bytes(b"half")
    assert monitor.files() == {digest: 5}


async def test_charges_are_summed_over_all_servers(store, monitor):
    for server in (0, 0, 3):
        await admitted(store, bucket=server)
    assert monitor.spent_tokens(1000) == {ALICE: pytest.approx(3)}


async def test_the_price_and_the_motion_of_a_job_are_seen(store, monitor):
    job = await admitted(store, bucket=0)
    await store.charge(job.but(motion="zoom"), ALLOWANCE, 4)
    monitor.poll()
    (seen,) = monitor.jobs
    assert (seen.price, seen.motion) == (4, "zoom")
    assert monitor.spent_tokens(1000) == {ALICE: pytest.approx(4)}


async def test_the_frames_of_motions_are_measured(store, monitor, tmp_path):
    await admitted(store)
    folder = tmp_path / "motions" / "0123"
    (folder / "frames").mkdir(parents=True)
    (folder / "frames" / "00000.png").write_bytes(b"a frame")
    monitor.poll()
    assert monitor.motion_folders() == ["0123"]
    (folder / "frames" / "00000.png").unlink()
    monitor.poll()
    assert monitor.max_motion_bytes == len(b"a frame")

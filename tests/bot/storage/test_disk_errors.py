"""The bot with a full disk or a locked store refuses new requests and finishes admitted jobs."""

import asyncio
import contextlib
import errno
import sqlite3

import pytest

from bot.errors import DownloadRefusal
from bot.models import OPEN, Job, State
from bot.services import Services
from bot.storage.data_dir import DATABASE
from bot.storage.disk_errors import describe_storage_error, is_locked, is_storage_error, retry_until_stored
from bot.storage.pictures import PictureStore
from fake_discord.simulation import TIMEOUT_SECONDS, Simulation
from tests.bot.commands.test_queue import TOKEN_SECONDS
from tests.bot.simulated_server import all_answers, is_result

FULL = OSError(errno.ENOSPC, "No space left on device")


@pytest.fixture
def _full_disk(monkeypatch):
    """Makes every write of a picture fail with a full disk."""

    def refuse(*_):
        raise FULL

    monkeypatch.setattr(PictureStore, "_write", refuse)


@pytest.mark.usefixtures("_full_disk")
async def test_a_request_is_refused_politely_and_costs_nothing(server, caplog):
    for _ in range(server.settings.burst + 1):
        answer = await server.private_text(await server.submit())
        assert "I'm out of storage space right now" in answer
    assert "DREAM_DATA_DIR cannot be written" in caplog.text
    assert "Traceback" not in caplog.text


async def test_a_dream_that_cannot_be_stored_is_still_delivered(server, monkeypatch):
    asked, dream = await server.start_dream()

    def refuse(*_):
        raise FULL

    with monkeypatch.context() as full:
        full.setattr(PictureStore, "_write", refuse)
        dream.finish()
        await server.answer(asked)
    job = await server.only_job(None, State.DELIVERED)
    assert job.dream is None
    await server.complete_dream()


async def test_a_full_database_is_a_storage_error_and_an_invalid_statement_is_not(database):
    await database.execute("PRAGMA max_page_count = 1")
    with pytest.raises(sqlite3.Error) as full:
        await database.execute("CREATE TABLE more AS SELECT zeroblob(1000000)")
    assert is_storage_error(full.value)
    with pytest.raises(sqlite3.Error) as bug:
        await database.execute("SELECT nonsense")
    assert not is_storage_error(bug.value)


class TestAReadOnlyStore:
    @pytest.fixture(autouse=True)
    def _soon_again(self, monkeypatch):
        monkeypatch.setattr("bot.storage.disk_errors._SHORTEST_PAUSE", 0.01)

    @pytest.fixture
    async def set_writable(self, server):
        """Makes the store writable or read-only."""

        async def switch(writable):
            await server.services.database.rows(f"PRAGMA query_only = {'OFF' if writable else 'ON'}")

        return switch

    @pytest.fixture
    def ends(self, server, monkeypatch):
        """Waits until a number of jobs have ended in the store; returns these jobs."""
        ended: asyncio.Queue[Job] = asyncio.Queue()
        monkeypatch.setattr(server.services.store, "_on_end", ended.put_nowait)

        async def wait(count=1):
            async with asyncio.timeout(TIMEOUT_SECONDS):
                return [await ended.get() for _ in range(count)]

        return wait

    async def finish_both(self, server, running, dream, waiting):
        dream.finish()
        await server.until(lambda: is_result(running.response))
        (await server.script.next_dream()).finish()
        await server.until(lambda: is_result(waiting.response))

    async def test_admitted_jobs_are_delivered_and_recorded_later(self, server, set_writable, ends, caplog):
        running, dream = await server.start_dream()
        waiting = await server.submit()
        await server.until_shown(waiting, "You're next.")
        jobs = await server.services.store.of_user(server.alice.id, *State)
        await set_writable(False)
        await self.finish_both(server, running, dream, waiting)
        assert "Traceback" not in caplog.text
        assert [(await server.job(job.id)).state for job in jobs] == [State.RUNNING, State.QUEUED]
        await set_writable(True)
        assert {job.id: job.state for job in await ends(2)} == {job.id: State.DELIVERED for job in jobs}

    @pytest.mark.parametrize("killed", [False, True], ids=["stopped", "killed"])
    async def test_a_dream_that_reached_the_channel_is_not_sent_again_after_a_restart(
        self, server, set_writable, killed
    ):
        _, dream = await server.start_dream()
        await server.until_shown(await server.submit(), "You're next.")
        await set_writable(False)
        await server.env.advance_time(TOKEN_SECONDS)
        dream.finish()
        (await server.script.next_dream()).finish()
        await server.until(lambda: len(server.messages_with_dreams()) == 2)
        if not killed:
            await set_writable(True)
        server.script.at_once = True  # a repeated dream finishes at once
        await server.restart(killed=killed)
        await server.until_idle()
        assert not await server.services.store.of_user(server.alice.id, *OPEN)
        assert len(server.messages_with_dreams()) == 2

    async def test_delivered_answers_stay_unchanged_after_a_kill(self, server, set_writable):
        running, dream = await server.start_dream()
        waiting = await server.submit()
        await server.until_shown(waiting, "You're next.")
        await set_writable(False)
        await self.finish_both(server, running, dream, waiting)
        seen = len(server.recorder.log)
        await server.restart(killed=True)
        await server.until_idle()
        assert len(server.recorder.log) == seen
        assert len(server.script.dreams) == 2
        assert not await server.services.store.of_user(server.alice.id, *OPEN)

    async def test_an_undeliverable_dream_is_kept_once_the_store_is_writable(
        self, server, set_writable, ends, monkeypatch
    ):
        tried = asyncio.Event()

        async def fail_to_deliver(_, outcome, __, record, **___):
            tried.set()
            await record.end(State.KEPT, outcome)

        _, dream = await server.start_dream()
        await set_writable(False)
        monkeypatch.setattr(server.services.delivery, "deliver", fail_to_deliver)
        dream.finish()
        await asyncio.wait_for(tried.wait(), TIMEOUT_SECONDS)
        await set_writable(True)
        (kept,) = await ends()
        assert kept.state is State.KEPT
        visit = await server.alice.slash(server.general, "queue")
        await server.until(lambda: [message for message in all_answers(visit) if is_result(message)])

    async def test_new_requests_are_refused_and_cost_nothing(self, server, set_writable):
        await set_writable(False)
        for _ in range(server.settings.burst + 1):
            assert "I'm out of storage space" in await server.private_text(await server.submit())
        await set_writable(True)
        await server.complete_dream()
        assert len(await server.services.store.of_user(server.alice.id, *State)) == 1

    async def test_a_refusal_is_sent_at_once_and_recorded_and_refunded_later(
        self, server, set_writable, ends, monkeypatch
    ):
        async def fail(_):
            await set_writable(False)
            raise DownloadRefusal

        with monkeypatch.context() as patch:
            patch.setattr(server.services.downloader, "fetch", fail)
            assert "I couldn't get that picture" in await server.private_text(await server.submit())
        (job,) = await server.services.store.of_user(server.alice.id, State.RECEIVED)
        await set_writable(True)
        (refused,) = await ends()
        assert (refused.id, refused.state) == (job.id, State.REFUSED)
        for _ in range(server.settings.burst):
            await server.complete_dream()

    async def test_a_cancellation_is_sent_at_once_and_recorded_later(self, server, set_writable, ends):
        asked, dream = await server.start_dream()
        dream.tell(0.5)
        await server.until_shown(asked, "50%")
        await set_writable(False)
        await server.alice.click(asked.response, label="Cancel")
        await server.until_shown(asked, "I stopped this dream.")
        await set_writable(True)
        assert [job.state for job in await ends()] == [State.CANCELLED]


@pytest.mark.parametrize(
    "name",
    [
        "SQLITE_BUSY", "SQLITE_BUSY_SNAPSHOT", "SQLITE_LOCKED", "SQLITE_LOCKED_SHAREDCACHE",
        "SQLITE_PROTOCOL",
        "SQLITE_FULL", "SQLITE_READONLY_DBMOVED", "SQLITE_IOERR_FSYNC", "SQLITE_CANTOPEN", "SQLITE_PERM",
        "SQLITE_NOMEM", "SQLITE_INTERRUPT",
    ],
)  # fmt: skip
def test_temporary_sqlite_errors_are_storage_errors(name):
    error = sqlite3.OperationalError("no")
    error.sqlite_errorname = name
    assert is_storage_error(error)


@pytest.mark.parametrize("name", ["SQLITE_CORRUPT", "SQLITE_NOTADB", "SQLITE_CONSTRAINT", "SQLITE_ERROR", ""])
def test_permanent_sqlite_errors_are_not_storage_errors(name):
    error = sqlite3.DatabaseError("no")
    error.sqlite_errorname = name
    assert not is_storage_error(error)


@pytest.mark.parametrize(
    ("number", "is_storage"),
    [
        (errno.ENOSPC, True), (errno.EDQUOT, True), (errno.EROFS, True), (errno.EIO, True),
        (errno.ESTALE, True), (errno.ECONNRESET, False), (errno.ENOENT, False), (errno.EMFILE, False),
    ],
)  # fmt: skip
def test_only_disk_errors_of_the_system_are_storage_errors(number, is_storage):
    assert is_storage_error(OSError(number, "no")) is is_storage


async def test_a_failed_write_is_retried_with_growing_pauses(monkeypatch):
    errors, pauses = [FULL] * 6, []

    async def write():
        if errors:
            raise errors.pop()
        return "written"

    async def sleep(seconds):
        pauses.append(seconds)

    monkeypatch.setattr(asyncio, "sleep", sleep)
    assert await retry_until_stored(write) == "written"
    assert pauses == [0.5, 1.0, 2.0, 4.0, 4.0, 4.0]


async def test_an_error_that_is_not_a_storage_error_is_not_retried():
    attempts = []

    async def write():
        attempts.append(1)
        raise KeyError("a bug")

    with pytest.raises(KeyError):
        await retry_until_stored(write)
    assert len(attempts) == 1


def test_the_description_tells_a_locked_store_from_a_full_disk():
    locked = sqlite3.OperationalError("database is locked")
    locked.sqlite_errorname = "SQLITE_BUSY"
    assert is_locked(locked)
    assert not is_locked(FULL)
    assert describe_storage_error(locked) == (
        "Another process has locked the store in DREAM_DATA_DIR: database is locked"
    )
    assert describe_storage_error(FULL) == f"DREAM_DATA_DIR cannot be written: {FULL}"


class TestALockedStore:
    @pytest.fixture(autouse=True)
    def _soon(self, monkeypatch):
        monkeypatch.setattr("bot.storage.disk_errors._SHORTEST_PAUSE", 0.01)
        monkeypatch.setattr("bot.storage.database._BUSY_SECONDS", 0.05)

    @pytest.fixture
    async def lock(self, server):
        """Locks the store from another process; the returned function unlocks it."""
        path = server.settings.data_dir / DATABASE
        with contextlib.closing(other_process(path)) as other:

            async def lock():
                await asyncio.to_thread(other.execute, "BEGIN EXCLUSIVE")  # waits while the bot writes
                return lambda: other.execute("ROLLBACK")

            yield lock

    async def test_a_finished_dream_is_delivered_and_recorded_later(self, server, lock, caplog):
        asked, dream = await server.start_dream()
        unlock = await lock()
        dream.finish()
        assert is_result(await server.until(lambda: is_result(asked.response) and asked.response))
        unlock()
        await server.until_idle()
        assert (await server.only_job()).state is State.DELIVERED
        assert "Another process has locked the store" in caplog.text
        assert "Traceback" not in caplog.text

    async def test_the_next_dream_still_starts(self, server, lock):
        asked, dream = await server.start_dream()
        waiting = await server.submit(server.bob)
        await server.until_shown(waiting, "You're next.")
        unlock = await lock()
        dream.finish()
        (await server.script.next_dream()).finish()
        for one in (asked, waiting):
            await server.until(lambda one=one: is_result(one.response))
        unlock()
        await server.until_idle()
        for who in (server.alice, server.bob):
            assert (await server.only_job(who)).state is State.DELIVERED

    async def test_new_requests_are_refused_and_cost_nothing(self, server, lock):
        unlock = await lock()
        for _ in range(server.settings.burst + 1):
            assert "I'm out of storage space right now" in await server.private_text(await server.submit())
        unlock()
        await server.complete_dream()

    async def test_a_bot_that_starts_resumes_the_open_jobs(self, server, monkeypatch):
        asked, _ = await server.start_dream()
        monkeypatch.setattr(Simulation, "_start_services", locking(Simulation._start_services))
        await server.restart(killed=True)
        (await server.script.next_dream()).finish()
        await server.until(lambda: is_result(asked.response))
        server.lock.execute("ROLLBACK")
        server.lock.close()
        await server.until_idle()
        assert (await server.only_job()).state is State.DELIVERED


def other_process(path):
    """Open another process's connection to the same store."""
    return sqlite3.connect(path, isolation_level=None, check_same_thread=False)


def locking(move_in):
    """Lock the store from another process after the bot opens it and before the bot resumes its jobs."""

    async def locked(server):
        start = Services.start

        async def start_locked(services):
            server.lock = other_process(server.settings.data_dir / DATABASE)
            await asyncio.to_thread(server.lock.execute, "BEGIN EXCLUSIVE")
            await start(services)

        with pytest.MonkeyPatch.context() as patch:
            patch.setattr(Services, "start", start_locked)
            await move_in(server)

    return locked


async def test_a_dream_that_a_bug_prevents_from_being_stored_is_still_delivered(server, monkeypatch, caplog):
    async def broken(*_):
        raise RuntimeError("a bug")

    asked, dream = await server.start_dream()
    with monkeypatch.context() as patch:
        patch.setattr(server.services.store, "record_dream", broken)
        dream.finish()
        await server.answer(asked)
    assert "is delivered, but not kept" in caplog.text
    assert "RuntimeError: a bug" in caplog.text
    assert (await server.only_job(None, State.DELIVERED)).dream is None

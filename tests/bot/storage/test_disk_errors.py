"""The bot on a full disk: it says so, refuses politely, and stays up."""

import asyncio
import contextlib
import errno
import sqlite3

import pytest

from bot.errors import DownloadRefusal
from bot.models import OPEN, Job, State
from bot.services import Services
from bot.storage.data_dir import DATABASE
from bot.storage.disk_errors import is_locked, is_storage_trouble, persistently, what_is_wrong
from bot.storage.pictures import PictureStore
from fake_discord.simulation import TIMEOUT_SECONDS, Simulation
from tests.bot.commands.test_queue import PAST_THE_TOKEN
from tests.bot.simulated_server import all_answers, is_result

FULL = OSError(errno.ENOSPC, "No space left on device")


@pytest.fixture
def _full_disk(monkeypatch):
    """No picture can be written, while the test lasts."""

    def refuse(*_):
        raise FULL

    monkeypatch.setattr(PictureStore, "_write", refuse)


@pytest.mark.usefixtures("_full_disk")
async def test_who_asks_is_refused_politely_and_pays_nothing(server, caplog):
    for _ in range(server.settings.burst + 1):
        said = await server.whispers(await server.submit())
        assert "I have no room to keep anything right now" in said
    assert "DREAM_DATA_DIR cannot be written" in caplog.text
    assert "Traceback" not in caplog.text


async def test_a_dream_that_cannot_be_kept_is_delivered_all_the_same(server, monkeypatch):
    asked, dream = await server.begun()

    def refuse(*_):
        raise FULL

    with monkeypatch.context() as full:
        full.setattr(PictureStore, "_write", refuse)
        dream.finish()
        await server.answer(asked)
    job = await server.only_job(None, State.DELIVERED)
    assert job.dream is None
    await server.dreamed()


async def test_the_troubles_of_a_real_database_are_told_from_bugs(database):
    await database.execute("PRAGMA max_page_count = 1")
    with pytest.raises(sqlite3.Error) as full:
        await database.execute("CREATE TABLE more AS SELECT zeroblob(1000000)")
    assert is_storage_trouble(full.value)
    with pytest.raises(sqlite3.Error) as bug:
        await database.execute("SELECT nonsense")
    assert not is_storage_trouble(bug.value)


class TestAStoreThatCannotBeWritten:
    @pytest.fixture(autouse=True)
    def _soon_again(self, monkeypatch):
        monkeypatch.setattr("bot.storage.disk_errors._SHORTEST_PAUSE", 0.01)

    @pytest.fixture
    async def can_be_written(self, server):
        """Switches whether it can."""

        async def switch(on):
            await server.services.database.rows(f"PRAGMA query_only = {'OFF' if on else 'ON'}")

        return switch

    @pytest.fixture
    def ends(self, server, monkeypatch):
        """Waits until so many ends of jobs are written down; returns these jobs."""
        ended: asyncio.Queue[Job] = asyncio.Queue()
        monkeypatch.setattr(server.services.store, "_on_end", ended.put_nowait)

        async def wait(count=1):
            async with asyncio.timeout(TIMEOUT_SECONDS):
                return [await ended.get() for _ in range(count)]

        return wait

    async def both_are_answered(self, server, running, dream, waiting):
        dream.finish()
        await server.until(lambda: is_result(running.response))
        (await server.script.begun()).finish()
        await server.until(lambda: is_result(waiting.response))

    async def test_what_is_accepted_is_dreamed_and_delivered_and_that_is_written_later(
        self, server, can_be_written, ends, caplog
    ):
        running, dream = await server.begun()
        waiting = await server.submit()
        await server.says(waiting, "You are next.")
        jobs = await server.services.store.of_user(server.alice.id, *State)
        await can_be_written(False)
        await self.both_are_answered(server, running, dream, waiting)
        assert "Traceback" not in caplog.text
        assert [(await server.job(job.id)).state for job in jobs] == [State.RUNNING, State.QUEUED]
        await can_be_written(True)
        assert {job.id: job.state for job in await ends(2)} == {job.id: State.DELIVERED for job in jobs}

    @pytest.mark.parametrize("killed", [False, True], ids=["stopped", "killed"])
    async def test_what_reached_the_channel_meanwhile_is_not_sent_again_after_a_restart(
        self, server, can_be_written, killed
    ):
        _, dream = await server.begun()
        await server.says(await server.submit(), "You are next.")
        await can_be_written(False)
        await server.env.advance_time(PAST_THE_TOKEN)
        dream.finish()
        (await server.script.begun()).finish()
        await server.until(lambda: len(server.messages_with_dreams()) == 2)
        if not killed:
            await can_be_written(True)
        server.script.at_once = True  # what is dreamed again
        await server.restart(killed=killed)
        await server.quiet()
        assert not await server.services.store.of_user(server.alice.id, *OPEN)
        assert len(server.messages_with_dreams()) == 2

    async def test_what_was_answered_meanwhile_stays_as_it_is_after_a_kill(self, server, can_be_written):
        running, dream = await server.begun()
        waiting = await server.submit()
        await server.says(waiting, "You are next.")
        await can_be_written(False)
        await self.both_are_answered(server, running, dream, waiting)
        seen = len(server.recorder.log)
        await server.restart(killed=True)
        await server.quiet()
        assert len(server.recorder.log) == seen
        assert len(server.script.dreams) == 2
        assert not await server.services.store.of_user(server.alice.id, *OPEN)

    async def test_a_dream_that_reaches_nobody_meanwhile_is_kept_as_soon_as_there_is_room(
        self, server, can_be_written, ends, monkeypatch
    ):
        tried = asyncio.Event()

        async def nowhere(_, outcome, __, record, **___):
            tried.set()
            await record.end(State.KEPT, outcome)

        _, dream = await server.begun()
        await can_be_written(False)
        monkeypatch.setattr(server.services.delivery, "deliver", nowhere)
        dream.finish()
        await asyncio.wait_for(tried.wait(), TIMEOUT_SECONDS)
        await can_be_written(True)
        (kept,) = await ends()
        assert kept.state is State.KEPT
        visit = await server.alice.slash(server.square, "queue")
        await server.until(lambda: [message for message in all_answers(visit) if is_result(message)])

    async def test_who_comes_meanwhile_is_refused_and_pays_nothing(self, server, can_be_written):
        await can_be_written(False)
        for _ in range(server.settings.burst + 1):
            assert "I have no room to keep anything" in await server.whispers(await server.submit())
        await can_be_written(True)
        await server.dreamed()
        assert len(await server.services.store.of_user(server.alice.id, *State)) == 1

    async def test_a_refusal_is_told_at_once_and_written_and_paid_back_later(
        self, server, can_be_written, ends, monkeypatch
    ):
        async def fail(_):
            await can_be_written(False)
            raise DownloadRefusal

        with monkeypatch.context() as trouble:
            trouble.setattr(server.services.intake, "fetch", fail)
            assert "I could not fetch that picture" in await server.whispers(await server.submit())
        (job,) = await server.services.store.of_user(server.alice.id, State.RECEIVED)
        await can_be_written(True)
        (refused,) = await ends()
        assert (refused.id, refused.state) == (job.id, State.REFUSED)
        for _ in range(server.settings.burst):
            await server.dreamed()

    async def test_a_job_that_is_cancelled_is_told_so_and_that_is_written_later(
        self, server, can_be_written, ends
    ):
        asked, dream = await server.begun()
        dream.tell(0.5)
        await server.says(asked, "step")
        await can_be_written(False)
        await server.alice.click(asked.response, label="Cancel")
        await server.says(asked, "This dream was cancelled.")
        await can_be_written(True)
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
def test_what_may_be_over_a_moment_later_is_trouble(name):
    error = sqlite3.OperationalError("no")
    error.sqlite_errorname = name
    assert is_storage_trouble(error)


@pytest.mark.parametrize("name", ["SQLITE_CORRUPT", "SQLITE_NOTADB", "SQLITE_CONSTRAINT", "SQLITE_ERROR", ""])
def test_what_stays_wrong_is_none(name):
    error = sqlite3.DatabaseError("no")
    error.sqlite_errorname = name
    assert not is_storage_trouble(error)


@pytest.mark.parametrize(
    ("number", "is_trouble"),
    [
        (errno.ENOSPC, True), (errno.EDQUOT, True), (errno.EROFS, True), (errno.EIO, True),
        (errno.ESTALE, True), (errno.ECONNRESET, False), (errno.ENOENT, False), (errno.EMFILE, False),
    ],
)  # fmt: skip
def test_of_the_systems_errors_those_of_a_disk_are_trouble(number, is_trouble):
    assert is_storage_trouble(OSError(number, "no")) is is_trouble


async def test_what_cannot_be_written_is_tried_again_ever_more_seldom(monkeypatch):
    troubles, pauses = [FULL] * 6, []

    async def write():
        if troubles:
            raise troubles.pop()
        return "written"

    async def sleep(seconds):
        pauses.append(seconds)

    monkeypatch.setattr(asyncio, "sleep", sleep)
    assert await persistently(write) == "written"
    assert pauses == [0.5, 1.0, 2.0, 4.0, 4.0, 4.0]


async def test_what_is_no_trouble_of_the_disk_is_not_tried_again():
    attempts = []

    async def write():
        attempts.append(1)
        raise KeyError("a bug")

    with pytest.raises(KeyError):
        await persistently(write)
    assert len(attempts) == 1


def test_the_operator_reads_whether_the_store_is_locked_or_the_disk_full():
    locked = sqlite3.OperationalError("database is locked")
    locked.sqlite_errorname = "SQLITE_BUSY"
    assert is_locked(locked)
    assert not is_locked(FULL)
    assert what_is_wrong(locked) == (
        "Another process has locked the store in DREAM_DATA_DIR: database is locked"
    )
    assert what_is_wrong(FULL) == f"DREAM_DATA_DIR cannot be written: {FULL}"


class TestAStoreThatAnotherProcessHasLocked:
    @pytest.fixture(autouse=True)
    def _soon(self, monkeypatch):
        monkeypatch.setattr("bot.storage.disk_errors._SHORTEST_PAUSE", 0.01)
        monkeypatch.setattr("bot.storage.database._BUSY_SECONDS", 0.05)

    @pytest.fixture
    async def lock(self, server):
        """Lets another process lock the store, until what it returns is called."""
        path = server.settings.data_dir / DATABASE
        with contextlib.closing(other_process(path)) as other:

            async def lock():
                await asyncio.to_thread(other.execute, "BEGIN EXCLUSIVE")  # the bot may be writing just now
                return lambda: other.execute("ROLLBACK")

            yield lock

    async def test_a_finished_dream_is_delivered_and_its_end_written_down_later(self, server, lock, caplog):
        asked, dream = await server.begun()
        unlock = await lock()
        dream.finish()
        assert is_result(await server.until(lambda: is_result(asked.response) and asked.response))
        unlock()
        await server.quiet()
        assert (await server.only_job()).state is State.DELIVERED
        assert "Another process has locked the store" in caplog.text
        assert "Traceback" not in caplog.text

    async def test_a_dream_is_begun_all_the_same(self, server, lock):
        asked, dream = await server.begun()
        waiting = await server.submit(server.bob)
        await server.says(waiting, "You are next.")
        unlock = await lock()
        dream.finish()
        (await server.script.begun()).finish()
        for one in (asked, waiting):
            await server.until(lambda one=one: is_result(one.response))
        unlock()
        await server.quiet()
        for who in (server.alice, server.bob):
            assert (await server.only_job(who)).state is State.DELIVERED

    async def test_who_asks_is_refused_kindly_and_pays_nothing(self, server, lock):
        unlock = await lock()
        for _ in range(server.settings.burst + 1):
            assert "I have no room to keep anything right now" in await server.whispers(await server.submit())
        unlock()
        await server.dreamed()

    async def test_a_bot_that_is_started_meanwhile_serves_what_was_left(self, server, monkeypatch):
        asked, _ = await server.begun()
        monkeypatch.setattr(Simulation, "_start_services", locking(Simulation._start_services))
        await server.restart(killed=True)
        (await server.script.begun()).finish()
        await server.until(lambda: is_result(asked.response))
        server.lock.execute("ROLLBACK")
        server.lock.close()
        await server.quiet()
        assert (await server.only_job()).state is State.DELIVERED


def other_process(path):
    """The connection of another process to the same store."""
    return sqlite3.connect(path, isolation_level=None, check_same_thread=False)


def locking(move_in):
    """Let another process lock the store after it was opened, and before what was left is taken up."""

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


async def test_a_dream_that_cannot_be_kept_because_of_a_bug_is_delivered_all_the_same(
    server, monkeypatch, caplog
):
    async def broken(*_):
        raise RuntimeError("a bug")

    asked, dream = await server.begun()
    with monkeypatch.context() as patch:
        patch.setattr(server.services.store, "dreamed", broken)
        dream.finish()
        await server.answer(asked)
    assert "is delivered, but not kept" in caplog.text
    assert "RuntimeError: a bug" in caplog.text
    assert (await server.only_job(None, State.DELIVERED)).dream is None

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
from fake_discord.simulation import PATIENCE, Simulation
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
async def test_who_asks_is_refused_politely_and_pays_nothing(town, caplog):
    for _ in range(town.settings.burst + 1):
        said = await town.whispers(await town.order())
        assert "I have no room to keep anything right now" in said
    assert "DREAM_DATA_DIR cannot be written" in caplog.text
    assert "Traceback" not in caplog.text


async def test_a_dream_that_cannot_be_kept_is_delivered_all_the_same(town, monkeypatch):
    asked, dream = await town.begun()

    def refuse(*_):
        raise FULL

    with monkeypatch.context() as full:
        full.setattr(PictureStore, "_write", refuse)
        dream.finish()
        await town.answer(asked)
    job = await town.only_job(None, State.DELIVERED)
    assert job.dream is None
    await town.dreamed()


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
    async def can_be_written(self, town):
        """Switches whether it can."""

        async def switch(on):
            await town.parts.database.rows(f"PRAGMA query_only = {'OFF' if on else 'ON'}")

        return switch

    @pytest.fixture
    def ends(self, town, monkeypatch):
        """Waits until so many ends of jobs are written down; returns these jobs."""
        ended: asyncio.Queue[Job] = asyncio.Queue()
        monkeypatch.setattr(town.parts.store, "_on_end", ended.put_nowait)

        async def wait(count=1):
            async with asyncio.timeout(PATIENCE):
                return [await ended.get() for _ in range(count)]

        return wait

    async def both_are_answered(self, town, running, dream, waiting):
        dream.finish()
        await town.until(lambda: is_result(running.response))
        (await town.script.begun()).finish()
        await town.until(lambda: is_result(waiting.response))

    async def test_what_is_accepted_is_dreamed_and_delivered_and_that_is_written_later(
        self, town, can_be_written, ends, caplog
    ):
        running, dream = await town.begun()
        waiting = await town.order()
        await town.says(waiting, "You are next.")
        jobs = await town.parts.store.of_user(town.alice.id, *State)
        await can_be_written(False)
        await self.both_are_answered(town, running, dream, waiting)
        assert "Traceback" not in caplog.text
        assert [(await town.job(job.id)).state for job in jobs] == [State.RUNNING, State.QUEUED]
        await can_be_written(True)
        assert {job.id: job.state for job in await ends(2)} == {job.id: State.DELIVERED for job in jobs}

    @pytest.mark.parametrize("killed", [False, True], ids=["stopped", "killed"])
    async def test_what_reached_the_channel_meanwhile_is_not_sent_again_after_a_restart(
        self, town, can_be_written, killed
    ):
        _, dream = await town.begun()
        await town.says(await town.order(), "You are next.")
        await can_be_written(False)
        await town.env.advance_time(PAST_THE_TOKEN)
        dream.finish()
        (await town.script.begun()).finish()
        await town.until(lambda: len(town.messages_with_dreams()) == 2)
        if not killed:
            await can_be_written(True)
        town.script.at_once = True  # what is dreamed again
        await town.restart(killed=killed)
        await town.quiet()
        assert not await town.parts.store.of_user(town.alice.id, *OPEN)
        assert len(town.messages_with_dreams()) == 2

    async def test_what_was_answered_meanwhile_stays_as_it_is_after_a_kill(self, town, can_be_written):
        running, dream = await town.begun()
        waiting = await town.order()
        await town.says(waiting, "You are next.")
        await can_be_written(False)
        await self.both_are_answered(town, running, dream, waiting)
        seen = len(town.watch.log)
        await town.restart(killed=True)
        await town.quiet()
        assert len(town.watch.log) == seen
        assert len(town.script.dreams) == 2
        assert not await town.parts.store.of_user(town.alice.id, *OPEN)

    async def test_a_dream_that_reaches_nobody_meanwhile_is_kept_as_soon_as_there_is_room(
        self, town, can_be_written, ends, monkeypatch
    ):
        tried = asyncio.Event()

        async def nowhere(_, outcome, __, record, **___):
            tried.set()
            await record.end(State.KEPT, outcome)

        _, dream = await town.begun()
        await can_be_written(False)
        monkeypatch.setattr(town.parts.delivery, "deliver", nowhere)
        dream.finish()
        await asyncio.wait_for(tried.wait(), PATIENCE)
        await can_be_written(True)
        (kept,) = await ends()
        assert kept.state is State.KEPT
        visit = await town.alice.slash(town.square, "queue")
        await town.until(lambda: [message for message in all_answers(visit) if is_result(message)])

    async def test_who_comes_meanwhile_is_refused_and_pays_nothing(self, town, can_be_written):
        await can_be_written(False)
        for _ in range(town.settings.burst + 1):
            assert "I have no room to keep anything" in await town.whispers(await town.order())
        await can_be_written(True)
        await town.dreamed()
        assert len(await town.parts.store.of_user(town.alice.id, *State)) == 1

    async def test_a_refusal_is_told_at_once_and_written_and_paid_back_later(
        self, town, can_be_written, ends, monkeypatch
    ):
        async def fail(_):
            await can_be_written(False)
            raise DownloadRefusal

        with monkeypatch.context() as trouble:
            trouble.setattr(town.parts.intake, "fetch", fail)
            assert "I could not fetch that picture" in await town.whispers(await town.order())
        (job,) = await town.parts.store.of_user(town.alice.id, State.RECEIVED)
        await can_be_written(True)
        (refused,) = await ends()
        assert (refused.id, refused.state) == (job.id, State.REFUSED)
        for _ in range(town.settings.burst):
            await town.dreamed()

    async def test_a_job_that_is_cancelled_is_told_so_and_that_is_written_later(
        self, town, can_be_written, ends
    ):
        asked, dream = await town.begun()
        dream.tell(0.5)
        await town.says(asked, "step")
        await can_be_written(False)
        await town.alice.click(asked.response, label="Cancel")
        await town.says(asked, "This dream was cancelled.")
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
    tries = []

    async def write():
        tries.append(1)
        raise KeyError("a bug")

    with pytest.raises(KeyError):
        await persistently(write)
    assert len(tries) == 1


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
    async def lock(self, town):
        """Lets another process lock the store, until what it returns is called."""
        path = town.settings.data_dir / DATABASE
        with contextlib.closing(other_process(path)) as other:

            async def lock():
                await asyncio.to_thread(other.execute, "BEGIN EXCLUSIVE")  # the bot may be writing just now
                return lambda: other.execute("ROLLBACK")

            yield lock

    async def test_a_finished_dream_is_delivered_and_its_end_written_down_later(self, town, lock, caplog):
        asked, dream = await town.begun()
        unlock = await lock()
        dream.finish()
        assert is_result(await town.until(lambda: is_result(asked.response) and asked.response))
        unlock()
        await town.quiet()
        assert (await town.only_job()).state is State.DELIVERED
        assert "Another process has locked the store" in caplog.text
        assert "Traceback" not in caplog.text

    async def test_a_dream_is_begun_all_the_same(self, town, lock):
        asked, dream = await town.begun()
        waiting = await town.order(town.bob)
        await town.says(waiting, "You are next.")
        unlock = await lock()
        dream.finish()
        (await town.script.begun()).finish()
        for one in (asked, waiting):
            await town.until(lambda one=one: is_result(one.response))
        unlock()
        await town.quiet()
        for who in (town.alice, town.bob):
            assert (await town.only_job(who)).state is State.DELIVERED

    async def test_who_asks_is_refused_kindly_and_pays_nothing(self, town, lock):
        unlock = await lock()
        for _ in range(town.settings.burst + 1):
            assert "I have no room to keep anything right now" in await town.whispers(await town.order())
        unlock()
        await town.dreamed()

    async def test_a_bot_that_is_started_meanwhile_serves_what_was_left(self, town, monkeypatch):
        asked, _ = await town.begun()
        monkeypatch.setattr(Simulation, "_move_in", locking(Simulation._move_in))
        await town.restart(killed=True)
        (await town.script.begun()).finish()
        await town.until(lambda: is_result(asked.response))
        town.lock.execute("ROLLBACK")
        town.lock.close()
        await town.quiet()
        assert (await town.only_job()).state is State.DELIVERED


def other_process(path):
    """The connection of another process to the same store."""
    return sqlite3.connect(path, isolation_level=None, check_same_thread=False)


def locking(move_in):
    """Let another process lock the store after it was opened, and before what was left is taken up."""

    async def locked(town):
        start = Services.start

        async def start_locked(parts):
            town.lock = other_process(town.settings.data_dir / DATABASE)
            await asyncio.to_thread(town.lock.execute, "BEGIN EXCLUSIVE")
            await start(parts)

        with pytest.MonkeyPatch.context() as patch:
            patch.setattr(Services, "start", start_locked)
            await move_in(town)

    return locked


async def test_a_dream_that_cannot_be_kept_because_of_a_bug_is_delivered_all_the_same(
    town, monkeypatch, caplog
):
    async def broken(*_):
        raise RuntimeError("a bug")

    asked, dream = await town.begun()
    with monkeypatch.context() as patch:
        patch.setattr(town.parts.store, "dreamed", broken)
        dream.finish()
        await town.answer(asked)
    assert "is delivered, but not kept" in caplog.text
    assert "RuntimeError: a bug" in caplog.text
    assert (await town.only_job(None, State.DELIVERED)).dream is None

import asyncio
import contextlib
import sqlite3
import stat
from types import SimpleNamespace

import pytest

from bot.errors import ConfigurationError
from bot.storage.data_dir import open_database
from bot.storage.database import Database, NewerSchemaError
from bot.storage.disk_errors import describe_storage_error, is_storage_error


async def counted(database):
    row = await database.row("SELECT COUNT(*) FROM servers")
    return row[0]


async def test_it_uses_a_write_ahead_log_and_full_synchronization(database):
    assert (await database.row("PRAGMA journal_mode"))[0] == "wal"
    assert (await database.row("PRAGMA synchronous"))[0] == 2


async def test_only_its_owner_can_read_the_file(database, tmp_path):
    assert stat.S_IMODE((tmp_path / "bot.sqlite3").stat().st_mode) == 0o600


async def test_the_schema_has_a_version(database):
    assert (await database.row("PRAGMA user_version"))[0] >= 1


async def test_a_reopened_database_has_its_content(database, tmp_path):
    await database.execute("INSERT INTO servers VALUES (1, '{}')")
    again = await Database.open(tmp_path / "bot.sqlite3")
    assert await counted(again) == 1
    await again.close()


async def test_a_file_of_a_newer_version_is_not_opened(database, tmp_path):
    await database.execute("PRAGMA user_version = 9999")
    with pytest.raises(NewerSchemaError, match="schema 9999, and this version of the bot supports"):
        await Database.open(tmp_path / "bot.sqlite3")


async def test_a_failed_transaction_is_rolled_back(database):
    async def fail_half_way():
        async with database.transaction() as connection:
            await connection.execute("INSERT INTO servers VALUES (1, '{}')")
            raise RuntimeError

    with pytest.raises(RuntimeError):
        await fail_half_way()
    assert await counted(database) == 0
    await database.execute("INSERT INTO servers VALUES (1, '{}')")
    assert await counted(database) == 1


async def test_a_cancelled_transaction_is_rolled_back_and_the_next_one_succeeds(database):
    begun = asyncio.Event()

    async def never_done():
        async with database.transaction() as connection:
            await connection.execute("INSERT INTO servers VALUES (1, '{}')")
            begun.set()
            await asyncio.Event().wait()

    task = asyncio.create_task(never_done())
    await begun.wait()
    task.cancel()
    with pytest.raises(asyncio.CancelledError):
        await task
    assert await counted(database) == 0
    await database.execute("INSERT INTO servers VALUES (2, '{}')")


async def test_concurrent_transactions_are_serialized(database):
    async def add(number):
        async with database.transaction() as connection:
            ((before,),) = await connection.execute_fetchall("SELECT COUNT(*) FROM servers")
            await asyncio.sleep(0)
            await connection.execute("INSERT INTO servers VALUES (?, ?)", (number, str(before)))

    await asyncio.gather(*(add(number) for number in range(10)))
    rows = await database.rows("SELECT rules FROM servers ORDER BY server_id")
    assert sorted(int(row[0]) for row in rows) == list(range(10))


async def test_an_invalid_statement_raises_and_the_next_one_succeeds(database):
    with pytest.raises(sqlite3.Error):
        await database.execute("INSERT INTO nowhere VALUES (1)")
    await database.execute("INSERT INTO servers VALUES (1, '{}')")


async def test_a_data_directory_that_is_a_file_gives_a_one_line_error(tmp_path):
    (tmp_path / "data").write_text("in the way")
    with pytest.raises(
        ConfigurationError, match="DREAM_DATA_DIR must be a directory that can be written"
    ) as error:
        async with open_database(tmp_path / "data"):
            pass
    assert error.value.status == 78
    assert "\n" not in str(error.value)


async def test_a_damaged_file_gives_a_one_line_error(tmp_path):
    (tmp_path / "bot.sqlite3").write_text("no database " * 500)
    with pytest.raises(ConfigurationError, match="file is not a database") as error:
        async with open_database(tmp_path):
            pass
    assert "\n" not in str(error.value)


async def test_only_its_owner_can_access_a_new_data_directory(tmp_path):
    async with open_database(tmp_path / "a" / "data"):
        assert stat.S_IMODE((tmp_path / "a" / "data").stat().st_mode) == 0o700


@pytest.fixture
def other(database, tmp_path):
    """Another process's connection to the same file."""
    with contextlib.closing(sqlite3.connect(tmp_path / "bot.sqlite3", isolation_level=None)) as connection:
        yield connection


class TestADatabaseThatAnotherProcessHasLocked:
    @pytest.fixture(autouse=True)
    def _soon(self, monkeypatch):
        monkeypatch.setattr("bot.storage.database._BUSY_MILLISECONDS", 1)

    async def test_delays_a_write_until_the_lock_is_free(self, database, other):
        await database.execute("PRAGMA busy_timeout = 1")
        other.execute("BEGIN EXCLUSIVE")
        writing = asyncio.create_task(database.execute("INSERT INTO servers VALUES (1, '{}')"))
        assert await counted(database) == 0  # reads are still possible
        assert not writing.done()
        other.execute("ROLLBACK")
        assert await writing == 1
        assert await counted(database) == 1

    async def test_after_the_time_limit_raises_a_storage_error_and_leaves_no_transaction_open(
        self, database, other, monkeypatch
    ):
        monkeypatch.setattr("bot.storage.database._BUSY_SECONDS", 0.1)
        other.execute("BEGIN EXCLUSIVE")
        with pytest.raises(sqlite3.OperationalError) as error:
            await database.execute("INSERT INTO servers VALUES (1, '{}')")
        assert is_storage_error(error.value)
        assert "Another process has locked the store" in describe_storage_error(error.value)
        other.execute("ROLLBACK")
        await database.execute("INSERT INTO servers VALUES (2, '{}')")
        assert await counted(database) == 1

    async def test_a_cancelled_write_releases_the_connection(self, database, other):
        other.execute("BEGIN EXCLUSIVE")
        writing = asyncio.create_task(database.execute("INSERT INTO servers VALUES (1, '{}')"))
        await counted(database)
        writing.cancel()
        with pytest.raises(asyncio.CancelledError):
            await writing
        other.execute("ROLLBACK")
        await database.execute("INSERT INTO servers VALUES (2, '{}')")
        assert await counted(database) == 1

    @pytest.mark.parametrize("exists", [False, True], ids=["new", "existing"])
    async def test_is_opened_once_the_lock_is_free(self, tmp_path, exists):
        path = tmp_path / "locked.sqlite3"
        if exists:
            await (await Database.open(path)).close()
        with contextlib.closing(sqlite3.connect(path, isolation_level=None)) as other:
            other.execute("PRAGMA locking_mode = EXCLUSIVE")
            other.execute("BEGIN EXCLUSIVE")
            opening = asyncio.create_task(Database.open(path))
            done, _ = await asyncio.wait([opening], timeout=0.2)
            assert not done
            other.execute("COMMIT")
        database = await opening
        assert await counted(database) == 0
        await database.close()

    async def test_gives_a_one_line_error_if_it_stays_locked(self, tmp_path, monkeypatch):
        monkeypatch.setattr("bot.storage.database._OPENING_SECONDS", 0.1)
        with contextlib.closing(sqlite3.connect(tmp_path / "bot.sqlite3", isolation_level=None)) as other:
            other.execute("BEGIN EXCLUSIVE")
            with pytest.raises(ConfigurationError, match="database is locked") as error:
                async with open_database(tmp_path):
                    pass
        assert "\n" not in str(error.value)


async def leave_unused_space(database):
    """Leave five megabytes of the file unused."""
    for server in range(100):
        await database.execute("INSERT INTO servers VALUES (?, ?)", (server, "x" * 50_000))
    await database.execute("DELETE FROM servers WHERE server_id > 0")


def bytes_of(tmp_path):
    return (tmp_path / "bot.sqlite3").stat().st_size


async def test_a_database_is_vacuumed_incrementally_without_a_copy(database, tmp_path, monkeypatch):
    monkeypatch.setattr("bot.storage.database._PAGES_PER_STEP", 100)
    monkeypatch.setattr(Database, "_rebuild", lambda *_: pytest.fail("it was copied"))
    await leave_unused_space(database)
    assert await database.compact() > 4_500_000
    assert bytes_of(tmp_path) < 500_000
    assert await counted(database) == 1


async def test_little_unused_space_is_not_reclaimed(database):
    await database.execute("INSERT INTO servers VALUES (1, ?)", ("x" * 900_000,))
    await database.execute("DELETE FROM servers")
    assert await database.compact() == 0


@pytest.mark.parametrize(
    ("used", "unused", "shrinks"),
    [(0, 27, True), (66, 27, True), (100, 27, False), (40, 18, False)],
    ids=[
        "more than a quarter of a small file",
        "more than a quarter",
        "less than a quarter",
        "less than a megabyte",
    ],
)
async def test_a_database_is_vacuumed_if_much_of_it_is_unused(database, used, unused, shrinks):
    async with database.transaction() as connection:
        rows = [(number, "x" * 50_000) for number in range(1, used + unused + 1)]
        await connection.executemany("INSERT INTO servers VALUES (?, ?)", rows)
    await database.execute("DELETE FROM servers WHERE server_id <= ?", (unused,))
    given_back = await database.compact()
    assert (given_back > 1_000_000) is shrinks
    assert given_back >= 0
    assert await counted(database) == used


async def test_sqlite_itself_waits_100_ms_for_a_lock(database):
    assert (await database.row("PRAGMA busy_timeout"))[0] == 100
    await database.compact()
    assert (await database.row("PRAGMA busy_timeout"))[0] == 100


async def test_row_returns_the_first_of_several_rows(database):
    assert (await database.row("VALUES (1), (2), (3)"))[0] == 1
    assert await database.row("SELECT 1 WHERE false") is None


async def test_execute_returns_the_number_of_affected_rows(database):
    await database.execute("INSERT INTO servers VALUES (1, ''), (2, ''), (3, '')")
    assert await database.execute("DELETE FROM servers WHERE server_id > 1") == 2


class TestADatabaseWithoutIncrementalVacuum:
    @pytest.fixture
    async def database(self, tmp_path):
        with contextlib.closing(sqlite3.connect(tmp_path / "bot.sqlite3")) as connection:
            connection.execute("PRAGMA auto_vacuum = NONE")
            connection.execute("CREATE TABLE earlier (x)")
        database = await Database.open(tmp_path / "bot.sqlite3")
        assert (await database.row("PRAGMA auto_vacuum"))[0] == 0
        yield database
        await database.close()

    async def test_is_rebuilt_once_in_its_own_folder_and_then_supports_it(self, database, tmp_path):
        await leave_unused_space(database)
        assert await database.compact() > 4_500_000
        assert (await database.row("PRAGMA temp_store_directory"))[0] == str(tmp_path)
        assert (await database.row("PRAGMA auto_vacuum"))[0] == 2
        assert await counted(database) == 1

    async def test_is_not_rebuilt_if_the_disk_has_no_space_for_a_copy(self, database, monkeypatch, caplog):
        await leave_unused_space(database)
        used = 2 * await database._bytes() - 2 * (await database._pragma("freelist_count")) * 4096
        monkeypatch.setattr("shutil.disk_usage", lambda _: SimpleNamespace(free=used - 1))
        assert await database.compact() == 0
        assert "the disk has no space for a copy" in caplog.text
        monkeypatch.setattr("shutil.disk_usage", lambda _: SimpleNamespace(free=used))
        assert await database.compact() > 4_500_000

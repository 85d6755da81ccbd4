import asyncio
import sqlite3
import stat

import pytest

from bot.database import Database, NewerSchemaError
from bot.errors import ConfigurationError
from bot.house import open_database
from bot.settings import BotSettings


async def counted(database):
    row = await database.row("SELECT COUNT(*) FROM servers")
    return row[0]


async def test_it_writes_ahead_and_waits_for_the_disk(database):
    assert (await database.row("PRAGMA journal_mode"))[0] == "wal"
    assert (await database.row("PRAGMA synchronous"))[0] == 2


async def test_nobody_else_can_read_the_file(database, tmp_path):
    assert stat.S_IMODE((tmp_path / "bot.sqlite3").stat().st_mode) == 0o600


async def test_the_schema_has_a_number(database):
    assert (await database.row("PRAGMA user_version"))[0] >= 1


async def test_it_is_opened_again_as_it_was(database, tmp_path):
    await database.execute("INSERT INTO servers VALUES (1, '{}')")
    again = await Database.open(tmp_path / "bot.sqlite3")
    assert await counted(again) == 1
    await again.close()


async def test_a_file_of_a_newer_version_is_left_alone(database, tmp_path):
    await database.execute("PRAGMA user_version = 9999")
    with pytest.raises(NewerSchemaError, match="number 9999; this version of the bot knows"):
        await Database.open(tmp_path / "bot.sqlite3")


async def test_a_transaction_is_all_or_nothing(database):
    async def fail_half_way():
        async with database.transaction() as connection:
            await connection.execute("INSERT INTO servers VALUES (1, '{}')")
            raise RuntimeError

    with pytest.raises(RuntimeError):
        await fail_half_way()
    assert await counted(database) == 0
    await database.execute("INSERT INTO servers VALUES (1, '{}')")
    assert await counted(database) == 1


async def test_a_cancelled_transaction_leaves_nothing_and_the_next_one_works(database):
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


async def test_transactions_wait_for_each_other(database):
    async def add(number):
        async with database.transaction() as connection:
            ((before,),) = await connection.execute_fetchall("SELECT COUNT(*) FROM servers")
            await asyncio.sleep(0)
            await connection.execute("INSERT INTO servers VALUES (?, ?)", (number, str(before)))

    await asyncio.gather(*(add(number) for number in range(10)))
    rows = await database.rows("SELECT rules FROM servers ORDER BY server_id")
    assert sorted(int(row[0]) for row in rows) == list(range(10))


async def test_a_wrong_statement_is_an_error_and_harms_nothing(database):
    with pytest.raises(sqlite3.Error):
        await database.execute("INSERT INTO nowhere VALUES (1)")
    await database.execute("INSERT INTO servers VALUES (1, '{}')")


async def test_a_data_directory_that_is_a_file_is_one_line_for_the_operator(tmp_path):
    (tmp_path / "data").write_text("in the way")
    with pytest.raises(
        ConfigurationError, match="DREAM_DATA_DIR must be a directory that can be written"
    ) as error:
        async with open_database(BotSettings(_env_file=None, data_dir=tmp_path / "data")):
            pass
    assert error.value.status == 78
    assert "\n" not in str(error.value)


async def test_a_damaged_file_is_one_line_for_the_operator(tmp_path):
    (tmp_path / "bot.sqlite3").write_text("no database " * 500)
    with pytest.raises(ConfigurationError, match="file is not a database") as error:
        async with open_database(BotSettings(_env_file=None, data_dir=tmp_path)):
            pass
    assert "\n" not in str(error.value)


async def test_the_data_directory_is_made_for_nobody_else(tmp_path):
    async with open_database(BotSettings(_env_file=None, data_dir=tmp_path / "a" / "data")):
        assert stat.S_IMODE((tmp_path / "a" / "data").stat().st_mode) == 0o700

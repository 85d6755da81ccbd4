"""The bot on a full disk: it says so, refuses politely, and stays up."""

import errno
import sqlite3

import pytest

from bot.jobs.record import State
from bot.pictures import PictureStore
from bot.storage import is_storage_trouble

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

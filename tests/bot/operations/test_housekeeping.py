import asyncio
import contextlib

import pytest

from bot.operations.housekeeping import run_housekeeping
from bot.settings import BotSettings


class Store:
    """Notes what it is asked to expire, and may have trouble at first."""

    def __init__(self, *troubles):
        self.asked = []
        self.troubles = list(troubles)
        self.twice = asyncio.Event()

    async def expire(self, *limits):
        self.asked.append(limits)
        if len(self.asked) == 2:
            self.twice.set()
        if self.troubles:
            raise self.troubles.pop()
        return 1


@pytest.fixture
async def kept(monkeypatch, database):
    monkeypatch.setattr("bot.operations.housekeeping._INTERVAL", 0.0)
    monkeypatch.setattr("bot.operations.housekeeping.now", lambda: 10_000.0)

    async def keep(jobs, pictures):
        settings = BotSettings(_env_file=None, keep_hours=1.0, keep_megabytes=2.0)
        task = asyncio.create_task(run_housekeeping(jobs, pictures, database, settings))
        async with asyncio.timeout(20):
            await pictures.twice.wait()
        task.cancel()
        with contextlib.suppress(asyncio.CancelledError):
            await task

    return keep


async def test_jobs_and_pictures_are_let_go_again_and_again(kept):
    jobs, pictures = Store(), Store()
    await kept(jobs, pictures)
    assert jobs.asked[:2] == [(6400.0,)] * 2
    assert pictures.asked[:2] == [(3600.0, 2e6)] * 2


async def test_trouble_is_logged_and_tried_again(kept, caplog):
    jobs, pictures = Store(OSError("disk full")), Store()
    await kept(jobs, pictures)
    assert "Housekeeping failed and will be retried" in caplog.text
    assert "disk full" in caplog.text


async def test_the_store_shrinks_when_much_was_let_go(kept, database, tmp_path, caplog):
    caplog.set_level("INFO")
    for server in range(100):
        await database.execute("INSERT INTO servers VALUES (?, ?)", (server, "x" * 50_000))
    await database.execute("DELETE FROM servers")
    await kept(Store(), Store())
    files = {path.name: path.stat().st_size for path in tmp_path.iterdir()}
    assert sum(files.values()) < 200_000
    assert "Compacting the database freed 5." in caplog.text


async def test_one_kind_of_trouble_keeps_nothing_else_from_being_done(kept, caplog):
    jobs, pictures = Store(), Store(OSError(28, "disk full"), RuntimeError("a bug"))
    await kept(jobs, pictures)
    assert jobs.asked
    assert "RuntimeError: a bug" in caplog.text
    assert caplog.text.count("Traceback") == 1

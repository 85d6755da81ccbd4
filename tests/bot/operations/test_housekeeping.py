import asyncio
import contextlib

import pytest

from bot.operations.housekeeping import run_housekeeping
from bot.settings import BotSettings
from bot.storage.motions import MotionFolders


class Store:
    """Records its calls; the given errors are raised by the first ones."""

    def __init__(self, *errors):
        self.calls = []
        self.errors = list(errors)
        self.called_twice = asyncio.Event()

    async def expire(self, *limits):
        self.calls.append(limits)
        if len(self.calls) == 2:
            self.called_twice.set()
        if self.errors:
            raise self.errors.pop()
        return 1


@pytest.fixture
async def run(monkeypatch, database, tmp_path):
    monkeypatch.setattr("bot.operations.housekeeping.INTERVAL_SECONDS", 0.0)
    monkeypatch.setattr("bot.operations.housekeeping.now", lambda: 10_000.0)

    async def run_twice(jobs, pictures):
        settings = BotSettings(_env_file=None, keep_hours=1.0, keep_megabytes=2.0)
        folders = MotionFolders(tmp_path / "motions", database, 1e9)
        task = asyncio.create_task(run_housekeeping(jobs, pictures, folders, database, settings))
        async with asyncio.timeout(20):
            await pictures.called_twice.wait()
        task.cancel()
        with contextlib.suppress(asyncio.CancelledError):
            await task

    return run_twice


async def test_jobs_and_pictures_are_expired_periodically(run):
    jobs, pictures = Store(), Store()
    await run(jobs, pictures)
    assert jobs.calls[:2] == [(6400.0,)] * 2
    assert pictures.calls[:2] == [(3600.0, 2e6)] * 2


async def test_an_error_is_logged_and_the_task_is_retried(run, caplog):
    jobs, pictures = Store(OSError("disk full")), Store()
    await run(jobs, pictures)
    assert "Housekeeping failed and will be retried" in caplog.text
    assert "disk full" in caplog.text


async def test_the_database_shrinks_after_large_deletions(run, database, tmp_path, caplog):
    caplog.set_level("INFO")
    for server in range(100):
        await database.execute("INSERT INTO servers VALUES (?, ?)", (server, "x" * 50_000))
    await database.execute("DELETE FROM servers")
    await run(Store(), Store())
    files = {path.name: path.stat().st_size for path in tmp_path.iterdir()}
    assert sum(files.values()) < 200_000
    assert "Compacting the database freed 5." in caplog.text


async def test_a_failed_task_does_not_prevent_the_others(run, caplog):
    jobs, pictures = Store(), Store(OSError(28, "disk full"), RuntimeError("a bug"))
    await run(jobs, pictures)
    assert jobs.calls
    assert "RuntimeError: a bug" in caplog.text
    assert caplog.text.count("Traceback") == 1

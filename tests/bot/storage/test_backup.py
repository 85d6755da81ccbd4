import stat

import pytest

from bot.errors import ConfigurationError
from bot.models import State
from bot.storage.backup import back_up
from bot.storage.data_dir import DATABASE, PICTURES
from bot.storage.database import Database
from bot.storage.jobs import JobStore
from bot.storage.pictures import PictureStore
from tests.bot.simulated_server import picture


async def test_a_backup_of_a_running_bot_contains_its_jobs_and_pictures(server, tmp_path):
    await server.dreamed(server.alice)
    _, running = await server.begun(server.bob)
    copy = tmp_path / "backups" / "monday"
    back_up(server.settings.data_dir, copy)
    running.finish()

    database = await Database.open(copy / DATABASE)
    try:
        jobs, pictures = JobStore(database), PictureStore(copy / PICTURES, database)
        (done,) = await jobs.in_states(State.DELIVERED)
        (begun,) = await jobs.in_states(State.RUNNING)
        assert done.user_id == server.alice.id
        assert begun.user_id == server.bob.id
        assert await pictures.get(begun.source) == picture()
        assert await pictures.get(done.dream)
    finally:
        await database.close()


def test_only_its_owner_can_read_a_backup_even_after_it_is_moved(tmp_path, server):
    copy = tmp_path / "copy"
    back_up(server.settings.data_dir, copy)
    modes = {path.name: stat.S_IMODE(path.stat().st_mode) for path in (copy, *copy.iterdir())}
    assert modes == {"copy": 0o700, DATABASE: 0o600, PICTURES: 0o700}


def test_a_backup_never_overwrites_another(tmp_path):
    (tmp_path / DATABASE).touch()
    (tmp_path / "before").mkdir()
    with pytest.raises(ConfigurationError, match="already exists"):
        back_up(tmp_path, tmp_path / "before")


def test_an_empty_data_directory_cannot_be_backed_up(tmp_path):
    with pytest.raises(ConfigurationError, match="nothing to back up"):
        back_up(tmp_path, tmp_path / "copy")
    assert not (tmp_path / "copy").exists()


async def test_a_backup_skips_files_that_are_not_the_bots(server, tmp_path):
    await server.dreamed()
    folder = server.settings.data_dir / PICTURES
    ours = {file.name for file in folder.iterdir()}
    (folder / "lost+found").mkdir()
    (folder / "notes").write_text("an operator's")
    (folder / f"{'0' * 64}.abcdef01").write_bytes(b"a partial file")
    back_up(server.settings.data_dir, tmp_path / "copy")
    assert {file.name for file in (tmp_path / "copy" / PICTURES).iterdir()} == ours

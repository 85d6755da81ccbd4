"""The folders of running motions, and the limit on their size."""

import asyncio

import pytest

from bot.errors import MotionSpaceRefusal, NoRoomRefusal
from bot.models import State
from bot.storage.jobs import JobStore
from bot.storage.motions import MotionFolders
from dream_engine.frames import Chunk, Frame
from dream_engine.settings import DreamSettings
from tests.bot.records import NOW, a_job


@pytest.fixture
def folders(tmp_path, database):
    return MotionFolders(tmp_path / "motions", database, 1000)


def finish_chunk(store, number):
    store.finish_chunk(number, Chunk(0, 6, b"state", DreamSettings(), 1.0, "float32"))


def test_the_frames_of_one_motion_have_a_limit(folders):
    store = folders.open("a")
    store.put_source(0, bytes(600))
    with pytest.raises(MotionSpaceRefusal):
        store.put_frame(Frame(0, bytes(600), 1, 1))


def test_the_frames_of_all_motions_have_the_same_limit(folders):
    folders.open("a").put_source(0, bytes(600))
    with pytest.raises(NoRoomRefusal):
        folders.open("b").put_source(0, bytes(600))
    folders.delete("a")
    folders.open("b").put_source(0, bytes(600))


def test_frames_of_an_earlier_run_count(folders, tmp_path, database):
    folders.open("a").put_source(0, bytes(600))
    again = MotionFolders(tmp_path / "motions", database, 1000)
    with pytest.raises(MotionSpaceRefusal):
        again.open("a").put_source(1, bytes(600))


def test_nothing_is_written_into_a_deleted_folder(folders, tmp_path):
    store = folders.open("a")
    folders.delete("a")
    with pytest.raises(NoRoomRefusal):
        store.put_source(0, b"late")
    assert not (tmp_path / "motions" / "a").exists()
    folders.delete("a")


def test_a_motion_is_stuck_if_it_finishes_no_further_chunk(folders):
    assert not folders.is_stuck("a", 3)
    for _ in range(3):
        store = folders.open("a")
    assert folders.is_stuck("a", 3)
    finish_chunk(store, 0)
    assert not folders.is_stuck("a", 3)
    folders.open("a")
    assert not folders.is_stuck("a", 3)


@pytest.mark.parametrize("state", State)
async def test_only_the_folders_of_unfinished_motions_are_kept(folders, database, tmp_path, state):
    job = await JobStore(database).admit(a_job(state=state, motion="clip"), None, 100, NOW)
    await asyncio.to_thread(folders.open, job.id)
    await folders.delete_leftovers()
    is_open = state in (State.RECEIVED, State.QUEUED, State.RUNNING, State.DREAMED)
    assert (tmp_path / "motions" / job.id).exists() == is_open

"""The folder that keeps the frames of a motion."""

import pytest

from dream_engine.frames import Chunk, Frame
from dream_engine.motion.plan import MotionPlan
from dream_engine.motion.settings import MotionSettings
from dream_engine.motion.store import FrameStore
from dream_engine.settings import DreamSettings

_PLAN = MotionPlan.of_still("zoom", MotionSettings(seconds=2))
_SETTINGS = DreamSettings(seed=7, size=320, octaves=2)


def _chunk(state=b"state"):
    return Chunk(0, 6, state, _SETTINGS, 1.5, "float32")


def test_a_new_store_has_no_plan_and_no_finished_chunk(tmp_path):
    store = FrameStore(tmp_path / "new" / "store")
    assert store.plan() is None
    assert not store.is_finished(0)


def test_another_process_finds_all_that_was_stored(tmp_path):
    store = FrameStore(tmp_path)
    store.put_source(3, b"source")
    store.save_plan(_PLAN, _SETTINGS)
    store.put_frame(Frame(4, b"frame", 2, 3))
    store.finish_chunk(1, _chunk())
    reopened = FrameStore(tmp_path)
    assert reopened.plan() == (_PLAN, _SETTINGS)
    assert reopened.source(3) == b"source"
    assert reopened.frame(4) == b"frame"
    assert reopened.is_finished(1)
    assert reopened.state(1) == (b"state", _SETTINGS)
    assert reopened.outcome(1) == (_SETTINGS, "float32")


@pytest.mark.parametrize(
    "content", [b"", b"\xff\xfe", b"[]", b"{}", b'{"plan": {}, "settings": {}}'], ids=repr
)
def test_a_plan_that_cannot_be_read_counts_as_none(tmp_path, content):
    store = FrameStore(tmp_path)
    store.save_plan(_PLAN, _SETTINGS)
    (tmp_path / "plan.json").write_bytes(content)
    assert store.plan() is None


def test_a_plan_with_settings_that_are_no_longer_valid_counts_as_none(tmp_path):
    store = FrameStore(tmp_path)
    store.save_plan(_PLAN, _SETTINGS)
    saved = (tmp_path / "plan.json").read_text()
    (tmp_path / "plan.json").write_text(saved.replace('"octaves": 2', '"octaves": -1'))
    assert store.plan() is None


def test_a_chunk_whose_frames_are_stored_is_unfinished_until_its_state_is(tmp_path):
    store = FrameStore(tmp_path)
    store.put_frame(Frame(0, b"frame", 2, 3))
    assert not store.is_finished(0)
    store.finish_chunk(0, _chunk())
    assert store.is_finished(0)


def test_a_chunk_with_an_empty_state_is_finished(tmp_path):
    store = FrameStore(tmp_path)
    store.finish_chunk(0, _chunk(b""))
    assert store.is_finished(0)


def test_a_chunk_whose_state_is_dropped_stays_finished(tmp_path):
    store = FrameStore(tmp_path)
    store.finish_chunk(0, _chunk())
    store.drop_state(0)
    assert store.is_finished(0)
    assert store.state(0) == (b"", _SETTINGS)


def test_a_frame_that_is_stored_again_replaces_the_first(tmp_path):
    store = FrameStore(tmp_path)
    store.put_frame(Frame(0, b"one", 2, 3))
    store.put_frame(Frame(0, b"two", 2, 3))
    assert store.frame(0) == b"two"
    assert len(list((tmp_path / "frames").iterdir())) == 1

"""Planning the frames and chunks of a motion."""

import pytest

from dream_engine.loops import SETTLE_FRAMES, closing_frames
from dream_engine.motion.plan import CHUNK_FRAMES, MotionPlan, PlannedChunk
from dream_engine.motion.settings import MotionSettings


def _clip(frames, scenes=(0,)):
    return MotionPlan.of_clip([40.0] * frames, scenes, 25.0, loops=3, has_sound=True, is_cut_short=False)


def _zoom(seconds=6.0, fps=15.0):
    return MotionPlan.of_still("zoom", MotionSettings(motion="zoom", seconds=seconds, fps=fps))


def _indices(chunk):
    return range(chunk.first, chunk.first + chunk.count)


@pytest.mark.parametrize(
    "plan",
    [_clip(1), _clip(CHUNK_FRAMES), _clip(CHUNK_FRAMES + 1), _clip(20, (0, 1, 9)), _zoom(), _zoom(0.5)],
    ids=["one frame", "one chunk", "a frame more", "three scenes", "zoom", "short zoom"],
)
def test_chunks_cover_every_frame_once_and_in_order(plan):
    assert [index for chunk in plan.chunks for index in _indices(chunk)] == list(range(plan.frames))
    assert all(1 <= chunk.count <= CHUNK_FRAMES for chunk in plan.chunks)


def test_a_clip_shows_each_of_its_frames_once_and_keeps_their_times():
    plan = MotionPlan.of_clip([40.0, 90.0], [0], 25.0, loops=3, has_sound=True, is_cut_short=True)
    assert (plan.total, plan.frames, plan.sequence) == (2, 2, (0, 1))
    assert plan.milliseconds == (40.0, 90.0)
    assert (plan.loops, plan.has_sound, plan.is_cut_short) == (3, True, True)


def test_no_chunk_of_a_clip_spans_a_cut():
    plan = _clip(16, (0, 3, 10))
    assert [(c.first, c.count, c.begins_scene) for c in plan.chunks] == [
        (0, 3, True),
        (3, 6, True),
        (9, 1, False),
        (10, 6, True),
    ]
    assert plan.scenes() == [[0], [1, 2], [3]]


def test_a_chunk_of_a_clip_needs_its_own_frames_of_the_source():
    assert _clip(20).pictures_of(PlannedChunk(first=6, count=3, begins_scene=False)) == ([6, 7, 8], [])


def test_a_zoom_settles_before_its_loop_and_closes_after_it():
    plan = _zoom()
    closing = closing_frames(90, 15)
    assert plan.total == 90
    assert plan.frames == SETTLE_FRAMES + 90 + closing
    assert plan.sequence == tuple(range(SETTLE_FRAMES + closing, plan.frames))
    assert len(plan.sequence) == 90


def test_the_closing_of_the_shortest_zoom_fits_into_its_loop():
    plan = _zoom(0.5, 5)
    assert plan.total == 24
    assert plan.frames - SETTLE_FRAMES - plan.total <= plan.total
    assert plan.milliseconds == (200.0,) * 24


def test_only_the_first_chunk_of_a_zoom_needs_the_source():
    plan = _zoom()
    assert plan.pictures_of(plan.chunks[0]) == ([0], [])
    assert all(plan.pictures_of(chunk)[0] == [] for chunk in plan.chunks[1:])
    assert plan.scenes() == [list(range(len(plan.chunks)))]


def test_each_frame_that_closes_a_zoom_needs_the_frame_of_one_turn_before():
    plan = _zoom(0.5)
    needed = {}
    for chunk in plan.chunks:
        _, earlier = plan.pictures_of(chunk)
        closing = [index for index in _indices(chunk) if index >= SETTLE_FRAMES + plan.total]
        assert len(earlier) == len(closing)
        assert all(index < chunk.first for index in earlier)
        needed.update(zip(closing, earlier, strict=True))
    assert needed == {index: index - 24 for index in range(SETTLE_FRAMES + 24, plan.frames)}


@pytest.mark.parametrize("motion", ["grow", "morph"])
def test_a_growth_and_a_morph_play_there_and_back(motion):
    plan = MotionPlan.of_still(motion, MotionSettings(motion=motion, seconds=1, fps=8))
    assert plan.total == 5
    assert plan.sequence == (0, 1, 2, 3, 4, 3, 2, 1)
    assert plan.milliseconds == (125.0,) * 8
    assert plan.chunks == (PlannedChunk(first=0, count=5, begins_scene=True),)
    assert plan.pictures_of(plan.chunks[0]) == ([0], [])
    assert plan.loops == 0


def test_a_plan_survives_json():
    plan = _clip(16, (0, 3, 10))
    assert MotionPlan.model_validate_json(plan.model_dump_json()) == plan

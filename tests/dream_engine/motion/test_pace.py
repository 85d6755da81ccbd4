"""Estimating the time that a motion still takes."""

import pytest

from dream_engine.motion.pace import Pace
from dream_engine.motion.plan import MotionPlan, PlannedChunk


class _Clock:
    def __init__(self):
        self.now = 100.0

    def __call__(self):
        return self.now


def _started(frames, scenes=(0,)):
    clock = _Clock()
    plan = MotionPlan.of_clip([40.0] * frames, scenes, 25.0, loops=0, has_sound=False, is_cut_short=False)
    return Pace(plan, clock), clock


def _finish(pace, clock, index, seconds):
    clock.now += seconds
    pace.finish(index)


def test_nothing_is_estimated_before_the_first_frame():
    pace, clock = _started(10)
    clock.now += 5
    assert pace.seconds_left is None
    assert pace.fraction == 0


def test_after_the_first_frame_others_are_estimated_to_take_a_third_of_it():
    pace, clock = _started(10)
    _finish(pace, clock, 0, 3)
    assert pace.seconds_left == pytest.approx(9)


def test_both_kinds_of_frames_are_measured():
    pace, clock = _started(10, (0, 5))
    _finish(pace, clock, 0, 8)
    _finish(pace, clock, 1, 1)
    _finish(pace, clock, 2, 3)
    # Left are the first frame of the second scene, and six others.
    assert pace.seconds_left == pytest.approx(8 + 6 * 2)


def test_old_frames_do_not_count_once_the_speed_changes():
    pace, clock = _started(100)
    _finish(pace, clock, 0, 8)
    for index in range(1, 50):
        _finish(pace, clock, index, 10)
    for index in range(50, 80):
        _finish(pace, clock, index, 1)
    assert pace.seconds_left == pytest.approx(20)


def test_a_finished_motion_takes_no_more_time():
    pace, clock = _started(3)
    for index in range(3):
        _finish(pace, clock, index, 1)
    assert pace.seconds_left == 0
    assert pace.fraction == 1


def test_frames_of_an_earlier_run_count_as_done_but_have_no_speed():
    pace, clock = _started(10)
    pace.skip(PlannedChunk(first=0, count=6, begins_scene=True))
    assert pace.fraction == pytest.approx(0.6)
    assert pace.seconds_left is None
    _finish(pace, clock, 6, 2)
    assert pace.fraction == pytest.approx(0.7)
    assert pace.seconds_left == pytest.approx(3 * 2)


def test_the_first_frames_of_scenes_of_an_earlier_run_are_not_left():
    pace, clock = _started(10, (0, 3, 6))
    pace.skip(PlannedChunk(first=0, count=3, begins_scene=True))
    pace.skip(PlannedChunk(first=3, count=3, begins_scene=True))
    _finish(pace, clock, 6, 9)
    _finish(pace, clock, 7, 2)
    assert pace.seconds_left == pytest.approx(2 * 2)


def test_the_fraction_never_exceeds_one():
    pace, clock = _started(2)
    pace.skip(PlannedChunk(first=0, count=2, begins_scene=True))
    _finish(pace, clock, 0, 1)
    assert pace.fraction == 1

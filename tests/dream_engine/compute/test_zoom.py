"""Endless zooms into a dream."""

import io
from itertools import pairwise

import numpy as np
import pytest
from PIL import Image

from dream_engine.compute.zoom import ZoomState, close_loop
from dream_engine.frames import ChunkRequest
from dream_engine.loops import SETTLE_FRAMES, closing_frames, frame_zoom
from dream_engine.motion.plan import MotionPlan, PlannedChunk
from dream_engine.motion.settings import MotionSettings
from dream_engine.pixels import to_values
from tests.dream_engine.compute.motions import (
    content,
    photograph,
    pixels_of,
    run_chunk,
    run_planned,
    settings_of,
)

_WIDTH, _HEIGHT = 128, 96
_LOOP = 24
_PLAN = MotionPlan.of_still("zoom", MotionSettings(motion="zoom", seconds=_LOOP / 15, fps=15))


@pytest.fixture(scope="module")
def loop(dreamer):
    """The frames of a loop, int16."""
    source = content(photograph("cat.jpg", _WIDTH, _HEIGHT))
    frames = run_planned(dreamer, settings_of("mild").replace(seed=1), _PLAN, source, most=_LOOP)
    return [pixels_of(frames[index]).astype(np.int16) for index in _PLAN.sequence]


def _chunks(dreamer, first, counts, state, pictures):
    """Dream frames in chunks, each with as many of the pictures as it needs; returns the last state, too."""
    frames, rest = [], list(pictures)
    for count in counts:
        needs, earlier = _PLAN.pictures_of(PlannedChunk(first=first, count=count, begins_scene=first == 0))
        given = tuple(rest.pop(0) for _ in [*needs, *earlier])
        request = ChunkRequest("zoom", settings_of("mild"), first, count, _LOOP, given, state)
        done, chunk = run_chunk(dreamer, request)
        frames += done
        first, state = first + count, chunk.state
    assert rest == []
    return frames, state


def _steps(loop):
    """The mean change from each frame to the next, and last from the last frame to the first."""
    return np.array([np.abs(b - a).mean() for a, b in zip(loop, loop[1:] + loop[:1], strict=True)])


def test_the_end_of_a_loop_cannot_be_told_from_its_other_frames(loop):
    steps = _steps(loop)
    assert len(steps) == _LOOP
    assert steps[-1] <= 1.15 * np.median(steps)
    assert np.abs(np.diff(steps, append=steps[0])).max() <= 0.12 * np.median(steps)


def test_the_speed_of_a_loop_varies_little(loop):
    steps = _steps(loop)
    assert steps.max() <= 1.25 * np.median(steps)


def test_a_loop_does_not_stand_still(loop):
    steps = _steps(loop)
    assert steps.min() >= 0.7 * np.median(steps) > 5


def test_the_brightness_and_the_contrast_of_a_loop_stay_the_same(loop):
    means = np.array([frame.mean((0, 1)) for frame in loop])
    deviations = np.array([frame.std((0, 1)) for frame in loop])
    assert np.ptp(means, axis=0).max() <= 2
    assert np.ptp(deviations, axis=0).max() <= 2


def test_a_loop_zooms_in(loop):
    zoom = frame_zoom(_LOOP, 15)
    height, width = round(_HEIGHT / zoom), round(_WIDTH / zoom)
    top, left = (_HEIGHT - height) // 2, (_WIDTH - width) // 2
    for before, now in pairwise(loop):
        small = Image.fromarray(before.astype(np.uint8)[top : top + height, left : left + width])
        enlarged = np.asarray(small.resize((_WIDTH, _HEIGHT), Image.Resampling.BICUBIC), np.int16)
        assert np.abs(now - enlarged).mean() < 0.8 * np.abs(now - before).mean()


def test_the_frames_are_the_same_whatever_the_chunks(dreamer):
    source = content(photograph("cat.jpg", 64, 48))
    whole, state = _chunks(dreamer, 0, [6], None, [source])
    parts, same_state = _chunks(dreamer, 0, [1, 3, 2], None, [source])
    assert parts == whole
    assert same_state == state


def test_the_frames_that_close_a_loop_are_the_same_whatever_the_chunks(dreamer):
    source = content(photograph("cat.jpg", 64, 48))
    _, state = _chunks(dreamer, 0, [1], None, [source])
    earlier = [content(photograph(name, 64, 48)) for name in ("cat.jpg", "mountains.jpg", "coffee.jpg")]
    first = SETTLE_FRAMES + _LOOP - 2  # the third frame is the first that closes the loop
    whole, _ = _chunks(dreamer, first, [5], state, earlier)
    parts, _ = _chunks(dreamer, first, [1, 2, 2], state, earlier)
    assert parts == whole


def test_another_seed_gives_another_zoom(dreamer):
    source = content(photograph("cat.jpg", 64, 48))
    first, second = (
        run_chunk(dreamer, ChunkRequest("zoom", settings_of("mild").replace(seed=seed), 0, 2, 24, (source,)))[
            0
        ]
        for seed in (1, 2)
    )
    assert first[1].picture != second[1].picture


@pytest.mark.parametrize(("frames", "fps"), [(24, 15), (24, 30), (90, 15), (900, 30), (30, 1)])
def test_a_loop_is_long_enough_to_close(frames, fps):
    closing = closing_frames(frames, fps)
    assert 0 < closing <= frames
    assert frame_zoom(frames, fps) > 1


def test_a_long_zoom_moves_as_fast_at_any_frame_rate():
    assert frame_zoom(900, 30) ** 30 == pytest.approx(frame_zoom(450, 15) ** 15) == pytest.approx(1.04**15)


@pytest.mark.parametrize(("frames", "fps"), [(24, 15), (90, 15)])
def test_the_earlier_frame_grows_from_the_middle_to_the_whole_picture(frames, fps):
    random = np.random.default_rng(1)
    now, earlier = (random.integers(0, 256, (48, 64, 3), np.uint8) for _ in range(2))
    zoom, closing = frame_zoom(frames, fps), closing_frames(frames, fps)
    state = ZoomState.of_dream(now)
    distances = []
    for number in range(closing + 1):
        closed = close_loop(state, earlier, zoom, number).picture
        distances.append(np.abs(closed.astype(int) - earlier).mean())
        if number < closing - 1:
            assert not np.array_equal(closed, earlier)
    np.testing.assert_array_equal(closed, earlier)
    assert np.diff(distances).max() < 0.01 * distances[0]


def test_a_frame_gets_the_mean_and_the_deviation_of_the_settled_dream():
    dream = photograph("cat.jpg", 96, 64)
    state = ZoomState.of_dream(dream)
    darker = np.clip(to_values(photograph("mountains.jpg", 96, 64)) * 0.6 - 0.1, -1, 1)
    after = state.after(darker).picture
    np.testing.assert_allclose(after.mean((0, 1)), dream.mean((0, 1)), atol=1)
    np.testing.assert_allclose(after.std((0, 1)), dream.std((0, 1)), atol=1)


def test_a_soft_frame_gets_the_detail_of_the_settled_dream():
    dream = np.asarray(photograph("cat.jpg", _WIDTH, _HEIGHT))
    state = ZoomState.of_dream(dream)
    soft = Image.fromarray(dream).resize((_WIDTH * 3 // 4, _HEIGHT * 3 // 4)).resize((_WIDTH, _HEIGHT))
    sharpened = ZoomState.of_dream(state.after(to_values(np.asarray(soft))).picture)
    assert ZoomState.of_dream(np.asarray(soft)).detail < 0.85 * state.detail
    assert sharpened.detail == pytest.approx(state.detail, rel=0.1)


def test_a_zoom_continues_from_a_state_that_holds_no_detail(dreamer):
    source = content(photograph("cat.jpg", _WIDTH, _HEIGHT))
    _, state = _chunks(dreamer, 0, [1], None, [source])
    with np.load(io.BytesIO(state)) as arrays:
        kept = {name: arrays[name] for name in ("picture", "mean", "deviation")}
    older = io.BytesIO()
    np.savez(older, **kept)
    frames, _ = _chunks(dreamer, 1, [1], older.getvalue(), [])
    assert len(frames) == 1

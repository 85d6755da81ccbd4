"""Finding candidates for an optical flow, and choosing between them."""

import numpy as np
import pytest

from dream_engine.compute.flow_candidates import chosen, correlated_shifts, matched
from tests.dream_engine.compute.motions import photograph

_SHIFT = (3, -4)


@pytest.fixture(scope="module")
def frames():
    """A frame of 48 x 72 pixels whose former place is 3 pixels down and 4 left, and the frame before."""
    picture = photograph("astronaut.jpg", 88, 64).mean(2, dtype=np.float32)
    down, right = _SHIFT
    return picture[8 + down : 56 + down, 8 + right : 80 + right], picture[8:56, 8:80]


def _uniform(shift):
    motion = np.empty((2, 48, 72), np.float32)
    motion[:] = np.array(shift)[:, None, None]
    return motion


def test_the_phase_correlation_finds_a_shift(frames):
    assert correlated_shifts(*frames)[0] == _SHIFT
    darker = frames[1] * 0.5 + 20
    assert correlated_shifts(frames[0], darker)[0] == _SHIFT


def test_the_best_shift_of_most_pixels_is_found(frames):
    assert (matched(*frames) == _uniform(_SHIFT)).all(0).mean() > 0.85


def test_a_pixel_takes_over_the_better_flow_of_its_neighbour(frames):
    motion = _uniform((0, 0))
    motion[:, :, ::2] = _uniform(_SHIFT)[:, :, ::2]
    motion[:, :, :8] = _uniform(_SHIFT)[:, :, :8]
    before = (motion == _uniform(_SHIFT)).all(0).mean()
    assert (np.abs(chosen(*frames, motion) - _uniform(_SHIFT)) < 0.5).all(0).mean() > before


def test_a_likely_shift_replaces_a_wrong_flow(frames):
    best = chosen(*frames, _uniform((0, 0)), [(7, 7), _SHIFT])
    assert (best == _uniform(_SHIFT)).all(0).mean() > 0.85


def test_a_right_flow_is_kept(frames):
    best = chosen(*frames, _uniform(_SHIFT), [(0, 0), (2, 2)])
    assert np.abs(best - _uniform(_SHIFT))[:, 8:-8, 8:-8].max() < 0.01

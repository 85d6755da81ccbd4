"""Estimating the optical flow between frames."""

from itertools import pairwise

import numpy as np
import pytest
from PIL import Image

from benchmarks.synthetic_clip import synthetic_clip
from dream_engine.compute.flow import estimate_flow
from tests.conftest import EXAMPLES

_WIDTH, _HEIGHT = 192, 128
_MAX_ERROR = 0.3
_PAN = (1.5, -4.25)


def _view(top=20.0, left=30.0, name="mountains.jpg"):
    """A frame of a camera over a photograph, at a place in pixels of the frame."""
    image = Image.open(EXAMPLES / name).convert("RGB").resize((2 * (_WIDTH + 60), 2 * (_HEIGHT + 40)))
    box = (2 * left, 2 * top, 2 * (left + _WIDTH), 2 * (top + _HEIGHT))
    return np.asarray(image.resize((_WIDTH, _HEIGHT), Image.Resampling.BILINEAR, box))


def _errors(flow, motion):
    return np.sqrt(((flow.motion - np.asarray(motion, np.float32)) ** 2).sum(2))


def _mean_error(flow, motion):
    """The mean error in pixels of the reliable flow away from the border."""
    inside = np.zeros(flow.reliability.shape, bool)
    inside[8:-8, 8:-8] = True
    return _errors(flow, motion)[inside & (flow.reliability > 0.9)].mean()


def test_a_still_camera_gives_no_motion():
    flow = estimate_flow(_view(), _view(), _WIDTH)
    assert np.abs(flow.motion).max() < 0.01
    assert flow.reliability.mean() > 0.99
    assert flow.motion.shape == (_HEIGHT, _WIDTH, 2)
    assert flow.reliability.shape == (_HEIGHT, _WIDTH)
    assert (flow.motion.dtype, flow.reliability.dtype) == (np.float32, np.float32)


@pytest.mark.parametrize("pan", [_PAN, (-3.0, 0.5), (0.0, 5.0), (4.0, 4.0)])
@pytest.mark.parametrize("name", ["mountains.jpg", "cat.jpg", "astronaut.jpg"])
def test_a_pan_is_found(name, pan):
    flow = estimate_flow(_view(20 + pan[0], 30 + pan[1], name), _view(name=name), _WIDTH)
    assert _mean_error(flow, pan) < _MAX_ERROR
    assert flow.reliability.mean() > 0.75


@pytest.mark.parametrize("pan", [(0.0, 8.0), (12.0, -2.5), (-16.0, 4.0), (6.0, -24.0)])
@pytest.mark.parametrize("name", ["mountains.jpg", "astronaut.jpg"])
def test_a_fast_pan_is_found(name, pan):
    flow = estimate_flow(_view(20 + pan[0], 30 + pan[1], name), _view(name=name), _WIDTH)
    assert _mean_error(flow, pan) < _MAX_ERROR
    assert flow.reliability.mean() > 0.9


@pytest.mark.parametrize("pan", [(-8.0, 2.5), (12.0, 0.0)])
def test_a_pan_over_a_repeated_pattern_is_found(pan):
    name = "pavilion.jpg"
    flow = estimate_flow(_view(20 + pan[0], 30 + pan[1], name), _view(name=name), _WIDTH)
    assert _mean_error(flow, pan) < _MAX_ERROR
    assert flow.reliability.mean() > 0.9


def test_a_fast_zoom_is_found():
    middle = np.array([(_HEIGHT - 1) / 2, (_WIDTH - 1) / 2], np.float32)
    image = Image.fromarray(_view(name="astronaut.jpg"))
    edges = [_WIDTH / 2 * (1 - 1 / 1.1), _HEIGHT / 2 * (1 - 1 / 1.1)]
    box = (edges[0], edges[1], _WIDTH - edges[0], _HEIGHT - edges[1])
    zoomed = image.resize(image.size, Image.Resampling.BICUBIC, box)
    rows, columns = np.mgrid[:_HEIGHT, :_WIDTH].astype(np.float32)
    motion = (np.dstack([rows, columns]) - middle) * (1 / 1.1 - 1)
    flow = estimate_flow(np.asarray(zoomed), np.asarray(image), _WIDTH)
    assert _mean_error(flow, motion) < _MAX_ERROR
    assert flow.reliability.mean() > 0.9


def test_a_pan_is_found_at_a_smaller_size():
    flow = estimate_flow(_view(20 + _PAN[0], 30 + _PAN[1]), _view(), _WIDTH // 2)
    assert flow.motion.shape == (_HEIGHT, _WIDTH, 2)
    assert _mean_error(flow, _PAN) < _MAX_ERROR


def test_the_flow_of_a_camera_and_of_an_object_is_found():
    clip = synthetic_clip(4, (_WIDTH, _HEIGHT))
    for before, now in pairwise(clip):
        flow = estimate_flow(now.pixels, before.pixels, _WIDTH)
        found = now.seen_before & (flow.reliability > 0.9)
        assert _errors(flow, now.motion)[found].mean() < _MAX_ERROR
        assert found[now.seen_before].mean() > 0.75


def test_nearly_all_of_what_stays_in_view_is_found_beside_a_moving_object():
    for before, now in pairwise(synthetic_clip(4, (_WIDTH, _HEIGHT))):
        flow = estimate_flow(now.pixels, before.pixels, _WIDTH)
        right = (flow.reliability > 0.9) & (_errors(flow, now.motion) < 1)
        assert right[now.seen_before].mean() > 0.95


def test_pixels_that_an_object_uncovers_are_unreliable():
    background = _view()
    before, now = background.copy(), background.copy()
    thing = _view(name="astronaut.jpg")[40:88, 60:108]
    before[40:88, 60:108] = thing
    now[40:88, 65:113] = thing
    flow = estimate_flow(now, before, _WIDTH)
    assert flow.reliability[44:84, 60:65].mean() < 0.35
    assert flow.reliability[48:80, 73:105].mean() > 0.8
    assert flow.reliability[:, 140:].mean() > 0.95


@pytest.mark.parametrize(("name", "gain"), [("cat.jpg", 0.5), ("cat.jpg", 1.5), ("mountains.jpg", 0.6)])
def test_a_flash_keeps_most_of_the_flow_reliable(name, gain):
    now = _view(20 + _PAN[0], 30 + _PAN[1], name)
    flash = np.clip(now.astype(np.float32) * gain, 0, 255).astype(np.uint8)
    flow = estimate_flow(flash, _view(name=name), _WIDTH)
    assert flow.reliability.mean() > 0.9
    assert _mean_error(flow, _PAN) < _MAX_ERROR


def test_a_flash_that_turns_the_sky_white_keeps_more_than_half_of_the_flow_reliable():
    now = _view(20 + _PAN[0], 30 + _PAN[1])
    flash = np.clip(now.astype(np.float32) * 1.5, 0, 255).astype(np.uint8)
    assert flash.max(2).min() < 255 == flash.max()
    assert estimate_flow(flash, _view(), _WIDTH).reliability.mean() > 0.5


def test_unrelated_frames_are_mostly_unreliable():
    flow = estimate_flow(_view(name="cat.jpg"), _view(), _WIDTH)
    assert flow.reliability.mean() < 0.3


def test_uniform_frames_do_not_move():
    grey = np.full((_HEIGHT, _WIDTH, 3), 128, np.uint8)
    flow = estimate_flow(grey, grey, _WIDTH)
    assert np.abs(flow.motion).max() < 0.01
    assert flow.reliability.mean() > 0.99


@pytest.mark.parametrize(("height", "width"), [(2, 2), (3, 64), (64, 3)])
def test_the_smallest_frames_have_a_flow(height, width):
    frame = np.random.default_rng(1).integers(0, 256, (height, width, 3), np.uint8)
    flow = estimate_flow(frame, frame, 320)
    assert flow.motion.shape == (height, width, 2)
    assert np.isfinite(flow.motion).all()

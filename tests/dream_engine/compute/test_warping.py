"""Moving pictures along a flow."""

import numpy as np
import pytest
from PIL import Image

from dream_engine.compute.warping import warp
from tests.conftest import EXAMPLES

_HEIGHT, _WIDTH = 64, 96


def _photograph():
    image = Image.open(EXAMPLES / "cat.jpg").convert("RGB").resize((_WIDTH, _HEIGHT), Image.Resampling.BOX)
    return np.asarray(image, np.float32)


def _motion(down, right, height=_HEIGHT, width=_WIDTH):
    motion = np.empty((height, width, 2), np.float32)
    motion[...] = down, right
    return motion


def _detail(picture):
    return np.abs(np.diff(picture, axis=0)).mean() + np.abs(np.diff(picture, axis=1)).mean()


def test_without_motion_a_picture_stays_the_same():
    picture = _photograph()
    np.testing.assert_allclose(warp(picture, _motion(0, 0)), picture, atol=0.01)


@pytest.mark.parametrize(("down", "right"), [(0, 5), (3, 0), (-4, 7), (2, -6)])
def test_whole_pixels_are_moved_exactly(down, right):
    picture = np.full((_HEIGHT, _WIDTH, 3), 128, np.float32)
    picture[16:-16, 16:-16] = _photograph()[16:-16, 16:-16]  # so that no detail leaves the picture
    moved = warp(picture, _motion(down, right))
    np.testing.assert_allclose(moved, np.roll(picture, (-down, -right), (0, 1)), atol=0.01)


def test_parts_of_a_pixel_are_moved_there_and_back_with_little_loss():
    picture = _photograph()
    back = warp(warp(picture, _motion(0.5, -0.3)), _motion(-0.5, 0.3))
    assert np.abs(back - picture)[8:-8, 8:-8].mean() < 0.05 * picture.std()


def test_a_picture_that_is_moved_often_keeps_its_sharpness():
    picture = moved = _photograph()
    for _ in range(10):
        moved = warp(moved, _motion(0.5, 0.5))
    assert 0.85 < _detail(moved) / _detail(picture) < 1.15


def test_beyond_the_border_a_picture_is_mirrored():
    picture = np.broadcast_to(np.arange(_WIDTH, dtype=np.float32)[None, :, None], (_HEIGHT, _WIDTH, 1)).copy()
    moved = warp(picture, _motion(0, -10))
    np.testing.assert_allclose(moved[8:-8, 1:9, 0], np.broadcast_to(np.arange(9, 1, -1), (48, 8)), atol=0.5)


def test_motion_far_out_of_the_picture_gives_finite_pixels_of_its_range():
    picture = _photograph()
    moved = warp(picture, _motion(1000, -1000))
    assert np.isfinite(moved).all()
    assert picture.min() - 1 <= moved.min()
    assert moved.max() <= picture.max() + 1


def test_pixels_with_different_motion_are_moved_separately():
    picture = _photograph()
    motion = _motion(0, 0)
    motion[:, _WIDTH // 2 :] = 0, 4
    moved = warp(picture, motion)
    np.testing.assert_allclose(moved[:, :40], picture[:, :40], atol=2)
    np.testing.assert_allclose(moved[8:-8, 56:80], picture[8:-8, 60:84], atol=2)


@pytest.mark.parametrize("channels", [1, 3, 4])
def test_any_number_of_channels_is_moved_alike(channels):
    picture = np.repeat(_photograph()[..., :1], channels, axis=2)
    moved = warp(picture, _motion(0.4, 1.7))
    assert moved.shape == picture.shape
    np.testing.assert_allclose(moved, np.repeat(moved[..., :1], channels, axis=2), atol=1e-3)


@pytest.mark.parametrize(("height", "width"), [(2, 2), (3, 40), (40, 5)])
def test_a_narrow_uniform_picture_stays_uniform(height, width):
    picture = np.full((height, width, 3), 7, np.float32)
    np.testing.assert_allclose(warp(picture, _motion(0.3, 0.6, height, width)), picture, atol=1e-3)

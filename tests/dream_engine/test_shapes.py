"""The shapes of octaves, and the amount of work in them."""

import pytest

from dream_engine.shapes import SMALLEST_SIDE, octave_shapes, shrunk_shape, work


@pytest.mark.parametrize(
    ("octaves", "expected"),
    [(1, [(200, 300)]), (2, [(100, 150), (200, 300)]), (3, [(50, 75), (100, 150), (200, 300)])],
)
def test_octaves_shrink_by_the_scale_and_the_last_is_the_picture(octaves, expected):
    assert octave_shapes((200, 300), octaves, 2.0) == expected


def test_sides_are_rounded_down_as_in_the_published_example():
    assert octave_shapes((199, 301), 2, 2.0) == [(99, 150), (199, 301)]


def test_an_octave_has_no_side_below_32_pixels():
    assert octave_shapes((64, 80), 3, 2.0) == [(32, 40), (64, 80)]
    assert octave_shapes((63, 80), 3, 2.0) == [(63, 80)]
    assert octave_shapes((10, 10), 3, 2.0) == [(10, 10)]


@pytest.mark.parametrize(
    ("shape", "size", "expected"),
    [
        ((200, 300), None, (200, 300)),
        ((200, 300), 300, (200, 300)),
        ((200, 300), 600, (200, 300)),
        ((200, 300), 150, (100, 150)),
        ((300, 200), 150, (150, 100)),
        ((201, 300), 100, (67, 100)),
        ((100, 2000), 400, (SMALLEST_SIDE, 640)),
        ((20, 400), 100, (20, 400)),
    ],
)
def test_a_picture_is_shrunk_to_its_longest_side_but_never_too_narrow(shape, size, expected):
    assert shrunk_shape(shape, size) == expected


def test_the_shortest_side_can_be_set():
    assert shrunk_shape((100, 2000), 400, min_side=1) == (20, 400)
    assert shrunk_shape((100, 2000), 400, min_side=50) == (50, 1000)
    assert shrunk_shape((3, 2000), 4, min_side=1) == (1, 667)


def test_the_work_counts_all_pixels_of_all_steps():
    assert work([(2, 3), (4, 5)], 10) == 260
    assert work([], 10) == 0

"""Frames are merged to a frame rate, and keep their times."""

from collections.abc import Iterable

import pytest
from PIL import Image

from dream_engine.motion.pacing import pace
from dream_engine.motion.source import Source, SourceFrame


def source(durations: Iterable[float]) -> Source:
    def frames():
        start = 0.0
        for number, duration in enumerate(durations):
            yield SourceFrame(
                start, start + duration, lambda number=number: (Image.new("RGB", (1, 1), number), None)
            )
            start += duration

    return Source(1, 1, frames())


def paced(
    durations: Iterable[float], fps: float = 15, seconds: float = 30, **bounds: int
) -> list[tuple[int, int]]:
    """The numbers of the frames that are shown, each with its time in ms."""
    bounds = {"max_frames": 900, "max_source_frames": 1800} | bounds
    result = pace(source(durations), fps=fps, seconds=seconds, **bounds)
    return [(drawn[0].getpixel((0, 0))[0], milliseconds) for drawn, milliseconds in result]


def test_frames_within_the_rate_keep_their_own_times():
    assert paced([100, 500, 70, 1000, 80]) == [(0, 100), (1, 500), (2, 70), (3, 1000), (4, 80)]


def test_every_second_frame_of_twice_the_rate_is_shown():
    assert paced([1000 / 30] * 8) == [(0, 67), (2, 66), (4, 67), (6, 67)]


def test_rounded_times_of_the_rate_itself_lose_no_frame():
    assert len(paced([33, 33, 34] * 20, fps=30)) == 60
    assert len(paced([67, 66, 67] * 10)) == 30


@pytest.mark.parametrize("rate", [16, 20, 24, 25, 30, 48, 50, 60])
def test_the_rate_is_right_on_average_and_no_time_is_lost(rate):
    shown = paced([1000 / rate] * (4 * rate))
    assert 58 <= len(shown) <= 61
    assert abs(sum(milliseconds for _, milliseconds in shown) - 4000) <= 1


def test_a_pause_does_not_allow_a_burst_after_it():
    shown = paced([100, 1000, *[10] * 30])
    assert [number for number, _ in shown[:3]] == [0, 1, 2]
    assert len(shown) <= 2 + 5


def test_time_of_frames_in_excess_is_added_to_the_frame_before():
    assert paced([20, 20, 60, 20, 20]) == [(0, 100), (3, 40)]


def test_a_frame_that_comes_too_early_but_lasts_is_shown_when_the_rate_allows():
    assert paced([20, 20, 300, 20, 20]) == [(0, 67), (2, 273), (3, 40)]
    assert paced([10, 10, 10, 5000, 10, 10, 4000]) == [(0, 67), (3, 4963), (4, 67), (6, 3953)]


def test_the_held_last_frame_of_a_quick_animation_is_shown():
    shown = paced([20] * 24 + [2000])
    assert shown[-1][0] == 24
    assert abs(shown[-1][1] - 2000) < 67
    assert sum(milliseconds for _, milliseconds in shown) == 2480


def test_a_frame_that_would_be_shown_after_the_limit_of_seconds_is_left_out():
    assert paced([980, 15, 3000], seconds=1.0) == [(0, 980), (1, 20)]


@pytest.mark.parametrize(
    ("bounds", "has_more"),
    [
        ({}, False),
        ({"seconds": 1.0}, False),
        ({"seconds": 0.9}, True),
        ({"max_frames": 9}, True),
        ({"max_frames": 10}, False),
        ({"max_source_frames": 9}, True),
        ({"max_source_frames": 10}, False),
    ],
)
def test_a_source_that_goes_on_is_told_so(bounds, has_more):
    clip = source([100] * 10)
    list(pace(clip, **{"fps": 15, "seconds": 30, "max_frames": 900, "max_source_frames": 1800} | bounds))
    assert clip.has_more == has_more


def test_a_clip_ends_at_the_limit_of_seconds():
    assert paced([400] * 10, seconds=1) == [(0, 400), (1, 400), (2, 200)]


def test_only_one_frame_is_read_beyond_the_limit_of_seconds():
    def durations():
        yield from [400] * 4
        raise AssertionError

    assert len(paced(durations(), seconds=1.1)) == 3


def test_a_clip_ends_at_the_limit_of_frames():
    assert paced([100] * 10, max_frames=3) == [(0, 100), (1, 100), (2, 100)]


def test_a_million_frames_of_a_millisecond_are_read_up_to_the_limit():
    shown = paced([1] * 1_000_000, max_source_frames=200)
    assert sum(milliseconds for _, milliseconds in shown) == 200
    assert len(shown) <= 4


def test_a_frame_of_no_time_is_shown_for_a_millisecond():
    assert paced([0]) == [(0, 1)]


def test_a_clip_without_frames_has_none():
    assert paced([]) == []

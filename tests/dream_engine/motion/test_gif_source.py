"""GIFs are composed as browsers do, whatever Pillow makes of them."""

import struct

import numpy as np
import pytest

from dream_engine.errors import (
    ClipBombError,
    DamagedClipError,
    TooManyPixelsError,
    TooNarrowError,
    TooSmallError,
)
from dream_engine.motion.clips import ClipLimits
from dream_engine.motion.gif_source import open_gif
from dream_engine.motion.gif_structure import parse_gif
from tests.dream_engine.motion.clip_files import BLUE, GREEN, HEIGHT, RED, WIDTH, Part, animation, gif, shown

LIMITS = ClipLimits()
INSIDE, OUTSIDE = (20, 30), (5, 5)
PATCH = {"left": 16, "top": 12, "width": 32, "height": 24}


def frames(data: bytes, limits: ClipLimits = LIMITS) -> list[tuple[np.ndarray, np.ndarray | None, float]]:
    return shown(open_gif(data, limits))


def at(frame: tuple[np.ndarray, np.ndarray | None, float], place: tuple[int, int]) -> tuple[int, ...] | None:
    """The colour of a pixel; ``None`` if it is transparent."""
    rgb, alpha, _ = frame
    return None if alpha is not None and not alpha[place] else tuple(rgb[place].tolist())


@pytest.mark.parametrize(("disposal", "expected"), [(0, GREEN), (1, GREEN), (2, None), (3, RED), (4, RED)])
def test_a_disposal_decides_what_the_next_frame_is_drawn_over(disposal, expected):
    last = Part(2, width=4, height=4)
    whole, patch, after = frames(gif(Part(0), Part(1, disposal=disposal, **PATCH), last))
    assert [at(whole, place) for place in (INSIDE, OUTSIDE)] == [RED, RED]
    assert [at(patch, place) for place in (INSIDE, OUTSIDE)] == [GREEN, RED]
    assert [at(after, place) for place in (INSIDE, OUTSIDE, (0, 0))] == [expected, RED, BLUE]


def test_a_frame_without_disposal_does_not_inherit_that_of_the_frame_before():
    parts = [Part(0), Part(1, disposal=2, **PATCH), Part(2, **PATCH), Part(0, width=4, height=4)]
    assert at(frames(gif(*parts))[3], INSIDE) == BLUE


@pytest.mark.parametrize("disposal", [2, 3])
def test_a_first_frame_that_is_disposed_of_leaves_nothing(disposal):
    first, second = frames(gif(Part(0, disposal=disposal), Part(1, **PATCH)))
    assert first[1] is None
    assert [at(second, place) for place in (INSIDE, OUTSIDE)] == [GREEN, None]


def test_transparent_pixels_show_the_frame_before():
    holes = np.full((HEIGHT, WIDTH), 1, np.uint8)
    holes[10:20] = 3
    first, second = frames(gif(Part(0), Part(holes, transparent=3)))
    assert at(second, (15, 15)) == RED
    assert at(second, (30, 15)) == GREEN
    assert first[1] is None
    assert second[1] is None


def test_transparency_of_the_first_frame_is_kept():
    holes = np.zeros((HEIGHT, WIDTH), np.uint8)
    holes[:, :32] = 2
    (rgb, alpha, _), _ = frames(gif(Part(holes, transparent=2), Part(1, **PATCH)))
    assert alpha is not None
    assert alpha[:, :32].max() == 0
    assert alpha[:, 32:].min() == 255
    assert (rgb[:, 32:] == RED).all()


def test_pixels_outside_a_small_first_frame_are_transparent():
    first, _ = frames(gif(Part(0, **PATCH), Part(1)))
    assert [at(first, place) for place in (INSIDE, OUTSIDE)] == [RED, None]


def test_each_frame_has_its_own_palette():
    other = bytes((1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 11, 12))
    _, second, third = frames(gif(Part(0), Part(2, palette=other, **PATCH), Part(2, width=4, height=4)))
    assert at(second, INSIDE) == (7, 8, 9)
    assert at(second, OUTSIDE) == RED
    assert at(third, (0, 0)) == BLUE


def test_an_index_beyond_the_palette_is_black():
    first, _ = frames(gif(Part(200), Part(0)))
    assert at(first, OUTSIDE) == (0, 0, 0)


def test_rows_of_an_interlaced_frame_are_in_order():
    rows = np.repeat(np.arange(HEIGHT, dtype=np.uint8)[:, None] % 3, WIDTH, axis=1)
    first, _ = frames(gif(Part(rows, interlaced=True), Part(0)))
    assert [at(first, (row, 9)) for row in range(6)] == [RED, GREEN, BLUE] * 2


def test_a_delay_of_ten_milliseconds_or_less_is_shown_as_browsers_do():
    parts = [Part(0, ticks=ticks) for ticks in (0, 1, 2, 3, 500)] + [Part(1, ticks=None)]
    source = open_gif(gif(*parts), LIMITS)
    assert [time for _, _, time in shown(source)] == [100, 100, 20, 30, 5000, 100]
    assert (source.source_frames, source.duration) == (6, 5350)


@pytest.mark.parametrize(("repeats", "plays"), [(None, None), (0, 0), (1, 2), (700, 701)])
def test_a_gif_plays_once_more_than_it_is_repeated(repeats, plays):
    assert open_gif(gif(Part(0), Part(1), loops=repeats), LIMITS).loops == plays


def test_the_frame_that_exceeds_the_picture_enlarges_it_only_if_it_is_the_first():
    source = open_gif(gif(Part(0), Part(1, left=40, top=30), size=(40, 40)), LIMITS)
    assert (source.width, source.height) == (WIDTH, HEIGHT)
    _, second = shown(source)
    assert [at(second, place) for place in ((29, 39), (30, 40), (47, 63))] == [RED, GREEN, GREEN]


def test_a_frame_outside_the_picture_changes_nothing():
    _, second, third = frames(gif(Part(0), Part(1, left=100, disposal=3), Part(2, **PATCH)))
    assert at(second, INSIDE) == RED
    assert at(third, INSIDE) == BLUE


def test_what_pillow_writes_is_read():
    assert [int(rgb[9, 9, 0]) for rgb, _, _ in frames(animation("GIF"))] == [0, 50, 100, 150, 200, 250]


def test_a_gif_that_ends_within_a_frame_keeps_the_frames_before():
    data = gif(Part(0), Part(1), Part(2))
    source = open_gif(data[:-200], LIMITS)
    assert len(shown(source)) == 2
    assert source.is_cut_short
    assert not open_gif(data, LIMITS).is_cut_short
    assert open_gif(data[:-1], LIMITS).is_cut_short


def test_pixels_that_a_frame_lacks_show_the_frame_before():
    data = bytearray(gif(Part(0), Part(1, height=24), Part(2, width=4, height=4)))
    descriptor = data.index(b"," + struct.pack("<HHHH", 0, 0, WIDTH, 24))
    data[descriptor + 7 : descriptor + 9] = struct.pack("<H", HEIGHT)
    source = open_gif(bytes(data), LIMITS)
    _, second, third = shown(source)
    assert [at(second, place) for place in ((5, 5), (40, 5))] == [GREEN, RED]
    assert [at(third, place) for place in ((0, 0), (5, 5), (40, 5))] == [BLUE, GREEN, RED]
    assert source.is_cut_short


def test_a_frame_with_broken_pixels_does_not_end_the_clip():
    data = bytearray(gif(Part(0), Part(1), Part(2)))
    begin = parse_gif(bytes(data), 3).frames[1].pixels[0]
    data[begin + 40 : begin + 60] = b"\xff" * 20
    source = open_gif(bytes(data), LIMITS)
    _, _, third = shown(source)
    assert at(third, (40, 5)) == BLUE
    assert source.is_cut_short


@pytest.mark.parametrize("data", [b"GIF89a", gif(), gif(Part(0))[:40], gif(Part(0, width=0))])
def test_a_gif_without_a_frame_is_refused(data):
    with pytest.raises(DamagedClipError):
        open_gif(data, LIMITS)


@pytest.mark.parametrize(
    ("size", "error"),
    [((60_000, 60_000), TooManyPixelsError), ((64, 8), TooSmallError), ((2000, 48), TooNarrowError)],
)
def test_a_shape_beyond_the_limits_is_refused_before_decoding(size, error):
    with pytest.raises(error):
        open_gif(gif(Part(0, width=8, height=8), size=size), LIMITS)


def test_a_later_frame_with_very_many_pixels_is_refused():
    huge = bytearray(gif(Part(0), Part(1)))
    descriptor = huge.rindex(b"," + bytes(4) + WIDTH.to_bytes(2, "little"))
    huge[descriptor + 5 : descriptor + 9] = b"\xff" * 4
    with pytest.raises(ClipBombError):
        frames(bytes(huge))


def test_only_as_many_frames_as_allowed_are_parsed():
    data = gif(*[Part(0, width=2, height=2)] * 50)
    source = open_gif(data, ClipLimits(max_source_frames=20, shortest_side=2))
    assert (len(shown(source)), source.source_frames, source.duration) == (20, None, None)
    assert len(parse_gif(data, 50).frames) == 50
    assert not parse_gif(data, 50).has_more


def test_more_blocks_than_any_gif_needs_are_refused():
    comment = b"!\xfe" + b"\1a" * 1_000_001 + b"\0"
    with pytest.raises(ClipBombError):
        parse_gif(gif()[:-1] + comment + b";", 10)

"""What containers of videos declare."""

import pytest

from dream_engine.motion.containers import boxes_are_cut_short, matroska_is_cut_short, matroska_shapes
from tests.dream_engine.motion.clip_files import HEIGHT, WIDTH, flat, video

WEBM = video(flat(9, 99), "webm", "libvpx-vp9")
MP4 = video(flat(9, 99))


def test_the_shape_of_a_matroska_track_is_read():
    assert matroska_shapes(WEBM) == [(HEIGHT, WIDTH)]
    assert matroska_shapes(video(flat(9, height=1000, width=500), "matroska")) == [(1000, 500)]


@pytest.mark.parametrize("data", [b"", WEBM[:4], WEBM[:50], bytes(100), b"\x1a\x45\xdf\xa3" * 40, MP4])
def test_other_bytes_have_no_shapes(data):
    assert matroska_shapes(data) == []


@pytest.mark.parametrize("missing", [1, 40, 200])
def test_a_file_that_ends_early_is_cut_short(missing):
    assert matroska_is_cut_short(WEBM[:-missing])
    assert boxes_are_cut_short(MP4[:-missing])


def test_a_complete_file_is_not_cut_short():
    assert not matroska_is_cut_short(WEBM)
    assert not boxes_are_cut_short(MP4)
    assert not boxes_are_cut_short(MP4 + bytes(4) + b"mdat" + bytes(100))


def test_a_long_box_is_measured():
    long = b"\0\0\0\1mdat" + (116).to_bytes(8) + bytes(100)
    assert not boxes_are_cut_short(MP4 + long)
    assert boxes_are_cut_short(MP4 + long[:-1])

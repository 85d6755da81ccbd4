"""Writing animations, one frame at a time."""

import io
import os
import sys
import tempfile
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from typing import get_args

import numpy as np
import pytest
from PIL import Image

from dream_engine.errors import FileError, TooLargeForFormatError, VideoMissingError
from dream_engine.images import Picture
from dream_engine.motion.base_writer import Timing
from dream_engine.motion.comments import boxes
from dream_engine.motion.writing import (
    ANIMATION_FORMATS,
    AnimationFormat,
    AnimationOptions,
    animation_format_of,
    open_writer,
)
from tests.dream_engine.motion.pictures import HEIGHT, WIDTH, frame

_SIZE = (WIDTH, HEIGHT)
_PILLOW: list[AnimationFormat] = ["webp", "gif", "avif", "apng"]
_VIDEOS: list[AnimationFormat] = ["mp4", "webm"]
_UNITS = {"webp": 1, "gif": 10, "avif": 1, "apng": 1}
_TOLERANCE = {"webp": 6, "gif": 8, "avif": 12, "apng": 0}
"""The mean difference in levels of 256 that a format's compression may make."""


def _write(path, file_format, pictures, milliseconds=70.0, **options):
    options.setdefault("size", (pictures[0].width, pictures[0].height))
    times = milliseconds if isinstance(milliseconds, list) else [milliseconds] * len(pictures)
    with open_writer(path, file_format, AnimationOptions(**options)) as writer:
        for picture, time in zip(pictures, times, strict=True):
            writer.add(picture, time)
        writer.finish()
    return path.read_bytes()


def _read(data):
    """Every frame as RGBA, and its milliseconds."""
    frames, times = [], []
    with Image.open(io.BytesIO(data)) as image:
        for index in range(image.n_frames):
            image.seek(index)
            frames.append(np.asarray(image.convert("RGBA")))
            times.append(image.info["duration"])
    return frames, times


def _difference(shown, picture):
    visible = np.full(shown.shape[:2], True) if picture.alpha is None else picture.alpha == 255
    return np.abs(shown[visible][:, :3].astype(int) - picture.rgb[visible]).mean()


def test_every_format_has_a_suffix():
    assert set(ANIMATION_FORMATS.values()) == set(get_args(AnimationFormat))
    assert animation_format_of(Path("a/B.GIF")) == "gif"


@pytest.mark.parametrize("name", ["still.png", "photo.jpg", "none"])
def test_a_still_has_no_animation_format(name):
    with pytest.raises(FileError, match=r"must end in \.webp"):
        animation_format_of(Path(name))


@pytest.mark.parametrize("file_format", _PILLOW)
def test_frames_are_read_back_as_they_were_added(tmp_path, file_format):
    pictures = [frame(index) for index in range(5)]
    shown, times = _read(_write(tmp_path / "out", file_format, pictures, 70))
    assert times == [70] * 5
    for seen, picture in zip(shown, pictures, strict=True):
        assert _difference(seen, picture) <= _TOLERANCE[file_format]


@pytest.mark.parametrize(("file_format", "hidden"), [("gif", False), ("apng", False), ("apng", True)])
def test_another_decoder_sees_the_same_frames(tmp_path, file_format, hidden):
    av = pytest.importorskip("av")
    pictures = [frame(index, hidden=hidden) for index in (0, 1, 1, 5, 2)]
    shown, _ = _read(_write(tmp_path / "out", file_format, pictures))
    with av.open(str(tmp_path / "out")) as container:
        decoded = [each.to_ndarray(format="rgba") for each in container.decode(video=0)]
    assert len(decoded) == 5
    assert all(np.array_equal(one, other) for one, other in zip(shown, decoded, strict=True))


@pytest.mark.parametrize("file_format", _PILLOW)
def test_varying_durations_are_kept_without_adding_up_errors(tmp_path, file_format):
    exact = [1000 / 15, 41.7, 133.4, 66.7, 1000 / 15, 250.2]
    _, times = _read(_write(tmp_path / "out", file_format, [frame(index) for index in range(6)], exact))
    unit = _UNITS[file_format]
    assert all(abs(time - wanted) <= unit for time, wanted in zip(times, exact, strict=True))
    assert abs(sum(times) - sum(exact)) <= unit


@pytest.mark.parametrize("file_format", _PILLOW)
def test_equal_frames_stay_frames_of_their_own(tmp_path, file_format):
    shown, times = _read(_write(tmp_path / "out", file_format, [frame(0), frame(0), frame(0), frame(2)]))
    assert times == [70] * 4
    assert _difference(shown[2], frame(0)) <= _TOLERANCE[file_format]
    assert _difference(shown[3], frame(2)) <= _TOLERANCE[file_format]


@pytest.mark.parametrize("file_format", _PILLOW)
def test_pixels_become_transparent_and_visible_again(tmp_path, file_format):
    pictures = [frame(index, hidden=True) for index in (0, 6, 0)]
    shown, _ = _read(_write(tmp_path / "out", file_format, pictures))
    for seen, picture in zip(shown, pictures, strict=True):
        assert np.abs(seen[..., 3].astype(int) - picture.alpha).mean() <= (4 if file_format == "avif" else 0)
        assert _difference(seen, picture) <= 3 * _TOLERANCE[file_format]


@pytest.mark.parametrize("file_format", _PILLOW)
def test_a_transparent_animation_may_begin_with_an_opaque_frame(tmp_path, file_format):
    pictures = [frame(0), frame(1, hidden=True)]
    shown, _ = _read(_write(tmp_path / "out", file_format, pictures, transparent=True))
    assert shown[0][..., 3].min() >= 250
    assert shown[1][..., 3].min() <= 5


@pytest.mark.parametrize("file_format", _PILLOW)
def test_an_opaque_animation_shows_transparent_pixels_white(tmp_path, file_format):
    shown, _ = _read(_write(tmp_path / "out", file_format, [frame(0), frame(1, hidden=True)]))
    assert shown[1][..., 3].min() == 255
    assert shown[1][40, 60].min() >= 235


@pytest.mark.parametrize(
    ("file_format", "loops", "stored"),
    [
        ("webp", 0, 0),
        ("webp", None, 1),
        ("webp", 3, 3),
        ("apng", 0, 0),
        ("apng", 1, 1),
        ("apng", 3, 3),
        ("gif", 0, 0),
        ("gif", None, None),  # a GIF without the extension plays once
        ("gif", 3, 2),  # and with it, once more than it says
    ],
)
def test_the_number_of_loops_is_stored(tmp_path, file_format, loops, stored):
    data = _write(tmp_path / "out", file_format, [frame(0), frame(1)], loops=loops)
    with Image.open(io.BytesIO(data)) as image:
        assert image.info.get("loop") == stored


@pytest.mark.parametrize(
    ("loops", "repeats", "duration"), [(0, 1, 2**64 - 1), (None, 0, 140), (1, 0, 140), (3, 1, 420)]
)
@pytest.mark.parametrize("hidden", [False, True])
def test_an_avif_repeats_its_edit_for_the_tracks_duration(tmp_path, loops, repeats, duration, hidden):
    pictures = [frame(index, hidden=hidden) for index in range(2)]
    data = _write(tmp_path / "out", "avif", pictures, loops=loops)
    found = []

    def walk(begin, end):
        for name, inner, inner_end in boxes(data, begin, end):
            if name in {b"moov", b"trak", b"edts"}:
                walk(inner, inner_end)
            elif name == b"elst":
                found.append((name, data[inner + 3]))
            elif name in {b"mvhd", b"tkhd"}:
                at = inner + (24 if name == b"mvhd" else 28)
                found.append((name, int.from_bytes(data[at : at + 8])))

    walk(0, len(data))
    tracks = 2 if hidden else 1  # alpha has a track of its own
    assert sorted(set(found)) == [(b"elst", repeats), (b"mvhd", duration), (b"tkhd", duration)]
    assert len(found) == 1 + 2 * tracks
    assert len(_read(data)[0]) == 2


@pytest.mark.parametrize("file_format", _PILLOW)
def test_a_single_frame_makes_a_file(tmp_path, file_format):
    with Image.open(io.BytesIO(_write(tmp_path / "out", file_format, [frame(0)]))) as image:
        assert image.size == _SIZE
        assert _difference(np.asarray(image.convert("RGBA")), frame(0)) <= _TOLERANCE[file_format]


@pytest.mark.parametrize("file_format", _PILLOW)
def test_frames_of_another_size_are_resized(tmp_path, file_format):
    shown, _ = _read(_write(tmp_path / "out", file_format, [frame(0), frame(1)], size=(33, 21)))
    assert [seen.shape for seen in shown] == [(21, 33, 4)] * 2


@pytest.mark.parametrize("file_format", [*_PILLOW, *_VIDEOS])
def test_a_lower_quality_makes_a_smaller_file(tmp_path, file_format):
    if file_format in _VIDEOS:
        pytest.importorskip("av")
    pictures = [frame(index, width=160, height=120) for index in range(4)]
    fine = _write(tmp_path / "out", file_format, pictures)
    coarse = _write(tmp_path / "out", file_format, pictures, quality=20)
    assert len(coarse) == len(fine) if file_format == "apng" else len(coarse) < len(fine)


@pytest.mark.parametrize("file_format", [*_PILLOW, *_VIDEOS])
def test_closing_without_finishing_leaves_nothing(tmp_path, file_format):
    if file_format in _VIDEOS:
        pytest.importorskip("av")
    path = tmp_path / "out"
    path.write_bytes(b"old")
    with open_writer(path, file_format, AnimationOptions(_SIZE)) as writer:
        for index in range(10):
            writer.add(frame(index), 70)
    open_writer(path, file_format, AnimationOptions(_SIZE)).close()  # before the first frame
    assert [file.name for file in tmp_path.iterdir()] == ["out"]
    assert path.read_bytes() == b"old"


@pytest.mark.parametrize("file_format", _PILLOW)
def test_an_animation_without_frames_cannot_be_finished(tmp_path, file_format):
    writer = open_writer(tmp_path / "out", file_format, AnimationOptions(_SIZE))
    with writer, pytest.raises(ValueError, match="needs a frame"):
        writer.finish()
    assert not list(tmp_path.iterdir())


def test_a_finished_file_replaces_another_and_keeps_its_mode(tmp_path):
    path = tmp_path / "out.gif"
    path.write_bytes(b"old")
    path.chmod(0o640)
    assert _write(path, "gif", [frame(0)])[:6] == b"GIF89a"
    assert path.stat().st_mode & 0o777 == 0o640
    assert list(tmp_path.iterdir()) == [path]


@pytest.mark.parametrize("file_format", [*_PILLOW, *_VIDEOS])
def test_a_symbolic_link_is_followed(tmp_path, file_format):
    if file_format in _VIDEOS:
        pytest.importorskip("av")
    link, target = tmp_path / "link", tmp_path / "folder" / "target"
    target.parent.mkdir()
    target.write_bytes(b"old")
    link.symlink_to(target)
    with open_writer(link, file_format, AnimationOptions(_SIZE)) as writer:
        writer.add(frame(0), 70)
        rendition = writer.finish()
    assert link.readlink() == target
    assert rendition.path == link
    assert target.stat().st_size == rendition.bytes
    assert sorted(path.name for path in tmp_path.iterdir()) == ["folder", "link"]
    assert list(target.parent.iterdir()) == [target]


def test_a_link_to_a_file_that_is_missing_creates_it(tmp_path):
    link = tmp_path / "link.gif"
    link.symlink_to(tmp_path / "new.gif")
    _write(link, "gif", [frame(0)])
    assert link.is_symlink()
    assert (tmp_path / "new.gif").is_file()


@pytest.mark.parametrize("file_format", ["webp", "gif", "mp4"])
def test_a_pipe_gets_the_whole_file(tmp_path, file_format):
    if file_format in _VIDEOS:
        pytest.importorskip("av")
    pipe = tmp_path / "pipe"
    os.mkfifo(pipe)
    with ThreadPoolExecutor(1) as thread:
        reading = thread.submit(pipe.read_bytes)
        with open_writer(pipe, file_format, AnimationOptions(_SIZE)) as writer:
            for index in range(8):
                writer.add(frame(index), 70)
            rendition = writer.finish()
        assert len(reading.result(10)) == rendition.bytes
    assert list(tmp_path.iterdir()) == [pipe]
    assert pipe.is_fifo()


def test_a_device_is_not_replaced(tmp_path):
    link = tmp_path / "null.webp"
    link.symlink_to("/dev/null")
    with open_writer(link, "webp", AnimationOptions(_SIZE)) as writer:
        writer.add(frame(0), 70)
        assert writer.finish().bytes > 0
    assert link.is_char_device()
    assert Path("/dev/null").is_char_device()
    assert list(tmp_path.iterdir()) == [link]


def test_a_file_above_the_limit_is_not_kept(tmp_path):
    path = tmp_path / "a.webp"
    path.write_bytes(b"older")
    with open_writer(path, "webp", AnimationOptions(_SIZE)) as writer:
        writer.add(frame(0), 70)
        assert writer.finish(10).bytes > 10
    assert path.read_bytes() == b"older"
    assert list(tmp_path.iterdir()) == [path]


@pytest.mark.parametrize("file_format", [*_PILLOW, *_VIDEOS])
def test_a_full_disk_is_reported(tmp_path, monkeypatch, file_format):
    if file_format in _VIDEOS:
        pytest.importorskip("av")
    full = tmp_path / "full"
    full.symlink_to("/dev/full")  # a device that has no space left
    monkeypatch.setattr(tempfile, "mkstemp", lambda **_: (os.open(full, os.O_WRONLY), str(full)))
    with open_writer(tmp_path / "out", file_format, AnimationOptions(_SIZE)) as writer:

        def add_many():
            for index in range(30):
                writer.add(frame(index % 8), 70)
            writer.finish()

        with pytest.raises(FileError, match="No space left"):
            add_many()
    assert not list(tmp_path.iterdir())


def test_a_folder_that_does_not_exist_is_reported(tmp_path):
    with pytest.raises(FileError, match="cannot be written"):
        open_writer(tmp_path / "none" / "out.webp", "webp", AnimationOptions(_SIZE))


def test_an_encoders_failure_reaches_the_caller(tmp_path):
    with open_writer(tmp_path / "out", "avif", AnimationOptions(_SIZE, quality=-1)) as writer:

        def add_many():
            for index in range(100):
                writer.add(frame(index % 8), 70)
            writer.finish()

        with pytest.raises(ValueError, match="quality"):
            add_many()


def test_a_side_that_the_format_does_not_support_is_refused(tmp_path):
    with pytest.raises(TooLargeForFormatError):
        open_writer(tmp_path / "out", "webp", AnimationOptions((20_000, 10)))


@pytest.mark.parametrize("file_format", _VIDEOS)
def test_videos_are_refused_without_their_library(tmp_path, monkeypatch, file_format):
    monkeypatch.setitem(sys.modules, "av", None)
    monkeypatch.delitem(sys.modules, "dream_engine.motion.video", raising=False)
    monkeypatch.delitem(sys.modules, "dream_engine.motion.sound", raising=False)
    with pytest.raises(VideoMissingError, match="video"):
        open_writer(tmp_path / "out", file_format, AnimationOptions(_SIZE))
    assert not list(tmp_path.iterdir())


def test_an_unchanged_part_of_a_gif_does_not_flicker(tmp_path):
    shown, _ = _read(_write(tmp_path / "out", "gif", [frame(index) for index in range(6)]))
    below = [seen[30:] for seen in shown]
    assert all(np.array_equal(part, below[0]) for part in below)


def test_a_gif_gets_new_colours_when_the_scene_changes(tmp_path):
    levels = np.linspace(0, 255, WIDTH, dtype=np.uint8)[None, :, None]
    red, blue = (
        Picture(np.ascontiguousarray(np.broadcast_to(levels * tint, (HEIGHT, WIDTH, 3)).astype(np.uint8)))
        for tint in (np.array([1, 0, 0]), np.array([0, 0, 1]))
    )
    shown, _ = _read(_write(tmp_path / "out", "gif", [red, blue]))
    assert _difference(shown[1], blue) <= 3


def test_rounded_times_do_not_add_up():
    timing = Timing(10.0, shortest=2)
    assert [timing.add(1000 / 15) for _ in range(3)] == [7, 6, 7]
    assert [timing.add(5) for _ in range(4)] == [2, 2, 2, 2]  # the shortest; made up for later
    assert timing.add(100) == 4

"""Writing animations within a file size limit."""

import io
import os
from concurrent.futures import ThreadPoolExecutor

import pytest
from PIL import Image

from dream_engine.errors import AnimationTooLargeError
from dream_engine.motion.animation import AnimationOptions
from dream_engine.motion.description import describe_animation
from dream_engine.motion.fitting import fit_animation
from dream_engine.motion.writing import open_writer
from tests.dream_engine.motion.pictures import clouds

_WIDTH, _HEIGHT = 160, 120
_FRAMES = [clouds(index, _WIDTH, _HEIGHT) for index in range(8)]
_OPTIONS = AnimationOptions((_WIDTH, _HEIGHT), description={"settings": {}})


class _Counted:
    """Yields the frames, and counts how often it was asked to."""

    def __init__(self, milliseconds=50.0):
        self.times = 0
        self._milliseconds = milliseconds

    def __call__(self):
        self.times += 1
        return ((picture, self._milliseconds) for picture in _FRAMES)


def _unreduced(path, file_format="webp"):
    return fit_animation(_Counted(), path, file_format, _OPTIONS)


def test_an_animation_that_fits_is_written_once(tmp_path):
    frames = _Counted()
    rendition = fit_animation(frames, tmp_path / "a.webp", "webp", _OPTIONS, 10_000_000)
    assert frames.times == 1
    assert rendition.reduced == ()
    assert (rendition.width, rendition.height, rendition.frames) == (_WIDTH, _HEIGHT, 8)
    assert (rendition.fps, rendition.quality) == (20, 80)
    assert rendition.bytes == rendition.path.stat().st_size


def test_a_file_written_before_is_not_written_again_if_it_fits(tmp_path):
    frames, path = _Counted(), tmp_path / "a.webp"
    with open_writer(path, "webp", _OPTIONS) as writer:
        for picture, milliseconds in frames():
            writer.add(picture, milliseconds)
        first = writer.finish()
    assert fit_animation(frames, path, "webp", _OPTIONS, first.bytes, first) is first
    assert frames.times == 1


@pytest.mark.parametrize("file_format", ["webp", "gif", "avif"])
def test_quality_is_reduced_first(tmp_path, file_format):
    whole = _unreduced(tmp_path / "a", file_format).bytes
    rendition = fit_animation(_Counted(), tmp_path / "b", file_format, _OPTIONS, round(0.85 * whole))
    assert rendition.reduced == ("quality",)
    assert rendition.bytes <= 0.85 * whole


@pytest.mark.parametrize("file_format", ["webp", "apng"])
def test_frames_are_merged_next(tmp_path, file_format):
    whole = _unreduced(tmp_path / "a", file_format).bytes
    rendition = fit_animation(_Counted(), tmp_path / "b", file_format, _OPTIONS, round(0.55 * whole))
    assert "rate" in rendition.reduced
    assert "size" not in rendition.reduced
    assert (rendition.frames, rendition.milliseconds, rendition.fps) == (4, 400, 10)
    with Image.open(tmp_path / "b") as image:
        image.load()
        assert (image.n_frames, image.info["duration"]) == (4, 100)


def test_frames_that_are_already_long_are_not_merged(tmp_path):
    whole = _unreduced(tmp_path / "a", "apng").bytes
    rendition = fit_animation(_Counted(100), tmp_path / "b", "apng", _OPTIONS, round(0.6 * whole))
    assert rendition.reduced == ("size",)
    assert rendition.frames == 8


def test_long_frames_are_merged_before_the_animation_becomes_very_small(tmp_path):
    whole = _unreduced(tmp_path / "a", "apng").bytes
    rendition = fit_animation(_Counted(100), tmp_path / "b", "apng", _OPTIONS, round(0.2 * whole))
    assert rendition.reduced == ("rate", "size")
    assert rendition.frames == 4
    assert rendition.width > 0.5 * _WIDTH


@pytest.mark.parametrize("file_format", ["mp4", "webm"])
def test_videos_keep_their_frames(tmp_path, file_format):
    pytest.importorskip("av")
    whole = _unreduced(tmp_path / "a", file_format).bytes
    rendition = fit_animation(_Counted(), tmp_path / "b", file_format, _OPTIONS, round(0.25 * whole))
    assert rendition.frames == 8
    assert rendition.bytes <= 0.25 * whole


def test_the_size_is_reduced_last(tmp_path):
    whole = _unreduced(tmp_path / "a").bytes
    rendition = fit_animation(_Counted(), tmp_path / "b", "webp", _OPTIONS, round(0.15 * whole))
    assert rendition.reduced == ("quality", "rate", "size")
    assert rendition.bytes <= 0.15 * whole
    assert rendition.width / rendition.height == pytest.approx(_WIDTH / _HEIGHT, abs=0.02)
    assert Image.open(io.BytesIO((tmp_path / "b").read_bytes())).size == (rendition.width, rendition.height)
    assert describe_animation((tmp_path / "b").read_bytes()) == _OPTIONS.description


@pytest.mark.parametrize("part", [0.9, 0.7, 0.5, 0.35, 0.25, 0.18])
@pytest.mark.parametrize("file_format", ["webp", "gif"])
def test_few_files_are_written(tmp_path, file_format, part):
    whole = _unreduced(tmp_path / "a", file_format).bytes
    frames = _Counted()
    rendition = fit_animation(frames, tmp_path / "b", file_format, _OPTIONS, round(part * whole))
    assert rendition.bytes <= part * whole
    assert frames.times <= 4


def test_an_animation_that_cannot_fit_leaves_no_file(tmp_path):
    frames = _Counted()
    with pytest.raises(AnimationTooLargeError, match=r"doesn't fit into 0\.0 MB"):
        fit_animation(frames, tmp_path / "a.webp", "webp", _OPTIONS, 1000)
    assert not list(tmp_path.iterdir())
    assert frames.times <= 4


def test_an_animation_that_cannot_fit_leaves_an_older_file(tmp_path):
    path = tmp_path / "a.webp"
    path.write_bytes(b"older")
    with pytest.raises(AnimationTooLargeError):
        fit_animation(_Counted(), path, "webp", _OPTIONS, 1000)
    assert path.read_bytes() == b"older"
    assert list(tmp_path.iterdir()) == [path]


def test_a_pipe_gets_only_the_animation_that_fits(tmp_path):
    whole = _unreduced(tmp_path / "whole.webp").bytes
    pipe = tmp_path / "pipe"
    os.mkfifo(pipe)
    with ThreadPoolExecutor(1) as thread:
        reading = thread.submit(pipe.read_bytes)
        rendition = fit_animation(_Counted(), pipe, "webp", _OPTIONS, round(0.6 * whole))
        content = reading.result(10)
    assert len(content) == rendition.bytes <= 0.6 * whole
    with Image.open(io.BytesIO(content)) as image:
        assert image.n_frames == rendition.frames


def test_a_low_quality_that_was_asked_for_is_not_raised(tmp_path):
    options = AnimationOptions((_WIDTH, _HEIGHT), quality=5)
    whole = fit_animation(_Counted(), tmp_path / "a", "webp", options)
    rendition = fit_animation(_Counted(), tmp_path / "b", "webp", options, round(0.4 * whole.bytes))
    assert rendition.quality == 5

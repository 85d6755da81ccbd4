"""Clips are read by a child process, frame by frame and within limits."""

import itertools
import os
import signal
import sys
import threading
from pathlib import Path

import numpy as np
import psutil
import pytest

from dream_engine.errors import (
    ClipBombError,
    DamagedClipError,
    EmptyPictureError,
    InvisiblePictureError,
    NotAPictureError,
    TooManyBytesError,
    TooManyPixelsError,
    TooSmallError,
    VideoMissingError,
)
from dream_engine.images.decoder_child import DecoderProcessError
from dream_engine.motion.clips import ClipFrame, ClipInfo, ClipLimits, ClipReader, read_clip
from tests.dream_engine.images.files import gradient, saved
from tests.dream_engine.motion.clip_files import HEIGHT, WIDTH, Part, animation, apng, flat, gif, rgba, video

VIDEO = video(flat(40, 90, 140, 190))
GIF = gif(*[Part(number % 3) for number in range(8)], loops=0)


def opened(data: bytes, limits: ClipLimits | None = None, **options: float | None) -> ClipReader:
    return read_clip(data, limits, **{"fps": 30, "seconds": 30, **options})


def read(
    data: bytes, limits: ClipLimits | None = None, **options: float | None
) -> tuple[ClipInfo, list[ClipFrame]]:
    with opened(data, limits, **options) as clip:
        frames = list(clip)
        return clip.info, frames


def is_running(pid: int) -> bool:
    return psutil.pid_exists(pid) and psutil.Process(pid).status() != psutil.STATUS_ZOMBIE


@pytest.mark.parametrize("file_format", ["GIF", "WEBP", "PNG", "AVIF"])
def test_an_animation_is_read(file_format):
    info, frames = read(animation(file_format, quality=95, loop=0))
    assert info == ClipInfo(WIDTH, HEIGHT, source_frames=6, duration=600, loops=0)
    assert [frame.milliseconds for frame in frames] == [100] * 6
    assert np.abs(np.subtract([frame.picture.rgb[9, 9, 0] for frame in frames], range(0, 251, 50))).max() <= 6
    assert all(frame.picture.alpha is None for frame in frames)


def test_a_video_is_read():
    info, frames = read(VIDEO)
    assert info == ClipInfo(WIDTH, HEIGHT, source_frames=4, duration=400, is_video=True)
    assert np.abs(np.subtract([frame.picture.rgb.mean() for frame in frames], (40, 90, 140, 190))).max() <= 3
    assert [frame.milliseconds for frame in frames] == [100] * 4


def test_information_is_known_before_the_first_frame():
    with opened(GIF) as clip:
        assert clip.info.loops == 0
        assert (clip.info.source_frames, clip.info.duration) == (8, 800)


def test_frames_beyond_the_rate_are_merged():
    _, frames = read(GIF, fps=5)
    assert [frame.milliseconds for frame in frames] == [200] * 4
    assert [tuple(frame.picture.rgb[9, 9]) for frame in frames[:2]] == [(255, 0, 0), (0, 0, 255)]


def test_a_clip_ends_at_the_seconds_that_were_asked_for():
    info, frames = read(GIF, seconds=0.25)
    assert [frame.milliseconds for frame in frames] == [100, 100, 50]
    assert info.has_more
    info, frames = read(GIF, ClipLimits(max_seconds=0.1))
    assert [frame.milliseconds for frame in frames] == [100]
    assert info.has_more
    assert not read(GIF)[0].has_more


@pytest.mark.parametrize("file_format", ["WEBP", "PNG", "AVIF"])
def test_a_clip_with_more_frames_than_are_read_goes_on(file_format):
    data = animation(file_format, 8)
    assert read(data, ClipLimits(max_source_frames=5))[0].has_more
    assert not read(data, ClipLimits(max_source_frames=8))[0].has_more


@pytest.mark.parametrize(("fps", "seconds"), [(10, 0.5), (7, 0.5), (3, 0.7)])
def test_there_are_no_more_frames_than_the_rate_allows(fps, seconds):
    _, frames = read(gif(*[Part(0, ticks=2)] * 60), fps=fps, seconds=seconds)
    assert len(frames) == round(fps * seconds)


def test_frames_are_shrunk_to_the_longest_side():
    info, frames = read(video(flat(90, 90, height=100, width=400)), size=160)
    assert (info.width, info.height) == (160, 40)
    assert {frame.picture.rgb.shape for frame in frames} == {(40, 160, 3)}
    info, _ = read(GIF, size=1000)
    assert (info.width, info.height) == (WIDTH, HEIGHT)


def test_transparency_is_kept():
    _, (first, second) = read(gif(Part(0, disposal=2), Part(1, left=16, width=32)))
    assert first.picture.alpha is None
    assert second.picture.alpha is not None
    assert second.picture.alpha[:, :16].max() == 0
    assert second.picture.alpha[:, 16:48].min() == 255
    assert (second.picture.rgb[:, 16:48] == (0, 255, 0)).all()


def test_a_still_is_a_clip_of_one_frame():
    info, (frame,) = read(saved(gradient(), "PNG"))
    assert info.source_frames == 1
    assert np.array_equal(frame.picture.rgb, np.asarray(gradient()))


def test_damage_is_known_after_the_last_frame():
    noise = list(np.random.default_rng(1).integers(0, 255, (8, HEIGHT, WIDTH, 3), np.uint8))
    data = bytearray(video(noise, "mov", "png", pixels="rgb24"))
    last = data.rindex(b"\x89PNG")
    data[last : last + 100] = bytes(100)
    with opened(bytes(data)) as clip:
        assert not clip.info.is_cut_short
        assert len(list(clip)) == 7
        assert clip.info.is_cut_short


def test_a_gif_that_is_cut_short_is_read_up_to_there():
    info, frames = read(GIF[:-100])
    assert info.is_cut_short
    assert len(frames) == 7


def test_the_child_ends_after_the_last_frame():
    with opened(GIF) as clip:
        pid = clip.pid
        assert pid is not None
        assert is_running(pid)
        list(clip)
        assert clip.pid is None
        assert not is_running(pid)
        assert list(clip) == []


def test_the_child_ends_if_the_caller_stops_early():
    with opened(video(flat(*[9] * 300), rate=30)) as clip:
        pid = clip.pid
        next(clip)
    assert not is_running(pid)
    assert list(clip) == []


def test_the_child_ends_with_a_reader_that_nobody_closes():
    clip = opened(GIF)
    pid = clip.pid
    del clip
    assert not is_running(pid)


def test_memory_does_not_grow_with_the_number_of_frames():
    parts = [Part(number % 3, width=2, height=2, ticks=4) for number in range(600)]
    with opened(gif(Part(0, width=400, height=300), *parts, size=(400, 300))) as clip:
        child = psutil.Process(clip.pid)
        for _ in itertools.islice(clip, 50):
            pass
        early = child.memory_info().rss
        for _ in itertools.islice(clip, 500):
            pass
        assert child.memory_info().rss < early + 20e6  # 500 frames have 180 MB


def test_a_clip_that_needs_too_much_memory_is_refused():
    data = saved(
        gradient(3000, 3000), "WEBP", lossless=True, save_all=True, append_images=[gradient(3000, 3000)]
    )
    with pytest.raises(TooManyPixelsError, match="over the limit of 1 megapixels"):
        read(data, ClipLimits(megapixels=1))


def test_a_clip_that_takes_too_much_processor_time_is_refused():
    data = gif(*[Part(0, ticks=3)] * 3, size=(2900, 2900))
    with pytest.raises(ClipBombError):
        read(data[:-1] + data[data.index(b"!\xf9") : -1] * 500 + b";", ClipLimits(cpu_seconds=1))


def test_only_the_time_that_the_caller_waits_counts():
    now = [0.0]

    def clock() -> float:
        return now[0]

    with read_clip(GIF, ClipLimits(wait_seconds=10), fps=30, seconds=30, clock=clock) as clip:
        for _ in clip:
            now[0] += 60
    assert clip.info.source_frames == 8


def test_a_caller_that_waits_too_long_gets_an_error():
    ticks = itertools.count(step=100)
    limits = ClipLimits(wait_seconds=1)
    with (
        pytest.raises(ClipBombError),
        read_clip(VIDEO, limits, fps=30, seconds=30, clock=lambda: next(ticks)) as clip,
    ):
        list(clip)


def test_a_child_that_is_killed_is_an_error():
    with opened(video(flat(*[9] * 300, height=480, width=640))) as clip:
        next(clip)
        os.kill(clip.pid, signal.SIGSEGV)
        with pytest.raises(DamagedClipError):
            list(clip)
        assert clip.pid is None


def test_another_thread_can_interrupt():
    with opened(video(flat(*[9] * 300, height=480, width=640))) as clip:
        next(clip)
        thread = threading.Thread(target=clip.interrupt)
        thread.start()
        thread.join()
        with pytest.raises(DecoderProcessError, match="interrupted"):
            list(clip)


def test_a_child_that_does_not_start_is_an_error(monkeypatch, tmp_path):
    monkeypatch.setattr(sys, "executable", str(tmp_path / "missing"))
    with pytest.raises(DecoderProcessError, match="cannot be started"):
        read(GIF)


def test_without_pyav_a_video_is_refused_and_all_else_is_read(monkeypatch):
    monkeypatch.setitem(sys.modules, "av", None)
    with pytest.raises(VideoMissingError, match="video extra"):
        opened(VIDEO)
    _, frames = read(GIF)
    assert len(frames) == 8


@pytest.mark.parametrize(
    ("data", "error"),
    [
        (b"", EmptyPictureError),
        (b"hello", NotAPictureError),
        (saved(gradient(), "JPEG"), NotAPictureError),
        (b"#EXTM3U\n#EXTINF:1,\nhttp://127.0.0.1:9/a.ts\n", NotAPictureError),
        (b"ffconcat version 1.0\nfile /etc/passwd\n", NotAPictureError),
        (b"\0\0\0\x18ftypmp42" + bytes(2000), DamagedClipError),
        (b"\x1a\x45\xdf\xa3\x9fB\x82\x84webm" + bytes(100), DamagedClipError),
        (VIDEO[:-300], DamagedClipError),
        (gif(), DamagedClipError),
        (animation("AVIF")[:300], DamagedClipError),
        (animation("WEBP")[:60], DamagedClipError),
        (animation("PNG")[:60], DamagedClipError),
        (gif(Part(0, width=8, height=8), size=(65_000, 65_000)), TooManyPixelsError),
        (video(flat(9, 9, height=16)), TooSmallError),
        (gif(Part(0, transparent=0), Part(0, transparent=0)), InvisiblePictureError),
    ],
    ids=range(15),
)
def test_a_file_that_is_no_clip_is_refused_in_one_sentence(data, error):
    with pytest.raises(error) as refused:
        read(data)
    assert str(refused.value).endswith(".")


def test_a_file_with_too_many_bytes_is_refused():
    with pytest.raises(TooManyBytesError, match="over the 1 MB limit"):
        opened(GIF + bytes(1_000_000), ClipLimits(megabytes=1))


@pytest.mark.parametrize(
    ("container", "codec", "side"), [("mp4", "libx264", 8192), ("webm", "libvpx-vp9", 3200)]
)
def test_a_small_file_of_huge_frames_is_refused_at_once(container, codec, side):
    options = {"preset": "ultrafast"} if codec == "libx264" else {"cpu-used": "8", "deadline": "realtime"}
    data = video(flat(9, height=side, width=side), container, codec, options=options)
    assert len(data) < 300_000
    with pytest.raises(TooManyPixelsError):
        read(data)


def test_only_the_start_of_an_hour_is_read():
    data = video(flat(*[60] * 360), times=range(0, 3_600_000, 10_000))
    info, frames = read(data, seconds=25)
    assert info.duration is not None
    assert info.duration > 3_500_000
    assert [frame.milliseconds for frame in frames] == [10_000, 10_000, 5_000]


def test_a_million_frames_of_a_millisecond_are_read_up_to_the_limit():
    data = apng(*[(rgba(9, 9, 9, 255), (0, 0), (1, 1000), 0, 0)] * 2000)
    info, frames = read(data, ClipLimits(max_source_frames=100), fps=10, seconds=60)
    assert info.source_frames == 2000
    assert sum(frame.milliseconds for frame in frames) == 10_000


def test_the_childs_environment_has_no_tokens(monkeypatch):
    monkeypatch.setenv("DISCORD_TOKEN", "none")
    with opened(GIF) as clip:
        assert b"DISCORD_TOKEN" not in Path(f"/proc/{clip.pid}/environ").read_bytes()

"""Writing MP4 and WebM, with the sound of another video."""

import io
from fractions import Fraction

import numpy as np
import pytest

from dream_engine.motion import sound_reading
from dream_engine.motion.sound_reading import read_sound
from dream_engine.motion.writing import AnimationOptions, open_writer
from tests.dream_engine.motion.pictures import HEIGHT, WIDTH, frame

av = pytest.importorskip("av")
video = pytest.importorskip("dream_engine.motion.video")
extract_sound = pytest.importorskip("dream_engine.motion.sound").extract_sound

_FORMATS = ["mp4", "webm"]
_SOUND_CODECS = {"mp4": ("aac", "fltp"), "webm": ("libopus", "flt")}


def _write(path, file_format, times, size=(WIDTH, HEIGHT), sound=None, pictures=None):
    pictures = pictures or [frame(index % 8, width=size[0], height=size[1]) for index in range(len(times))]
    with open_writer(path, file_format, AnimationOptions(size, sound=sound)) as writer:
        for picture, time in zip(pictures, times, strict=True):
            writer.add(picture, time)
        return writer.finish()


def _video_with_sound(file_format, seconds=2.0, codec=None, samples=1024, begins=0.0):
    """A video without pictures; its sound is a tone that begins at a time in seconds."""
    buffer = io.BytesIO()
    name, sample_format = codec or _SOUND_CODECS[file_format]
    with av.open(buffer, "w", format=file_format) as container:
        stream = container.add_stream(name, rate=48_000)
        stream.codec_context.layout, stream.codec_context.format = "mono", sample_format
        if name == "libopus":
            samples = 960
        for begin in range(0, int(48_000 * seconds), samples):
            tone = np.sin(np.arange(begin, begin + samples) * 0.05)[None] * 0.3
            values = (tone * 32767).astype(np.int16) if sample_format == "s16" else tone.astype(np.float32)
            sound = av.AudioFrame.from_ndarray(values, sample_format, "mono")
            sound.sample_rate, sound.time_base = 48_000, Fraction(1, 48_000)
            sound.pts = begin + round(48_000 * begins)
            container.mux(stream.encode(sound))
        container.mux(stream.encode(None))
    return buffer.getvalue()


def _sound_of(path):
    """The codec of a video's sound, its seconds and its root mean square."""
    with av.open(str(path)) as container:
        stream = container.streams.audio[0]
        values = [sound.to_ndarray().astype(float).ravel() for sound in container.decode(stream)]
        rate = stream.codec_context.sample_rate * stream.codec_context.channels
        planar = np.concatenate(values)
        return stream.codec_context.name, len(planar) / rate, float((planar**2).mean() ** 0.5)


@pytest.mark.parametrize("file_format", _FORMATS)
def test_frames_are_shown_at_their_times(tmp_path, file_format):
    times = [40.0, 66.7, 250.0, 40.0, 100.0]
    _write(tmp_path / "out", file_format, times)
    with av.open(str(tmp_path / "out")) as container:
        frames = list(container.decode(video=0))
        seen = [float(shown.time) * 1000 for shown in frames]
        assert container.duration / 1000 == pytest.approx(sum(times), abs=2)
    assert seen == pytest.approx([0, 40, 106.7, 356.7, 396.7], abs=1)


@pytest.mark.parametrize("file_format", _FORMATS)
def test_colours_are_those_of_the_frames(tmp_path, file_format):
    pictures = [frame(index) for index in range(4)]
    _write(tmp_path / "out", file_format, [70] * 4, pictures=pictures)
    with av.open(str(tmp_path / "out")) as container:
        frames = list(container.decode(video=0))
    assert frames[0].colorspace == 1  # BT.709
    for shown, picture in zip(frames, pictures, strict=True):
        rgb = shown.reformat(format="rgb24", src_colorspace="ITU709").to_ndarray()
        assert np.abs(rgb.astype(int) - picture.rgb).mean() < 8


@pytest.mark.parametrize("file_format", _FORMATS)
def test_odd_sides_lose_a_pixel(tmp_path, file_format):
    rendition = _write(tmp_path / "out", file_format, [70] * 2, size=(65, 47))
    assert (rendition.width, rendition.height) == (64, 46)
    with av.open(str(tmp_path / "out")) as container:
        assert (container.streams.video[0].width, container.streams.video[0].height) == (64, 46)


def test_an_mp4_plays_everywhere_and_before_it_is_loaded(tmp_path):
    _write(tmp_path / "out", "mp4", [70] * 3)
    data = (tmp_path / "out").read_bytes()
    assert data.index(b"moov") < data.index(b"mdat")
    with av.open(str(tmp_path / "out")) as container:
        stream = container.streams.video[0]
        assert (stream.codec_context.name, stream.codec_context.pix_fmt) == ("h264", "yuv420p")


@pytest.mark.parametrize("file_format", _FORMATS)
def test_fitting_sound_is_copied_and_cut_to_the_animation(tmp_path, file_format):
    source = _video_with_sound(file_format)
    rendition = _write(tmp_path / "out", file_format, [100.0] * 10, sound=source)
    assert rendition.has_sound
    codec, seconds, loudness = _sound_of(tmp_path / "out")
    assert codec == {"mp4": "aac", "webm": "opus"}[file_format]
    assert seconds == pytest.approx(1.0, abs=0.06)
    assert loudness == pytest.approx(0.21, abs=0.03)


@pytest.mark.parametrize(("file_format", "other"), [("mp4", "webm"), ("webm", "mp4")])
def test_other_sound_is_encoded_anew(tmp_path, file_format, other):
    rendition = _write(tmp_path / "out", file_format, [100.0] * 10, sound=_video_with_sound(other))
    assert rendition.has_sound
    codec, seconds, loudness = _sound_of(tmp_path / "out")
    assert codec == {"mp4": "aac", "webm": "opus"}[file_format]
    assert seconds == pytest.approx(1.0, abs=0.06)
    assert loudness == pytest.approx(0.21, abs=0.03)


def test_the_sound_of_a_quicktime_file_without_a_header_is_copied(tmp_path):
    source = _video_with_sound("mp4")
    source = source[:4] + b"free" + source[8:]
    assert _write(tmp_path / "out", "mp4", [100.0] * 10, sound=source).has_sound


@pytest.mark.parametrize("file_format", ["mp4", "webm"])
@pytest.mark.parametrize("source_format", ["mp4", "webm"])
def test_sound_that_begins_later_than_the_pictures_stays_in_time(tmp_path, file_format, source_format):
    source = _video_with_sound(source_format, begins=0.6)
    _write(tmp_path / "out", file_format, [100.0] * 20, sound=source)
    with av.open(str(tmp_path / "out")) as container:
        (stream,) = container.streams.audio
        first = next(container.decode(stream))
        assert first.time == pytest.approx(0.6, abs=0.05)


def test_sound_that_is_shorter_ends_before_the_animation(tmp_path):
    source = _video_with_sound("mp4", seconds=0.5)
    _write(tmp_path / "out", "mp4", [100.0] * 20, sound=source)
    assert _sound_of(tmp_path / "out")[1] == pytest.approx(0.5, abs=0.06)
    with av.open(str(tmp_path / "out")) as container:
        assert len(list(container.decode(video=0))) == 20


@pytest.mark.parametrize("file_format", _FORMATS)
@pytest.mark.parametrize("sound", [b"", b"#EXTM3U\na.ts\n", b"\0\0\0\x10ftypisom", b"GIF89a"])
def test_sound_that_cannot_be_read_leaves_the_video_silent(tmp_path, file_format, sound):
    rendition = _write(tmp_path / "out", file_format, [100.0] * 3, sound=sound)
    assert not rendition.has_sound
    with av.open(str(tmp_path / "out")) as container:
        assert not container.streams.audio


def test_a_source_without_sound_leaves_the_video_silent(tmp_path):
    _write(tmp_path / "silent", "mp4", [100.0] * 3)
    source = (tmp_path / "silent").read_bytes()
    assert not _write(tmp_path / "out", "mp4", [100.0] * 3, sound=source).has_sound


@pytest.mark.parametrize("file_format", _FORMATS)
@pytest.mark.parametrize("other", _FORMATS)
def test_damaged_sound_never_spoils_the_video(tmp_path, monkeypatch, file_format, other):
    # In this process, for many files in a short time.
    monkeypatch.setattr(video, "read_sound", lambda content, kind: extract_sound(content, kind, 60))
    source = _video_with_sound(other)
    random = np.random.default_rng(3)
    for _ in range(12):
        damaged = bytearray(source[: random.integers(len(source) // 2, len(source))])
        for at in random.integers(100, len(damaged), 20):
            damaged[at] = random.integers(256)
        _write(tmp_path / "out", file_format, [100.0] * 4, sound=bytes(damaged))
        with av.open(str(tmp_path / "out")) as container:
            assert len(list(container.decode(video=0))) == 4


def test_sound_that_begins_later_keeps_its_time(tmp_path):
    _write(tmp_path / "silent", "mp4", [100.0] * 10)
    late, tone = io.BytesIO(), io.BytesIO(_video_with_sound("mp4"))
    with (
        av.open(str(tmp_path / "silent")) as pictures,
        av.open(tone) as sound,
        av.open(late, "w", format="mp4") as container,
    ):
        copies = [container.add_stream_from_template(each.streams[0]) for each in (pictures, sound)]
        for each, copy, shift in zip((pictures, sound), copies, (0, 24_000), strict=True):
            for packet in each.demux(each.streams[0]):
                if packet.dts is not None:
                    packet.pts, packet.dts, packet.stream = packet.pts + shift, packet.dts + shift, copy
                    container.mux(packet)
    _write(tmp_path / "out", "mp4", [100.0] * 10, sound=late.getvalue())
    with av.open(str(tmp_path / "out")) as container:
        sound = container.streams.audio[0]
        assert float(sound.start_time * sound.time_base) == pytest.approx(0.5, abs=0.05)


def test_only_the_asked_seconds_of_sound_are_read():
    short, whole = (read_sound(_video_with_sound("mp4"), "mp4", seconds) for seconds in (0.5, 60))
    assert len(short) < len(whole)
    with av.open(io.BytesIO(short)) as container:
        assert not container.streams.video
        assert container.duration / 1e6 == pytest.approx(0.5, abs=0.06)


def test_sound_is_left_out_where_no_child_process_can_read_it(monkeypatch):
    monkeypatch.setattr(sound_reading, "_PROGRAM", "dream_engine.motion.no_such_program")
    assert read_sound(_video_with_sound("mp4"), "mp4") is None

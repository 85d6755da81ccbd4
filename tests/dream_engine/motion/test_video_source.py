"""Videos: colours, orientation, timing, and what is refused."""

import contextlib
import io
import struct
from fractions import Fraction

import av
import numpy as np
import pytest
from av.video.reformatter import ColorRange, Colorspace

from dream_engine.errors import (
    ClipWithoutPictureError,
    DamagedClipError,
    PictureError,
    TooManyPixelsError,
    TooNarrowError,
    TooSmallError,
)
from dream_engine.motion.clips import ClipLimits
from dream_engine.motion.source import Source
from dream_engine.motion.video_source import open_video
from tests.dream_engine.motion.clip_files import HEIGHT, WIDTH, flat, rgba, shown, video

LIMITS = ClipLimits()
SHARP = {"crf": "1"}
IDENTITY = struct.pack(">9i", 1 << 16, 0, 0, 0, 1 << 16, 0, 0, 0, 1 << 30)


def opened(data: bytes, limits: ClipLimits = LIMITS) -> Source:
    return open_video(data, limits)


def levels(source: Source) -> list[int]:
    """The mean level of each frame that can be decoded."""
    return [round(float(rgb.mean())) for rgb, _, _ in shown(source)]


def quadrants() -> np.ndarray:
    """A picture whose corners differ: red, green, blue and white."""
    picture = np.zeros((HEIGHT, WIDTH, 3), np.uint8)
    picture[:24, :32], picture[:24, 32:], picture[24:, :32], picture[24:, 32:] = (
        (200, 0, 0),
        (0, 200, 0),
        (0, 0, 200),
        (220, 220, 220),
    )
    return picture


@pytest.mark.parametrize(
    ("container", "codec"),
    [("mp4", "libx264"), ("mov", "libx264"), ("mp4", "libx265"), ("webm", "libvpx-vp9"), ("webm", "libvpx"),
     ("matroska", "libx264"), ("mp4", "libaom-av1"), ("mp4", "mpeg4"), ("mov", "mjpeg")],
)  # fmt: skip
def test_common_videos_are_read(container, codec):
    pixels = "yuvj420p" if codec == "mjpeg" else "yuv420p"
    source = opened(video(flat(40, 90, 140, 190, height=64), container, codec, pixels=pixels))
    assert (source.width, source.height, source.is_video, source.loops) == (WIDTH, 64, True, None)
    result = shown(source)
    assert np.abs(np.subtract([rgb.mean() for rgb, _, _ in result], (40, 90, 140, 190))).max() <= 3
    assert [round(time) for _, _, time in result] == [100] * 4
    assert not source.is_cut_short


@pytest.mark.parametrize("matrix", [Colorspace.ITU601, Colorspace.ITU709])
@pytest.mark.parametrize("levels_range", [ColorRange.MPEG, ColorRange.JPEG])
def test_the_matrix_and_range_that_a_video_declares_are_used(matrix, levels_range):
    declared = {Colorspace.ITU601: 6, Colorspace.ITU709: 1}[matrix]
    data = video(
        [quadrants()] * 2, options=SHARP, pixels="yuv444p", colorspace=declared, color_range=levels_range
    )
    (rgb, _, _), *_ = shown(opened(data))
    assert np.abs(rgb.astype(int) - quadrants()).mean() < 2


@pytest.mark.parametrize("transfer", ["pq", "hlg"])
def test_an_hdr_video_is_converted_with_one_tone_curve(transfer):
    white = {"pq": 148, "hlg": 191}[transfer]  # the signal of 203 cd/m² of 255
    trc = {"pq": 16, "hlg": 18}[transfer]
    declared = {"colorspace": 9, "color_primaries": 9, "color_trc": trc, "color_range": ColorRange.JPEG}
    data = video(flat(0, white // 2, white, 255), pixels="yuv444p", options=SHARP, **declared)
    source = opened(data)
    assert source.to_srgb is not None
    seen = [float(np.asarray(source.to_srgb(frame.draw()[0])).mean()) for frame in source.frames]
    assert seen[0] == 0
    assert 20 < seen[1] < 130
    assert 190 < seen[2] < 245
    assert seen[3] >= 254


def test_a_video_of_a_wide_gamut_is_converted():
    declared = {"colorspace": 1, "color_primaries": 12, "color_trc": 13, "color_range": ColorRange.JPEG}
    red = [np.full((HEIGHT, WIDTH, 3), (200, 60, 60), np.uint8)] * 2
    source = opened(video(red, pixels="yuv444p", options=SHARP, **declared))
    assert source.to_srgb is not None
    shown_red, green, _ = np.asarray(source.to_srgb(next(source.frames).draw()[0])).mean(axis=(0, 1))
    assert shown_red > 210
    assert green < 50


def test_a_video_of_the_usual_gamut_is_not_converted():
    assert opened(video(flat(9, 9))).to_srgb is None
    assert opened(video(flat(9, 9), color_primaries=5, color_trc=6)).to_srgb is None


@pytest.mark.parametrize(("height", "matrix"), [(HEIGHT, Colorspace.ITU601), (720, Colorspace.ITU709)])
def test_the_matrix_of_a_video_that_declares_none_depends_on_its_height(height, matrix):
    picture = np.full((height, WIDTH, 3), (20, 180, 60), np.uint8)
    frame_matrix = {Colorspace.ITU601: 6, Colorspace.ITU709: 1}[matrix]
    data = video([picture] * 2, options=SHARP, colorspace=frame_matrix)
    undeclared = video([picture] * 2, options=SHARP)
    assert np.abs(shown(opened(data))[0][0].astype(int) - picture).max() <= 4
    source = opened(undeclared)
    assert source.height == height


@pytest.mark.parametrize(
    ("matrix", "corners"),
    [
        ((1, 0, 0, 1), "rgbw"),
        ((0, 1, -1, 0), "brwg"),
        ((-1, 0, 0, -1), "wbgr"),
        ((0, -1, 1, 0), "gwrb"),
        ((-1, 0, 0, 1), "grwb"),
        ((1, 0, 0, -1), "bwrg"),
        ((0, 1, 1, 0), "rbgw"),
    ],
)
def test_the_display_matrix_turns_and_mirrors_frames(matrix, corners):
    a, b, c, d = (value << 16 for value in matrix)
    turned = struct.pack(">9i", a, b, 0, c, d, 0, 0, 0, 1 << 30)
    data = video([quadrants()] * 2, options=SHARP)
    begin = data.index(b"tkhd")
    place = data.index(IDENTITY, begin)
    source = opened(data[:place] + turned + data[place + 36 :])
    (rgb, _, _), *_ = shown(source)
    assert rgb.shape == (source.height, source.width, 3)
    assert (source.width, source.height) == ((WIDTH, HEIGHT) if matrix[0] else (HEIGHT, WIDTH))
    names = {(True, False, False): "r", (False, True, False): "g", (False, False, True): "b"}
    seen = (rgb[row, column] > 100 for row, column in ((5, 5), (5, -5), (-5, 5), (-5, -5)))
    assert "".join(names.get(tuple(bright.tolist()), "w") for bright in seen) == corners


def test_pixels_that_are_not_square_are_stretched():
    source = opened(video(flat(50, 60), ratio=Fraction(3, 2)))
    assert (source.width, source.height) == (96, HEIGHT)


def test_the_transparency_of_a_webm_is_kept():
    buffer, picture = io.BytesIO(), rgba(200, 50, 50, 255)
    picture[:, 32:] = 0
    with av.open(buffer, "w", format="webm") as out:
        stream = out.add_stream("libvpx-vp9", rate=10)
        stream.width, stream.height, stream.pix_fmt = WIDTH, HEIGHT, "yuva420p"
        stream.metadata["alpha_mode"] = "1"
        for _ in range(3):
            out.mux(stream.encode(av.VideoFrame.from_ndarray(picture, format="rgba")))
        out.mux(stream.encode())
    result = shown(opened(buffer.getvalue()))
    assert len(result) == 3
    for rgb, alpha, _ in result:
        assert alpha is not None
        assert alpha[:, :30].min() > 250
        assert alpha[:, 34:].max() < 5
        assert np.abs(rgb[20, 10].astype(int) - (200, 50, 50)).max() <= 4


def test_variable_times_are_kept():
    source = opened(video(flat(50, 60, 70, 80), times=[0, 40, 500, 560]))
    starts = [round(frame.start) for frame in source.frames]
    assert starts == [0, 40, 500, 560]


def test_time_before_the_first_frame_is_left_out():
    source = opened(video(flat(50, 60, 70), "matroska", times=[2000, 2100, 2200]))
    assert [round(frame.start) for frame in source.frames] == [0, 100, 200]


def test_frames_are_in_order_of_time_whatever_the_order_of_decoding():
    data = video(flat(*range(20, 220, 20)), options={"bf": "3", "b_strategy": "0"})
    assert np.abs(np.subtract(levels(opened(data)), range(20, 220, 20))).max() <= 3


INTERLACED = SHARP | {"flags": "+ildct+ilme", "x264-params": "interlaced=1:tff=1"}


def bar(time: float) -> np.ndarray:
    """A bright bar that moves to the right by 4 pixels per unit of time."""
    picture = np.full((HEIGHT, WIDTH, 3), 40, np.uint8)
    begin = int(4 + 4 * time)
    picture[8:40, begin : begin + 20] = 220
    return picture


def with_fields(time: float) -> np.ndarray:
    """A frame whose odd rows were recorded half a unit of time later than its even ones."""
    frame = bar(time)
    frame[1::2] = bar(time + 0.5)[1::2]
    return frame


class TestInterlaced:
    """Videos whose frames consist of two fields."""

    def combing(self, rgb: np.ndarray) -> float:
        """How much neighbouring rows of the bar differ, in levels."""
        return float(np.abs(np.diff(rgb[14:36, :, 1].astype(int), axis=0)).mean())

    def test_frames_get_both_fields_from_one_time(self):
        frames = [with_fields(time) for time in range(8)]
        assert self.combing(frames[0]) > 5
        result = shown(opened(video(frames, options=INTERLACED)))
        assert len(result) == 8
        assert max(self.combing(rgb) for rgb, _, _ in result) < 0.5
        errors = [
            [np.abs(rgb[20].astype(int) - bar(number + field)[20]).mean() for field in (0.0, 0.5)]
            for number, (rgb, _, _) in enumerate(result)
        ]
        assert np.min(np.max(errors, axis=0)) < 2  # either field, but always the same one

    def test_frames_keep_their_times(self):
        times = [0, 40, 500, 560, 600]
        source = opened(video([with_fields(time) for time in range(5)], times=times, options=INTERLACED))
        assert [round(frame.start) for frame in source.frames] == times

    def test_frames_keep_their_colour_and_orientation(self):
        data = video([quadrants()] * 3, options=INTERLACED, colorspace=1, color_range=2)
        place = data.index(IDENTITY, data.index(b"tkhd"))
        turned = struct.pack(">9i", 0, 1 << 16, 0, -1 << 16, 0, 0, 0, 0, 1 << 30)
        (rgb, _, _), *_ = shown(opened(data[:place] + turned + data[place + 36 :]))
        expected = np.rot90(quadrants(), -1)
        corners = (slice(5, None, rgb.shape[0] - 11), slice(5, None, rgb.shape[1] - 11))
        assert rgb.shape == expected.shape
        assert np.abs(rgb[corners].astype(int) - expected[corners]).max() <= 5

    def test_one_frame_is_enough(self):
        assert len(shown(opened(video([with_fields(0)], options=INTERLACED)))) == 1


@pytest.mark.parametrize("sound", [False, True])
def test_sound_is_noticed(sound):
    assert opened(video(flat(50, 60), sound=sound)).has_sound == sound


def test_the_length_is_known_before_decoding():
    source = opened(video(flat(*[90] * 30)))
    assert (source.source_frames, source.duration) == (30, 3000)


@pytest.mark.parametrize("container", ["mp4", "matroska"])
def test_a_video_that_is_cut_short_is_read_up_to_there(container):
    noise = list(np.random.default_rng(1).integers(0, 255, (20, HEIGHT, WIDTH, 3), np.uint8))
    data = video(noise, container, movflags="faststart" if container == "mp4" else "", options={"g": "1"})
    source = opened(data[: len(data) * 6 // 10])
    assert source.is_cut_short
    assert 8 <= len(shown(source)) <= 13
    assert not opened(data).is_cut_short


def test_a_fragmented_video_that_is_cut_short_is_read_up_to_there():
    noise = list(np.random.default_rng(1).integers(0, 255, (20, HEIGHT, WIDTH, 3), np.uint8))
    data = video(noise, movflags="frag_keyframe+empty_moov", options={"g": "4"})
    source = opened(data[: len(data) * 6 // 10])
    assert 6 <= len(shown(source)) <= 13
    assert source.is_cut_short


def test_a_video_without_its_index_is_refused():
    with pytest.raises(DamagedClipError):
        opened(video(flat(50, 60))[:-300])


def test_a_broken_frame_is_left_out_and_noticed():
    noise = list(np.random.default_rng(1).integers(0, 255, (12, HEIGHT, WIDTH, 3), np.uint8))
    data = bytearray(video(noise, "mov", "png", pixels="rgb24"))
    second = data.index(b"\x89PNG", data.index(b"\x89PNG") + 4)
    data[second : second + 100] = bytes(100)
    source = opened(bytes(data))
    assert len(shown(source)) == 11
    assert source.is_cut_short


@pytest.mark.parametrize(("container", "codec"), [("mp4", "libx264"), ("webm", "libvpx-vp9")])
def test_frames_with_too_many_pixels_are_refused_before_decoding(container, codec):
    data = video(flat(9, 9, height=1000, width=1000), container, codec)
    with pytest.raises(TooManyPixelsError, match=r"over the limit of 1 megapixels"):
        opened(data, ClipLimits(megapixels=0.9))


@pytest.mark.parametrize(("container", "codec"), [("mp4", "libx264"), ("webm", "libvpx-vp9")])
def test_a_header_with_a_small_shape_does_not_hide_large_frames(container, codec):
    data = video(flat(9, 9, height=1000, width=1000), container, codec)
    for declared, small in (
        (struct.pack(">HH", 1000, 1000), struct.pack(">HH", 64, 64)),
        (b"\xb0\x82\x03\xe8", b"\xb0\x82\x00\x40"),
        (b"\xba\x82\x03\xe8", b"\xba\x82\x00\x40"),
    ):
        data = data.replace(declared, small)
    with pytest.raises(PictureError):
        opened(data, ClipLimits(megapixels=0.5))


@pytest.mark.parametrize(("shape", "error"), [((16, 64), TooSmallError), ((34, 1000), TooNarrowError)])
def test_an_unusable_shape_is_refused(shape, error):
    with pytest.raises(error):
        opened(video(flat(9, 9, height=shape[0], width=shape[1])))


def test_a_file_with_sound_only_has_no_picture():
    buffer = io.BytesIO()
    with av.open(buffer, "w", format="mp4") as out:
        stream = out.add_stream("aac", rate=44100, layout="mono")
        silence = av.AudioFrame.from_ndarray(np.zeros((1, 4410), np.float32), "fltp", "mono")
        silence.sample_rate = 44100
        out.mux([*stream.encode(silence), *stream.encode()])
    with pytest.raises(ClipWithoutPictureError):
        opened(buffer.getvalue())


@pytest.mark.parametrize("part", range(1, 10))
def test_a_video_that_is_cut_short_is_never_said_to_have_no_picture(part):
    data = video(flat(*range(20, 220, 20)), sound=True, movflags="faststart")
    with contextlib.suppress(DamagedClipError):
        assert shown(opened(data[: len(data) * part // 10]))


def test_a_codec_that_is_not_allowed_is_refused():
    with pytest.raises(DamagedClipError):
        opened(video(flat(9, 9), "matroska", "ffv1"))


def test_a_container_of_another_kind_is_not_opened_whatever_its_name():
    playlist = b"#EXTM3U\n#EXTINF:1,\nhttp://127.0.0.1:9/a.ts\n"
    for data in (playlist, b"ffconcat version 1.0\nfile /etc/passwd\n", b"\0\0\0\x18ftypmp42" + playlist):
        with pytest.raises(DamagedClipError):
            opened(data)


def test_a_reference_to_another_file_is_not_followed(tmp_path):
    other = tmp_path / "other.mp4"
    data = video(flat(200, 200, 200))
    other.write_bytes(data)
    path = str(other).encode()
    begin = data.index(b"dref")
    reference = b"url " + bytes(4) + path + b"\0"
    table = bytes(4) + (1).to_bytes(4) + (len(reference) + 4).to_bytes(4) + reference
    assert data[begin + 16 : begin + 20] == b"url "
    changed = data[: begin + 4] + table[:16] + bytes(3) + b"\0" + data[begin + 24 :]
    source = opened(changed)
    assert len(shown(source)) <= 3


@pytest.mark.parametrize("seed", range(30))
def test_a_changed_video_is_a_clip_or_a_sentence(seed):
    random = np.random.default_rng(seed)
    data = bytearray(
        video(flat(20, 120, 220), ("mp4", "webm")[seed % 2], ("libx264", "libvpx-vp9")[seed % 2])
    )
    for _ in range(8):
        data[random.integers(32, len(data))] = random.integers(256)
    with contextlib.suppress(PictureError):
        shown(opened(bytes(data)))

"""Animated WebPs and AVIFs."""

import contextlib

import numpy as np
import pytest
from PIL import Image

from dream_engine.errors import (
    DamagedClipError,
    DamagedPictureError,
    PictureError,
    TooManyPixelsError,
    TooSmallError,
)
from dream_engine.images import Picture
from dream_engine.motion.clips import ClipLimits
from dream_engine.motion.pillow_source import open_avif, open_webp
from dream_engine.motion.source import Source
from dream_engine.motion.writing import AnimationOptions, open_writer
from tests.dream_engine.images.files import gradient, saved
from tests.dream_engine.motion.clip_files import (
    HEIGHT,
    WIDTH,
    animated_webp,
    animation,
    colours,
    rgba,
    shown,
)

LIMITS = ClipLimits()
OPEN = {"WEBP": open_webp, "AVIF": open_avif}
CLEARS, REPLACES = 1, 2


def opened(file_format: str, data: bytes, limits: ClipLimits = LIMITS) -> Source:
    return OPEN[file_format](data, limits)


@pytest.mark.parametrize("file_format", ["WEBP", "AVIF"])
def test_frames_and_their_times_are_read(file_format):
    source = opened(file_format, animation(file_format, duration=[50, 120, 30, 400, 70, 90], quality=95))
    result = shown(source)
    assert [round(time) for _, _, time in result] == [50, 120, 30, 400, 70, 90]
    for (rgb, alpha, _), expected in zip(result, colours(6), strict=True):
        assert alpha is None
        assert np.abs(rgb.astype(int) - np.asarray(expected)).max() <= 6
    assert (source.width, source.height, source.source_frames, source.duration) == (WIDTH, HEIGHT, 6, 760)
    assert source.loops == 0
    assert not source.is_cut_short


@pytest.mark.parametrize(("loops", "plays"), [(0, 0), (1, 1), (3, 3)])
def test_an_avif_tells_how_often_it_plays(tmp_path, loops, plays):
    with open_writer(tmp_path / "a.avif", "avif", AnimationOptions((WIDTH, HEIGHT), loops=loops)) as writer:
        for picture in colours(3):
            writer.add(Picture.of(picture, None), 70)
        writer.finish()
    assert open_avif((tmp_path / "a.avif").read_bytes(), LIMITS).loops == plays


@pytest.mark.parametrize("file_format", ["WEBP", "AVIF"])
def test_transparency_is_kept(file_format):
    pictures = [rgba(200, 100, 50, 255) for _ in range(3)]
    for number, picture in enumerate(pictures):
        picture[: 10 * (number + 1), :, 3] = 0
    first, *others = map(Image.fromarray, pictures)
    data = saved(first, file_format, save_all=True, append_images=others, duration=100, quality=95)
    result = shown(opened(file_format, data))
    for (rgb, alpha, _), expected in zip(result, pictures, strict=True):
        assert alpha is not None
        assert np.abs(alpha.astype(int) - expected[..., 3]).max() <= 2
        assert np.abs(rgb[40, 40].astype(int) - (200, 100, 50)).max() <= 4


@pytest.mark.parametrize(("flags", "expected"), [(0, (0, 90, 0)), (CLEARS, None)])
def test_a_webp_patch_stays_or_is_cleared(flags, expected):
    whole, patch, dot = (
        Image.new("RGBA", (WIDTH, HEIGHT), (200, 0, 0, 255)),
        Image.new("RGBA", (20, 20), (0, 90, 0, 255)),
        Image.new("RGBA", (4, 4), (0, 0, 90, 255)),
    )
    data = animated_webp((whole, (0, 0), 100, 0), (patch, (8, 8), 100, flags), (dot, (0, 0), 100, 0), loops=4)
    source = open_webp(data, LIMITS)
    _, second, (rgb, alpha, _) = shown(source)
    assert tuple(second[0][10, 10]) == (0, 90, 0)
    assert tuple(rgb[2, 2]) == (0, 0, 90)
    assert tuple(rgb[40, 40]) == (200, 0, 0)
    seen = None if alpha is not None and not alpha[10, 10] else tuple(rgb[10, 10])
    assert seen == expected
    assert source.loops == 4


@pytest.mark.parametrize(("flags", "alpha"), [(0, 255), (REPLACES, 128)])
def test_a_half_transparent_webp_patch_is_blended_or_replaces(flags, alpha):
    whole, patch = (
        Image.new("RGBA", (WIDTH, HEIGHT), (200, 0, 0, 255)),
        Image.new("RGBA", (20, 20), (0, 100, 0, 128)),
    )
    _, (rgb, seen, _) = shown(
        open_webp(animated_webp((whole, (0, 0), 9, 0), (patch, (8, 8), 40, flags)), LIMITS)
    )
    assert (255 if seen is None else seen[10, 10]) == alpha
    expected = (100, 50, 0) if alpha == 255 else (0, 100, 0)
    assert np.abs(rgb[10, 10].astype(int) - expected).max() <= 1


def test_a_webp_frame_of_ten_milliseconds_or_less_is_shown_as_browsers_do():
    picture = Image.new("RGBA", (WIDTH, HEIGHT), (200, 0, 0, 255))
    data = animated_webp(*((picture, (0, 0), milliseconds, 0) for milliseconds in (0, 10, 11, 40)))
    source = open_webp(data, LIMITS)
    assert [time for _, _, time in shown(source)] == [100, 100, 11, 40]
    assert source.duration == 251


@pytest.mark.parametrize("file_format", ["WEBP", "AVIF"])
def test_a_still_is_a_clip_of_one_frame(file_format):
    source = opened(file_format, saved(gradient(), file_format, quality=95))
    ((rgb, _, _),) = shown(source)
    assert np.abs(rgb.astype(int) - np.asarray(gradient())).mean() < 3
    assert (source.source_frames, source.loops) == (1, None)


@pytest.mark.parametrize("file_format", ["WEBP", "AVIF"])
@pytest.mark.parametrize("part", [0.6, 0.75, 0.97])
def test_a_file_that_is_cut_short_keeps_its_complete_frames(file_format, part):
    noise = np.random.default_rng(1).integers(0, 255, (8, HEIGHT, WIDTH, 3), np.uint8)
    first, *others = map(Image.fromarray, noise)
    data = saved(first, file_format, save_all=True, append_images=others, duration=100, quality=95)
    whole = shown(opened(file_format, data))
    source, kept = opened(file_format, data[: int(len(data) * part)]), []
    assert source.is_cut_short
    with contextlib.suppress(
        OSError, EOFError, ValueError, DamagedClipError
    ):  # an incomplete frame ends the clip
        kept.extend(np.array(frame.draw()[0]) for frame in source.frames)
    assert 8 * part - 3 <= len(kept) <= 8 * part
    for rgb, (expected, _, _) in zip(kept, whole, strict=False):
        assert np.array_equal(rgb, expected)


@pytest.mark.parametrize("file_format", ["WEBP", "AVIF"])
def test_a_shape_beyond_the_limits_is_refused(file_format):
    data = animation(file_format)
    with pytest.raises(TooManyPixelsError):
        opened(file_format, data, ClipLimits(megapixels=0.003))
    with pytest.raises(TooSmallError):
        opened(file_format, data, ClipLimits(shortest_side=49))


@pytest.mark.parametrize("file_format", ["WEBP", "AVIF"])
def test_only_as_many_frames_as_allowed_are_decoded(file_format):
    assert len(shown(opened(file_format, animation(file_format), ClipLimits(max_source_frames=2)))) == 2


@pytest.mark.parametrize("file_format", ["WEBP", "AVIF"])
def test_the_start_of_a_file_alone_is_refused(file_format):
    with pytest.raises(PictureError):
        opened(file_format, animation(file_format)[:40])


def test_an_empty_webp_is_refused():
    with pytest.raises(DamagedPictureError):
        open_webp(b"RIFF\4\0\0\0WEBP", LIMITS)

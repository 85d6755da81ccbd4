"""Dreams that follow a moving source."""

import numpy as np
import pytest

from benchmarks.synthetic_clip import flicker, sharpness, strength, synthetic_clip
from dream_engine.compute.warping import warp
from dream_engine.dreams import Progress
from dream_engine.errors import TimeLimitError
from dream_engine.frames import ChunkRequest
from tests.conftest import png
from tests.dream_engine.compute.motions import (
    content,
    photograph,
    pixels_of,
    run_chunk,
    run_clip,
    settings_of,
)

_WIDTH, _HEIGHT = 192, 128


@pytest.fixture(scope="module")
def clip():
    return synthetic_clip(5, (_WIDTH, _HEIGHT))


@pytest.fixture(scope="module")
def frames(clip):
    return [frame.pixels for frame in clip]


@pytest.fixture(scope="module")
def dreams(dreamer, frames):
    return run_clip(dreamer, settings_of("mild"), frames)


def _alone(dreamer, settings, frames, first):
    """Dream each frame alone; the first is dreamed already."""
    return [first, *(run_clip(dreamer, settings, [frame])[0] for frame in frames[1:])]


def test_a_dream_flickers_far_less_than_frames_that_are_dreamed_alone(dreamer, clip, frames, dreams):
    alone = _alone(dreamer, settings_of("mild"), frames, dreams[0])
    assert flicker(dreams, clip, warp) <= 0.35 * flicker(alone, clip, warp)


def test_an_intense_dream_flickers_even_less(dreamer):
    clip = synthetic_clip(3, (160, 107))
    frames = [frame.pixels for frame in clip]
    dreams = run_clip(dreamer, settings_of("intense"), frames)
    alone = _alone(dreamer, settings_of("intense"), frames, dreams[0])
    assert flicker(dreams, clip, warp) <= 0.15 * flicker(alone, clip, warp)
    assert min(sharpness(dream) for dream in dreams) >= 0.9 * sharpness(dreams[0])


def test_the_strength_and_the_sharpness_stay_the_same(dreams, frames):
    strengths = [strength(dream, frame) for dream, frame in zip(dreams, frames, strict=True)]
    assert strengths == pytest.approx([strengths[0]] * len(frames), rel=0.05)
    assert [sharpness(dream) for dream in dreams] == pytest.approx(
        [sharpness(dreams[0])] * len(frames), rel=0.1
    )


@pytest.mark.parametrize("counts", [[1, 1, 1, 1], [3, 1]], ids=str)
def test_the_frames_are_the_same_whatever_the_chunks(dreamer, frames, dreams, counts):
    for one, other in zip(run_clip(dreamer, settings_of("mild"), frames[:4], counts), dreams, strict=False):
        np.testing.assert_array_equal(one, other)


def test_the_strongest_channels_stay_those_of_the_first_frame(dreamer):
    settings = settings_of("mild").replace(layers={"block4/expand": 1.0}, strongest=4)
    picture = content(photograph("cat.jpg", 96, 64))
    _, chunk = run_chunk(dreamer, ChunkRequest("clip", settings, 0, 1, 2, (picture,)))
    assert chunk.settings.strongest is None
    assert len(chunk.settings.channels) == 4
    request = ChunkRequest("clip", chunk.settings, 1, 1, 2, (picture,), chunk.state)
    assert run_chunk(dreamer, request)[1].settings == chunk.settings


def test_a_cut_begins_anew(dreamer):
    cat, mountains = (photograph(name, 96, 64) for name in ("cat.jpg", "mountains.jpg"))
    settings = settings_of("mild")
    dreams = run_clip(dreamer, settings, [cat, mountains])
    np.testing.assert_array_equal(dreams[1], run_clip(dreamer, settings, [mountains])[0])


def test_a_frame_of_another_size_begins_anew(dreamer):
    large, small = photograph("cat.jpg", 96, 64), photograph("cat.jpg", 72, 48)
    settings = settings_of("mild")
    dreams = run_clip(dreamer, settings, [large, small])
    np.testing.assert_array_equal(dreams[1], run_clip(dreamer, settings, [small])[0])


def test_the_part_that_comes_into_view_is_dreamed(dreamer):
    wide = photograph("mountains.jpg", 240, 128)
    frames = [wide[:, 6 * number : 6 * number + 192] for number in range(7)]
    dreams = run_clip(dreamer, settings_of("mild"), frames)
    change = np.abs(dreams[-1].astype(np.float32) - frames[-1]).mean((0, 2))
    assert change[-36:].mean() > 0.7 * change.mean()


def test_an_object_that_appears_is_dreamed(dreamer):
    background = photograph("mountains.jpg", 192, 128)
    appeared = background.copy()
    appeared[40:88, 70:140] = photograph("cat.jpg", 70, 48)
    dreams = run_clip(dreamer, settings_of("mild"), [background, *[appeared] * 5])
    change = np.abs(dreams[-1].astype(np.float32) - appeared).mean(2)
    assert change[40:88, 70:140].mean() > 0.7 * change.mean()


def test_a_still_source_hardly_changes(dreamer):
    picture = photograph("cat.jpg", 96, 64)
    dreams = run_clip(dreamer, settings_of("mild"), [picture] * 3)
    assert np.abs(dreams[2].astype(np.float32) - dreams[1]).mean() < 0.5 * strength(dreams[0], picture)


def test_parts_outside_the_mask_stay_the_source(dreamer):
    frames = [photograph("cat.jpg", 110, 64)[:, 4 * number : 4 * number + 96] for number in range(3)]
    mask = np.zeros((64, 96), np.uint8)
    mask[:, :48] = 255
    pictures = tuple(content(frame) for frame in frames)
    request = ChunkRequest("clip", settings_of("mild"), 0, 3, 3, pictures, mask=png(mask))
    dreamed, _ = run_chunk(dreamer, request)
    for frame, source in zip(dreamed, frames, strict=True):
        dream = pixels_of(frame.picture)
        np.testing.assert_array_equal(dream[:, 64:], source[:, 64:])
        assert strength(dream[:, :40], source[:, :40]) > 1


def test_progress_counts_the_frames(dreamer):
    pictures = (content(photograph("cat.jpg", 96, 64)),) * 2
    request = ChunkRequest("clip", settings_of("mild"), 4, 2, 9, pictures, preview_seconds=0)
    progress = [event for event in dreamer.dream_chunk(request) if isinstance(event, Progress)]
    fractions = [event.fraction for event in progress]
    assert fractions == sorted(fractions)
    assert [event.frame for event in progress] == sorted(event.frame for event in progress)
    assert {event.frame for event in progress} == {4, 5}
    assert progress[-1].preview is not None


def test_a_chunk_that_takes_too_long_is_stopped(dreamer):
    pictures = (content(photograph("cat.jpg", 96, 64)),)
    with pytest.raises(TimeLimitError):
        list(dreamer.dream_chunk(ChunkRequest("clip", settings_of("mild"), 0, 1, 1, pictures, time_limit=0)))


def test_a_first_chunk_needs_a_picture(dreamer):
    with pytest.raises(ValueError, match="needs a picture"):
        list(dreamer.dream_chunk(ChunkRequest("clip", settings_of("mild"), 0, 0, 1, ())))

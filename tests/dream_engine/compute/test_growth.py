"""Dreams that are watched growing, and sources that turn into their dreams."""

from itertools import pairwise

import numpy as np
import pytest

from dream_engine.compute.growth import Snapshot, growth_frames, morph_frames
from dream_engine.dreams import Dream, DreamRequest
from dream_engine.frames import ChunkRequest
from dream_engine.images import decode
from dream_engine.pixels import to_values
from tests.dream_engine.compute.motions import content, photograph, pixels_of, run_chunk, settings_of

_WIDTH, _HEIGHT = 128, 96
_COUNT = 12


@pytest.fixture(scope="module")
def source():
    return photograph("cat.jpg", _WIDTH, _HEIGHT)


@pytest.fixture(scope="module")
def growth(dreamer, source):
    return _frames(dreamer, "grow", content(source))


@pytest.fixture(scope="module")
def morph(dreamer, source):
    return _frames(dreamer, "morph", content(source))


def _frames(dreamer, motion, picture):
    request = ChunkRequest(motion, settings_of("mild"), 0, _COUNT, _COUNT, (picture,))
    frames, chunk = run_chunk(dreamer, request)
    assert [frame.index for frame in frames] == list(range(_COUNT))
    assert chunk.state == b""
    return [pixels_of(frame.picture) for frame in frames]


def _steps(frames):
    return np.array([np.abs(b.astype(int) - a).mean() for a, b in pairwise(frames)])


@pytest.mark.parametrize("motion", ["growth", "morph"])
def test_the_first_frame_is_the_source_and_the_last_its_dream(request, dreamer, source, motion):
    frames = request.getfixturevalue(motion)
    (*_, dream) = dreamer.dream(DreamRequest(content(source), settings_of("mild")))
    assert isinstance(dream, Dream)
    np.testing.assert_array_equal(frames[0], source)
    np.testing.assert_array_equal(frames[-1], pixels_of(dream.image))


@pytest.mark.parametrize("motion", ["growth", "morph"])
def test_every_frame_changes_as_much_as_the_last(request, motion):
    steps = _steps(request.getfixturevalue(motion))
    assert steps.max() <= 1.2 * np.median(steps)
    assert steps.min() >= 0.85 * np.median(steps)


@pytest.mark.parametrize("motion", ["growth", "morph"])
def test_frames_come_closer_to_the_dream(request, motion):
    frames = request.getfixturevalue(motion)
    distances = [np.abs(frame.astype(int) - frames[-1]).mean() for frame in frames]
    assert distances == sorted(distances, reverse=True)


def test_a_morph_brings_in_coarse_shapes_first(morph):
    early, dream = morph[_COUNT // 3].astype(float) - morph[0], morph[-1].astype(float) - morph[0]

    def shares(size):
        """How much of the dream's change there is, in blocks of some pixels."""
        blocks = [
            change.reshape(_HEIGHT // size, size, _WIDTH // size, size, 3).mean((1, 3))
            for change in (early, dream)
        ]
        return np.sum(blocks[0] * blocks[1]) / np.sum(blocks[1] ** 2)

    assert shares(16) > 1.2 * shares(1)


@pytest.mark.parametrize("motion", ["grow", "morph"])
def test_transparent_pixels_stay_transparent(dreamer, source, motion):
    alpha = np.full((_HEIGHT, _WIDTH), 255, np.uint8)
    alpha[:, :40] = 0
    request = ChunkRequest(motion, settings_of("mild"), 0, 3, 3, (content(source, alpha),))
    frames, _ = run_chunk(dreamer, request)
    for frame in frames:
        np.testing.assert_array_equal(decode(frame.picture).alpha, alpha)


@pytest.mark.parametrize("count", [2, 3, 40])
def test_any_number_of_frames_begins_and_ends_exactly(count):
    random = np.random.default_rng(3)
    source, dream = (random.integers(0, 256, (24, 36, 3), np.uint8) for _ in range(2))
    snapshots = [
        Snapshot.of(to_values(random.integers(0, 256, (*shape, 3), np.uint8)), source)
        for shape in ((12, 18), (12, 18), (24, 36))
    ]
    for frames in (
        list(growth_frames(source, snapshots, dream, count)),
        list(morph_frames(source, dream, count)),
    ):
        assert len(frames) == count
        assert all(frame.dtype == np.uint8 and frame.shape == source.shape for frame in frames)
        np.testing.assert_array_equal(frames[0], source)
        np.testing.assert_array_equal(frames[-1], dream)


def test_a_dream_that_changes_nothing_stays_the_source(source):
    for frames in (growth_frames(source, [], source, 4), morph_frames(source, source, 4)):
        for frame in frames:
            np.testing.assert_array_equal(frame, source)


def test_a_growth_passes_through_its_snapshots(source):
    whole = np.clip(source.astype(int) + 40, 0, 255).astype(np.uint8)
    half = Snapshot((0.5 * (to_values(whole) - to_values(source))).astype(np.float16))
    middle = list(growth_frames(source, [half], whole, 3))[1]
    np.testing.assert_allclose(middle, (source.astype(int) + whole) / 2, atol=1)

"""Reading a source into a frame store, and planning its motion."""

import io

import numpy as np
import pytest
from PIL import Image

from dream_engine.errors import SettingsError, TooManyPixelsError
from dream_engine.images import encode_frame
from dream_engine.images.decoder_child import DecoderProcessError
from dream_engine.motion.clips import ClipLimits
from dream_engine.motion.preparation import DEFAULT_SIZE, Interruption, MotionRequest, motion_of, prepare
from dream_engine.motion.settings import MotionSettings
from dream_engine.motion.store import FrameStore
from dream_engine.settings import DreamSettings
from tests.conftest import EXAMPLES, png
from tests.dream_engine.motion.pictures import frame
from tests.moving import moving

_STILL = encode_frame(frame(0))


@pytest.fixture
def store(tmp_path):
    return FrameStore(tmp_path / "store")


def _image(content):
    return Image.open(io.BytesIO(content))


def _two_scenes():
    images = [
        Image.open(EXAMPLES / name).convert("RGB").resize((96, 64))
        for name in ("cat.jpg", "cat.jpg", "mountains.jpg")
    ]
    images[1].putpixel((0, 0), (255, 0, 0))  # equal frames would be merged
    buffer = io.BytesIO()
    images[0].save(buffer, "webp", save_all=True, append_images=images[1:], duration=100, lossless=True)
    return buffer.getvalue()


@pytest.mark.parametrize(
    ("source", "asked", "motion"),
    [
        (moving(), None, "clip"),
        (moving(), "clip", "clip"),
        (moving(), "zoom", "zoom"),
        (moving(), "still", "still"),
        (_STILL, None, "still"),
        (_STILL, "grow", "grow"),
        (_STILL, "morph", "morph"),
    ],
    ids=lambda value: None if isinstance(value, bytes) else str(value),
)
def test_a_moving_source_moves_unless_another_motion_is_asked_for(source, asked, motion):
    assert motion_of(source, MotionSettings(motion=asked)) == motion


def test_a_still_picture_cannot_be_a_clip(store):
    request = MotionRequest(_STILL, motion=MotionSettings(motion="clip"))
    with pytest.raises(SettingsError, match="motion must be still, zoom, grow or morph"):
        prepare(request, store)
    assert store.plan() is None


def test_a_plan_tells_whether_the_source_is_longer(store, tmp_path):
    assert not prepare(MotionRequest(moving(10)), store)[0].has_more
    request = MotionRequest(moving(10), motion=MotionSettings(seconds=0.5))
    assert prepare(request, FrameStore(tmp_path / "other"))[0].has_more


def test_an_interrupted_reading_stores_nothing(store):
    interruption = Interruption()
    interruption.set()
    with pytest.raises(DecoderProcessError):
        prepare(MotionRequest(moving(10)), store, interruption)
    with pytest.raises(DecoderProcessError):
        prepare(MotionRequest(moving(10), motion=MotionSettings(motion="zoom")), store, interruption)
    assert store.plan() is None


def test_a_still_is_no_motion(store):
    with pytest.raises(SettingsError, match="motion must be clip, zoom, grow or morph"):
        prepare(MotionRequest(_STILL), store)


def test_the_frames_of_a_clip_are_stored_and_planned(store):
    plan, settings = prepare(MotionRequest(moving(5)), store)
    assert (plan.motion, plan.total, plan.frames, plan.fps, plan.loops) == ("clip", 5, 5, 15, 0)
    assert plan.milliseconds == (100,) * 5
    assert [_image(store.source(index)).size for index in range(5)] == [(64, 48)] * 5
    assert store.plan() == (plan, settings)


def test_a_cut_begins_a_scene(store):
    plan, _ = prepare(MotionRequest(_two_scenes()), store)
    assert [(chunk.first, chunk.count) for chunk in plan.chunks if chunk.begins_scene] == [(0, 2), (2, 1)]


def test_a_clip_has_no_more_frames_and_seconds_than_asked_for(store):
    motion = MotionSettings(fps=5, seconds=1)
    plan, _ = prepare(MotionRequest(moving(16), motion=motion), store)
    assert plan.total == 5
    assert sum(plan.milliseconds) == 1000
    assert plan.fps == 5


def test_frames_are_shrunk_to_the_size_of_the_settings(store):
    _, settings = prepare(MotionRequest(moving(2, 128, 96), DreamSettings(size=64)), store)
    assert _image(store.source(0)).size == (64, 48)
    assert settings.size == 64


def test_a_seed_and_a_size_are_chosen_if_there_are_none(store, tmp_path):
    request = MotionRequest(_STILL, motion=MotionSettings(motion="zoom"))
    _, settings = prepare(request, store)
    _, others = prepare(request, FrameStore(tmp_path / "other"))
    assert settings.size == DEFAULT_SIZE
    assert None is not settings.seed != others.seed


def test_the_seed_and_the_size_of_the_settings_are_kept(store):
    asked = DreamSettings(seed=0, size=100)
    _, settings = prepare(MotionRequest(_STILL, asked, MotionSettings(motion="zoom")), store)
    assert settings == asked


@pytest.mark.parametrize("motion", ["zoom", "grow", "morph"])
def test_a_still_picture_is_kept_as_it_is(store, motion):
    plan, _ = prepare(MotionRequest(_STILL, motion=MotionSettings(motion=motion)), store)
    assert plan.motion == motion
    assert store.source(0) == _STILL


def test_a_zoom_into_a_moving_source_begins_at_its_first_frame(store):
    plan, _ = prepare(MotionRequest(moving(), motion=MotionSettings(motion="zoom")), store)
    assert plan.motion == "zoom"
    kept, first = _image(store.source(0)), _image(moving())
    assert np.array_equal(np.asarray(kept), np.asarray(first.convert("RGB")))


def test_a_prepared_motion_is_not_prepared_again(store):
    first = prepare(MotionRequest(moving()), store)
    assert prepare(MotionRequest(b"lost meanwhile"), store) == first


def test_an_interrupted_preparation_is_repeated(store):
    store.put_source(0, png(np.zeros((9, 9, 3), np.uint8)))
    plan, _ = prepare(MotionRequest(moving(3)), store)
    assert plan.total == 3
    assert _image(store.source(0)).size == (64, 48)


def test_a_clip_beyond_the_limits_leaves_no_plan(store):
    with pytest.raises(TooManyPixelsError):
        prepare(MotionRequest(moving(), limits=ClipLimits(megapixels=0.001)), store)
    assert store.plan() is None

"""Having an executor dream a motion chunk by chunk."""

import asyncio
import contextlib

import pytest
from PIL import Image

from dream_engine.dreams import Progress
from dream_engine.errors import AnimationTooLargeError, FileError, TimeLimitError
from dream_engine.executors.base import WorkerLostError
from dream_engine.frames import Chunk, Frame
from dream_engine.images import encode_frame
from dream_engine.loops import SETTLE_FRAMES
from dream_engine.motion.description import describe_animation
from dream_engine.motion.plan import MotionPlan
from dream_engine.motion.preparation import MotionRequest
from dream_engine.motion.runner import MotionDream, MotionProgress, dream_motion
from dream_engine.motion.settings import MotionSettings
from dream_engine.motion.store import FrameStore
from dream_engine.settings import DreamSettings
from tests.dream_engine.motion.clip_files import Part, gif
from tests.dream_engine.motion.pictures import clouds, frame

_SETTINGS = DreamSettings(seed=5, size=64, octaves=3)
_REQUEST = MotionRequest(b"the source", file_format="apng", preset="mild", preview_seconds=1.5)


class _Executor:
    """Dreams pictures that tell their frame's index, as the test scripts.

    Attributes:
        requests: The requests, in order.
        errors: The error that a frame raises, by the frame's index.
        halts: The indices of frames at which a chunk waits until the test ends.
        halted: Set once a chunk waits.
        meeting: If set, each chunk waits at its beginning until as many have begun.
        running: How many chunks run.
        most_running: How many ran at once.
    """

    def __init__(self, picture=frame):
        self.requests = []
        self.errors = {}
        self.halts = set()
        self.halted = asyncio.Event()
        self.meeting = None
        self.running = self.most_running = 0
        self._picture = picture

    @property
    def chunks(self):
        """The first frames of the requested chunks."""
        return [request.first for request in self.requests]

    async def dream_chunk(self, request):
        self.requests.append(request)
        self.running += 1
        self.most_running = max(self.running, self.most_running)
        try:
            if self.meeting is not None:
                await self.meeting.wait()
            for index in range(request.first, request.first + request.count):
                if index in self.halts:
                    self.halted.set()
                    await asyncio.Event().wait()
                if index in self.errors:
                    raise self.errors[index]
                yield Progress(0, 1, 1, 1, 48, 64, None, 0.5, preview=b"preview %d" % index, frame=index)
                yield Frame(index, encode_frame(self._picture(index % 10)), 48, 64)
            settings = request.settings.replace(octaves=2)
            yield Chunk(request.first, request.count, b"state %d" % request.first, settings, 1.0, "bfloat16")
        finally:
            self.running -= 1


def _planned(folder, frames=8, scenes=(0,)):
    """A store with a planned clip."""
    store = FrameStore(folder)
    for index in range(frames):
        store.put_source(index, b"source %d" % index)
    times = [40.0 + 10 * index for index in range(frames)]
    plan = MotionPlan.of_clip(times, scenes, 25.0, loops=2, has_sound=False, is_cut_short=False)
    store.save_plan(plan, _SETTINGS)
    return store


async def _events(executor, store, output, request=_REQUEST, **options):
    return [event async for event in dream_motion(executor, request, store, output, **options)]


def _indices(events):
    return [event.index for event in events if isinstance(event, Frame)]


async def test_every_frame_is_dreamed_and_written_in_order(tmp_path):
    events = await _events(_Executor(), _planned(tmp_path / "store"), tmp_path / "a.png")
    assert _indices(events) == list(range(8))
    with Image.open(tmp_path / "a.png") as image:
        assert image.n_frames == 8
        for index in range(8):
            image.seek(index)
            assert image.convert("RGB").tobytes() == frame(index).rgb.tobytes()
            assert image.info["duration"] == 40 + 10 * index
        assert image.info["loop"] == 2


async def test_the_motion_comes_last_with_all_that_is_known_about_it(tmp_path):
    times = iter([10.0, *[12.0] * 100])
    store = _planned(tmp_path / "store")
    events = await _events(_Executor(), store, tmp_path / "a.png", clock=lambda: next(times))
    motion = events[-1]
    assert isinstance(motion, MotionDream)
    assert motion.plan == store.plan()[0]
    assert (motion.preset, motion.precision, motion.seconds) == ("mild", "bfloat16", 2.0)
    assert motion.settings.octaves == 2
    rendition = motion.rendition
    assert (rendition.path, rendition.frames, rendition.reduced) == (tmp_path / "a.png", 8, ())
    assert rendition.bytes == (tmp_path / "a.png").stat().st_size


async def test_progress_counts_frames_and_passes_previews_on(tmp_path):
    events = await _events(_Executor(), _planned(tmp_path / "store"), tmp_path / "a.png")
    progress = [event for event in events if isinstance(event, MotionProgress)]
    counts = [event.frame for event in progress]
    assert counts == sorted(counts)
    assert {event.frames for event in progress} == {8}
    assert progress[-1].frame == 8
    assert progress[-1].fraction == 1
    previews = [event.preview for event in progress if event.preview is not None]
    assert previews == [b"preview %d" % index for index in range(8)]


async def test_progress_of_a_zoom_is_told_in_frames_of_its_animation(tmp_path):
    plan = MotionPlan.of_still("zoom", MotionSettings(motion="zoom", seconds=2, fps=12))
    store = FrameStore(tmp_path / "store")
    store.put_source(0, b"source 0")
    store.save_plan(plan, _SETTINGS)
    events = await _events(_Executor(), store, tmp_path / "a.png")
    shown = [event.shown for event in events if isinstance(event, MotionProgress)]
    assert plan.frames > len(plan.sequence)
    assert shown == sorted(shown)
    assert shown[-1] == (len(plan.sequence), len(plan.sequence))
    assert events[-1].rendition.frames == len(plan.sequence)


async def test_a_chunk_continues_the_one_before_and_a_scene_begins_anew(tmp_path):
    executor = _Executor()
    await _events(executor, _planned(tmp_path / "store", 16, (0, 8)), tmp_path / "a.png")
    requests = {request.first: request for request in executor.requests}
    assert {first: request.state for first, request in requests.items()} == {
        0: None,
        6: b"state 0",
        8: None,
        14: b"state 8",
    }
    assert requests[0].settings == requests[8].settings == _SETTINGS
    assert requests[6].settings.octaves == 2
    assert requests[6].pictures == (b"source 6", b"source 7")
    request = requests[0]
    assert (request.motion, request.count, request.total, request.fps) == ("clip", 6, 16, 25.0)
    assert (request.preset, request.preview_seconds) == ("mild", 1.5)


async def test_a_zoom_gets_the_frames_of_one_turn_before(tmp_path):
    store, executor = FrameStore(tmp_path / "store"), _Executor()
    store.put_source(0, b"still")
    plan = MotionPlan.of_still("zoom", MotionSettings(motion="zoom", seconds=1.6, fps=15))
    store.save_plan(plan, _SETTINGS)
    events = await _events(executor, store, tmp_path / "a.png")
    assert executor.requests[0].pictures == (b"still",)
    assert executor.requests[1].pictures == ()
    last = executor.requests[-1]
    assert last.first >= SETTLE_FRAMES + 24
    earlier = range(last.first - 24, last.first + last.count - 24)
    assert last.pictures == tuple(store.frame(index) for index in earlier)
    assert events[-1].rendition.frames == 24


async def test_an_interrupted_motion_continues_with_its_first_unfinished_chunk(tmp_path):
    store, executor = _planned(tmp_path / "store", 20), _Executor()
    executor.errors[15] = WorkerLostError("lost")
    with pytest.raises(WorkerLostError):
        await _events(executor, store, tmp_path / "a.png")
    assert executor.chunks == [0, 6, 12]
    assert [store.state(number)[0] for number in range(2)] == [b"", b"state 6"]  # only the last is needed
    continued = _Executor()
    events = await _events(continued, FrameStore(tmp_path / "store"), tmp_path / "a.png")
    assert continued.chunks == [12, 18]
    assert continued.requests[0].state == b"state 6"
    assert _indices(events) == list(range(12, 20))
    assert events[0].frame >= 12
    assert events[-1].rendition.frames == 20


async def test_a_motion_of_which_only_the_file_is_missing_is_not_dreamed_again(tmp_path):
    store, executor = _planned(tmp_path / "store"), _Executor()
    first = (await _events(executor, store, tmp_path / "a.png"))[-1]
    (tmp_path / "a.png").unlink()
    again = _Executor()
    motion = (await _events(again, store, tmp_path / "a.png"))[-1]
    assert again.requests == []
    assert motion.rendition == first.rendition
    assert (motion.settings, motion.precision) == (first.settings, first.precision)


async def test_scenes_are_dreamed_in_parallel(tmp_path):
    executor = _Executor()
    executor.meeting = asyncio.Barrier(2)
    store = _planned(tmp_path / "store", 10, (0, 5))
    async with asyncio.timeout(20):
        events = await _events(executor, store, tmp_path / "a.png", parallel=2)
    assert executor.most_running == 2
    assert sorted(_indices(events)) == list(range(10))
    with Image.open(tmp_path / "a.png") as image:
        image.seek(9)
        assert image.convert("RGB").tobytes() == frame(9).rgb.tobytes()


async def test_no_more_scenes_than_allowed_are_dreamed_at_once(tmp_path):
    executor = _Executor()
    await _events(executor, _planned(tmp_path / "store", 8, range(8)), tmp_path / "a.png", parallel=3)
    assert executor.most_running <= 3
    assert len(executor.requests) == 8


@pytest.mark.parametrize("error", [TimeLimitError(seconds=3), WorkerLostError("lost")], ids=type)
@pytest.mark.parametrize("index", [0, 7])
async def test_an_error_reaches_the_reader_and_leaves_no_file(tmp_path, error, index):
    executor = _Executor()
    executor.errors[index] = error
    with pytest.raises(type(error)) as raised:
        await _events(executor, _planned(tmp_path / "store"), tmp_path / "a.png")
    assert raised.value is error
    assert executor.running == 0
    assert [path.name for path in tmp_path.iterdir()] == ["store"]


async def test_an_error_in_one_scene_stops_the_others(tmp_path):
    executor = _Executor()
    executor.halts, executor.errors[5] = {2}, TimeLimitError(seconds=3)
    async with asyncio.timeout(20):
        with pytest.raises(TimeLimitError):
            await _events(executor, _planned(tmp_path / "store", 10, (0, 5)), tmp_path / "a.png", parallel=2)
    assert executor.running == 0


async def test_a_file_that_cannot_be_written_stops_the_motion(tmp_path):
    executor = _Executor()
    executor.halts = {7}
    async with asyncio.timeout(20):
        with pytest.raises(FileError):
            await _events(executor, _planned(tmp_path / "store"), tmp_path / "missing" / "a.png")
    assert executor.running == 0


async def test_closing_stops_the_chunk_and_removes_the_unfinished_file(tmp_path):
    executor, output = _Executor(), tmp_path / "a.png"
    output.write_bytes(b"an older file")
    executor.halts = {4}
    async with contextlib.aclosing(
        dream_motion(executor, _REQUEST, _planned(tmp_path / "store"), output)
    ) as events:
        async for event in events:
            if isinstance(event, Frame) and event.index == 3:
                break
        await executor.halted.wait()
    assert executor.running == 0
    assert sorted(path.name for path in tmp_path.iterdir()) == ["a.png", "store"]
    assert output.read_bytes() == b"an older file"
    assert not FrameStore(tmp_path / "store").is_finished(0)


async def test_a_motion_that_is_cancelled_stops_reading_its_source(tmp_path, monkeypatch):
    loop, begun = asyncio.get_running_loop(), asyncio.Event()
    stored: list[int] = []
    put = FrameStore.put_source

    def noticed(self, index, content):
        stored.append(index)
        loop.call_soon_threadsafe(begun.set)
        put(self, index, content)

    monkeypatch.setattr(FrameStore, "put_source", noticed)
    parts = [Part(index % 3, width=8, height=8, ticks=7) for index in range(400)]
    request = MotionRequest(gif(*parts, size=(640, 480)), motion=MotionSettings(seconds=30))
    store = FrameStore(tmp_path / "store")
    reading = asyncio.create_task(_events(_Executor(), store, tmp_path / "a.webp", request))
    await begun.wait()
    reading.cancel()
    with pytest.raises(asyncio.CancelledError):
        await reading
    count = len(stored)
    await loop.shutdown_default_executor()
    assert len(stored) == count < 100
    assert store.plan() is None


async def test_a_reader_that_stops_reading_can_still_close(tmp_path):
    executor = _Executor()
    events = dream_motion(executor, _REQUEST, _planned(tmp_path / "store", 24), tmp_path / "a.png")
    await anext(events)
    async with asyncio.timeout(20):
        await events.aclose()
    assert executor.running == 0
    assert [path.name for path in tmp_path.iterdir()] == ["store"]


async def test_a_file_that_is_too_large_is_reduced(tmp_path):
    store = _planned(tmp_path / "store")
    whole = (
        await _events(_Executor(clouds), store, tmp_path / "a.webp", MotionRequest(b"", file_format="webp"))
    )[-1]
    limit = round(0.8 * whole.rendition.bytes)
    request = MotionRequest(b"", file_format="webp", max_bytes=limit)
    reduced = (await _events(_Executor(clouds), store, tmp_path / "b.webp", request))[-1]
    assert whole.rendition.reduced == ()
    assert reduced.rendition.reduced == ("quality",)
    assert reduced.rendition.bytes <= limit
    assert (tmp_path / "b.webp").stat().st_size == reduced.rendition.bytes


async def test_a_file_that_cannot_fit_leaves_an_older_one(tmp_path):
    output = tmp_path / "a.webp"
    output.write_bytes(b"an older file")
    request = MotionRequest(b"", file_format="webp", max_bytes=300)
    with pytest.raises(AnimationTooLargeError):
        await _events(_Executor(clouds), _planned(tmp_path / "store"), output, request)
    assert output.read_bytes() == b"an older file"
    assert sorted(path.name for path in tmp_path.iterdir()) == ["a.webp", "store"]


async def test_a_file_describes_its_motion(tmp_path):
    await _events(_Executor(), _planned(tmp_path / "store"), tmp_path / "a.png")
    description = describe_animation((tmp_path / "a.png").read_bytes())
    assert description["preset"] == "mild"
    assert description["settings"] == _SETTINGS.replace(octaves=2).model_dump(mode="json")
    assert description["precision"] == "bfloat16"
    assert description["motion"] == {"motion": "clip", "fps": 25.0, "frames": 8}

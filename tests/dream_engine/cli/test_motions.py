"""The events of a motion that the command dreams."""

from dream_engine.cli.motions import run_motion
from dream_engine.dreams import Progress
from dream_engine.frames import Chunk, Frame
from dream_engine.images import encode_frame
from dream_engine.motion.preparation import MotionRequest
from dream_engine.motion.settings import MotionSettings
from dream_engine.settings import DreamSettings
from tests.dream_engine.motion.pictures import frame


class _Executor:
    """Answers every chunk with frames in which a square moves."""

    async def dream_chunk(self, request):
        for index in range(request.first, request.first + request.count):
            yield Frame(index, encode_frame(frame(index % 10)), 48, 64)
        yield Chunk(request.first, request.count, b"state", request.settings, 1.0, "float32")


async def test_the_progress_of_a_zoom_counts_the_frames_of_its_file(tmp_path):
    settings, motion = DreamSettings(seed=5, size=64, octaves=1), MotionSettings(motion="zoom", seconds=2)
    request = MotionRequest(encode_frame(frame(0)), settings, motion, "webp")
    counts = []
    async for event in run_motion(_Executor(), request, tmp_path / "zoom.webp"):
        if isinstance(event, Progress):
            counts.append((event.frame, event.step, event.steps))
        else:
            frames = event.rendition.frames
    assert counts == sorted(counts)
    assert {steps for _, _, steps in counts} == {frames}
    assert counts[-1] == (frames, frames, frames)

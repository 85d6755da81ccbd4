"""Dreams motions in chunks, for the tests of their frames."""

import io
from collections.abc import Iterator
from itertools import pairwise

import numpy as np
from PIL import Image

from dream_engine import presets
from dream_engine.compute.dreamer import Dreamer
from dream_engine.frames import Chunk, ChunkRequest, Frame
from dream_engine.images import Picture, encode_frame
from dream_engine.motion.plan import MotionPlan, PlannedChunk
from dream_engine.settings import DreamSettings
from tests.conftest import EXAMPLES


def photograph(name: str, width: int, height: int) -> np.ndarray:
    """An example at a size in pixels."""
    image = Image.open(EXAMPLES / name).convert("RGB").resize((width, height), Image.Resampling.BOX)
    return np.asarray(image)


def content(pixels: np.ndarray, alpha: np.ndarray | None = None) -> bytes:
    """The content of a picture's file."""
    return encode_frame(Picture(pixels, alpha))


def pixels_of(picture: bytes) -> np.ndarray:
    """The colours of a picture's file."""
    return np.asarray(Image.open(io.BytesIO(picture)).convert("RGB"))


def settings_of(preset: str) -> DreamSettings:
    """A preset's settings, with a seed."""
    return presets.get(preset).settings_for("efficientnet_lite0").replace(seed=1)


def run_chunk(dreamer: Dreamer, request: ChunkRequest) -> tuple[list[Frame], Chunk]:
    """Dream a chunk; returns its frames and its end."""
    events = list(dreamer.dream_chunk(request))
    assert isinstance(events[-1], Chunk)
    return [event for event in events if isinstance(event, Frame)], events[-1]


def run_clip(
    dreamer: Dreamer, settings: DreamSettings, frames: list[np.ndarray], counts: list[int] | None = None
) -> list[np.ndarray]:
    """Dream a clip in chunks with these numbers of frames; by default in one."""
    ends = [0, *np.cumsum(counts or [len(frames)])]
    state, dreams = None, []
    for first, end in pairwise(ends):
        pictures = tuple(content(frame) for frame in frames[first:end])
        request = ChunkRequest("clip", settings, int(first), len(pictures), len(frames), pictures, state)
        chunk_frames, chunk = run_chunk(dreamer, request)
        assert [frame.index for frame in chunk_frames] == list(range(first, end))
        dreams += [pixels_of(frame.picture) for frame in chunk_frames]
        state, settings = chunk.state, chunk.settings
    return dreams


def run_planned(
    dreamer: Dreamer, settings: DreamSettings, plan: MotionPlan, source: bytes, most: int
) -> dict[int, bytes]:
    """Dream the frames of a plan in chunks of a given size; returns the frames by their index."""
    frames: dict[int, bytes] = {}
    state = None
    for chunk in _chunks(plan.frames, most):
        sources, earlier = plan.pictures_of(chunk)
        pictures = (*[source] * len(sources), *(frames[index] for index in earlier))
        request = ChunkRequest(
            plan.motion, settings, chunk.first, chunk.count, plan.total, pictures, state, plan.fps
        )
        done, end = run_chunk(dreamer, request)
        frames.update((frame.index, frame.picture) for frame in done)
        state, settings = end.state, end.settings
    return frames


def _chunks(frames: int, most: int) -> Iterator[PlannedChunk]:
    for first in range(0, frames, most):
        yield PlannedChunk(first=first, count=min(most, frames - first), begins_scene=first == 0)

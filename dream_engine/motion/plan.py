"""Plans a motion: its frames, their order, and the chunks in which they are dreamed."""

from collections.abc import Sequence
from itertools import pairwise
from typing import Self

from pydantic import BaseModel, ConfigDict

from dream_engine.frames import Motion
from dream_engine.loops import SETTLE_FRAMES, closing_frames
from dream_engine.motion.settings import MotionSettings

CHUNK_FRAMES = 6
"""The most frames of a chunk. A still of another person waits at most for one chunk."""

_MIN_LOOP = 24
"""The fewest frames of a zoom; with fewer, each would zoom so far that nobody could follow."""


class PlannedChunk(BaseModel):
    """A chunk of frames.

    Attributes:
        first: The index of its first frame.
        count: The number of its frames.
        begins_scene: Whether it needs no state of the chunk before.
    """

    model_config = ConfigDict(frozen=True)

    first: int
    count: int
    begins_scene: bool


class MotionPlan(BaseModel):
    """The frames of a motion.

    Attributes:
        motion: The kind of motion.
        total: The number that :class:`~dream_engine.frames.ChunkRequest` has as its total.
        fps: Frames per second.
        chunks: The chunks, in order.
        sequence: The index of the frame that is shown, for each frame of the animation.
        milliseconds: How long each frame of the animation is shown.
        loops: How often the animation plays; 0 for without end, ``None`` for once.
        has_sound: Whether the source has a sound track.
        is_cut_short: Whether the source's file is truncated.
        has_more: Whether the source is longer than the motion.
    """

    model_config = ConfigDict(frozen=True)

    motion: Motion
    total: int
    fps: float
    chunks: tuple[PlannedChunk, ...]
    sequence: tuple[int, ...]
    milliseconds: tuple[float, ...]
    loops: int | None = 0
    has_sound: bool = False
    is_cut_short: bool = False
    has_more: bool = False

    @property
    def frames(self) -> int:
        """The number of frames to dream."""
        return sum(chunk.count for chunk in self.chunks)

    @classmethod
    def of_clip(
        cls,
        milliseconds: Sequence[float],
        scenes: Sequence[int],
        fps: float,
        *,
        loops: int | None,
        has_sound: bool,
        is_cut_short: bool,
        has_more: bool = False,
    ) -> Self:
        """Plan a clip.

        Args:
            milliseconds: How long each frame is shown.
            scenes: The indices of the frames that begin scenes; the first is 0.
            fps: The most frames per second.
            loops: How often the source plays.
            has_sound: Whether the source has a sound track.
            is_cut_short: Whether the source's file is truncated.
            has_more: Whether the source is longer than these frames.
        """
        total = len(milliseconds)
        chunks = [chunk for first, end in pairwise([*scenes, total]) for chunk in _chunks(first, end - first)]
        return cls(
            motion="clip",
            total=total,
            fps=fps,
            chunks=tuple(chunks),
            sequence=tuple(range(total)),
            milliseconds=tuple(milliseconds),
            loops=loops,
            has_sound=has_sound,
            is_cut_short=is_cut_short,
            has_more=has_more,
        )

    @classmethod
    def of_still(cls, motion: Motion, settings: MotionSettings) -> Self:
        """Plan a motion of a still picture: a zoom, a growth or a morph."""
        count, fps = settings.frames, settings.fps
        if motion == "zoom":
            count = max(count, _MIN_LOOP)
            closing = closing_frames(count, fps)
            computed = SETTLE_FRAMES + count + closing
            begin = SETTLE_FRAMES + closing
            chunks, total = _chunks(0, computed), count
            sequence = tuple(range(begin, begin + count))
        else:
            total = count // 2 + 1
            chunks = [PlannedChunk(first=0, count=total, begins_scene=True)]
            sequence = (*range(total), *range(total - 2, 0, -1))
        return cls(
            motion=motion,
            total=total,
            fps=fps,
            chunks=tuple(chunks),
            sequence=sequence,
            milliseconds=(1000 / fps,) * len(sequence),
        )

    def scenes(self) -> list[list[int]]:
        """The numbers of the chunks of each scene; scenes do not depend on each other."""
        scenes: list[list[int]] = []
        for number, chunk in enumerate(self.chunks):
            if chunk.begins_scene:
                scenes.append([])
            scenes[-1].append(number)
        return scenes

    def pictures_of(self, chunk: PlannedChunk) -> tuple[list[int], list[int]]:
        """The pictures that a chunk needs: indices of the source's frames, and of finished frames."""
        if self.motion == "clip":
            return list(range(chunk.first, chunk.first + chunk.count)), []
        if self.motion == "zoom":
            loop_end = SETTLE_FRAMES + self.total
            numbers = range(chunk.first, chunk.first + chunk.count)
            return [0] if chunk.begins_scene else [], [n - self.total for n in numbers if n >= loop_end]
        return [0], []


def _chunks(first: int, count: int) -> list[PlannedChunk]:
    """Split a scene into chunks."""
    return [
        PlannedChunk(first=first + begin, count=min(CHUNK_FRAMES, count - begin), begins_scene=begin == 0)
        for begin in range(0, count, CHUNK_FRAMES)
    ]

"""Computes a chunk of a motion's frames."""

import io
from collections.abc import Callable, Generator, Iterator
from dataclasses import dataclass, replace
from typing import TypeVar

import numpy as np

from dream_engine.compute.clip import ClipDreamer, ClipState
from dream_engine.compute.frame_dreamer import FrameDreamer
from dream_engine.compute.growth import Snapshot, growth_frames, morph_frames
from dream_engine.compute.masks import Mask
from dream_engine.compute.zoom import ZoomDreamer, ZoomState, close_loop
from dream_engine.dreams import Progress
from dream_engine.errors import TimeLimitError
from dream_engine.frames import ChunkRequest, Frame
from dream_engine.images import Picture, encode_frame, encode_preview
from dream_engine.loops import SETTLE_FRAMES, frame_zoom
from dream_engine.shapes import shrunk_shape

_State = TypeVar("_State")

_PREVIEW_SIDE = 512
"""The longest side of a preview, in pixels."""

WholeDream = Callable[[Picture, list[Snapshot] | None], Generator[Progress, None, np.ndarray]]
"""Dreams a picture as a whole, with its progress; takes a snapshot after each step if a list is given."""


@dataclass(frozen=True, slots=True)
class ChunkTools:
    """The parts of the Dreamer that a chunk needs.

    Attributes:
        decode: Decodes a picture of the request.
        whole: Dreams a picture as a whole.
        frames: Makes the object that takes steps on a frame, for the objective of a picture.
        mask_for: The part of a picture that dreams; ``None`` for all of it.
        clock: Returns the time in seconds.
        started: When the chunk began, on the clock.
    """

    decode: Callable[[bytes], Picture]
    whole: WholeDream
    frames: Callable[[Picture], FrameDreamer]
    mask_for: Callable[[Picture], Mask | None]
    clock: Callable[[], float]
    started: float


class ChunkDreamer:
    """Dreams the frames of one chunk.

    Args:
        request: The request, whose settings have a seed.
        tools: Parts of the Dreamer.
    """

    def __init__(self, request: ChunkRequest, tools: ChunkTools) -> None:
        self._request = request
        self._settings = request.settings
        self._tools = tools
        self._frames_done = 0
        self._preview_due = tools.started
        self._newest: Picture | None = None

    def run(self) -> Generator[Progress | Frame, None, bytes]:
        """Dream the frames.

        Yields:
            Progress, and each frame when it is finished.

        Returns:
            The state from which the next chunk continues.
        """
        kind = {"clip": self._clip, "zoom": self._zoom, "grow": self._grow, "morph": self._grow}
        return (yield from kind[self._request.motion]())

    def _clip(self) -> Generator[Progress | Frame, None, bytes]:
        state = None if self._request.state is None else _unpack_clip(self._request.state)
        dreamer: ClipDreamer | None = None
        for offset, data in enumerate(self._request.pictures):
            source = self._tools.decode(data)
            number = self._request.first + offset
            if state is not None and state.frame.shape == source.rgb.shape:
                if dreamer is None:
                    dreamer = ClipDreamer(self._settings, self._tools.frames(source))
                steps = dreamer.advance(state, source.rgb, self._random(number), self._tools.mask_for(source))
                state = yield from self._with_progress(steps, number)
            else:
                state = None
            if state is None:  # a scene begins
                dream = yield from self._whole_frame(source, number)
                state = ClipState.of_scene(source.rgb, dream)
            yield self._frame(number, Picture(state.dream, source.alpha))
        if state is None:
            raise ValueError("a chunk of a clip needs pictures")
        return _pack(frame=state.frame, dream=state.dream, progress=state.progress, strength=state.strength)

    def _zoom(self) -> Generator[Progress | Frame, None, bytes]:
        request, zoom = self._request, frame_zoom(self._request.total, self._request.fps)
        pictures = [self._tools.decode(data) for data in request.pictures]
        if request.state is None:
            dream = yield from self._whole_frame(pictures.pop(0), request.first)
            state = ZoomState.of_dream(dream)
        else:
            state = _unpack_zoom(request.state)
        dreamer = ZoomDreamer(self._settings, self._tools.frames(Picture(state.picture)), zoom)
        closing_from = SETTLE_FRAMES + request.total
        for number in range(request.first, request.first + request.count):
            steps = dreamer.advance(state, self._random(number))
            state = yield from self._with_progress(steps, number)
            if number >= closing_from:
                earlier = pictures.pop(0)
                state = close_loop(state, earlier.rgb, zoom, number - closing_from)
            yield self._frame(number, Picture(state.picture))
        return _pack(picture=state.picture, mean=state.mean, deviation=state.deviation, detail=state.detail)

    def _grow(self) -> Generator[Progress | Frame, None, bytes]:
        source = self._tools.decode(self._request.pictures[0])
        grows = self._request.motion == "grow"
        snapshots: list[Snapshot] = []
        dream = yield from self._whole_frame(source, 0, snapshots if grows else None)
        total = self._request.total
        frames: Iterator[np.ndarray] = (
            growth_frames(source.rgb, snapshots, dream, total)
            if grows
            else morph_frames(source.rgb, dream, total)
        )
        for number, pixels in enumerate(frames):
            yield self._frame(number, Picture(pixels, source.alpha))
        return b""

    def _whole_frame(
        self, picture: Picture, number: int, snapshots: list[Snapshot] | None = None
    ) -> Generator[Progress, None, np.ndarray]:
        """Dream a picture as a whole, as a part of the chunk's progress."""
        steps = self._tools.whole(picture, snapshots)
        while True:
            try:
                progress = next(steps)
            except StopIteration as end:
                dream: np.ndarray = end.value
                return dream
            yield replace(
                progress, frame=number, fraction=self._fraction(progress.fraction), seconds_left=None
            )

    def _with_progress(
        self, steps: Generator[None, None, _State], number: int
    ) -> Generator[Progress, None, _State]:
        """Report progress after each step of a frame."""
        step = 0
        while True:
            try:
                next(steps)
            except StopIteration as end:
                state: _State = end.value
                return state
            step += 1
            yield self._progress(number, step)

    def _progress(self, number: int, step: int) -> Progress:
        now, limit = self._tools.clock(), self._request.time_limit
        if limit is not None and now - self._tools.started > limit:
            raise TimeLimitError(seconds=limit)
        newest = self._newest
        return Progress(
            octave=0,
            octaves=1,
            step=step,
            steps=max(step, 1),
            height=0 if newest is None else newest.height,
            width=0 if newest is None else newest.width,
            loss=None,
            fraction=self._fraction(0.0),
            preview=self._preview(now),
            frame=number,
        )

    def _fraction(self, of_frame: float) -> float:
        """The share of the chunk that is done."""
        return min(1.0, (self._frames_done + of_frame) / max(1, self._request.count))

    def _preview(self, now: float) -> bytes | None:
        """A preview of the newest frame, if one is due."""
        interval, newest = self._request.preview_seconds, self._newest
        if interval is None or newest is None or now < self._preview_due:
            return None
        self._preview_due = now + interval
        shape = shrunk_shape((newest.height, newest.width), _PREVIEW_SIDE, min_side=1)
        return encode_preview(newest.rgb, shape, newest.alpha)

    def _frame(self, number: int, picture: Picture) -> Frame:
        self._frames_done += 1
        self._newest = picture
        return Frame(number, encode_frame(picture), picture.height, picture.width)

    def _random(self, number: int) -> np.random.Generator:
        """The random numbers of a frame, which do not depend on the chunk that it is in."""
        return np.random.default_rng([self._settings.seed or 0, number])


def _pack(**arrays: np.ndarray | float) -> bytes:
    buffer = io.BytesIO()
    np.savez(buffer, **arrays)  # type: ignore[arg-type]
    return buffer.getvalue()


def _unpack_clip(state: bytes) -> ClipState:
    with np.load(io.BytesIO(state), allow_pickle=False) as arrays:
        return ClipState(arrays["frame"], arrays["dream"], arrays["progress"], float(arrays["strength"]))


def _unpack_zoom(state: bytes) -> ZoomState:
    with np.load(io.BytesIO(state), allow_pickle=False) as arrays:
        if "detail" not in arrays:  # a state that an earlier version has stored
            return ZoomState.of_dream(arrays["picture"])
        return ZoomState(arrays["picture"], arrays["mean"], arrays["deviation"], float(arrays["detail"]))

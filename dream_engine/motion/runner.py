"""Has an executor dream a motion chunk by chunk, and writes its animation meanwhile."""

import asyncio
import contextlib
import time
from collections.abc import AsyncGenerator, AsyncIterator, Callable, Iterator, Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, Protocol

from dream_engine.dreams import Progress
from dream_engine.frames import Chunk, ChunkRequest, Frame
from dream_engine.images import Limits, Picture, decode
from dream_engine.motion.animation import (
    AnimationFormat,
    AnimationOptions,
    AnimationRendition,
)
from dream_engine.motion.fitting import fit_animation
from dream_engine.motion.pace import Pace
from dream_engine.motion.plan import MotionPlan
from dream_engine.motion.preparation import Interruption, MotionRequest, prepare
from dream_engine.motion.store import FrameStore
from dream_engine.motion.threads import completed
from dream_engine.motion.writing import AnimationWriter, open_writer
from dream_engine.precision import Precision
from dream_engine.settings import DreamSettings

_OWN_FRAMES = Limits(float("inf"), float("inf"), shortest_side=1, aspect=float("inf"))
"""The bounds of frames that this program has written itself."""


class SupportsChunks(Protocol):
    """The method of :class:`~dream_engine.executors.base.DreamExecutor` that a motion needs."""

    def dream_chunk(self, request: ChunkRequest) -> AsyncGenerator[Progress | Frame | Chunk]:
        """Compute some frames of a motion."""


@dataclass(frozen=True, slots=True)
class MotionProgress:
    """The progress of a running motion.

    Attributes:
        frame: The number of finished frames.
        frames: The number of frames to dream.
        fraction: The share of the motion that is done, from 0 to 1; at 1, only the file is left.
        seconds_left: An estimate from the speed so far; ``None`` while there is none.
        preview: The newest frame, at intervals: a small JPEG, or a WebP if the source has transparency.
        animation_frames: The number of frames of the animation, if another number of frames is dreamed: a
            zoom needs more, because its dream settles and its loop closes, and a growth and a morph fewer.
    """

    frame: int
    frames: int
    fraction: float
    seconds_left: float | None = None
    preview: bytes | None = field(default=None, repr=False)
    animation_frames: int | None = None

    @property
    def shown(self) -> tuple[int, int]:
        """The progress in frames of the animation: the finished share, rounded down, and their number."""
        frames = self.frames if self.animation_frames is None else self.animation_frames
        return self.frame * frames // max(1, self.frames), frames


@dataclass(frozen=True, slots=True)
class MotionDream:
    """A finished motion.

    Attributes:
        rendition: The written file, and what was reduced so that it fits.
        plan: The frames and their order.
        settings: The settings of the dream, its seed included.
        preset: The preset that the settings came from.
        precision: The number format that the network computed in.
        seconds: How long it took, since it was started or continued.
    """

    rendition: AnimationRendition
    plan: MotionPlan
    settings: DreamSettings
    preset: str | None
    precision: Precision
    seconds: float

    def report(self) -> Mapping[str, Any]:
        """Everything but the frames, as values that can be serialised as JSON."""
        made = self.rendition
        return {
            "backbone": self.settings.backbone,
            "preset": self.preset,
            "settings": self.settings.model_dump(mode="json"),
            "motion": self.plan.motion,
            "width": made.width,
            "height": made.height,
            "frames": made.frames,
            "milliseconds": made.milliseconds,
            "bytes": made.bytes,
            "quality": made.quality,
            "reduced": list(made.reduced),
            "has_sound": made.has_sound,
            "seconds": self.seconds,
            "precision": self.precision,
            "is_cut_short": self.plan.is_cut_short,
            "has_more": self.plan.has_more,
        }


async def dream_motion(
    executor: SupportsChunks,
    request: MotionRequest,
    store: FrameStore,
    output: Path,
    *,
    parallel: int = 1,
    clock: Callable[[], float] = time.monotonic,
) -> AsyncGenerator[MotionProgress | Frame | MotionDream]:
    """Dream a motion and write its file, to be used with ``async for``.

    Frames that the store has already are kept, so that an interrupted motion continues. Closing the
    iterator stops it at its next step. The animation is written while further frames are dreamed.

    Args:
        executor: Dreams the chunks.
        request: What to dream.
        store: Where the frames are kept.
        output: The animation's file. An existing file is replaced when the animation is complete.
        parallel: How many scenes to dream at once; scenes do not depend on each other.
        clock: Returns the time in seconds.

    Yields:
        Progress, each frame when it is finished, and last the motion.

    Raises:
        DreamError: Something that the author of the request can fix.
        ExecutorError: Anything else.
    """
    started = clock()
    plan, settings = await _prepared(request, store)
    run = _Run(executor, request, store, plan, settings, clock)
    async with contextlib.aclosing(run.events(parallel, output)) as events:
        async for event in events:
            if isinstance(event, AnimationRendition):
                rendition = event
            else:
                yield event
    if request.max_bytes is not None and rendition.bytes > request.max_bytes:
        rendition = await asyncio.to_thread(
            fit_animation,
            lambda: _frames_of(store, plan),
            output,
            request.file_format,
            run.options(rendition.width, rendition.height),
            request.max_bytes,
            rendition,
        )
    seconds = clock() - started
    yield MotionDream(rendition, plan, run.final_settings, request.preset, run.precision, seconds)


async def _prepared(request: MotionRequest, store: FrameStore) -> tuple[MotionPlan, DreamSettings]:
    """Plan a motion in a thread; if this task is cancelled, stop reading the source."""
    interruption = Interruption()
    return await completed(prepare, request, store, interruption, on_cancel=interruption.set)


class _Run:
    """One run of a motion, from its first unfinished chunk to its file."""

    def __init__(
        self,
        executor: SupportsChunks,
        request: MotionRequest,
        store: FrameStore,
        plan: MotionPlan,
        settings: DreamSettings,
        clock: Callable[[], float],
    ) -> None:
        self._executor = executor
        self._request = request
        self._store = store
        self._plan = plan
        self._settings = settings
        self._pace = Pace(plan, clock)
        self._news: asyncio.Queue[MotionProgress | Frame | AnimationRendition | None] = asyncio.Queue(8)
        self._available = asyncio.Condition()
        self._finished: set[int] = set()
        self._has_outcome = False
        self._error: BaseException | None = None
        self.final_settings = settings
        self.precision: Precision = "float32"

    async def events(
        self, parallel: int, output: Path
    ) -> AsyncGenerator[MotionProgress | Frame | AnimationRendition]:
        """Run the scenes and the writer, and yield what they report."""
        for number, chunk in enumerate(self._plan.chunks):
            if self._store.is_finished(number):
                self._finished.update(range(chunk.first, chunk.first + chunk.count))
                self._pace.skip(chunk)
                self.final_settings, self.precision = self._store.outcome(number)
                self._has_outcome = True
        supervisor = asyncio.create_task(self._supervise(parallel, output))
        try:
            while (event := await self._news.get()) is not None:
                yield event
            if self._error is not None:
                raise self._error
        finally:
            supervisor.cancel()
            await asyncio.gather(supervisor, return_exceptions=True)

    def options(self, width: int, height: int) -> AnimationOptions:
        """How the animation's file is written."""
        request = self._request
        description = {
            "preset": request.preset,
            "settings": self.final_settings.model_dump(mode="json"),
            "precision": self.precision,
            "motion": {
                "motion": self._plan.motion,
                "fps": self._plan.fps,
                "frames": len(self._plan.sequence),
            },
        }
        sound = request.source if self._plan.has_sound and request.file_format in ("mp4", "webm") else None
        return AnimationOptions((width, height), self._plan.loops, description, sound=sound)

    async def _supervise(self, parallel: int, output: Path) -> None:
        slots = asyncio.Semaphore(max(1, parallel))
        try:
            async with asyncio.TaskGroup() as tasks:
                for scene in self._plan.scenes():
                    tasks.create_task(self._dream_scene(scene, slots))
                tasks.create_task(self._write(output))
        except BaseExceptionGroup as group:
            self._error = _first_error(group)
        await self._news.put(None)

    async def _dream_scene(self, scene: list[int], slots: asyncio.Semaphore) -> None:
        async with slots:
            for number in scene:
                if not self._store.is_finished(number):
                    await self._dream_chunk(number)

    async def _dream_chunk(self, number: int) -> None:
        request = await asyncio.to_thread(self._chunk_request, number)
        async with contextlib.aclosing(self._executor.dream_chunk(request)) as events:
            async for event in events:
                if isinstance(event, Frame):
                    await asyncio.to_thread(self._store.put_frame, event)
                    await self._announce(event)
                elif isinstance(event, Chunk):
                    await asyncio.to_thread(self._store.finish_chunk, number, event)
                    if not self._plan.chunks[number].begins_scene:
                        await asyncio.to_thread(self._store.drop_state, number - 1)
                    self.final_settings, self.precision = event.settings, event.precision
                    async with self._available:
                        self._has_outcome = True
                        self._available.notify_all()
                else:
                    await self._news.put(self._progress(event.preview))

    async def _announce(self, frame: Frame) -> None:
        self._pace.finish(frame.index)
        async with self._available:
            self._finished.add(frame.index)
            self._available.notify_all()
        await self._news.put(frame)
        await self._news.put(self._progress(None))

    def _progress(self, preview: bytes | None) -> MotionProgress:
        pace, plan = self._pace, self._plan
        return MotionProgress(
            len(self._finished), plan.frames, pace.fraction, pace.seconds_left, preview, len(plan.sequence)
        )

    def _chunk_request(self, number: int) -> ChunkRequest:
        request, plan, chunk = self._request, self._plan, self._plan.chunks[number]
        sources, earlier = plan.pictures_of(chunk)
        state, settings = None, self._settings
        if not chunk.begins_scene:
            state, settings = self._store.state(number - 1)
        pictures = [self._store.source(index) for index in sources]
        pictures += [self._store.frame(index) for index in earlier]
        return ChunkRequest(
            motion=plan.motion,
            settings=settings,
            first=chunk.first,
            count=chunk.count,
            total=plan.total,
            pictures=tuple(pictures),
            state=state,
            fps=plan.fps,
            guide=request.guide,
            mask=request.mask,
            preset=request.preset,
            preview_seconds=request.preview_seconds,
            time_limit=request.chunk_seconds,
        )

    async def _write(self, output: Path) -> None:
        """Write the animation's frames in order, each as soon as it is finished."""
        await self._wait_for(self._plan.sequence[0])
        first = await asyncio.to_thread(self._picture, self._plan.sequence[0])
        options = self.options(first.width, first.height)
        async with _opened(output, self._request.file_format, options) as writer:
            for index, milliseconds in zip(self._plan.sequence, self._plan.milliseconds, strict=True):
                await self._wait_for(index)
                picture = await asyncio.to_thread(self._picture, index)
                await completed(writer.add, picture, milliseconds)
            rendition = await completed(writer.finish, self._request.max_bytes)
        await self._news.put(rendition)

    async def _wait_for(self, index: int) -> None:
        """Wait for a frame, and for the settings and the precision, which the file's beginning describes."""
        async with self._available:
            await self._available.wait_for(lambda: self._has_outcome and index in self._finished)

    def _picture(self, index: int) -> Picture:
        return decode(self._store.frame(index), _OWN_FRAMES)


@contextlib.asynccontextmanager
async def _opened(
    output: Path, file_format: AnimationFormat, options: AnimationOptions
) -> AsyncIterator[AnimationWriter]:
    """Open a writer in a thread, and close it also if this task is cancelled meanwhile."""
    opening = asyncio.create_task(asyncio.to_thread(open_writer, output, file_format, options))
    try:
        yield await asyncio.shield(opening)
    finally:
        await asyncio.wait([opening])
        if opening.exception() is None:
            await completed(opening.result().close)


def _frames_of(store: FrameStore, plan: MotionPlan) -> Iterator[tuple[Picture, float]]:
    for index, milliseconds in zip(plan.sequence, plan.milliseconds, strict=True):
        yield decode(store.frame(index), _OWN_FRAMES), milliseconds


def _first_error(group: BaseExceptionGroup[Any]) -> BaseException:
    error: BaseException = group
    while isinstance(error, BaseExceptionGroup):
        error = error.exceptions[0]
    return error

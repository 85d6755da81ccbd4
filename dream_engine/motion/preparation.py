"""Reads a moving source into a frame store, and plans its motion."""

import secrets
import threading
from collections.abc import Callable
from dataclasses import dataclass, field
from typing import Literal, cast

from dream_engine.errors import SettingsError
from dream_engine.frames import Motion
from dream_engine.images import encode_frame
from dream_engine.motion.animation import AnimationFormat
from dream_engine.motion.clips import ClipLimits, ClipReader, is_moving, read_clip
from dream_engine.motion.plan import MotionPlan
from dream_engine.motion.scenes import CutDetector
from dream_engine.motion.settings import MotionSettings
from dream_engine.motion.store import FrameStore
from dream_engine.settings import DreamSettings

DEFAULT_SIZE = 640
"""The longest side in pixels to which frames are shrunk, if the settings name no size."""


@dataclass(frozen=True, slots=True)
class MotionRequest:
    """A request for a moving dream.

    Attributes:
        source: The content of the source's file: a still picture, an animation or a video.
        settings: The settings of the dream. Without a size, frames are shrunk to 640 pixels.
        motion: How the dream moves.
        file_format: The encoding of the animation.
        guide: The content of the guide picture's file, if the dream has a guide.
        mask: The content of the mask's file, if only a part of the picture dreams.
        preset: The name of the preset that the settings came from, kept for the record only.
        max_bytes: The largest size of the file; ``None`` for no limit. To fit, the quality, then the frame
            rate, then the size is reduced.
        preview_seconds: The interval between previews in the progress; ``None`` for no previews.
        chunk_seconds: How many seconds a chunk may take; ``None`` for no limit.
        limits: The bounds of a moving source.
    """

    source: bytes = field(repr=False)
    settings: DreamSettings = field(default_factory=DreamSettings)
    motion: MotionSettings = field(default_factory=MotionSettings)
    file_format: AnimationFormat = "webp"
    guide: bytes | None = field(default=None, repr=False)
    mask: bytes | None = field(default=None, repr=False)
    preset: str | None = None
    max_bytes: int | None = None
    preview_seconds: float | None = None
    chunk_seconds: float | None = None
    limits: ClipLimits = field(default_factory=ClipLimits)


def motion_of(source: bytes, settings: MotionSettings) -> Motion | Literal["still"]:
    """The motion that some settings ask for; a moving source moves unless they say otherwise.

    Raises:
        SettingsError: A still picture cannot be dreamed as a clip.
    """
    if settings.motion is None:
        return "clip" if is_moving(source) else "still"
    if settings.motion == "clip" and not is_moving(source):
        raise SettingsError(
            field="motion", bound="still, zoom, grow or morph for a still picture", value="clip"
        )
    return settings.motion


class Interruption:
    """Lets another thread stop the reading of a source."""

    def __init__(self) -> None:
        self._lock = threading.Lock()
        self._is_set = False
        self._reader: ClipReader | None = None

    def watch(self, reader: ClipReader) -> None:
        """Interrupt a reader when this is set, also if it is set already."""
        with self._lock:
            self._reader = reader
            if self._is_set:
                reader.interrupt()

    def set(self) -> None:
        """End the reader, which raises in its own thread, and all later ones."""
        with self._lock:
            self._is_set = True
            if self._reader is not None:
                self._reader.interrupt()


def prepare(
    request: MotionRequest, store: FrameStore, interruption: Interruption | None = None
) -> tuple[MotionPlan, DreamSettings]:
    """Plan a motion, and save the plan and the source's frames, unless the store has them already.

    This blocks while the source is decoded in a child process.

    Args:
        request: The request, which asks for a motion.
        store: Where the frames are kept.
        interruption: Lets another thread stop the reading.

    Returns:
        The plan, and the settings with a seed and a size.

    Raises:
        PictureError: The source cannot be read.
        SettingsError: The motion does not suit the source.
        VideoMissingError: The source is a video, and PyAV is not installed.
    """
    if (saved := store.plan()) is not None:
        return saved
    kind = motion_of(request.source, request.motion)
    if kind == "still":
        raise SettingsError(field="motion", bound="clip, zoom, grow or morph", value="still")
    settings = request.settings
    if settings.seed is None:
        settings = settings.replace(seed=secrets.randbelow(2**32))
    if settings.size is None:
        settings = settings.replace(size=DEFAULT_SIZE)
    if kind == "clip":
        plan = _read_clip(request, settings, store, interruption or Interruption())
    else:
        plan = MotionPlan.of_still(cast("Motion", kind), request.motion)
        watch = None if interruption is None else interruption.watch
        store.put_source(0, still_of(request.source, request.limits, settings.size, watch))
    store.save_plan(plan, settings)
    return plan, settings


def _read_clip(
    request: MotionRequest, settings: DreamSettings, store: FrameStore, interruption: Interruption
) -> MotionPlan:
    milliseconds: list[float] = []
    scenes: list[int] = []
    cuts = CutDetector()
    fps = request.motion.fps
    with read_clip(
        request.source,
        request.limits,
        fps=fps,
        seconds=request.motion.seconds,
        size=settings.size,
        on_start=interruption.watch,
    ) as clip:
        for number, frame in enumerate(clip):
            if cuts.begins_scene(frame.picture):
                scenes.append(number)
            store.put_source(number, encode_frame(frame.picture))
            milliseconds.append(frame.milliseconds)
        info = clip.info
    return MotionPlan.of_clip(
        milliseconds,
        scenes,
        fps,
        loops=0 if info.is_video else info.loops,
        has_sound=info.has_sound,
        is_cut_short=info.is_cut_short,
        has_more=info.has_more,
    )


def still_of(
    source: bytes,
    limits: ClipLimits | None = None,
    size: int | None = None,
    on_start: Callable[[ClipReader], object] | None = None,
) -> bytes:
    """The still to dream: the source itself, or its first frame if it moves.

    Args:
        source: The content of the source's file.
        limits: The bounds of a moving source.
        size: The longest side in pixels to which the frame is shrunk; ``None`` keeps its size.
        on_start: Called with the reader of a moving source before its first frame is decoded.

    Raises:
        PictureError: The source moves and cannot be read.
        VideoMissingError: The source is a video, and PyAV is not installed.
    """
    if not is_moving(source):
        return source
    with read_clip(source, limits, fps=1, seconds=1, size=size, on_start=on_start) as clip:
        return encode_frame(next(clip).picture)

"""Makes the files of animations smaller, outside the event loop."""

import asyncio
import math
import tempfile
from collections.abc import Callable, Iterator
from dataclasses import dataclass, replace
from functools import partial
from pathlib import Path
from typing import Any

from bot.storage.motions import MotionFolders
from dream_engine.errors import DreamError
from dream_engine.images import Limits, Picture, decode
from dream_engine.images.decoder_child import DecoderProcessError
from dream_engine.images.refitting import RefittingError
from dream_engine.motion.animation import AnimationFormat, AnimationOptions, AnimationRendition
from dream_engine.motion.clips import ClipLimits, ClipReader, read_clip
from dream_engine.motion.description import describe_animation
from dream_engine.motion.fitting import Frames, fit_animation
from dream_engine.motion.recognition import is_video
from dream_engine.motion.store import FrameStore

_OWN = Limits(float("inf"), float("inf"), shortest_side=1, aspect=float("inf"))
"""The bounds of frames that the bot has written itself."""


_MAX_FPS = 30.0
"""The most frames per second of a motion."""


class AnimationRefitter:
    """Writes animations within a limit of bytes: from their frames, or else from the animation itself.

    Args:
        folders: Keeps the frames of unfinished motions.
        limits: The bounds of an animation.
        max_running: The largest number of animations that are written at a time.
    """

    def __init__(
        self, folders: MotionFolders, limits: ClipLimits | None = None, *, max_running: int = 1
    ) -> None:
        self._folders = folders
        self._limits = limits or ClipLimits()
        self._slots = asyncio.Semaphore(max_running)

    async def refit(self, image: bytes, max_bytes: int, job_id: str) -> tuple[bytes, AnimationRendition]:
        """Write an animation within a limit.

        Args:
            image: The animation's file.
            max_bytes: The limit.
            job_id: The job whose frames the animation shows, as long as they exist.

        Returns:
            The smaller file, and what was reduced.

        Raises:
            RefittingError: The animation cannot be read, or even the smallest file exceeds the limit.
        """
        return await self._run(partial(self._smaller, image, max_bytes, job_id))

    async def clean(self, source: bytes, max_bytes: int) -> bytes:
        """Write the frames of a moving source anew, without what a camera wrote into its file.

        Args:
            source: The source's file.
            max_bytes: The limit.

        Returns:
            A GIF of a GIF, an MP4 of a video, and otherwise a WebP.

        Raises:
            RefittingError: The source cannot be read, or even the smallest file exceeds the limit.
        """
        content, _ = await self._run(lambda: self._write(source, self._decoded(source), None, max_bytes))
        return content

    async def _run(
        self, work: Callable[[], tuple[bytes, AnimationRendition]]
    ) -> tuple[bytes, AnimationRendition]:
        async with self._slots:
            try:
                return await asyncio.to_thread(work)
            except (DreamError, DecoderProcessError, OSError) as error:
                raise RefittingError(f"making an animation smaller failed: {error}") from error

    def _smaller(self, image: bytes, max_bytes: int, job_id: str) -> tuple[bytes, AnimationRendition]:
        try:
            description = describe_animation(image)
        except DreamError:
            description = None
        try:
            return self._write(image, self._kept(job_id), description, max_bytes)
        except FileNotFoundError:  # the job has ended meanwhile, or long ago
            return self._write(image, self._decoded(image), description, max_bytes)

    def _write(
        self, image: bytes, animation: "_Animation", description: dict[str, Any] | None, max_bytes: int
    ) -> tuple[bytes, AnimationRendition]:
        file_format = _format_of(image)
        sound = image if animation.has_sound and file_format == "mp4" else None
        options = AnimationOptions(animation.size, animation.loops, description, sound=sound)
        with tempfile.TemporaryDirectory(prefix="dream-") as folder:
            path = Path(folder) / f"animation.{file_format}"
            rendition = fit_animation(animation.frames, path, file_format, options, max_bytes)
            return path.read_bytes(), rendition

    def _kept(self, job_id: str) -> "_Animation":
        """The animation from its frames.

        Raises:
            FileNotFoundError: They are not kept any more.
        """
        if not self._folders.folder(job_id).exists():
            raise FileNotFoundError(job_id)
        store = FrameStore(self._folders.folder(job_id))
        if (saved := store.plan()) is None:
            raise FileNotFoundError(job_id)
        plan, _ = saved

        def frames() -> Iterator[tuple[Picture, float]]:
            for index, milliseconds in zip(plan.sequence, plan.milliseconds, strict=True):
                yield decode(store.frame(index), _OWN), milliseconds

        first = decode(store.frame(plan.sequence[0]), _OWN)
        return _Animation(frames, (first.width, first.height), plan.loops, plan.has_sound)

    def _decoded(self, image: bytes) -> "_Animation":
        """The animation from its file."""

        def frames() -> Iterator[tuple[Picture, float]]:
            with self._reading(image) as clip:
                for frame in clip:
                    yield frame.picture, frame.milliseconds

        with self._reading(image) as clip:
            info = clip.info
        loops = 0 if info.is_video else info.loops
        return _Animation(frames, (info.width, info.height), loops, info.has_sound)

    def _reading(self, image: bytes) -> ClipReader:
        limits = replace(self._limits, megabytes=math.inf, shortest_side=1, aspect=math.inf)
        return read_clip(image, limits, fps=_MAX_FPS, seconds=limits.max_seconds)


@dataclass(frozen=True, slots=True)
class _Animation:
    """What is written.

    Attributes:
        frames: Yields the frames from the beginning.
        size: The width and height in pixels.
        loops: How often it plays; 0 for without end, ``None`` for once.
        has_sound: Whether its file has sound.
    """

    frames: Frames
    size: tuple[int, int]
    loops: int | None
    has_sound: bool


def _format_of(image: bytes) -> AnimationFormat:
    """The format of an animation's smaller file."""
    if image.startswith(b"GIF8"):
        return "gif"
    return "mp4" if is_video(image) else "webp"

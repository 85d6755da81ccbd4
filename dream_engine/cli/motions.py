"""Decides which sources move, and runs their motions in a temporary folder."""

import contextlib
import tempfile
from collections.abc import AsyncGenerator
from dataclasses import dataclass
from pathlib import Path

from dream_engine.cli.files import FileTask, read_clip_file
from dream_engine.cli.output import print_error
from dream_engine.dreams import DreamRequest, Progress
from dream_engine.errors import FileError, SettingsError
from dream_engine.images import FORMATS
from dream_engine.motion.animation import ANIMATION_FORMATS
from dream_engine.motion.clips import is_moving
from dream_engine.motion.preparation import MotionRequest, motion_of, still_of
from dream_engine.motion.runner import MotionDream, MotionProgress, SupportsChunks, dream_motion
from dream_engine.motion.settings import MotionSettings
from dream_engine.motion.store import FrameStore
from dream_engine.settings import DreamSettings

_ANIMATIONS_ONLY = {suffix for suffix in ANIMATION_FORMATS if suffix not in FORMATS}


@dataclass(frozen=True, slots=True)
class RequestReader:
    """Reads the source of a task, and makes its request.

    Attributes:
        settings: The settings of the dream.
        motion: How the dream moves.
        preset: The preset's name.
        guide: The content of the guide picture's file.
        mask: The content of the mask's file.
    """

    settings: DreamSettings
    motion: MotionSettings
    preset: str | None
    guide: bytes | None
    mask: bytes | None

    def request_for(self, task: FileTask) -> DreamRequest | MotionRequest:
        """Read the source of a task; returns the request for a still or a motion.

        Raises:
            FileError: The source cannot be read, or the output's format does not suit the motion.
        """
        source = read_clip_file(task)
        try:
            kind = motion_of(source, self.motion)
        except SettingsError as error:  # of this source, and not of the others in a folder
            raise FileError(reason=str(error)) from None
        suffix = task.output.suffix.lower()
        if kind == "still" and suffix in _ANIMATIONS_ONLY:
            reason = f"{task.source} is a still picture, and {task.output} is an animation"
            raise FileError(reason=f"{reason}: add --motion zoom, grow or morph, or name a .png or .webp.")
        if kind != "still" and suffix not in ANIMATION_FORMATS:
            if self.motion.motion is not None:
                endings = ", ".join(ANIMATION_FORMATS)
                raise FileError(reason=f"{task.output} holds one picture; a motion needs {endings}.")
            print_error(
                f"{task.source} moves; only its first frame is dreamed, because of {task.output.name}."
            )
            kind = "still"
        if kind == "still":
            still = still_of(source) if is_moving(source) else source
            return DreamRequest(
                still, self.settings, self.guide, self.preset, FORMATS[suffix], mask=self.mask
            )
        return MotionRequest(
            source,
            self.settings,
            self.motion,
            ANIMATION_FORMATS[suffix],
            guide=self.guide,
            mask=self.mask,
            preset=self.preset,
        )


async def run_motion(
    executor: SupportsChunks, request: MotionRequest, output: Path, parallel: int = 1
) -> AsyncGenerator[Progress | MotionDream]:
    """Dream a motion with its frames in a temporary folder, which is removed in any case.

    Args:
        executor: Dreams the chunks.
        request: What to dream.
        output: The animation's file.
        parallel: How many scenes to dream at once.

    Yields:
        Progress in frames, and last the motion.
    """
    with tempfile.TemporaryDirectory(prefix="dream-") as folder:
        events = dream_motion(executor, request, FrameStore(Path(folder)), output, parallel=parallel)
        async with contextlib.aclosing(events):
            async for event in events:
                if isinstance(event, MotionProgress):
                    yield _as_progress(event)
                elif isinstance(event, MotionDream):
                    yield event


def _as_progress(progress: MotionProgress) -> Progress:
    frame, frames = progress.shown
    return Progress(
        octave=0,
        octaves=1,
        step=frame,
        steps=frames,
        height=0,
        width=0,
        loss=None,
        fraction=progress.fraction,
        seconds_left=progress.seconds_left,
        preview=progress.preview,
        frame=frame,
    )

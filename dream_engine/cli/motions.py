"""Decides which sources move, and runs their motions in a temporary folder."""

import asyncio
import contextlib
import tempfile
from collections.abc import AsyncGenerator
from dataclasses import dataclass
from pathlib import Path
from typing import cast

from dream_engine.cli.formats import MOVING_FORMATS, STILL_FORMATS, suffix_of
from dream_engine.cli.output import print_error
from dream_engine.cli.streams import STANDARD, write_stdout
from dream_engine.cli.tasks import FileTask
from dream_engine.dreams import DreamRequest, Progress
from dream_engine.errors import FileError, SettingsError
from dream_engine.images import Format
from dream_engine.motion.animation import ANIMATION_FORMATS, AnimationFormat
from dream_engine.motion.clips import is_moving
from dream_engine.motion.preparation import MotionRequest, motion_of, still_of
from dream_engine.motion.runner import MotionDream, MotionProgress, SupportsChunks, dream_motion
from dream_engine.motion.settings import MotionSettings
from dream_engine.motion.store import FrameStore
from dream_engine.settings import DreamSettings


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
        source = task.read()
        try:
            kind = motion_of(source, self.motion)
        except SettingsError as error:  # of this source, and not of the others in a folder
            raise FileError(reason=str(error)) from None
        if kind == "still" and task.file_format not in STILL_FORMATS:
            reason = f"{task.source_name} is a still picture, and {_made(task)} is an animation"
            raise FileError(reason=f"{reason}: add --motion zoom, grow or morph, or name a .png or .webp.")
        if kind != "still" and task.file_format not in MOVING_FORMATS:
            if self.motion.motion is not None:
                endings = ", ".join(ANIMATION_FORMATS)
                raise FileError(reason=f"{_made(task)} holds one picture; a motion needs {endings}.")
            print_error(
                f"{task.source_name} moves; only its first frame is dreamed, because of {_made(task)}."
            )
            kind = "still"
        if kind == "still":
            still = still_of(source) if is_moving(source) else source
            still_format = cast("Format", task.file_format)
            return DreamRequest(still, self.settings, self.guide, self.preset, still_format, mask=self.mask)
        return MotionRequest(
            source,
            self.settings,
            self.motion,
            cast("AnimationFormat", task.file_format),
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
        output: The animation's file; ``-`` for standard output, which gets the finished animation.
        parallel: How many scenes to dream at once.

    Yields:
        Progress in frames, and last the motion.
    """
    with tempfile.TemporaryDirectory(prefix="dream-") as folder:
        target = Path(folder) / f"dream.{request.file_format}" if output == STANDARD else output
        events = dream_motion(executor, request, FrameStore(Path(folder)), target, parallel=parallel)
        async with contextlib.aclosing(events):
            async for event in events:
                if isinstance(event, MotionProgress):
                    yield _as_progress(event)
                elif isinstance(event, MotionDream):
                    if output == STANDARD:
                        await asyncio.to_thread(lambda: write_stdout(target.read_bytes()))
                    yield event


def _made(task: FileTask) -> str:
    """Name the output for messages; on standard output, by its format."""
    if task.output != STANDARD:
        return str(task.output)
    return f"a {suffix_of(task.file_format)} on {task.output_name}"


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

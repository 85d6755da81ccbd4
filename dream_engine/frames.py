"""The engine's input and output for motions: chunks of frames. This module needs no TensorFlow."""

from dataclasses import dataclass, field
from typing import Literal

from dream_engine.precision import Precision
from dream_engine.settings import DreamSettings

Motion = Literal["clip", "zoom", "grow", "morph"]
"""How a dream moves: it follows a moving source, zooms into itself in a loop, grows, or morphs."""


@dataclass(frozen=True, slots=True)
class ChunkRequest:
    """A request for some frames of a motion that follow each other.

    A motion is computed in chunks, so that it shares workers with other dreams and continues after a restart.

    Attributes:
        motion: The kind of motion.
        settings: The settings of the dream, with a seed.
        first: The index of the chunk's first frame.
        count: The number of frames in the chunk.
        total: The number of frames of the motion; of a zoom, those of the loop, without those that are
            computed before it and to close it.
        pictures: The contents of picture files, all of one size. For a clip, the source's frames, one for
            each frame of the chunk. For a zoom, the source of the first chunk; later, for each frame that
            closes the loop, the frame of one turn before. Otherwise the source.
        fps: The frames per second; a zoom moves less from frame to frame if there are more of them.
        state: The state that the chunk before ended in; ``None`` for the first chunk, and where a scene
            begins.
        guide: The content of the guide picture's file, if the dream has a guide.
        mask: The content of the mask's file, if only a part of the picture dreams.
        preset: The name of the preset that the settings came from, kept for the record only.
        preview_seconds: The interval between previews in the progress; ``None`` for no previews.
        time_limit: How many seconds the chunk may take; ``None`` for no limit.
    """

    motion: Motion
    settings: DreamSettings
    first: int
    count: int
    total: int
    pictures: tuple[bytes, ...] = field(repr=False)
    state: bytes | None = field(default=None, repr=False)
    fps: float = 15.0
    guide: bytes | None = field(default=None, repr=False)
    mask: bytes | None = field(default=None, repr=False)
    preset: str | None = None
    preview_seconds: float | None = None
    time_limit: float | None = None


@dataclass(frozen=True, slots=True)
class Frame:
    """A finished frame of a motion.

    Attributes:
        index: Its index in the motion.
        picture: A PNG, with alpha if the source has transparency.
        height: In pixels.
        width: In pixels.
    """

    index: int
    picture: bytes = field(repr=False)
    height: int
    width: int


@dataclass(frozen=True, slots=True)
class Chunk:
    """The end of a chunk, after its last frame.

    Attributes:
        first: The index of the chunk's first frame.
        count: The number of its frames.
        state: The state from which the next chunk continues.
        settings: The settings of the dream.
        seconds: How long the chunk took.
        precision: The number format that the network computed in.
    """

    first: int
    count: int
    state: bytes = field(repr=False)
    settings: DreamSettings
    seconds: float
    precision: Precision

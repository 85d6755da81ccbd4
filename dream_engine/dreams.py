"""The engine's input and output: requests, progress and dreams. This module needs no TensorFlow."""

import math
import os
from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from dream_engine.file_content import write
from dream_engine.images import Format, Limits, check_encodable, decode, describe, encode, format_of
from dream_engine.precision import Precision
from dream_engine.settings import DreamSettings
from dream_engine.shapes import Shape


@dataclass(frozen=True, slots=True)
class DreamRequest:
    """A request for one dream.

    Attributes:
        source: The content of the picture's file.
        settings: The settings of the dream.
        guide: The content of the guide picture's file, if the dream has a guide.
        preset: The name of the preset that the settings came from, kept for the record only.
        file_format: The encoding of the dream.
        max_bytes: The largest size of the dream's file; ``None`` for no limit. To fit, the dream is encoded
            as a WebP of lower quality, and then made smaller.
        preview_seconds: The interval between previews in the progress; ``None`` for no previews.
        time_limit: How many seconds the dream may take, from its start; ``None`` for no limit.
        mask: The content of the mask's file, if only a part of the picture dreams. White parts dream, black
            parts stay as they are.
    """

    source: bytes
    settings: DreamSettings = field(default_factory=DreamSettings)
    guide: bytes | None = None
    preset: str | None = None
    file_format: Format = "png"
    max_bytes: int | None = None
    preview_seconds: float | None = None
    time_limit: float | None = None
    mask: bytes | None = None


@dataclass(frozen=True, slots=True)
class Progress:
    """The progress of a running dream.

    Attributes:
        octave: The index of the current octave; 0 is the smallest.
        octaves: The number of octaves.
        step: How many steps of this octave are done.
        steps: The largest number of steps of this octave.
        height: The octave's height in pixels.
        width: The octave's width in pixels.
        loss: The loss that the last step started from; ``None`` before the first step is done.
        fraction: The share of the dream that is done, from 0 to 1; at 1, only the encoding is left.
        seconds_left: An estimate from the speed so far; ``None`` while there is none.
        preview: The dream so far, at intervals: a small JPEG, or a WebP if the source has transparency.
        frame: The index of the frame of a motion that is dreamed; ``None`` for a still.
    """

    octave: int
    octaves: int
    step: int
    steps: int
    height: int
    width: int
    loss: float | None
    fraction: float
    seconds_left: float | None = None
    preview: bytes | None = None
    frame: int | None = None


@dataclass(frozen=True, slots=True)
class OctaveRecord:
    """A record of one octave.

    Attributes:
        height: In pixels.
        width: In pixels.
        losses: The loss that each step started from, including the one that exceeded ``max_loss``.
        seconds: How long the octave took.
    """

    height: int
    width: int
    losses: tuple[float, ...]
    seconds: float


@dataclass(frozen=True, slots=True)
class Dream:
    """A finished dream.

    Attributes:
        image: The content of the dream's file.
        file_format: The encoding of that file.
        height: In pixels; less than the last octave's if the picture was made smaller to fit ``max_bytes``.
        width: In pixels.
        settings: The dream's settings, its seed included: with the same source they reproduce the dream.
        preset: The preset that the settings came from.
        octaves: A record of each octave.
        seconds: How long the dream took, decoding and encoding included.
        precision: The number format that the network computed in.
        requested_shape: The height and width in pixels that were asked for, if memory did not suffice for
            them; otherwise ``None``.
        is_cut_short: Whether the source's file is truncated, so that a part of the picture is missing.
        guide_is_cut_short: Whether the guide's file is truncated, so that a part of the guide is missing.
        mask_is_cut_short: Whether the mask's file is truncated, so that a part of the mask is missing.
        sharers: The mean number of workers that computed on the same cores meanwhile, its own included. A
            dream that shared them took longer than it takes alone.
    """

    image: bytes
    file_format: Format
    height: int
    width: int
    settings: DreamSettings
    preset: str | None
    octaves: tuple[OctaveRecord, ...]
    seconds: float
    precision: Precision
    requested_shape: Shape | None = None
    is_cut_short: bool = False
    guide_is_cut_short: bool = False
    mask_is_cut_short: bool = False
    sharers: float = 1.0

    @property
    def losses(self) -> tuple[tuple[float, ...], ...]:
        """The loss that each step started from, for each octave, the smallest first."""
        return tuple(octave.losses for octave in self.octaves)

    def save(self, path: str | os.PathLike[str]) -> None:
        """Write the dream to a file atomically. An existing file is replaced.

        Args:
            path: The file; its suffix sets the format: ``.png``, ``.jpg``, ``.jpeg`` or ``.webp``. A format
                other than :attr:`file_format` is encoded from :attr:`image`.

        Raises:
            FileError: The suffix stands for no supported format, or the file cannot be written.
            TooLargeForFormatError: A side is longer than the format supports.
        """
        path = Path(path)
        file_format = format_of(path)
        write(path, self.image if file_format == self.file_format else self._encoded_as(file_format))

    def _encoded_as(self, file_format: Format) -> bytes:
        limits = Limits(math.inf, math.inf, shortest_side=1, aspect=math.inf)
        picture = decode(self.image, limits)
        check_encodable(picture, file_format)
        return encode(picture, file_format, describe(self.image, limits))

    def report(self) -> Mapping[str, Any]:
        """Everything but the image, as values that can be serialised as JSON."""
        return {
            "backbone": self.settings.backbone,
            "preset": self.preset,
            "settings": self.settings.model_dump(mode="json"),
            "width": self.width,
            "height": self.height,
            "octaves": [
                {"height": o.height, "width": o.width, "losses": list(o.losses), "seconds": o.seconds}
                for o in self.octaves
            ],
            "seconds": self.seconds,
            "precision": self.precision,
            "wanted": None
            if self.requested_shape is None
            else {"height": self.requested_shape[0], "width": self.requested_shape[1]},
            "is_cut_short": self.is_cut_short,
            "guide_is_cut_short": self.guide_is_cut_short,
            "mask_is_cut_short": self.mask_is_cut_short,
        }

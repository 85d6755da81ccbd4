"""What goes into the engine and what comes out of it; none of it needs TensorFlow."""

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
    """One dream that somebody wishes for.

    Attributes:
        source: The content of the picture's file.
        settings: What shapes the dream.
        guide: The content of the guide picture's file, where the dream shall grow towards one.
        preset: The name of the preset that the settings came from; it is only noted down.
        file_format: What the dream is encoded as.
        most_bytes: How large the dream's file may be; it becomes a WebP of lower quality, and
            at last a smaller picture, to fit. ``None`` for any size.
        preview_seconds: How often progress carries a preview; ``None`` for never.
        time_limit: How many seconds the dream may take, from its start; ``None`` for any.
    """

    source: bytes
    settings: DreamSettings = field(default_factory=DreamSettings)
    guide: bytes | None = None
    preset: str | None = None
    file_format: Format = "png"
    most_bytes: int | None = None
    preview_seconds: float | None = None
    time_limit: float | None = None


@dataclass(frozen=True, slots=True)
class Progress:
    """What a running dream tells.

    Attributes:
        octave: The octave it is at; 0 is the smallest.
        octaves: How many there are.
        step: How many steps of this octave are done.
        steps: How many this octave has at most.
        height: The octave's height in pixels.
        width: The octave's width in pixels.
        loss: The loss that the last step started from; ``None`` before the first is done.
        fraction: How much of the whole dream is done, from 0 to 1; with 1, only its file has to be written.
        seconds_left: An estimate from the speed so far; ``None`` while there is none.
        preview: Now and then, the dream as it stands: a small JPEG, or a WebP where there is transparency.
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


@dataclass(frozen=True, slots=True)
class OctaveRecord:
    """What happened at one octave.

    Attributes:
        height: In pixels.
        width: In pixels.
        losses: The loss that each step started from, the last step's included where it passed the largest.
        seconds: How long it took.
    """

    height: int
    width: int
    losses: tuple[float, ...]
    seconds: float


@dataclass(frozen=True, slots=True)
class Dream:
    """A finished dream.

    Attributes:
        image: The content of its file.
        file_format: What it is encoded as.
        height: In pixels; less than the last octave's where the picture had to be made smaller to fit.
        width: In pixels.
        settings: What made it, the seed included: with the same source they make it again.
        preset: The preset they came from.
        octaves: What happened at each octave.
        seconds: How long it took, decoding and encoding included.
        precision: What the network computed in.
        wanted: The height and width in pixels that it would have had, where there was no memory for that.
        is_cut_short: Whether the source's file broke off, so that a part of the picture is missing.
        guide_is_cut_short: Whether the guide's file broke off, so that a part of the guide is missing.
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
    wanted: Shape | None = None
    is_cut_short: bool = False
    guide_is_cut_short: bool = False

    @property
    def losses(self) -> tuple[tuple[float, ...], ...]:
        """For each octave, the smallest first, the loss that each of its steps started from."""
        return tuple(octave.losses for octave in self.octaves)

    def save(self, path: str | os.PathLike[str]) -> None:
        """Write the dream's file whole or not at all; an older file is replaced.

        Args:
            path: The file; its ending says the format: ``.png``, ``.jpg``, ``.jpeg`` or ``.webp``. A format
                other than :attr:`file_format` is encoded from :attr:`image`.

        Raises:
            FileError: The ending names no format that is written, or the file cannot be written.
            TooLargeForFormatError: The format has no room for so long a side.
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
        """Everything but the picture, as values that JSON knows."""
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
            "wanted": None if self.wanted is None else {"height": self.wanted[0], "width": self.wanted[1]},
            "is_cut_short": self.is_cut_short,
            "guide_is_cut_short": self.guide_is_cut_short,
        }

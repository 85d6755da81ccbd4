"""A dream whose steps are done, and whose file is still to be written."""

from collections.abc import Callable
from dataclasses import dataclass

from dream_engine.dreams import Dream, DreamRequest, OctaveRecord
from dream_engine.images import Picture, fit
from dream_engine.precision import Precision
from dream_engine.settings import DreamSettings
from dream_engine.shapes import Shape


@dataclass(frozen=True, slots=True)
class UnencodedDream:
    """A dream whose steps are done, and whose file is still to be written.

    Attributes:
        picture: What it became.
        request: What was wished for.
        settings: What made it, the seed included.
        octaves: What happened at each octave.
        precision: What the network computed in.
        started: When it began, on the clock.
        clock: Tells the seconds.
        requested_shape: The height and width in pixels that there was no memory for, if there was none.
        guide_is_cut_short: Whether the guide's file broke off, so that a part of the guide is missing.
    """

    picture: Picture
    request: DreamRequest
    settings: DreamSettings
    octaves: tuple[OctaveRecord, ...]
    precision: Precision
    started: float
    clock: Callable[[], float]
    requested_shape: Shape | None = None
    guide_is_cut_short: bool = False

    def finish(self) -> Dream:
        """Write the file; needs nothing of the Dreamer, and so may run on any thread."""
        description = {
            "preset": self.request.preset,
            "settings": self.settings.model_dump(mode="json"),
            "precision": self.precision,
        }
        rendition = fit(self.picture, self.request.file_format, self.request.max_bytes, description)
        return Dream(
            image=rendition.image,
            file_format=rendition.file_format,
            height=rendition.height,
            width=rendition.width,
            settings=self.settings,
            preset=self.request.preset,
            octaves=self.octaves,
            seconds=self.clock() - self.started,
            precision=self.precision,
            requested_shape=self.requested_shape,
            is_cut_short=self.picture.is_cut_short,
            guide_is_cut_short=self.guide_is_cut_short,
        )

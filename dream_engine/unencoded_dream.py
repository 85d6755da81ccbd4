"""UnencodedDream: a dream that has taken all its steps, but has no file yet."""

from collections.abc import Callable
from dataclasses import dataclass

from dream_engine.dreams import Dream, DreamRequest, OctaveRecord
from dream_engine.images import Picture, fit
from dream_engine.precision import Precision
from dream_engine.settings import DreamSettings
from dream_engine.shapes import Shape


@dataclass(frozen=True, slots=True)
class UnencodedDream:
    """A dream that has taken all its steps, but has no file yet.

    Attributes:
        picture: The picture that it became.
        request: The request.
        settings: The settings that made it, the seed included.
        octaves: A record of each octave.
        precision: The network's precision.
        started: When it began, by the clock.
        clock: Returns the time in seconds.
        wanted: The height and width in pixels that did not fit into memory; ``None`` if they did.
        guide_is_cut_short: Whether the guide's file was truncated, so that part of the guide is missing.
    """

    picture: Picture
    request: DreamRequest
    settings: DreamSettings
    octaves: tuple[OctaveRecord, ...]
    precision: Precision
    started: float
    clock: Callable[[], float]
    wanted: Shape | None = None
    guide_is_cut_short: bool = False

    def finish(self) -> Dream:
        """Encode the file. This needs no Dreamer, and so may run on any thread."""
        description = {
            "preset": self.request.preset,
            "settings": self.settings.model_dump(mode="json"),
            "precision": self.precision,
        }
        rendition = fit(self.picture, self.request.file_format, self.request.most_bytes, description)
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
            wanted=self.wanted,
            is_cut_short=self.picture.is_cut_short,
            guide_is_cut_short=self.guide_is_cut_short,
        )

"""A computed dream before it is encoded."""

from collections.abc import Callable
from dataclasses import dataclass

from dream_engine.dreams import Dream, DreamRequest, OctaveRecord
from dream_engine.images import Picture, fit
from dream_engine.precision import Precision
from dream_engine.settings import DreamSettings
from dream_engine.shapes import Shape


@dataclass(frozen=True, slots=True)
class UnencodedDream:
    """A computed dream before it is encoded.

    Attributes:
        picture: The dream's picture.
        request: The request.
        settings: The dream's settings, its seed included.
        octaves: A record of each octave.
        precision: The number format that the network computed in.
        started: When the dream began, on the clock.
        clock: Returns the time in seconds.
        requested_shape: The height and width in pixels that were asked for, if memory did not suffice for
            them; otherwise ``None``.
        guide_is_cut_short: Whether the guide's file is truncated, so that a part of the guide is missing.
        mask_is_cut_short: Whether the mask's file is truncated, so that a part of the mask is missing.
        sharers: The mean number of workers that computed on the same cores meanwhile, its own included.
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
    mask_is_cut_short: bool = False
    sharers: float = 1.0

    def encode(self) -> Dream:
        """Encode the dream. This does not use the Dreamer, and can run on any thread."""
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
            mask_is_cut_short=self.mask_is_cut_short,
            sharers=self.sharers,
        )

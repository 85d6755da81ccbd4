"""What a growing dream tells of itself."""

from collections.abc import Callable, Iterator, Sequence
from dataclasses import replace
from typing import TYPE_CHECKING, Any

import numpy as np
from PIL import Image

from dream_engine.dreams import DreamRequest, Progress
from dream_engine.errors import TimeLimitError
from dream_engine.eta import EtaEstimator
from dream_engine.images import encode_preview
from dream_engine.pixels import to_pixels
from dream_engine.shapes import Shape, shrunk_shape

if TYPE_CHECKING:
    from dream_engine.compute.ascent import Climb

_PREVIEW_SIDE = 512
"""The longest side of a preview, in pixels; all previews of one dream have one size."""


class ProgressReporter:
    """Tells how far a dream is and, now and then, what it looks like.

    Args:
        request: How often it wants a preview, and how long the dream may take.
        shapes: The octaves' heights and widths.
        steps: The steps of each octave.
        clock: Tells the seconds.
        started: When the dream began, on the clock.
        alpha: The source's alpha, uint8 ``[height, width]``; ``None`` where it is opaque.
    """

    def __init__(
        self,
        request: DreamRequest,
        shapes: Sequence[Shape],
        steps: int,
        clock: Callable[[], float],
        started: float,
        alpha: np.ndarray | None = None,
    ) -> None:
        self._request = request
        self._shapes = shapes
        self._steps = steps
        self._clock = clock
        self._started = started
        self._alpha = alpha
        self._pace = EtaEstimator(shapes, steps, clock)
        self._preview_shape = shrunk_shape(shapes[-1], _PREVIEW_SIDE, min_side=1)
        self._preview_due = started
        self._told: Progress | None = None

    def tell(self, octave: int, here: "Climb", inside: tuple[slice, ...]) -> Progress:
        """What there is to tell.

        Args:
            octave: The octave the dream is at.
            here: How far it has come there.
            inside: Where the dream lies in the picture that is climbed on.

        Raises:
            TimeLimitError: The dream takes longer than it may.
        """
        now = self._clock()
        limit = self._request.time_limit
        if limit is not None and now - self._started > limit:
            raise TimeLimitError(seconds=limit)
        preview = None
        if self._request.preview_seconds is not None and now >= self._preview_due:
            self._preview_due = now + self._request.preview_seconds
            preview = self._preview(here.image[inside])
        fraction = self._pace.fraction(octave, here.step + here.part)
        height, width = self._shapes[octave]
        self._told = Progress(
            octave=octave,
            octaves=len(self._shapes),
            step=here.step,
            steps=self._steps,
            height=height,
            width=width,
            loss=here.loss,
            fraction=fraction,
            seconds_left=self._pace.seconds_left(fraction),
            preview=preview,
        )
        return self._told

    def tell_the_end(self) -> Iterator[Progress]:
        """That all steps are done, where the last step's progress has not said so: octaves can end early."""
        if self._told is not None and self._told.fraction < 1.0:
            yield replace(self._told, fraction=1.0, seconds_left=0.0, preview=None)

    def _preview(self, image: Any) -> bytes:
        height, width = image.shape[1:3]
        stride = max(1, max(height, width) // (2 * max(self._preview_shape)))
        pixels = to_pixels(np.asarray(image[0, ::stride, ::stride]))
        alpha = self._alpha
        if alpha is not None:
            # Of the octave's size first, so that the stride leaves the same pixels of both.
            octave = Image.fromarray(alpha).resize((width, height), Image.Resampling.BILINEAR)
            alpha = np.asarray(octave)[::stride, ::stride]
        return encode_preview(pixels, self._preview_shape, alpha)

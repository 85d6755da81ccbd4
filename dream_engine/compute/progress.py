"""Reports the progress of a running dream."""

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
    from dream_engine.compute.ascent import AscentState

_PREVIEW_SIDE = 512
"""The longest side of a preview, in pixels; all previews of one dream have one size."""


class ProgressReporter:
    """Creates progress records with estimates and previews, and enforces the time limit.

    Args:
        request: The request, with the interval of previews and the time limit.
        shapes: The octaves' heights and widths.
        steps: The largest number of steps of each octave.
        clock: Returns the time in seconds.
        started: When the dream began, on the clock.
        alpha: The source's alpha, uint8 ``[height, width]``; ``None`` if it is opaque.
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
        self._eta = EtaEstimator(shapes, steps, clock)
        self._preview_shape = shrunk_shape(shapes[-1], _PREVIEW_SIDE, min_side=1)
        self._preview_due = started
        self._last: Progress | None = None

    def report(self, octave: int, state: "AscentState", inside: tuple[slice, ...]) -> Progress:
        """Create a progress record.

        Args:
            octave: The current octave.
            state: The state of the octave's ascent.
            inside: The slices of the dream in the ascent's padded picture.

        Raises:
            TimeLimitError: The dream exceeded its time limit.
        """
        now = self._clock()
        limit = self._request.time_limit
        if limit is not None and now - self._started > limit:
            raise TimeLimitError(seconds=limit)
        preview = None
        if self._request.preview_seconds is not None and now >= self._preview_due:
            self._preview_due = now + self._request.preview_seconds
            preview = self._preview(state.image[inside])
        fraction = self._eta.fraction(octave, state.step + state.step_fraction)
        height, width = self._shapes[octave]
        self._last = Progress(
            octave=octave,
            octaves=len(self._shapes),
            step=state.step,
            steps=self._steps,
            height=height,
            width=width,
            loss=state.loss,
            fraction=fraction,
            seconds_left=self._eta.seconds_left(fraction),
            preview=preview,
        )
        return self._last

    def report_end(self) -> Iterator[Progress]:
        """Report that all steps are done, unless the last report said so; octaves can end early."""
        if self._last is not None and self._last.fraction < 1.0:
            yield replace(self._last, fraction=1.0, seconds_left=0.0, preview=None)

    def _preview(self, image: Any) -> bytes:
        height, width = image.shape[1:3]
        stride = max(1, max(height, width) // (2 * max(self._preview_shape)))
        pixels = to_pixels(np.asarray(image[0, ::stride, ::stride]))
        alpha = self._alpha
        if alpha is not None:
            # Resize to the octave first, so that the stride selects the same pixels of both.
            octave = Image.fromarray(alpha).resize((width, height), Image.Resampling.BILINEAR)
            alpha = np.asarray(octave)[::stride, ::stride]
        return encode_preview(pixels, self._preview_shape, alpha)

"""Estimates how much of a dream is done and how long the rest will take."""

from collections.abc import Callable, Sequence

from dream_engine.shapes import Shape, work


class EtaEstimator:
    """Estimates a dream's remaining time. A step's cost is the number of pixels of its octave.

    Args:
        shapes: The octaves' heights and widths.
        steps: The number of steps of each octave.
        clock: Returns the time in seconds.
    """

    def __init__(self, shapes: Sequence[Shape], steps: int, clock: Callable[[], float]) -> None:
        self._costs = [float(height * width) for height, width in shapes]
        self._steps = steps
        self._whole = work(shapes, steps)
        self._clock = clock
        self._measured_from: tuple[float, float] | None = None

    def fraction(self, octave: int, steps_done: float) -> float:
        """The share of the work that is done, from 0 to 1."""
        before = sum(self._costs[:octave]) * self._steps
        return (before + self._costs[octave] * steps_done) / self._whole

    def seconds_left(self, fraction: float) -> float | None:
        """Estimate from the speed since the first call, which excludes the compilation.

        Args:
            fraction: The share of the work that is done now.

        Returns:
            Seconds, or ``None`` while there is too little progress for an estimate.
        """
        now = self._clock()
        if self._measured_from is None:
            self._measured_from = (now, fraction)
            return None
        since, start = self._measured_from
        return (now - since) / (fraction - start) * (1.0 - fraction) if fraction > start else None

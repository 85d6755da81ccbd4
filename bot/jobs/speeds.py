"""Estimates how long a dream takes from the measured speeds of earlier ones."""

import math
from statistics import fmean

_NEWEST_WEIGHT = 0.3
_FIXED_WORK = 2.0
"""The work of reading, compiling and writing that every dream costs, in 10⁶ pixels. Without it, a small
picture would predict hours for a large one."""

_SHARING_EXPONENT = 0.3
"""Until it is measured, each of ``n`` dreams that share the cores takes ``n`` to this power times as long as
one alone: 1.23 times for two, which are thus finished sooner than one after the other."""
_ALONE = 1.1
"""Up to this mean number of sharers, a dream counts as one that had all cores for itself."""


class Speeds:
    """The measured seconds per unit of work, by backbone and preset, of dreams that have all cores.

    A unit of work is 10⁶ pixels, counted over all steps.

    Args:
        measured: The stored speeds.
    """

    def __init__(self, measured: dict[tuple[str, str], float] | None = None) -> None:
        self._measured = dict(measured or {})
        self._exponent = _SHARING_EXPONENT

    def learn(self, backbone: str, preset: str, work: float, seconds: float, sharers: float = 1.0) -> float:
        """Update the speed, or how much sharing costs, with a finished dream.

        Args:
            backbone: The dream's backbone.
            preset: Its preset.
            work: Its work.
            seconds: How long it took.
            sharers: The mean number of dreams that shared the cores meanwhile, itself included.

        Returns:
            The speed of the preset, in seconds per unit.
        """
        measured = seconds / (_FIXED_WORK + work)
        before = self._measured.get((backbone, preset))
        if sharers > _ALONE and before is not None:
            exponent = math.log(measured / before) / math.log(sharers)
            self._exponent += _NEWEST_WEIGHT * (min(max(exponent, 0.0), 1.0) - self._exponent)
            return before
        alone = measured / self.slowdown(sharers)
        speed = alone if before is None else before + _NEWEST_WEIGHT * (alone - before)
        self._measured[backbone, preset] = speed
        return speed

    def slowdown(self, sharers: float) -> float:
        """How many times as long a dream takes among a number of dreams that share the cores."""
        return float(max(1.0, sharers) ** self._exponent)

    def estimate(self, backbone: str, preset: str, work: float) -> float | None:
        """Estimate the seconds of a dream alone; ``None`` before any dream was measured on its backbone."""
        same_backbone = [speed for (name, _), speed in self._measured.items() if name == backbone]
        if not same_backbone:
            return None
        return (_FIXED_WORK + work) * self._measured.get((backbone, preset), fmean(same_backbone))

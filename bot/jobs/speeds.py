"""Estimates how long a dream takes from the measured speeds of earlier ones."""

from statistics import fmean

_NEWEST_WEIGHT = 0.3
_FIXED_WORK = 2.0
"""The work of reading, compiling and writing that every dream costs, in 10⁶ pixels. Without it, a small
picture would predict hours for a large one."""


class Speeds:
    """The measured seconds per unit of work, by backbone and preset.

    A unit of work is 10⁶ pixels, counted over all steps.

    Args:
        measured: The stored speeds.
    """

    def __init__(self, measured: dict[tuple[str, str], float] | None = None) -> None:
        self._measured = dict(measured or {})

    def learn(self, backbone: str, preset: str, work: float, seconds: float) -> float:
        """Update the speed with a finished dream; returns the new speed, in seconds per unit."""
        measured = seconds / (_FIXED_WORK + work)
        before = self._measured.get((backbone, preset), measured)
        speed = before + _NEWEST_WEIGHT * (measured - before)
        self._measured[backbone, preset] = speed
        return speed

    def estimate(self, backbone: str, preset: str, work: float) -> float | None:
        """Estimate the seconds of a dream; ``None`` before any dream was measured on its backbone."""
        same_backbone = [speed for (name, _), speed in self._measured.items() if name == backbone]
        if not same_backbone:
            return None
        return (_FIXED_WORK + work) * self._measured.get((backbone, preset), fmean(same_backbone))

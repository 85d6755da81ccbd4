"""How long a dream will take, from how long others took."""

from statistics import fmean

_WEIGHT_OF_THE_NEWEST = 0.3


class Speeds:
    """The seconds that a unit of work takes, measured, by backbone and preset.

    Args:
        measured: What was measured before.
    """

    def __init__(self, measured: dict[tuple[str, str], float] | None = None) -> None:
        self._measured = dict(measured or {})

    def learn(self, backbone: str, preset: str, work: float, seconds: float) -> float:
        """Take a finished dream into account; returns the speed to keep."""
        here = seconds / work
        before = self._measured.get((backbone, preset), here)
        speed = before + _WEIGHT_OF_THE_NEWEST * (here - before)
        self._measured[backbone, preset] = speed
        return speed

    def estimate(self, backbone: str, preset: str, work: float) -> float | None:
        """The seconds that a dream will take; ``None`` before anything was measured on its backbone."""
        alike = [speed for (name, _), speed in self._measured.items() if name == backbone]
        if not alike:
            return None
        return work * self._measured.get((backbone, preset), fmean(alike))

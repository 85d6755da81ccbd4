"""How long a dream will take, from how long others took."""

from statistics import fmean

_WEIGHT_OF_THE_NEWEST = 0.3
_WORK_BESIDES = 2.0
"""What every dream takes besides, as work in 10⁶ pixels: reading, compiling, writing. Without it, a picture
of few pixels would say that a large one takes hours."""


class Speeds:
    """The seconds that a unit of work takes, measured, by backbone and preset.

    Work is counted in 10⁶ pixels of all steps.

    Args:
        measured: What was measured before.
    """

    def __init__(self, measured: dict[tuple[str, str], float] | None = None) -> None:
        self._measured = dict(measured or {})

    def learn(self, backbone: str, preset: str, work: float, seconds: float) -> float:
        """Take a finished dream into account; returns the speed to keep."""
        here = seconds / (_WORK_BESIDES + work)
        before = self._measured.get((backbone, preset), here)
        speed = before + _WEIGHT_OF_THE_NEWEST * (here - before)
        self._measured[backbone, preset] = speed
        return speed

    def estimate(self, backbone: str, preset: str, work: float) -> float | None:
        """The seconds that a dream will take; ``None`` before anything was measured on its backbone."""
        alike = [speed for (name, _), speed in self._measured.items() if name == backbone]
        if not alike:
            return None
        return (_WORK_BESIDES + work) * self._measured.get((backbone, preset), fmean(alike))

"""Completes the options of a request, and computes how much work the dream is and what it costs."""

import secrets
from collections.abc import Callable
from dataclasses import dataclass
from typing import cast

from bot.errors import SizeRefusal, TooMuchWorkRefusal
from bot.jobs.forecast import Forecaster
from bot.options import DreamOptions
from bot.settings import BotSettings
from dream_engine.frames import Motion
from dream_engine.motion.plan import MotionPlan
from dream_engine.motion.preparation import DEFAULT_SIZE
from dream_engine.presets import THING
from dream_engine.settings import DreamSettings
from dream_engine.shapes import Shape, octave_shapes, shrunk_shape, work

_CLIP_SHARE = 0.35
"""The work of a frame of a clip that continues the one before, relative to a whole dream."""
_ZOOM_SHARE = 0.25
"""The work of a frame of a zoom, relative to a whole dream."""

_MOVING = ("clip", "zoom", "grow", "morph")


@dataclass(frozen=True, slots=True)
class Quote:
    """What a dream costs.

    Attributes:
        work: The pixels of all steps together, in units of 10⁶.
        price: How many dreams of its owner's allowance it costs, before the allowance's size bounds it.
    """

    work: float
    price: int


class Pricing:
    """Fills in default options and computes what a dream costs.

    Args:
        settings: The operator's settings.
        settings_of: Converts options into the engine's settings.
        forecaster: Estimates how long a dream takes.

    Attributes:
        settings_of: Converts options into the engine's settings.
    """

    def __init__(
        self,
        *,
        settings: BotSettings,
        settings_of: Callable[[DreamOptions], DreamSettings],
        forecaster: Forecaster,
    ) -> None:
        self._settings = settings
        self.settings_of = settings_of
        self._forecaster = forecaster

    def complete(self, options: DreamOptions, *, preset: str | None, largest: int) -> DreamOptions:
        """Fill in every option that the person left open, so that a restart changes nothing.

        Args:
            options: The options that the person chose.
            preset: The server's preset; ``None`` for the operator's.
            largest: The longest side that the server allows, in pixels.

        Returns:
            The options with a preset, a size and a seed.

        Raises:
            SizeRefusal: The person asks for more than ``largest`` pixels.
            OptionRefusal: The options contradict each other or the backbone.
        """
        if options.size is not None and options.size > largest:
            raise SizeRefusal(largest=largest)
        default_preset = THING if options.of else preset or self._settings.default_preset
        completed = options.model_copy(
            update={
                "preset": options.preset or default_preset,
                "size": min(options.size or self._settings.default_size, largest),
                "seed": secrets.randbelow(2**32) if options.seed is None else options.seed,
            }
        )
        if options.size is None and options.motion in _MOVING:
            completed = self.with_motion_size(completed)
        self.settings_of(completed)  # validates the options
        _ = completed.motion_settings
        return completed

    def with_motion_size(self, options: DreamOptions) -> DreamOptions:
        """Return options whose size is at most the default of motions, which have many frames."""
        return options.model_copy(update={"size": min(options.size or DEFAULT_SIZE, DEFAULT_SIZE)})

    def quote(
        self, options: DreamOptions, motion: str | None, shape: Shape | None, frames: int | None = None
    ) -> Quote:
        """Compute what a dream costs.

        Args:
            options: The completed options.
            motion: How the dream moves; ``None`` for a still, and as long as that is unknown.
            shape: The source's height and width in pixels; ``None`` counts as a square of the full size.
            frames: The number of frames of a clip; ``None`` while it is unknown.

        Raises:
            TooMuchWorkRefusal: The dream would probably take too long.
        """
        dream = self.settings_of(options)
        amount = self._still_work(dream, shape)
        if motion not in _MOVING or (motion == "clip" and frames is None):
            return self.quote_again(options, None, amount)
        if motion == "clip":  # its first frame is dreamed as a whole
            amount *= 1 + _CLIP_SHARE * (max(1, frames or 0) - 1)
        elif motion == "zoom":
            plan = MotionPlan.of_still(cast("Motion", motion), options.motion_settings)
            amount *= _ZOOM_SHARE * plan.frames
        return self.quote_again(options, motion, amount)

    def quote_again(self, options: DreamOptions, motion: str | None, amount: float) -> Quote:
        """Compute what a dream costs whose work is known from an earlier quote.

        Args:
            options: The completed options.
            motion: How the dream moves; ``None`` for a still.
            amount: The work of the earlier quote.

        Raises:
            TooMuchWorkRefusal: The dream would probably take too long.
        """
        if motion not in _MOVING:
            self._check_duration(options, amount, self._settings.time_limit / 60)
            return Quote(amount, 1)
        self._check_duration(options, amount, self._settings.motion_minutes)
        default = DreamOptions(preset=self._settings.default_preset, size=self._settings.default_size)
        return Quote(amount, max(1, round(amount / self._still_work(self.settings_of(default), None))))

    def _still_work(self, dream: DreamSettings, shape: Shape | None) -> float:
        size = dream.size or self._settings.largest_size
        shapes = octave_shapes(shrunk_shape(shape or (size, size), size), dream.octaves, dream.octave_scale)
        return work(shapes, dream.iterations) / 1e6

    def _check_duration(self, options: DreamOptions, amount: float, limit: float) -> None:
        """Refuse a dream that would take longer than the limit in minutes."""
        seconds = self._forecaster.estimate(options, amount)
        if seconds is not None and seconds > limit * 60:
            raise TooMuchWorkRefusal(minutes=round(seconds / 60), limit=round(limit, 1))

"""Completes the options of a request, and computes how much work the dream is."""

import secrets
from collections.abc import Callable

from bot.errors import SizeRefusal, TooMuchWorkRefusal
from bot.jobs.forecast import Forecaster
from bot.options import DreamOptions
from bot.settings import BotSettings
from dream_engine.presets import THING
from dream_engine.settings import DreamSettings
from dream_engine.shapes import Shape, octave_shapes, shrunk_shape, work


class Pricing:
    """Fills in default options and computes the work that a dream costs.

    Args:
        settings: The operator's settings.
        settings_of: Converts options into the engine's settings.
        forecaster: Estimates how long a dream takes.
    """

    def __init__(
        self,
        *,
        settings: BotSettings,
        settings_of: Callable[[DreamOptions], DreamSettings],
        forecaster: Forecaster,
    ) -> None:
        self._settings = settings
        self._settings_of = settings_of
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
            raise SizeRefusal(largest=str(largest))
        default_preset = THING if options.of else preset or self._settings.default_preset
        completed = options.model_copy(
            update={
                "preset": options.preset or default_preset,
                "size": min(options.size or self._settings.default_size, largest),
                "seed": secrets.randbelow(2**32) if options.seed is None else options.seed,
            }
        )
        self._settings_of(completed)  # validates the options
        return completed

    def work(self, options: DreamOptions, shape: Shape | None) -> float:
        """Compute how much work a dream is.

        Args:
            options: The completed options.
            shape: The source's height and width in pixels; ``None`` counts as a square of the full size.

        Returns:
            The pixels of all steps together, in units of 10⁶.

        Raises:
            TooMuchWorkRefusal: The dream would probably exceed the time limit.
        """
        dream = self._settings_of(options)
        size = dream.size or self._settings.largest_size
        shapes = octave_shapes(shrunk_shape(shape or (size, size), size), dream.octaves, dream.octave_scale)
        amount = work(shapes, dream.iterations) / 1e6
        seconds = self._forecaster.estimate(options, amount)
        if seconds is not None and seconds > self._settings.time_limit:
            limit = self._settings.time_limit / 60
            raise TooMuchWorkRefusal(minutes=round(seconds / 60), limit=round(limit, 1))
        return amount

"""Writes an animation within a file size limit: first coarser, then with fewer frames, then smaller.

Frames are merged only as long as the animation stays smooth, until it would become very small otherwise.
"""

from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass, replace
from itertools import islice
from pathlib import Path

from dream_engine.errors import AnimationTooLargeError
from dream_engine.images import Picture
from dream_engine.motion.animation import (
    DEFAULT_QUALITIES,
    AnimationFormat,
    AnimationOptions,
    AnimationRendition,
    Reduction,
)
from dream_engine.motion.writing import open_writer

Frames = Callable[[], Iterator[tuple[Picture, float]]]
"""Yields an animation's frames from the beginning, each with its milliseconds."""

_QUALITY_STEPS = range(0, 31, 3)
"""By how much the quality is lowered; below, fewer frames look better."""

_LOWEST = 10
"""The lowest quality, except for what was asked for."""

_MERGES = (1, 2, 4)
"""How many frames become one."""

_LONGEST_MILLISECONDS = 125.0
"""The longest mean time that a frame may get by merging; longer ones stutter."""

_SMALL_SCALE = 0.6
_LONGEST_SMALL_MILLISECONDS = 250.0
"""The longest mean time of animations that would otherwise be smaller than that scale."""

_SMALLEST_SIDE = 64
"""The shorter side in pixels at which shrinking ends."""

_MAX_SCALE = 0.9
"""The least that shrinking changes, so that it comes to an end."""

_MARGIN = 0.97
"""The part of the limit that a predicted size may take."""


@dataclass(frozen=True, slots=True)
class _Model:
    """How a format's file size depends on what is reduced, measured on dreams of 512 × 342 pixels.

    Attributes:
        halving: By how much a lower quality halves the file.
        rate: The exponent of the frame rate; 0 if fewer frames hardly save anything, because each then
            differs more from the one before.
        pixels: The exponent of the number of pixels.
    """

    halving: float
    rate: float
    pixels: float


_MODELS: Mapping[AnimationFormat, _Model] = {
    "webp": _Model(halving=50, rate=1.0, pixels=0.85),
    "gif": _Model(halving=70, rate=1.0, pixels=0.95),
    "avif": _Model(halving=10, rate=0.6, pixels=0.85),
    "apng": _Model(halving=0, rate=1.0, pixels=0.95),
    "mp4": _Model(halving=11, rate=0.0, pixels=0.7),
    "webm": _Model(halving=14, rate=0.0, pixels=0.8),
}


@dataclass(frozen=True, slots=True)
class _Plan:
    """How an animation is written.

    Attributes:
        merge: How many frames become one.
        lowered: By how much the quality is lowered.
        scale: The factor of the width and height.
    """

    merge: int = 1
    lowered: int = 0
    scale: float = 1.0

    def relative_bytes(self, model: _Model) -> float:
        """The predicted size of the file, relative to that of the plan that reduces nothing."""
        coarser = 2 ** (-self.lowered / model.halving) if model.halving else 1.0
        return float(coarser * self.merge**-model.rate * self.scale ** (2 * model.pixels))

    @property
    def reduced(self) -> tuple[Reduction, ...]:
        """What the plan reduces."""
        found: dict[Reduction, bool] = {
            "quality": self.lowered > 0,
            "rate": self.merge > 1,
            "size": self.scale < 1,
        }
        return tuple(reduction for reduction, is_reduced in found.items() if is_reduced)


def fit_animation(
    frames: Frames,
    path: Path,
    file_format: AnimationFormat,
    options: AnimationOptions,
    max_bytes: int | None = None,
    first: AnimationRendition | None = None,
) -> AnimationRendition:
    """Write an animation so that its file does not exceed a limit.

    The size of each written file predicts what fits, so that few are written. The frames are read once for
    each.

    Args:
        frames: Yields all frames from the beginning, each time it is called.
        path: The file to write.
        file_format: Its format.
        options: How the file is written, if it fits.
        max_bytes: The limit; ``None`` for no limit.
        first: The animation as it was already written with the same options, if it was: to the path, if it
            does not exceed the limit.

    Returns:
        The best rendition that fits.

    Raises:
        AnimationTooLargeError: Not even the smallest rendition fits. A file at the path stays as it is.
        FileError: The file cannot be written.
        TooLargeForFormatError: A side is longer than the format supports.
        VideoMissingError: The format needs the extra ``video``, which is not installed.
    """
    plan = _Plan()
    rendition = first or _write(frames, path, file_format, options, plan, max_bytes)
    if max_bytes is None:
        return rendition
    planner = _Planner(rendition, options.size, max_bytes)
    while rendition.bytes > max_bytes:
        following = planner.after(plan, rendition.bytes)
        if following is None:
            raise AnimationTooLargeError(limit=round(max_bytes / 1e6, 1))
        plan = following
        rendition = _write(frames, path, file_format, options, plan, max_bytes)
    return rendition


class _Planner:
    """Chooses what to reduce.

    Args:
        rendition: The animation with nothing reduced.
        size: The width and height that were asked for, in pixels.
        max_bytes: The limit.
    """

    def __init__(self, rendition: AnimationRendition, size: tuple[int, int], max_bytes: int) -> None:
        self._model = _MODELS[rendition.file_format]
        self._allowed = _MARGIN * max_bytes
        self._smallest_scale = min(1.0, _SMALLEST_SIDE / min(size))
        mean = rendition.milliseconds / rendition.frames
        lowered = [step for step in _QUALITY_STEPS if step == 0 or self._model.halving]
        self._whole = [
            _Plan(merge, step) for merge in self._merges(mean, _LONGEST_MILLISECONDS) for step in lowered
        ]
        self._small_merges = self._merges(mean, _LONGEST_SMALL_MILLISECONDS)

    def _merges(self, mean: float, longest: float) -> list[int]:
        """How many frames may become one, if the mean time in milliseconds may rise to the longest."""
        most = longest / mean if self._model.rate else 1
        return [merge for merge in _MERGES if merge == 1 or merge <= most]

    def after(self, tried: _Plan, size: int) -> _Plan | None:
        """Return the first plan after one that did not fit whose predicted file fits.

        Args:
            tried: The plan.
            size: The size of its file in bytes.

        Returns:
            The plan; ``None`` if even the smallest was tried.
        """
        unreduced = size / tried.relative_bytes(self._model)
        if tried in self._whole:
            for plan in self._whole[self._whole.index(tried) + 1 :]:
                if unreduced * plan.relative_bytes(self._model) <= self._allowed:
                    return plan
        return None if tried.scale <= self._smallest_scale else self._shrunk(tried, unreduced)

    def _shrunk(self, tried: _Plan, unreduced: float) -> _Plan:
        """Return a smaller plan that fits; with fewer frames, if it were very small with all of them.

        Args:
            tried: The plan that did not fit.
            unreduced: The size of the file in bytes with nothing reduced, as that plan's file predicts it.
        """
        lowest = self._whole[-1]
        for merge in (each for each in self._small_merges if each >= max(tried.merge, lowest.merge)):
            plan = replace(lowest, merge=merge)
            excess = unreduced * plan.relative_bytes(self._model) / self._allowed
            scale = excess ** (-0.5 / self._model.pixels)
            if scale >= _SMALL_SCALE:
                break
        largest = tried.scale * (_MAX_SCALE if plan.merge == tried.merge else 1.0)
        return replace(plan, scale=max(min(scale, largest), self._smallest_scale))


def _write(
    frames: Frames,
    path: Path,
    file_format: AnimationFormat,
    options: AnimationOptions,
    plan: _Plan,
    max_bytes: int | None,
) -> AnimationRendition:
    quality = DEFAULT_QUALITIES[file_format] if options.quality is None else options.quality
    width, height = (max(1, round(side * plan.scale)) for side in options.size)
    reduced = replace(
        options, size=(width, height), quality=max(min(quality, _LOWEST), quality - plan.lowered)
    )
    with open_writer(path, file_format, reduced) as writer:
        for picture, milliseconds in _merged(frames(), plan.merge):
            writer.add(picture, milliseconds)
        return replace(writer.finish(max_bytes), reduced=plan.reduced)


def _merged(frames: Iterator[tuple[Picture, float]], merge: int) -> Iterator[tuple[Picture, float]]:
    """Show the first of every ``merge`` frames for the time of all of them."""
    while group := list(islice(frames, merge)):
        yield group[0][0], sum(milliseconds for _, milliseconds in group)

"""Dreams without asyncio: :func:`dream` for one picture, :class:`DreamSession` for many."""

import threading
from collections.abc import Callable, Iterable, Mapping
from contextlib import closing
from dataclasses import dataclass
from pathlib import Path
from types import TracebackType
from typing import TYPE_CHECKING, Any, Self, get_args

from dream_engine import presets
from dream_engine.dreams import Dream, DreamRequest, Progress
from dream_engine.errors import SettingsError
from dream_engine.images import FORMATS, Format, Limits
from dream_engine.memory import give_back
from dream_engine.objectives import Objective
from dream_engine.precision import Precision
from dream_engine.settings import DreamSettings
from dream_engine.sources import Source, content_of

if TYPE_CHECKING:
    from dream_engine.compute.dreamer import Dreamer

OnProgress = Callable[[Progress], object]
"""Is called with every progress; what it raises stops the dream."""


class DreamSession:
    """Dreams many pictures in this process, and keeps the network and its compiled steps between them.

    Used as ``with DreamSession() as session:``, or until :meth:`close`. The first dream loads TensorFlow and
    the network. Threads may share a session; its dreams run one after the other.

    Args:
        weights: By backbone name, a file of weights in place of the backbone's own.
        precision: What the networks compute in; ``None`` for what this processor is quickest with.
        limits: What a source may be.
    """

    def __init__(
        self,
        *,
        weights: Mapping[str, str | Path] | None = None,
        precision: Precision | None = None,
        limits: Limits | None = None,
    ) -> None:
        self._weights = {backbone: Path(path) for backbone, path in (weights or {}).items()}
        self._precision = precision
        self._limits = limits or Limits()
        self._lock = threading.RLock()
        self._dreamer: Dreamer | None = None
        self._closed = False

    def dream(
        self,
        source: Source,
        *,
        preset: str | None = None,
        settings: DreamSettings | None = None,
        objective: Objective | None = None,
        guide: Source | None = None,
        on_progress: OnProgress | None = None,
        file_format: str = "png",
        preview_seconds: float | None = None,
        time_limit: float | None = None,
        **changes: Any,
    ) -> Dream:
        """Dream one picture; see :func:`dream` for the arguments, the result and the errors.

        Raises:
            RuntimeError: The session is closed.
        """
        chosen = _Choice.of(preset, settings, objective, changes)
        request = DreamRequest(
            content_of(source, limits=self._limits),
            chosen.settings,
            None if guide is None else content_of(guide, "guide", self._limits),
            chosen.preset,
            _format_named(file_format),
            preview_seconds=preview_seconds,
            time_limit=time_limit,
        )
        with self._lock, closing(self._opened().dream(request)) as events:  # type: ignore[type-var]
            return _last(events, on_progress)

    def close(self) -> None:
        """Let go of the networks and give their memory back. A running dream ends first."""
        with self._lock:
            self._dreamer = None
            self._closed = True
        give_back()

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self.close()

    def _opened(self) -> "Dreamer":
        if self._closed:
            raise RuntimeError("This DreamSession is closed.")
        if self._dreamer is None:
            from dream_engine.compute.dreamer import Dreamer  # noqa: PLC0415 - loads TensorFlow

            self._dreamer = Dreamer(self._weights, self._limits, self._precision)
        return self._dreamer


def dream(
    source: Source,
    *,
    preset: str | None = None,
    settings: DreamSettings | None = None,
    objective: Objective | None = None,
    guide: Source | None = None,
    on_progress: OnProgress | None = None,
    file_format: str = "png",
    preview_seconds: float | None = None,
    time_limit: float | None = None,
    **changes: Any,
) -> Dream:
    """Dream one picture: ``dream("photo.jpg", preset="intense").save("dream.png")``.

    Each call loads the network anew; a :class:`DreamSession` keeps it for many pictures.

    Args:
        source: A path, the content of a file, a file opened in binary mode, or a Pillow image.
        preset: The named settings to start from; by default ``mild``.
        settings: Settings to start from in place of a preset.
        objective: The layers or channels to raise in place of those of the preset or the settings.
        guide: A picture whose features the dream grows to resemble, of the same kinds as ``source``.
        on_progress: Is called with every :class:`Progress`; what it raises stops the dream and reaches the
            caller.
        file_format: What :attr:`Dream.image` is encoded as: ``png``, ``jpeg`` or ``webp``.
        preview_seconds: How often progress carries a preview, in seconds; ``None`` for never.
        time_limit: How many seconds the dream may take; ``None`` for any.
        **changes: Single settings that take the place of the preset's or of ``settings``, such as
            ``iterations=5`` or ``seed=1``; see :class:`DreamSettings`. Also ``strength``, the factor by which
            the number of iterations grows.

    Returns:
        The dream.

    Raises:
        FileError: A file cannot be read.
        PictureError: The source or the guide cannot be read as a picture.
        SettingsError: An argument is out of its bounds or does not fit the others.
        WeightsError: The backbone's weights cannot be used.
        TensorFlowMissingError: TensorFlow is not installed.
        TimeLimitError: The dream took longer than ``time_limit``.
    """
    with DreamSession() as session:
        return session.dream(
            source,
            preset=preset,
            settings=settings,
            objective=objective,
            guide=guide,
            on_progress=on_progress,
            file_format=file_format,
            preview_seconds=preview_seconds,
            time_limit=time_limit,
            **changes,
        )


@dataclass(frozen=True, slots=True)
class _Choice:
    """The settings of a dream, and the name of the preset that they came from."""

    settings: DreamSettings
    preset: str | None

    @classmethod
    def of(
        cls,
        preset: str | None,
        settings: DreamSettings | None,
        objective: Objective | None,
        changes: dict[str, Any],
    ) -> Self:
        """Settle which settings hold.

        Raises:
            SettingsError: They do not fit each other.
        """
        if objective is not None:
            twice = [name for name in ("layers", "channels", "strongest") if name in changes]
            if twice:
                raise SettingsError(field=twice[0], bound="left out beside an objective", value="given")
            changes = {**changes, **objective.settings(), "strongest": None}
        if settings is None:
            name = preset or presets.DEFAULT
            return cls(presets.resolve(name, **changes), name)
        if preset is not None:
            raise SettingsError(field="preset", bound="left out beside settings", value=repr(preset))
        strength = changes.pop("strength", 1.0)
        return cls(settings.replace(**changes).strengthened(strength), None)


def _format_named(name: str) -> Format:
    found = FORMATS.get(f".{name.lower()}")
    if found is None:
        bound = f"one of {', '.join(get_args(Format))}"
        raise SettingsError(field="file_format", bound=bound, value=repr(name))
    return found


def _last(events: Iterable[Progress | Dream], on_progress: OnProgress | None) -> Dream:
    for event in events:
        if isinstance(event, Dream):
            return event
        if on_progress is not None:
            on_progress(event)
    raise AssertionError("the Dreamer yields the dream last")

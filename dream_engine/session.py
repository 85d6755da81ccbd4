"""Dreaming without asyncio: :func:`dream` for one picture, :class:`DreamSession` for many."""

import os
import tempfile
import threading
from collections.abc import Callable, Iterable, Mapping
from contextlib import aclosing, closing
from dataclasses import dataclass
from pathlib import Path
from types import TracebackType
from typing import TYPE_CHECKING, Any, Self, get_args

from dream_engine import presets
from dream_engine.dreams import Dream, DreamRequest, Progress
from dream_engine.errors import SettingsError
from dream_engine.frames import Frame
from dream_engine.images import FORMATS, Format, Limits
from dream_engine.memory import Memory, release_unused_memory
from dream_engine.motion.animation import animation_format_of
from dream_engine.motion.clips import ClipLimits
from dream_engine.motion.preparation import MotionRequest
from dream_engine.motion.runner import MotionDream, MotionProgress, dream_motion
from dream_engine.motion.settings import MotionSettings
from dream_engine.motion.store import FrameStore
from dream_engine.motion.threads import ThreadedChunks, run_blocking
from dream_engine.objectives import Objective
from dream_engine.precision import Precision
from dream_engine.settings import DreamSettings
from dream_engine.sources import Source, read_source

if TYPE_CHECKING:
    from dream_engine.compute.dreamer import Dreamer

OnProgress = Callable[[Progress], object]
"""A callback for every :class:`Progress`. An exception that it raises stops the dream."""


class DreamSession:
    """Dreams many pictures in this process, and keeps networks and compiled steps between them.

    Use it as ``with DreamSession() as session:``, or call :meth:`close`. The first dream loads TensorFlow and
    the network. Threads may share a session; its dreams run one after the other.

    Args:
        weights: Weights files by backbone name, used instead of the backbones' own weights.
        precision: The number format that networks compute in; ``None`` for the fastest on this processor.
        limits: The bounds of a source's size and shape.
        memory: How many bytes this process may hold; ``None`` for all that the machine has available.
    """

    def __init__(
        self,
        *,
        weights: Mapping[str, str | Path] | None = None,
        precision: Precision | None = None,
        limits: Limits | None = None,
        memory: int | None = None,
    ) -> None:
        self._weights = {backbone: Path(path) for backbone, path in (weights or {}).items()}
        self._precision = precision
        self._limits = limits or Limits()
        self._max_bytes = memory
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
        of: str | Mapping[str, float] | None = None,
        guide: Source | None = None,
        mask: Source | None = None,
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
        if of is not None:
            if guide is not None:
                raise SettingsError(field="of", bound="left out beside guide", value="given")
            changes = _with_classes(of, changes)
        chosen = _ChosenSettings.resolve(preset, settings, objective, changes)
        request = DreamRequest(
            read_source(source, limits=self._limits),
            chosen.settings,
            None if guide is None else read_source(guide, "guide", self._limits),
            chosen.preset,
            _parse_format(file_format),
            preview_seconds=preview_seconds,
            time_limit=time_limit,
            mask=None if mask is None else read_source(mask, "mask", self._limits),
        )
        with self._lock, closing(self._open_dreamer().dream(request)) as events:  # type: ignore[type-var]
            return _final_dream(events, on_progress)

    def animate(
        self,
        source: Source,
        output: str | os.PathLike[str],
        *,
        motion: str | None = None,
        seconds: float | None = None,
        fps: float | None = None,
        preset: str | None = None,
        settings: DreamSettings | None = None,
        objective: Objective | None = None,
        of: str | Mapping[str, float] | None = None,
        guide: Source | None = None,
        mask: Source | None = None,
        on_progress: Callable[[MotionProgress], object] | None = None,
        on_frame: Callable[[Frame], object] | None = None,
        max_bytes: int | None = None,
        **changes: Any,
    ) -> MotionDream:
        """Dream a motion; see :func:`animate` for the arguments, the result and the errors.

        Raises:
            RuntimeError: The session is closed.
        """
        if of is not None:
            changes = _with_classes(of, changes)
        chosen = _ChosenSettings.resolve(preset, settings, objective, changes)
        given = {"motion": motion, "seconds": seconds, "fps": fps}
        path = Path(output)
        request = MotionRequest(
            read_source(source, megabytes=ClipLimits().megabytes),
            chosen.settings,
            MotionSettings(**{name: value for name, value in given.items() if value is not None}),
            animation_format_of(path),
            guide=None if guide is None else read_source(guide, "guide", self._limits),
            mask=None if mask is None else read_source(mask, "mask", self._limits),
            preset=chosen.preset,
            max_bytes=max_bytes,
        )
        with self._lock, ThreadedChunks(self._open_dreamer()) as chunks:
            return run_blocking(lambda stop: _animate(chunks, request, path, on_progress, on_frame, stop))

    def close(self) -> None:
        """Drop the networks and release their memory, after a running dream has ended."""
        with self._lock:
            self._dreamer = None
            self._closed = True
        release_unused_memory()

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self.close()

    def _open_dreamer(self) -> "Dreamer":
        if self._closed:
            raise RuntimeError("This DreamSession is closed.")
        if self._dreamer is None:
            from dream_engine.compute.dreamer import Dreamer  # noqa: PLC0415 - loads TensorFlow

            memory = Memory(self._max_bytes)
            self._dreamer = Dreamer(self._weights, self._limits, self._precision, memory)
        return self._dreamer


def dream(
    source: Source,
    *,
    preset: str | None = None,
    settings: DreamSettings | None = None,
    objective: Objective | None = None,
    of: str | Mapping[str, float] | None = None,
    guide: Source | None = None,
    mask: Source | None = None,
    on_progress: OnProgress | None = None,
    file_format: str = "png",
    preview_seconds: float | None = None,
    time_limit: float | None = None,
    **changes: Any,
) -> Dream:
    """Dream one picture: ``dream("photo.jpg", preset="intense").save("dream.png")``.

    Each call loads the network again; a :class:`DreamSession` keeps it for many pictures.

    Args:
        source: A path, the content of a file, a file opened in binary mode, or a Pillow image.
        preset: The named settings to start from; by default ``intense``, or ``thing`` with ``of``.
        settings: Settings to start from instead of a preset.
        objective: The layers or channels to maximise instead of those in the preset or the settings.
        of: A thing that grows in the picture, such as ``"jellyfish"``, or several with their weights, such as
            ``{"tabby": 1, "daisy": 0.5}``; ``dream --list-things`` names them all. The layers of a given
            preset, settings or objective are maximised as well.
        guide: A second picture whose shapes and textures guide the dream, in any form of ``source``.
        mask: A picture of the source's proportions, given in any form of ``source``. Its white parts dream,
            its black parts stay exactly as they are in a PNG, and grey is in between.
        on_progress: A callback for every :class:`Progress`. An exception that it raises stops the dream and
            reaches the caller.
        file_format: The encoding of :attr:`Dream.image`: ``png``, ``jpeg`` or ``webp``.
        preview_seconds: The interval between previews in the progress, in seconds; ``None`` for no previews.
        time_limit: How many seconds the dream may take; ``None`` for no limit.
        **changes: Single settings that override the preset's or those of ``settings``, such as
            ``iterations=5`` or ``seed=1``; see :class:`DreamSettings`. Also ``strength``, a factor of the
            number of iterations.

    Returns:
        The dream.

    Raises:
        FileError: A file cannot be read.
        PictureError: The source, the guide or the mask cannot be read as a picture, or the mask has other
            proportions than the source.
        SettingsError: An argument is out of bounds or conflicts with another.
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
            of=of,
            guide=guide,
            mask=mask,
            on_progress=on_progress,
            file_format=file_format,
            preview_seconds=preview_seconds,
            time_limit=time_limit,
            **changes,
        )


def animate(source: Source, output: str | os.PathLike[str], **options: Any) -> MotionDream:
    """Dream a motion: ``animate("photo.jpg", "loop.webp", motion="zoom")``, or a GIF without ``motion``.

    Each call loads the network again; a :class:`DreamSession` keeps it for many.

    Args:
        source: A path, the content of a file, a file opened in binary mode, or a Pillow image. Animations
            and videos move; any other source needs a ``motion``.
        output: The animation's file; its suffix sets the format: ``.webp``, ``.gif``, ``.avif``, ``.apng``,
            ``.mp4`` or ``.webm``.
        **options: ``motion`` (``clip``, ``zoom``, ``grow`` or ``morph``), ``seconds`` and ``fps``, see
            :class:`MotionSettings`; ``on_progress``, a callback for every :class:`MotionProgress`;
            ``on_frame``, a callback for every :class:`Frame` when it is finished; ``max_bytes``, the largest
            size of the file; and those of :func:`dream`, but ``file_format``, ``preview_seconds`` and
            ``time_limit``.

    Returns:
        The motion, with its file's size, frames and what was reduced so that it fits.

    Raises:
        FileError: A file cannot be read or written.
        PictureError: The source, the guide or the mask cannot be read.
        SettingsError: An argument is out of bounds or conflicts with another, or the motion does not suit
            the source.
        VideoMissingError: The source or the output is a video, and PyAV is not installed.
        WeightsError: The backbone's weights cannot be used.
        TensorFlowMissingError: TensorFlow is not installed.
    """
    with DreamSession() as session:
        return session.animate(source, output, **options)


async def _animate(
    chunks: ThreadedChunks,
    request: MotionRequest,
    output: Path,
    on_progress: Callable[[MotionProgress], object] | None,
    on_frame: Callable[[Frame], object] | None,
    stop: threading.Event,
) -> MotionDream:
    with tempfile.TemporaryDirectory(prefix="dream-") as folder:
        async with aclosing(dream_motion(chunks, request, FrameStore(Path(folder)), output)) as events:
            async for event in events:
                if stop.is_set():
                    raise KeyboardInterrupt
                if isinstance(event, MotionDream):
                    return event
                if isinstance(event, Frame):
                    if on_frame is not None:
                        on_frame(event)
                elif on_progress is not None:
                    on_progress(event)
    raise AssertionError("a motion yields its end last")


@dataclass(frozen=True, slots=True)
class _ChosenSettings:
    """The settings of a dream, and the name of the preset that they came from."""

    settings: DreamSettings
    preset: str | None

    @classmethod
    def resolve(
        cls,
        preset: str | None,
        settings: DreamSettings | None,
        objective: Objective | None,
        changes: dict[str, Any],
    ) -> Self:
        """Combine the arguments into settings.

        Raises:
            SettingsError: The arguments conflict with each other.
        """
        if objective is not None:
            conflicts = [name for name in ("layers", "channels", "strongest") if name in changes]
            if conflicts:
                raise SettingsError(field=conflicts[0], bound="left out beside an objective", value="given")
            changes = {**changes, **objective.settings(), "strongest": None}
        if settings is None:
            name = preset or presets.default_name(changes.get("classes"))
            return cls(presets.resolve(name, **changes), name)
        if preset is not None:
            raise SettingsError(field="preset", bound="left out beside settings", value=repr(preset))
        strength = changes.pop("strength", 1.0)
        return cls(settings.replace(**changes).strengthened(strength), None)


def _with_classes(of: str | Mapping[str, float], changes: Mapping[str, Any]) -> dict[str, Any]:
    if "classes" in changes:
        raise SettingsError(field="classes", bound="left out beside of", value="given")
    classes = {of: 1.0} if isinstance(of, str) else of
    if not classes:
        raise SettingsError(field="of", bound="at least one thing", value=repr(of))
    return {**changes, "classes": classes}


def _parse_format(name: str) -> Format:
    file_format = FORMATS.get(f".{name.lower()}")
    if file_format is None:
        bound = f"one of {', '.join(get_args(Format))}"
        raise SettingsError(field="file_format", bound=bound, value=repr(name))
    return file_format


def _final_dream(events: Iterable[Progress | Dream], on_progress: OnProgress | None) -> Dream:
    for event in events:
        if isinstance(event, Dream):
            return event
        if on_progress is not None:
            on_progress(event)
    raise AssertionError("the Dreamer yields the dream last")

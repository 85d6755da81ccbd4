"""The base of all writers of animations."""

import os
import shutil
import tempfile
from abc import ABC, abstractmethod
from pathlib import Path
from types import TracebackType
from typing import ClassVar, Self

from PIL import Image

from dream_engine.errors import FileError
from dream_engine.file_content import is_special
from dream_engine.images import Picture
from dream_engine.motion.animation import (
    DEFAULT_QUALITIES,
    AnimationFormat,
    AnimationOptions,
    AnimationRendition,
)


class Timing:
    """Turns durations into a format's whole units, so that rounding errors do not add up.

    Args:
        milliseconds: The length of one unit.
        shortest: The fewest units of a frame.
    """

    def __init__(self, milliseconds: float, shortest: int = 1) -> None:
        self._unit = milliseconds
        self._shortest = shortest
        self._exact = 0.0
        self.units = 0

    def add(self, milliseconds: float) -> int:
        """Return the duration of the next frame in units."""
        self._exact += milliseconds
        units = max(self._shortest, round(self._exact / self._unit) - self.units)
        self.units += units
        return units


class AnimationWriter(ABC):
    """Writes the frames of an animation into a file, one at a time.

    The file appears at its path when :meth:`finish` returns; until then, a temporary file next to it grows.
    As for stills, symbolic links are followed, and devices and pipes are written to, not replaced. Leaving
    the writer's context without :meth:`finish` removes the temporary file. The methods may block while
    earlier frames are encoded, and must not be called by several threads at a time.

    Args:
        path: The file to write. An existing one is replaced.
        options: How the file is written.

    Raises:
        FileError: The file cannot be written.
    """

    file_format: ClassVar[AnimationFormat]
    has_alpha: ClassVar[bool] = True
    """Whether the format supports transparency."""

    has_sound = False
    """Whether the file has got sound."""

    def __init__(self, path: Path, options: AnimationOptions) -> None:
        self._path = path
        self.options = options
        self._quality = DEFAULT_QUALITIES[self.file_format] if options.quality is None else options.quality
        self.frames = 0
        self.milliseconds = 0.0
        self._transparent = self.has_alpha and bool(options.transparent)
        self._is_special = is_special(path)
        self._target = path if self._is_special else Path(os.path.realpath(path))
        folder = None if self._is_special else self._target.parent
        try:
            handle, name = tempfile.mkstemp(dir=folder, prefix=".dream-", suffix=path.suffix)
        except OSError as error:
            raise _not_written(path, error) from None
        os.close(handle)
        self._temporary: Path = Path(name)
        self._is_open = True

    def add(self, picture: Picture, milliseconds: float) -> None:
        """Append a frame.

        Args:
            picture: The frame.
            milliseconds: How long it is shown, rounded to the format's unit.

        Raises:
            FileError: The file cannot be written.
        """
        if (picture.width, picture.height) != self.options.size:
            width, height = self.options.size
            picture = picture.resized(height, width)
        if self.frames == 0 and self.options.transparent is None:
            self._transparent = self.has_alpha and picture.alpha is not None
        self.frames += 1
        self.milliseconds += milliseconds
        try:
            self._add(_image_of(picture, transparent=self._transparent), milliseconds)
        except OSError as error:
            raise _not_written(self._path, error) from error

    def finish(self, max_bytes: int | None = None) -> AnimationRendition:
        """Complete the file, and move it to its path, unless it is larger than a limit.

        Args:
            max_bytes: The limit; ``None`` for no limit.

        Returns:
            The animation. If it is larger than the limit, it was not kept.

        Raises:
            FileError: The file cannot be written.
            ValueError: There are no frames.
        """
        if self.frames == 0:
            raise ValueError("an animation needs a frame")
        try:
            self._finish()
            self._is_open = False
            size = self._temporary.stat().st_size
            if max_bytes is None or size <= max_bytes:
                self._publish()
        except OSError as error:
            raise _not_written(self._path, error) from error
        return AnimationRendition(
            self._path,
            self.file_format,
            size,
            *self.shown_size,
            self.frames,
            self.milliseconds,
            self._quality,
            self.has_sound,
        )

    def _publish(self) -> None:
        if self._is_special:
            with self._temporary.open("rb") as content, self._target.open("wb") as target:
                shutil.copyfileobj(content, target)
        else:
            self._temporary.chmod(_mode_of(self._target))
            self._temporary.replace(self._target)

    @property
    def shown_size(self) -> tuple[int, int]:
        """The width and height of the file in pixels."""
        return self.options.size

    def close(self) -> None:
        """Release the writer; without :meth:`finish`, the file is removed."""
        if self._is_open:
            self._is_open = False
            self._abort()
        self._temporary.unlink(missing_ok=True)

    def __enter__(self) -> Self:
        """Return the writer itself."""
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        traceback: TracebackType | None,
    ) -> None:
        """Close the writer."""
        self.close()

    @abstractmethod
    def _add(self, image: Image.Image, milliseconds: float) -> None:
        """Encode a frame: RGBA if the file has transparency, else RGB, of the options' size."""

    @abstractmethod
    def _finish(self) -> None:
        """Complete the temporary file, and close it."""

    @abstractmethod
    def _abort(self) -> None:
        """Stop encoding, and close the temporary file; never raises."""


def _image_of(picture: Picture, *, transparent: bool) -> Image.Image:
    image = Image.fromarray(picture.rgb)
    if picture.alpha is None:
        if transparent:
            image.putalpha(255)
    elif transparent:
        image.putalpha(Image.fromarray(picture.alpha))
    else:
        white = Image.new("RGB", image.size, "white")
        image = Image.composite(image, white, Image.fromarray(picture.alpha))
    return image


def _mode_of(path: Path) -> int:
    """The permissions of the finished file: those of the one that it replaces, or the usual ones."""
    try:
        return path.stat().st_mode & 0o777
    except OSError:
        mask = os.umask(0o022)
        os.umask(mask)
        return 0o666 & ~mask


def _not_written(path: Path, error: OSError) -> FileError:
    return FileError(reason=f"{path} cannot be written: {error.strerror or error}.")

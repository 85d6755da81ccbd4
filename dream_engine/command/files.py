"""Where the command's dreams go."""

import os
import tempfile
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import ClassVar

from dream_engine.errors import DreamError
from dream_engine.images import Format

_FORMATS: dict[str, Format] = {".png": "png", ".jpg": "jpeg", ".jpeg": "jpeg", ".webp": "webp"}


class FileError(DreamError):
    """A path on the command line cannot be used."""

    sentence: ClassVar = "{reason}"


@dataclass(frozen=True, slots=True)
class Errand:
    """One picture to dream.

    Attributes:
        source: Its file.
        output: The dream's file.
        file_format: What the dream is encoded as.
    """

    source: Path
    output: Path
    file_format: Format


def plan(inputs: Sequence[Path], output: Path | None) -> list[Errand]:
    """Say for each picture where its dream goes.

    Args:
        inputs: The pictures' files.
        output: A file for one picture; a folder, made if it is missing, for several.

    Raises:
        FileError: There is nothing to do, or no place for the dreams.
    """
    if not inputs:
        raise FileError(reason="Name a picture to dream: dream INPUT -o OUTPUT (dream --help tells more).")
    if output is None:
        raise FileError(reason="Say where the dream goes: -o FILE, or -o FOLDER for several pictures.")
    if output.is_dir() or len(inputs) > 1 or not output.suffix:
        return list(_into_folder(inputs, output))
    if output.suffix.lower() not in _FORMATS:
        raise FileError(reason=f"{output} must end in {', '.join(_FORMATS)}.")
    writable_folder(output.parent)
    return [Errand(inputs[0], output, _FORMATS[output.suffix.lower()])]


def _into_folder(inputs: Sequence[Path], folder: Path) -> Iterator[Errand]:
    if folder.suffix.lower() in _FORMATS and not folder.is_dir():
        raise FileError(reason=f"{folder} is one file, and there are {len(inputs)} pictures; name a folder.")
    try:
        folder.mkdir(parents=True, exist_ok=True)
    except OSError as error:
        raise FileError(reason=f"The folder {folder} cannot be made: {error.strerror}.") from None
    writable_folder(folder)
    taken: set[str] = set()
    for source in inputs:
        name, number = source.stem, 1
        while name in taken:
            number += 1
            name = f"{source.stem}-{number}"
        taken.add(name)
        yield Errand(source, folder / f"{name}.png", "png")


def writable_folder(folder: Path) -> None:
    """Make sure before a dream that it can be written after it.

    Raises:
        FileError: The folder is missing, or closed to us.
    """
    if not folder.is_dir():
        raise FileError(reason=f"There is no folder {folder}.")
    if not os.access(folder, os.W_OK):
        raise FileError(reason=f"The folder {folder} cannot be written to.")


def read(path: Path) -> bytes:
    """A file's content.

    Raises:
        FileError: It is missing or cannot be read.
    """
    try:
        return path.read_bytes()
    except OSError as error:
        raise FileError(reason=f"{path} cannot be read: {error.strerror}.") from None


def write(path: Path, content: bytes) -> None:
    """Write a file whole or not at all: what stood there is replaced only by what is complete.

    Raises:
        FileError: The disk is full, or the folder was closed meanwhile.
    """
    try:
        handle, temporary = tempfile.mkstemp(dir=path.parent, prefix=f".{path.name}.")
        try:
            with os.fdopen(handle, "wb") as file:
                file.write(content)
            Path(temporary).chmod(0o666 & ~_umask())
            Path(temporary).replace(path)
        except BaseException:
            Path(temporary).unlink(missing_ok=True)
            raise
    except OSError as error:
        raise FileError(reason=f"{path} cannot be written: {error.strerror}.") from None


def _umask() -> int:
    mask = os.umask(0)
    os.umask(mask)
    return mask

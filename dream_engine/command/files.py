"""Where the command's pictures come from and where its dreams go."""

import os
import stat
import tempfile
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import ClassVar

from dream_engine.errors import DreamError
from dream_engine.images import Format, Limits, suffixes

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


def plan(inputs: Sequence[Path], output: Path | None, report: Path | None) -> list[Errand]:
    """Say for each picture where its dream goes, and make sure that everything can be written.

    Args:
        inputs: The pictures' files, and folders of pictures.
        output: A file for one picture; a folder, made if it is missing, for several or for a folder.
        report: The report's file.

    Raises:
        FileError: There is nothing to do, or no place for what comes of it.
    """
    if not inputs:
        raise FileError(reason="Name a picture to dream: dream INPUT -o OUTPUT (dream --help tells more).")
    if output is None:
        raise FileError(reason="Say where the dream goes: -o FILE, or -o FOLDER for several pictures.")
    try:
        errands = _errands(inputs, output)
        for path in (*(errand.output for errand in errands), report):
            if path is not None:
                _check_writable(path)
    except OSError as error:
        raise FileError(reason=f"{error.filename} cannot be used: {error.strerror}.") from None
    pictures = (path for errand in errands for path in (errand.source, errand.output))
    if report is not None and _identity(report) in map(_identity, pictures):
        raise FileError(reason=f"The report would take the place of the picture {report}.")
    return errands


def are_one_picture(inputs: Sequence[Path]) -> bool:
    """Whether one picture is named, and no folder, however few pictures are in it."""
    return len(inputs) == 1 and not inputs[0].is_dir()


def _errands(inputs: Sequence[Path], output: Path) -> list[Errand]:
    if output.is_dir() or not are_one_picture(inputs) or not output.suffix:
        return list(_into_folder(list(_sources(inputs)), output))
    if output.suffix.lower() not in _FORMATS:
        raise FileError(reason=f"{output} must end in {', '.join(_FORMATS)}.")
    return [Errand(inputs[0], output, _FORMATS[output.suffix.lower()])]


def _sources(inputs: Sequence[Path]) -> Iterator[Path]:
    """The pictures that are named, and those in the folders that are."""
    for path in inputs:
        if not path.is_dir():
            yield path
            continue
        found = [file for file in path.iterdir() if _may_be_picture(file)]
        if not found:
            raise FileError(reason=f"There is no picture in the folder {path} itself.")
        yield from sorted(found)


def _may_be_picture(path: Path) -> bool:
    """Whether a folder's picture is meant by it; what is hidden is not, as in the shell's ``*``."""
    return not path.name.startswith(".") and path.suffix.lower() in suffixes() and path.is_file()


def _into_folder(sources: Sequence[Path], folder: Path) -> Iterator[Errand]:
    if folder.suffix.lower() in _FORMATS and not folder.is_dir():
        raise FileError(reason=f"{folder} is one file; for several pictures, or a folder, name a folder.")
    folder.mkdir(parents=True, exist_ok=True)
    read = {_identity(source) for source in sources}
    taken: set[Path] = set()
    for source in sources:
        output, number = folder / f"{source.stem}.png", 1
        while output in taken or _identity(output) in read:
            number += 1
            output = folder / f"{source.stem}-{number}.png"
        taken.add(output)
        yield Errand(source, output, "png")


def _identity(path: Path) -> tuple[int, int] | Path:
    """What two names of the same file have in common."""
    try:
        status = path.stat()
    except FileNotFoundError:
        return path
    return status.st_dev, status.st_ino


def _check_writable(path: Path) -> None:
    folder = path.parent
    if not folder.is_dir():
        raise FileError(reason=f"There is no folder {folder}.")
    if path.is_dir():
        raise FileError(reason=f"{path} is a folder; name a file.")
    if not os.access(path if _is_special(path) else folder, os.W_OK):
        raise FileError(reason=f"{path} cannot be written.")


def _is_special(path: Path) -> bool:
    """Whether it is a device or a pipe, which is written into and never replaced."""
    try:
        return not stat.S_ISREG(path.stat().st_mode)
    except FileNotFoundError:
        return False


def read(path: Path) -> bytes:
    """A file's content, as far as anything of that size can be a picture.

    Raises:
        FileError: It is missing or cannot be read.
    """
    try:
        with path.open("rb") as file:
            return file.read(int(Limits().megabytes * 1e6) + 1)
    except (OSError, ValueError) as error:
        raise FileError(reason=f"{path} cannot be read: {_reason(error)}.") from None


def write(path: Path, content: bytes) -> None:
    """Write a file whole or not at all: what stood there is replaced only by what is complete.

    A link is followed, and a file that is replaced keeps its mode.

    Raises:
        FileError: The disk is full, or the folder was closed meanwhile.
    """
    try:
        if _is_special(path):
            path.write_bytes(content)
        else:
            _replace(path.resolve(), content)
    except (OSError, ValueError) as error:
        raise FileError(reason=f"{path} cannot be written: {_reason(error)}.") from None


def _replace(path: Path, content: bytes) -> None:
    mode = stat.S_IMODE(path.stat().st_mode) if path.exists() else 0o666 & ~_umask()
    handle, temporary = tempfile.mkstemp(dir=path.parent, prefix=".dream-")
    try:
        with os.fdopen(handle, "wb") as file:
            file.write(content)
        Path(temporary).chmod(mode)
        Path(temporary).replace(path)
    except BaseException:
        Path(temporary).unlink(missing_ok=True)
        raise


def _reason(error: Exception) -> str:
    return getattr(error, "strerror", None) or str(error)


def _umask() -> int:
    mask = os.umask(0)
    os.umask(mask)
    return mask

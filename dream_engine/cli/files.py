"""Plans which files the command reads and writes."""

import contextlib
import os
import stat
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path

from dream_engine.cli.file_names import FolderNames
from dream_engine.errors import FileError
from dream_engine.file_content import is_special, read, write
from dream_engine.images import FORMATS, Format, Limits, format_of, suffixes
from dream_engine.motion.animation import ANIMATION_FORMATS, AnimationFormat
from dream_engine.motion.clips import ClipLimits, is_moving

__all__ = [
    "FileError",
    "FileTask",
    "is_clip",
    "is_single_picture",
    "plan",
    "read",
    "read_clip",
    "read_clip_file",
    "write",
]

_VIDEO_SUFFIXES = frozenset({".mp4", ".m4v", ".mov", ".webm", ".mkv"})
_PNG_HEAD_MEGABYTES = 0.3
_MOVING_SUFFIXES = _VIDEO_SUFFIXES | {".gif", ".webp", ".apng", ".avif"}


@dataclass(frozen=True, slots=True)
class FileTask:
    """One picture to dream.

    Attributes:
        source: The picture's file.
        output: The dream's file.
        file_format: The format of the dream's file.
        problem: A known reason why the picture cannot be dreamed; other pictures are dreamed nevertheless.
    """

    source: Path
    output: Path
    file_format: Format | AnimationFormat
    problem: FileError | None = None

    def read(self) -> bytes:
        """Read the source's content.

        Raises:
            FileError: The source cannot be read, or the output cannot be written.
        """
        if self.problem is not None:
            raise self.problem
        return read(self.source)


def read_clip_file(task: FileTask) -> bytes:
    """Read the source of a task, which may be as large as a clip.

    Raises:
        FileError: The source cannot be read, or the output cannot be written.
    """
    if task.problem is not None:
        raise task.problem
    return read_clip(task.source)


def is_clip(task: FileTask) -> bool:
    """Whether the source of a task moves. A source that cannot be read does not."""
    if task.source.suffix.lower() not in _MOVING_SUFFIXES:
        return False
    try:
        return is_moving(read_clip_file(task))
    except FileError:
        return False


def read_clip(path: Path) -> bytes:
    """Read a file that may be as large as a clip.

    Raises:
        FileError: The file cannot be read.
    """
    return read(path, max(ClipLimits().megabytes, Limits().megabytes))


def plan(
    inputs: Sequence[Path], output: Path | None, report: Path | None, motion: str | None = None
) -> list[FileTask]:
    """Choose each dream's file, and check that all files can be written.

    Args:
        inputs: The pictures' files, and folders of pictures.
        output: A file for one picture; a folder, created if it is missing, for several or for a folder.
        report: The report's file.
        motion: The motion that was asked for; ``None`` if each source decides.

    Raises:
        FileError: There are no inputs, or an output cannot be written. A problem with one picture among
            several is stored in its task instead.
    """
    if not inputs:
        raise FileError(reason="Name a picture to dream: dream INPUT -o OUTPUT (dream --help tells more).")
    if output is None:
        raise FileError(reason="Say where the dream goes: -o FILE, or -o FOLDER for several pictures.")
    try:
        tasks = _tasks(inputs, output, motion)
        if report is not None:
            _check_writable(report)
    except OSError as error:
        raise FileError(reason=f"{error.filename} cannot be used: {error.strerror}.") from None
    if len(tasks) == 1 and tasks[0].problem is not None:
        raise tasks[0].problem
    pictures = (path for task in tasks for path in (task.source, task.output))
    if report is not None and _identity(report) in map(_identity, pictures):
        raise FileError(reason=f"The report would take the place of the picture {report}.")
    return tasks


def is_single_picture(inputs: Sequence[Path]) -> bool:
    """Whether the input is a single file; a folder with one picture is not."""
    return len(inputs) == 1 and not _is_folder(inputs[0])


def _is_folder(path: Path) -> bool:
    """Like ``Path.is_dir``, which raises for a name that is too long or has no permission."""
    return os.path.isdir(path)  # noqa: PTH112


def _tasks(inputs: Sequence[Path], output: Path, motion: str | None) -> list[FileTask]:
    if _is_folder(output) or not is_single_picture(inputs) or not output.suffix:
        return list(_folder_tasks(list(_sources(inputs)), output, motion))
    file_format = _format_of(output)
    _check_writable(output)
    return [FileTask(inputs[0], output, file_format)]


def _format_of(output: Path) -> Format | AnimationFormat:
    suffix = output.suffix.lower()
    if suffix in FORMATS or suffix not in ANIMATION_FORMATS:
        return format_of(output)
    return ANIMATION_FORMATS[suffix]


def _suffix_for(source: Path, motion: str | None) -> str:
    """The suffix of a dream in a folder: a motion becomes a WebP, a still a PNG."""
    if motion is not None:
        return ".png" if motion == "still" else ".webp"
    suffix = source.suffix.lower()
    if suffix not in _MOVING_SUFFIXES and suffix != ".png":
        return ".png"
    try:
        # Most PNGs are stills, so only the beginning is read, where an animation is declared.
        if suffix == ".png" and b"acTL" not in read(source, _PNG_HEAD_MEGABYTES):
            return ".png"
        return ".webp" if is_moving(read(source, ClipLimits().megabytes)) else ".png"
    except FileError:
        return ".png"  # reading it again will report the error


def _sources(inputs: Sequence[Path]) -> Iterator[tuple[Path, FileError | None]]:
    """Yield the given pictures and those in given folders; for an unusable folder, an error."""
    for path in inputs:
        if not _is_folder(path):
            yield path, None
            continue
        try:
            found = sorted(file for file in path.iterdir() if _may_be_picture(file))
        except OSError as error:
            yield path, FileError(reason=f"{path} cannot be read: {error.strerror}.")
            continue
        if not found:
            yield path, FileError(reason=f"There is no picture in the folder {path} itself.")
        for file in found:
            yield file, None


def _may_be_picture(path: Path) -> bool:
    """Whether a file in a folder counts as a picture. Hidden files do not, as with the shell's ``*``."""
    if path.name.startswith(".") or path.suffix.lower() not in suffixes() | _VIDEO_SUFFIXES:
        return False
    try:
        return stat.S_ISREG(path.stat().st_mode)
    except FileNotFoundError:
        return False
    except OSError:
        return True  # reading it will report the error


def _folder_tasks(
    sources: Sequence[tuple[Path, FileError | None]], folder: Path, motion: str | None
) -> Iterator[FileTask]:
    if folder.suffix.lower() in {*FORMATS, *ANIMATION_FORMATS} and not _is_folder(folder):
        raise FileError(reason=f"{folder} is one file; for several pictures, or a folder, name a folder.")
    folder.mkdir(parents=True, exist_ok=True)
    if not os.access(folder, os.W_OK):
        raise FileError(reason=f"{folder} cannot be written.")
    names = FolderNames(folder)
    taken = {_identity(source) for source, _ in sources}
    for source, problem in sources:
        paths = names.paths(source.stem, _suffix_for(source, motion))
        output = next(path for path in paths if _is_free(path, taken))
        taken.add(_identity(output))
        yield FileTask(source, output, _format_of(output), problem or _output_problem(output))


def _is_free(output: Path, taken: set[tuple[int, int] | Path]) -> bool:
    """Whether a dream may be written there: over an older dream, but not a folder, device or source."""
    return _identity(output) not in taken and not _is_folder(output) and not is_special(output)


def _output_problem(output: Path) -> FileError | None:
    try:
        _check_writable(output)
    except FileError as error:
        return error
    except OSError as error:
        return FileError(reason=f"{output} cannot be used: {error.strerror}.")
    return None


def _identity(path: Path) -> tuple[int, int] | Path:
    """A key that is equal for two paths of the same file."""
    try:
        status = path.stat()
    except OSError:
        return path
    return status.st_dev, status.st_ino


def _check_writable(path: Path) -> None:
    with contextlib.suppress(FileNotFoundError):
        path.lstat()  # an invalid name raises another OSError
    folder = path.parent
    if not _is_folder(folder):
        raise FileError(reason=f"There is no folder {folder}.")
    if _is_folder(path):
        raise FileError(reason=f"{path} is a folder; name a file.")
    if not os.access(path if is_special(path) else folder, os.W_OK):
        raise FileError(reason=f"{path} cannot be written.")
    # Symbolic links are followed: the temporary file is created beside the target.
    if not is_special(path) and not os.access(os.path.dirname(os.path.realpath(path)), os.W_OK):  # noqa: PTH120
        raise FileError(reason=f"{path} leads to where nothing can be written.")

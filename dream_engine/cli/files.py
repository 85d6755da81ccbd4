"""Plans which files the command reads and writes."""

import contextlib
import os
import stat
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field
from pathlib import Path

from dream_engine.cli.file_names import FolderNames
from dream_engine.cli.formats import format_in_folder, format_like, format_of_file, is_format, suffix_of
from dream_engine.cli.streams import STANDARD, check_stdout
from dream_engine.cli.tasks import VIDEO_SUFFIXES, FileTask, is_clip, read_clip, read_picture, source_moves
from dream_engine.errors import FileError
from dream_engine.file_content import is_special, read, write
from dream_engine.images import suffixes

__all__ = [
    "FileError",
    "FileTask",
    "Plan",
    "is_clip",
    "is_single_picture",
    "plan",
    "read",
    "read_clip",
    "read_picture",
    "write",
]

_STDIN_STEM = "dream"
"""The name in a folder of a dream whose source has none."""


@dataclass(frozen=True, slots=True)
class Plan:
    """What the command line says about files.

    Attributes:
        inputs: The pictures' files, and folders of pictures; ``-`` is standard input.
        output: A file for one picture; a folder, created if it is missing, for several or for a folder; ``-``
            is standard output.
        report: The report's file; ``-`` is standard output.
        motion: The motion that was asked for; ``None`` if each source decides.
        file_format: The format that was asked for.
        force: Whether to replace dreams in a folder, and a source by its own dream.
        companions: Files that accompany the pictures, such as a guide. No dream replaces them.
    """

    inputs: Sequence[Path]
    output: Path | None
    report: Path | None = None
    motion: str | None = None
    file_format: str | None = None
    force: bool = False
    companions: Sequence[Path] = field(default=())

    def tasks(self) -> list[FileTask]:
        """Choose each dream's file, and check that all files can be written.

        Raises:
            FileError: There are no inputs, or an output cannot be written. A problem with one picture among
                several is stored in its task instead.
        """
        if not self.inputs:
            raise FileError(
                reason="Name a picture to dream: dream INPUT -o OUTPUT (dream --help tells more)."
            )
        if self.output is None:
            raise FileError(reason="Say where the dream goes: -o FILE, or -o FOLDER for several pictures.")
        self._check_streams(self.output)
        try:
            tasks = self._tasks(self.output)
            if self.report not in (None, STANDARD):
                _check_writable(self.report)
        except OSError as error:
            raise FileError(reason=f"{error.filename} cannot be used: {error.strerror}.") from None
        if len(tasks) == 1 and tasks[0].problem is not None:
            raise tasks[0].problem
        self._check_report(tasks)
        return tasks

    def _check_streams(self, output: Path) -> None:
        if [*self.inputs, *self.companions].count(STANDARD) > 1:
            raise FileError(reason="Standard input has one picture: only one argument can be -.")
        if output != STANDARD:
            return
        if self.report == STANDARD:
            raise FileError(
                reason="Standard output takes the dream or the report: name a file for one of them."
            )
        if not is_single_picture(self.inputs):
            raise FileError(reason="Standard output takes one picture: for several, name a folder with -o.")
        check_stdout()

    def _check_report(self, tasks: Sequence[FileTask]) -> None:
        if self.report is None or self.report == STANDARD:
            return
        pictures = (path for task in tasks for path in (task.source, task.output))
        if _identity(self.report) in map(_identity, (*pictures, *self.companions)):
            raise FileError(reason=f"The report would take the place of the picture {self.report}.")

    def _tasks(self, output: Path) -> list[FileTask]:
        if output != STANDARD and (not is_single_picture(self.inputs) or _is_for_folder(output)):
            return list(self._folder_tasks(output))
        (source,) = self.inputs
        if output != STANDARD:
            _check_writable(output)
            self._check_no_source(output)
        content = read_clip(source) if source == STANDARD else None
        if output != STANDARD and (output.suffix or self.file_format):
            file_format = format_of_file(output, self.file_format)
        elif self.file_format:
            file_format = format_of_file(STANDARD, self.file_format)
        else:
            content = read_clip(source) if content is None else content
            file_format = format_like(content, self.motion)
        return [FileTask(source, output, file_format, content=content)]

    def _check_no_source(self, output: Path) -> None:
        if self.force or is_special(output):
            return
        for path in (*self.inputs, *self.companions):
            if path != STANDARD and _exists(output) and _identity(path) == _identity(output):
                raise FileError(
                    reason=f"The dream would replace {path}, which it is made of: --force does that."
                )

    def _folder_tasks(self, folder: Path) -> Iterator[FileTask]:
        if is_format(folder.suffix) and not _is_folder(folder):
            raise FileError(reason=f"{folder} is one file; for several pictures, or a folder, name a folder.")
        folder.mkdir(parents=True, exist_ok=True)
        if not os.access(folder, os.W_OK):
            raise FileError(reason=f"{folder} cannot be written.")
        sources = list(_sources(self.inputs))
        names = FolderNames(folder)
        taken = {_identity(source) for source in (*(source for source, _ in sources), *self.companions)}
        for source, problem in sources:
            content = read_clip(source) if source == STANDARD else None
            file_format = format_in_folder(source_moves(source, content), self.file_format, self.motion)
            stem = _STDIN_STEM if source == STANDARD else source.stem
            paths = names.paths(stem, suffix_of(file_format))
            output = next(path for path in paths if _is_free(path, taken))
            taken.add(_identity(output))
            is_done = not self.force and problem is None and _exists(output)
            if problem is None and not is_done:
                yield FileTask(source, output, file_format, _output_problem(output), content)
            else:
                yield FileTask(source, output, file_format, problem, content, is_done)


def plan(inputs: Sequence[Path], output: Path | None, report: Path | None = None) -> list[FileTask]:
    """Choose the files of the dreams with default options; see :meth:`Plan.tasks`."""
    return Plan(inputs, output, report).tasks()


def is_single_picture(inputs: Sequence[Path]) -> bool:
    """Whether the input is a single file; a folder with one picture is not."""
    return len(inputs) == 1 and not _is_folder(inputs[0])


def _is_folder(path: Path) -> bool:
    """Like ``Path.is_dir``, which raises for a name that is too long or has no permission."""
    return path != STANDARD and os.path.isdir(path)  # noqa: PTH112


def _is_for_folder(output: Path) -> bool:
    """Whether a single picture's output is a folder: an existing one, or a new name without an ending."""
    return _is_folder(output) or not (output.suffix or _exists(output))


def _exists(path: Path) -> bool:
    """Like ``Path.exists``, which raises for a name that is too long or has no permission."""
    return os.path.exists(path)  # noqa: PTH110


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
    if path.name.startswith(".") or path.suffix.lower() not in suffixes() | VIDEO_SUFFIXES:
        return False
    try:
        return stat.S_ISREG(path.stat().st_mode)
    except FileNotFoundError:
        return False
    except OSError:
        return True  # reading it will report the error


def _is_free(output: Path, taken: set[tuple[int, int] | Path]) -> bool:
    """Whether the name may be a dream's: no folder, device, source or other dream of this run has it."""
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

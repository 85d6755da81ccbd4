"""One picture to dream: where it comes from, and where its dream goes."""

from dataclasses import dataclass, field
from pathlib import Path

from dream_engine.cli.formats import AnyFormat
from dream_engine.cli.streams import STANDARD, input_name, output_name, read_stdin
from dream_engine.errors import FileError
from dream_engine.file_content import read
from dream_engine.images import Limits
from dream_engine.motion.clips import ClipLimits, is_moving

VIDEO_SUFFIXES = frozenset({".mp4", ".m4v", ".mov", ".webm", ".mkv"})
_MOVING_SUFFIXES = VIDEO_SUFFIXES | {".gif", ".webp", ".apng", ".avif"}
_PNG_HEAD_MEGABYTES = 0.3
_MEGABYTES = max(ClipLimits().megabytes, Limits().megabytes)


@dataclass(frozen=True, slots=True)
class FileTask:
    """One picture to dream.

    Attributes:
        source: The picture's file; ``-`` for standard input.
        output: The dream's file; ``-`` for standard output.
        file_format: The format of the dream's file.
        problem: A known reason why the picture cannot be dreamed; other pictures are dreamed nevertheless.
        content: What standard input contained.
        is_done: Whether the output has an earlier dream, which is kept.
    """

    source: Path
    output: Path
    file_format: AnyFormat
    problem: FileError | None = None
    content: bytes | None = field(default=None, repr=False, compare=False)
    is_done: bool = False

    @property
    def source_name(self) -> str:
        """The source's name for messages."""
        return input_name(self.source)

    @property
    def output_name(self) -> str:
        """The output's name for messages."""
        return output_name(self.output)

    def read(self) -> bytes:
        """Read the source's content, which may be as large as a clip.

        Raises:
            FileError: The source cannot be read, or the output cannot be written.
        """
        if self.problem is not None:
            raise self.problem
        return read_clip(self.source) if self.content is None else self.content


def is_clip(task: FileTask) -> bool:
    """Whether the source of a task moves. A source that cannot be read does not."""
    if task.content is None and task.source.suffix.lower() not in _MOVING_SUFFIXES:
        return False
    try:
        return is_moving(task.read())
    except FileError:
        return False


def read_clip(path: Path) -> bytes:
    """Read a file that may be as large as a clip, or standard input.

    Raises:
        FileError: The file cannot be read.
    """
    return read_stdin(_MEGABYTES) if path == STANDARD else read(path, _MEGABYTES)


def read_picture(path: Path) -> bytes:
    """Read a file that is as large as a picture at most, or standard input.

    Raises:
        FileError: The file cannot be read.
    """
    return read_stdin(Limits().megabytes) if path == STANDARD else read(path)


def source_moves(source: Path, content: bytes | None) -> bool:
    """Whether a source moves, in a folder of many. A source that cannot be read does not.

    Args:
        source: The source's file.
        content: Its content, if it is known already.
    """
    if content is not None:
        return is_moving(content)
    suffix = source.suffix.lower()
    if suffix not in _MOVING_SUFFIXES and suffix != ".png":
        return False
    try:
        # Most PNGs are stills, so only the beginning is read, where an animation is declared.
        if suffix == ".png" and b"acTL" not in read(source, _PNG_HEAD_MEGABYTES):
            return False
        return is_moving(read(source, ClipLimits().megabytes))
    except FileError:
        return False  # reading it again will report the error

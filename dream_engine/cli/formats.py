"""Chooses the format of a dream's file."""

from pathlib import Path
from typing import Literal, get_args

from dream_engine.errors import FileError
from dream_engine.images import FORMATS, Format
from dream_engine.motion.animation import ANIMATION_FORMATS, AnimationFormat
from dream_engine.motion.clips import is_moving
from dream_engine.motion.recognition import clip_format
from dream_engine.suggestions import did_you_mean, similar

AnyFormat = Literal["png", "jpeg", "webp", "gif", "avif", "apng", "mp4", "webm"]
"""A :data:`~dream_engine.images.Format` or an :data:`AnimationFormat`; WebP is both."""

STILL_FORMATS: frozenset[str] = frozenset(get_args(Format))
MOVING_FORMATS: frozenset[str] = frozenset(get_args(AnimationFormat))

_BY_SUFFIX: dict[str, AnyFormat] = {**FORMATS, **ANIMATION_FORMATS}

FORMAT_NAMES = tuple(dict.fromkeys(suffix[1:] for suffix in (*FORMATS, *ANIMATION_FORMATS)))
"""The names that ``--format`` accepts, which are endings of files."""

_DEFAULT_STILL: AnyFormat = "png"
_DEFAULT_MOVING: AnyFormat = "webp"


def is_format(suffix: str) -> bool:
    """Whether a suffix, in any case, stands for a format that can be written."""
    return suffix.lower() in _BY_SUFFIX


def suffix_of(name: str) -> str:
    """The suffix of a format by its name, such as ``.jpg`` for both ``jpg`` and ``jpeg``."""
    return next(suffix for suffix, known in _BY_SUFFIX.items() if name in (suffix[1:], known))


def format_of_file(output: Path, name: str | None) -> AnyFormat:
    """The format of a file by its suffix.

    Args:
        output: The file.
        name: The format that was asked for; ``None`` if the suffix decides.

    Raises:
        FileError: The suffix stands for no format, or for another than the requested one.
    """
    suffix = output.suffix.lower()
    requested = None if name is None else _BY_SUFFIX[f".{name}"]
    known = _BY_SUFFIX.get(suffix)
    if known is None:
        if requested is not None:
            return requested
        endings = tuple(_BY_SUFFIX)
        hint = did_you_mean(f".{found}" for found in similar(suffix[1:], FORMAT_NAMES))
        raise FileError(reason=f"{output} must end in {', '.join(endings)}{f' ({hint})' if hint else ''}.")
    if requested is None or requested == known or (requested, known) == ("apng", "png"):
        return requested or known
    raise FileError(reason=f"{output} has the ending of another format than {name}: leave out --format.")


def format_in_folder(source_moves: bool, name: str | None, motion: str | None) -> AnyFormat:
    """The format of a dream in a folder.

    Args:
        source_moves: Whether the source moves.
        name: The format that was asked for; it does not apply to a dream that it cannot hold.
        motion: The motion that was asked for; ``None`` if each source decides.
    """
    moves = source_moves if motion is None else motion != "still"
    requested = None if name is None else _BY_SUFFIX[f".{name}"]
    if requested is not None and requested in (MOVING_FORMATS if moves else STILL_FORMATS):
        return requested
    return _DEFAULT_MOVING if moves else _DEFAULT_STILL


def format_like(content: bytes, motion: str | None) -> AnyFormat:
    """The format of a source, or the nearest that a dream of it can be written in.

    Args:
        content: The content of the source's file.
        motion: The motion that was asked for; ``None`` if the source decides.
    """
    kind = clip_format(content)
    if motion != "still" and (motion is not None or is_moving(content)):
        if kind == "matroska":
            return "webm" if b"webm" in content[:128] else "mp4"
        moving: dict[str | None, AnyFormat] = {"gif": "gif", "avif": "avif", "mov": "mp4", "png": "apng"}
        return moving.get(kind, _DEFAULT_MOVING) if is_moving(content) else _DEFAULT_MOVING
    if content.startswith(b"\xff\xd8\xff"):
        return "jpeg"
    return "webp" if kind == "webp" else _DEFAULT_STILL

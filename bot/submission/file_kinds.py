"""Guesses from a file's name and media type whether the engine can read it."""

import mimetypes
from enum import IntEnum
from functools import cache
from pathlib import PurePosixPath

from dream_engine.images import suffixes


class Kind(IntEnum):
    """The likelihood that a file is a readable picture; a lower value is likelier."""

    READABLE = 0
    """The name or the media type is that of a readable picture, and neither contradicts."""
    VIDEO = 1
    """The name or the media type is that of a video that can be read with video support."""
    UNCERTAIN = 2
    """One of them is that of a readable picture, and the other contradicts."""
    UNREADABLE = 3
    """A picture in a format that the engine cannot read."""
    NO_PICTURE = 4
    """Another file, such as a text."""


_UNREADABLE_SUFFIXES = frozenset(
    {
        *(".ai", ".cur", ".dds", ".emf", ".eps", ".exr", ".fits", ".hdr", ".icns", ".ico", ".j2k", ".jp2"),
        *(".jpf", ".jpx", ".jxl", ".jxr", ".kra", ".pbm", ".pcx", ".pgm", ".ppm", ".psb", ".psd", ".qoi"),
        *(".svg", ".svgz", ".tga", ".wmf", ".xcf"),
        # The raw formats of cameras.
        *(".3fr", ".arw", ".cr2", ".cr3", ".dng", ".nef", ".nrw", ".orf", ".pef", ".raf", ".raw", ".rw2"),
    }
)  # fmt: skip
_VIDEO_SUFFIXES = frozenset({".mp4", ".m4v", ".mov", ".webm"})
_VIDEO_SUBTYPES = frozenset({"mp4", "x-m4v", "quicktime", "webm"})
_UNSPECIFIC = ("", "application/octet-stream", "binary/octet-stream")
_MEDIA_TYPES = mimetypes.MimeTypes()
"""Python's built-in table, because the machine's table may contain anything."""


def kind_of(name: str, media_type: str | None = None) -> Kind | None:
    """Guess the kind of a file. Only its bytes can tell for certain.

    Args:
        name: The file's name, or the last part of its URL.
        media_type: The media type that Discord reports, if any.

    Returns:
        The kind; ``None`` if neither the name nor the media type says anything.
    """
    by_name, by_type = _by_name(name), _by_type(media_type or "")
    if by_name is None or by_type is None or by_name == by_type:
        return by_type if by_name is None else by_name
    if {Kind.READABLE, Kind.VIDEO} & {by_name, by_type}:
        return Kind.UNCERTAIN
    return Kind.UNREADABLE


def _by_name(name: str) -> Kind | None:
    suffix = PurePosixPath(name.lower()).suffix
    if suffix in suffixes():
        return Kind.READABLE
    if suffix in _VIDEO_SUFFIXES:
        return Kind.VIDEO
    if suffix in _UNREADABLE_SUFFIXES:
        return Kind.UNREADABLE
    return _by_type(_MEDIA_TYPES.guess_type(f"file{suffix}")[0] or "")


def _by_type(media_type: str) -> Kind | None:
    essence = media_type.partition(";")[0].strip().lower()
    if essence in _UNSPECIFIC:
        return None
    family, _, subtype = essence.partition("/")
    if family == "video" and subtype in _VIDEO_SUBTYPES:
        return Kind.VIDEO
    if family != "image":
        return Kind.NO_PICTURE
    return Kind.READABLE if _plain(subtype) in _readable_subtypes() else Kind.UNREADABLE


def _plain(subtype: str) -> str:
    """Strip vendor prefixes and suffixes from a subtype."""
    for prefix in ("x-", "ms-", "vnd.mozilla."):
        subtype = subtype.removeprefix(prefix)
    return subtype.removesuffix("-sequence")


@cache
def _readable_subtypes() -> frozenset[str]:
    """The readable media subtypes: the suffixes, and one that no suffix has."""
    return frozenset(suffix.removeprefix(".") for suffix in suffixes()) | {"pjpeg"}

"""Guesses from a file's name and media type whether it is a picture that can be read."""

import mimetypes
from enum import IntEnum
from functools import cache
from pathlib import PurePosixPath

from dream_engine.images import suffixes


class Kind(IntEnum):
    """How likely a file is a picture that can be read; the likelier, the lower."""

    READABLE = 0
    """Its name or its media type says so, and neither denies it."""
    UNCERTAIN = 1
    """One of them says so, and the other denies it."""
    UNREADABLE = 2
    """It is a picture of a kind that cannot be read."""
    NO_PICTURE = 3
    """It is something else, such as a video or a text."""


_UNREADABLE_SUFFIXES = frozenset(
    {
        *(".ai", ".cur", ".dds", ".emf", ".eps", ".exr", ".fits", ".hdr", ".icns", ".ico", ".j2k", ".jp2"),
        *(".jpf", ".jpx", ".jxl", ".jxr", ".kra", ".pbm", ".pcx", ".pgm", ".ppm", ".psb", ".psd", ".qoi"),
        *(".svg", ".svgz", ".tga", ".wmf", ".xcf"),
        # What cameras call their raw files.
        *(".3fr", ".arw", ".cr2", ".cr3", ".dng", ".nef", ".nrw", ".orf", ".pef", ".raf", ".raw", ".rw2"),
    }
)  # fmt: skip
_SAYS_NOTHING = ("", "application/octet-stream", "binary/octet-stream")
_MEDIA_TYPES = mimetypes.MimeTypes()
"""Python's own table: that of the machine may have anything in it."""


def kind_of(name: str, media_type: str | None = None) -> Kind | None:
    """What a file is by its name and media type; what it truly is, only its bytes say.

    Args:
        name: The file's name, or the last part of its address.
        media_type: The media type that Discord has found, if any.

    Returns:
        The kind; ``None`` where neither of them says anything.
    """
    by_name, by_type = _by_name(name), _by_type(media_type or "")
    if by_name is None or by_type is None or by_name == by_type:
        return by_type if by_name is None else by_name
    return Kind.UNCERTAIN if Kind.READABLE in (by_name, by_type) else Kind.UNREADABLE


def _by_name(name: str) -> Kind | None:
    suffix = PurePosixPath(name.lower()).suffix
    if suffix in suffixes():
        return Kind.READABLE
    if suffix in _UNREADABLE_SUFFIXES:
        return Kind.UNREADABLE
    return _by_type(_MEDIA_TYPES.guess_type(f"file{suffix}")[0] or "")


def _by_type(media_type: str) -> Kind | None:
    essence = media_type.partition(";")[0].strip().lower()
    if essence in _SAYS_NOTHING:
        return None
    family, _, subtype = essence.partition("/")
    if family != "image":
        return Kind.NO_PICTURE
    return Kind.READABLE if _plain(subtype) in _readable_subtypes() else Kind.UNREADABLE


def _plain(subtype: str) -> str:
    """A subtype without what programs put around its name."""
    for prefix in ("x-", "ms-", "vnd.mozilla."):
        subtype = subtype.removeprefix(prefix)
    return subtype.removesuffix("-sequence")


@cache
def _readable_subtypes() -> frozenset[str]:
    """The media types of pictures that can be read: each is called as one of its suffixes, but for one."""
    return frozenset(suffix.removeprefix(".") for suffix in suffixes()) | {"pjpeg"}

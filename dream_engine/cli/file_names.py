"""Generates unique file names of valid length in a folder."""

import contextlib
import os
import sys
import unicodedata
from collections.abc import Iterator
from pathlib import Path

_DEFAULT_MAX_LENGTH = 255


class FolderNames:
    """Generates unique file names in a folder.

    Some file systems treat names as equal that differ only in case or in Unicode normalisation, so such
    names count as duplicates.

    Args:
        folder: The folder.
    """

    def __init__(self, folder: Path) -> None:
        self._folder = folder
        self._max_length = _max_name_length(folder)
        self._used: set[str] = set()

    def paths(self, stem: str, suffix: str = ".png") -> Iterator[Path]:
        """Yield paths for a dream: first with the stem itself, then with numbers from 2.

        Args:
            stem: The name of the source without its suffix; it is shortened if it is too long.
            suffix: The suffix of the dream.
        """
        number = 1
        while True:
            ending = suffix if number == 1 else f"-{number}{suffix}"
            name = _shorten(stem, self._max_length - len(ending)) + ending
            key = unicodedata.normalize("NFC", unicodedata.normalize("NFC", name).casefold())
            number += 1
            if key not in self._used:
                self._used.add(key)
                yield self._folder / name


def _max_name_length(folder: Path) -> int:
    """The largest number of bytes of a file name in a folder."""
    if sys.platform != "win32":
        with contextlib.suppress(OSError, ValueError):
            return os.pathconf(folder, "PC_NAME_MAX")
    return _DEFAULT_MAX_LENGTH


def _shorten(stem: str, length: int) -> str:
    """Shorten a stem to a number of bytes, without separating characters from their combining accents."""
    kept = stem
    while len(os.fsencode(kept)) > length:
        cut = kept[-1]
        kept = kept[:-1]
        while kept and unicodedata.combining(cut):
            cut = kept[-1]
            kept = kept[:-1]
    return kept

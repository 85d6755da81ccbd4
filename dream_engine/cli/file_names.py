"""Names of the dreams in a folder: none twice, none too long."""

import os
import unicodedata
from collections.abc import Iterator
from pathlib import Path

_SUFFIX = ".png"
_USUAL_LONGEST = 255


class FolderNames:
    """Gives out names of files in a folder.

    Names that differ only in case or in how Unicode composes their letters are the same for some file
    systems, so none of them is given out twice.

    Args:
        folder: The folder.
    """

    def __init__(self, folder: Path) -> None:
        self._folder = folder
        self._longest = _longest_name(folder)
        self._given: set[str] = set()

    def paths(self, stem: str) -> Iterator[Path]:
        """Paths for a dream, the best first: with the stem itself, then with numbers from 2.

        Args:
            stem: The name of the source without its suffix; too long a one is cut.
        """
        number = 1
        while True:
            ending = _SUFFIX if number == 1 else f"-{number}{_SUFFIX}"
            name = _cut(stem, self._longest - len(ending)) + ending
            key = unicodedata.normalize("NFC", unicodedata.normalize("NFC", name).casefold())
            number += 1
            if key not in self._given:
                self._given.add(key)
                yield self._folder / name


def _longest_name(folder: Path) -> int:
    """How many bytes a file's name may have there."""
    try:
        return os.pathconf(folder, "PC_NAME_MAX")
    except (OSError, ValueError, AttributeError):  # Windows has no pathconf
        return _USUAL_LONGEST


def _cut(stem: str, length: int) -> str:
    """As many letters as fit into so many bytes, none without its accents."""
    kept = stem
    while len(os.fsencode(kept)) > length:
        cut = kept[-1]
        kept = kept[:-1]
        while kept and unicodedata.combining(cut):
            cut = kept[-1]
            kept = kept[:-1]
    return kept

"""Keeps the texts of a message within Discord's limits."""

from collections.abc import Callable, Sequence
from typing import TypeVar

from discord import ui

MAX_CHARACTERS = 4000
"""Discord's limit for all texts of a message together."""
MAX_TEXTS = 20
"""The most texts in a message; the rest of Discord's 40 components is left to the others."""

_ELLIPSIS = "…"

_View = TypeVar("_View", bound=ui.LayoutView)


def length(text: str) -> int:
    """Return the length that Discord may count at most: a character beyond 16 bits may count twice."""
    return len(text) + sum(character > "\uffff" for character in text)


def cut(text: str, most: int) -> str:
    """Shorten a text to a number of characters and end it with an ellipsis.

    The cut is between two words if possible, so that no link or mention is left incomplete.

    Args:
        text: The text.
        most: The largest number of characters, at least one.
    """
    if length(text) <= most:
        return text
    kept = text[: most - 1]
    while length(kept) > most - 1:
        kept = kept[:-1]
    end = max(kept.rfind("\n"), kept.rfind(" "))
    if end > len(kept) // 2:
        kept = kept[:end]
    return kept.rstrip() + _ELLIPSIS


def first_lines(
    lines: Sequence[str], more: Callable[[int], str], max_lines: int, max_characters: int = MAX_CHARACTERS
) -> list[str]:
    """Return the first lines, and one more line that says how many are left out.

    Args:
        lines: All lines.
        more: Makes the line that says how many are left out.
        max_lines: The largest number of lines, without that one.
        max_characters: The largest number of characters, with the line breaks.
    """
    shown = min(len(lines), max_lines)
    while True:
        left_out = len(lines) - shown
        listed = [*lines[:shown], *([more(left_out)] if left_out else [])]
        if shown == 0 or sum(length(line) + 1 for line in listed) <= max_characters:
            return listed
        shown -= 1


def shortened(view: _View) -> _View:
    """Cut the longest texts of a view until Discord accepts it; returns the view."""
    texts = [item for item in view.walk_children() if isinstance(item, ui.TextDisplay)]
    while (excess := sum(length(text.content) for text in texts) - MAX_CHARACTERS) > 0:
        longest = max(texts, key=lambda text: length(text.content))
        longest.content = cut(longest.content, max(length(longest.content) - excess, 1))
    return view

"""Keeps what a message says within Discord's limits."""

from collections.abc import Callable, Sequence
from typing import TypeVar

from discord import ui

MAX_CHARACTERS = 4000
"""So many characters may stand in all texts of a message together."""
MAX_TEXTS = 20
"""So many texts leave room for the other components of a message, of which there may be 40."""

_ELLIPSIS = "…"

_View = TypeVar("_View", bound=ui.LayoutView)


def length(text: str) -> int:
    """How long Discord takes a text to be at most: a character beyond 16 bits may count twice."""
    return len(text) + sum(character > "\uffff" for character in text)


def cut(text: str, most: int) -> str:
    """A text of at most so many characters, which ends in an ellipsis if it was longer.

    The text ends between two words where it can, so that no link or mention is left incomplete.

    Args:
        text: The text.
        most: How many characters it may have, at least one.
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
    """The first of many lines, and a line that says how many are left out.

    Args:
        lines: All lines.
        more: Makes the line that says how many are left out.
        max_lines: How many lines are shown, that line not counted.
        max_characters: How many characters all of them may have, the breaks between them included.
    """
    shown = min(len(lines), max_lines)
    while True:
        left_out = len(lines) - shown
        listed = [*lines[:shown], *([more(left_out)] if left_out else [])]
        if shown == 0 or sum(length(line) + 1 for line in listed) <= max_characters:
            return listed
        shown -= 1


def shortened(view: _View) -> _View:
    """The same view, with its longest texts cut so that Discord takes it."""
    texts = [item for item in view.walk_children() if isinstance(item, ui.TextDisplay)]
    while (excess := sum(length(text.content) for text in texts) - MAX_CHARACTERS) > 0:
        longest = max(texts, key=lambda text: length(text.content))
        longest.content = cut(longest.content, max(length(longest.content) - excess, 1))
    return view

"""Keeps numbers together with their units, so that no line of a card ends between them."""

import re

NO_BREAK_SPACE = "\u00a0"

_BREAKABLE = re.compile(
    r"""
    (?<=\d)[ ](?=[^\W\d_]|[×%])  # "12 seconds", "512 × 342", "50 %"
    | (?<=×)[ ](?=\d)            # "512 × 342"
    | (?<=\b[^\W\d_]{2})[ ](?=\d)  # "3 of 60", "in 12 seconds"
    """,
    re.VERBOSE,
)


def keep_numbers_together(text: str) -> str:
    """Replace the spaces between numbers and the words that belong to them with spaces that do not break."""
    return _BREAKABLE.sub(NO_BREAK_SPACE, text)


def with_plain_spaces(text: str) -> str:
    """Undo :func:`keep_numbers_together`, to compare a text with one that Discord has."""
    return text.replace(NO_BREAK_SPACE, " ")

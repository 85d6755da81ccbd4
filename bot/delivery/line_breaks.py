"""Keeps numbers together with their units, so that no line of a card ends between them."""

import re

NO_BREAK_SPACE = "\u00a0"
WORD_JOINER = "\u2060"

_BREAKABLE = re.compile(
    r"""
    (?<=\d)[ ](?=[^\W\d_]|[×%])  # "12 seconds", "512 × 342", "50 %"
    | (?<=×)[ ](?=\d)            # "512 × 342"
    | (?<=\b[^\W\d_]{2})[ ](?=\d)  # "3 of 60", "in 12 seconds"
    """,
    re.VERBOSE,
)

_BEFORE_HANGUL = re.compile(r"(?<=\d)(?=[가-힣])")
"""Browsers break a line between a number and its Korean counter, as in "3개", unless the two are joined."""


def keep_numbers_together(text: str) -> str:
    """Keep the numbers of a text and the words that belong to them on one line, by characters nobody sees."""
    return _BEFORE_HANGUL.sub(WORD_JOINER, _BREAKABLE.sub(NO_BREAK_SPACE, text))


def with_plain_spaces(text: str) -> str:
    """Undo :func:`keep_numbers_together`, to compare a text with one that Discord has."""
    return text.replace(NO_BREAK_SPACE, " ").replace(WORD_JOINER, "")

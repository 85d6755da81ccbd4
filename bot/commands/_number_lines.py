"""Reads the size and the seed that a user typed into one field, each on a line of its own."""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Mapping

from bot.delivery.adjust_form import NUMBER_LINES, line_name
from bot.errors import LineRefusal, NumberRefusal
from bot.texts import Texts

_SEPARATOR = re.compile(r"\s*[:=\uff1a]\s*")
_NUMBER = re.compile(r"\d+|\d{1,3}(?:([.,'_\u2019\s])\d{3})(?:\1\d{3})*")
"""A whole number; the separator of any language may set off groups of exactly three digits."""
_UNIT = re.compile(r"\s*(?:px|pixels?|píxel(?:es)?|픽셀)$", re.IGNORECASE)
_MAX_QUOTED_CHARACTERS = 60


def read_lines(texts: Texts, typed: str) -> Mapping[str, str]:
    """Return what a user typed into each line, by the line's name in :data:`NUMBER_LINES`.

    A line starts with its name, in the user's language or in English. Lines without a name come in the order
    of the form.

    Args:
        texts: The texts in the user's language.
        typed: The whole field.

    Raises:
        LineRefusal: A line starts with an unknown name.
    """
    names = {name.casefold(): line for line in NUMBER_LINES for name in (line, line_name(texts, line))}
    values: dict[str, str] = {}
    for text in filter(None, map(str.strip, typed.splitlines())):
        name, value = _split(text, names)
        free = (line for line in NUMBER_LINES if line not in values)
        line = names.get(name.casefold()) if name else next(free, None)
        if line is None:
            example = f"{line_name(texts, NUMBER_LINES[0])}: 512"
            raise LineRefusal(line=text[:_MAX_QUOTED_CHARACTERS], example=example)
        values[line] = value
    return values


def read_number(name: str, typed: str, low: int, high: int) -> int | None:
    """Return a number that a user typed; ``None`` for nothing.

    Args:
        name: The number's name, in the user's language.
        typed: What the user typed, perhaps with separators of thousands and a unit.
        low: The smallest number.
        high: The largest number.

    Raises:
        NumberRefusal: It is no whole number within the bounds.
    """
    text = _UNIT.sub("", unicodedata.normalize("NFC", typed.strip()))
    if not text:
        return None
    number = int(re.sub(r"\D", "", text)) if _NUMBER.fullmatch(text) else None
    if number is None or not low <= number <= high:
        quoted = typed[:_MAX_QUOTED_CHARACTERS]
        raise NumberRefusal(field=name, value=quoted, low=low, high=high)
    return number


def _split(text: str, names: Mapping[str, str]) -> tuple[str, str]:
    """Split a line into its name and its value; the name is empty if the line has none."""
    parts = _SEPARATOR.split(text, maxsplit=1)
    if len(parts) == 2:
        return parts[0], parts[1]
    name, _, value = text.partition(" ")
    return (name, value.strip()) if name.casefold() in names else ("", text)

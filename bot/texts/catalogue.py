"""Reads the texts of each language from a file in Project Fluent's format."""

import copy
import math
import re
import tomllib
from collections.abc import Mapping, Sequence
from functools import cache
from importlib import resources
from types import MappingProxyType
from typing import Any, Self

from fluent.runtime import FluentBundle, FluentResource
from fluent.runtime.types import fluent_number

from bot.texts.commands import mark, name_commands
from dream_engine.errors import DreamError, SettingsError

ENGLISH = "en"
_MAX_GROUPED_NUMBER = 1e15
"""Numbers from here on, and those that are not finite, are formatted by Python, because Fluent cannot."""
_NUMBER = "number-alone"
"""The key of a message that every language has and no file contains: only a number."""
_ITEMS = re.compile(r", | and ")
"""Separates what the engine lists in English."""
_BETWEEN = re.compile(r"a (?:whole )?number from (-?[\d.]+) to (-?[\d.]+)")
_MIN_GROUPED_NUMBERS = {"es": 1e4}
"""The least number that a language writes in groups of three digits, where that is not 1000.

It follows from CLDR's ``minimumGroupingDigits``, which Babel does not read.
"""


class Texts:
    """The texts of one language, with English for missing messages.

    Args:
        bundles: The languages to search, in this order.
        thing_names: The language's names of things to dream of, by their English names.
        command_ids: The ids of the registered commands, by their English names.
        support_url: The page where users get help, which every message can use as ``$support``.

    Attributes:
        thing_names: The same names.
    """

    def __init__(
        self,
        bundles: tuple[FluentBundle, ...],
        thing_names: Mapping[str, str] = MappingProxyType({}),
        command_ids: Mapping[str, int] = MappingProxyType({}),
        support_url: str | None = None,
    ) -> None:
        self._bundles = bundles
        self.thing_names = thing_names
        self._command_ids = command_ids
        self._shared = {"support": support_url or "none"}

    def __call__(self, key: str, **values: Any) -> str:
        """Format a message.

        Args:
            key: The message's key in the catalogue.
            **values: The values of the message's variables.

        Raises:
            KeyError: No language has this message.
        """
        found = self.find(key, **values)
        if found is None:
            raise KeyError(key)
        return found

    def find(self, key: str, **values: Any) -> str | None:
        """Format a message; returns ``None`` if no language has it."""
        for bundle in self._bundles:
            if bundle.has_message(key) and (pattern := bundle.get_message(key).value) is not None:
                language = bundle.locales[0]
                own = {name: self._to_variable(value, language) for name, value in values.items()}
                text, _ = bundle.format_pattern(pattern, {**self._shared, **own})
                return name_commands(str(text), self.find, self._command_ids)
        return None

    def error(self, error: DreamError) -> str:
        """Return the sentence for an error that a user can correct."""
        details = dict(error.details)
        if "when" in details:
            details["when"] = relative_time(details["when"])
        if "formats" in details:
            details["formats"] = self.listed(_ITEMS.split(details["formats"]))
        if isinstance(error, SettingsError):
            details |= self._translated(**error.details)
        for kind in type(error).__mro__:
            if text := self.find(error_key(kind), **details):
                return text
        raise KeyError(type(error).__name__)

    def _translated(self, field: str, bound: str, value: Any = "", **_: Any) -> dict[str, str]:
        """Translate the name of a setting and its bounds, which the engine gives in English."""
        name = self.find(f"option-{field.replace('_', '-')}") or field
        if between := _BETWEEN.fullmatch(bound):
            bound = self("bound-between", low=float(between[1]), high=float(between[2]))
        if field == "motion":
            bound = self("bound-motion-of-still" if "for a still picture" in bound else "bound-motion")
            return {"field": name, "bound": bound, "value": self.motion(str(value))}
        return {"field": name, "bound": bound}

    def number(self, value: float) -> str:
        """Return a number with the separators of the language.

        A message that is given a number as a variable formats it in the same way. This is for numbers outside
        of messages.
        """
        return self(_NUMBER, number=value)

    def size(self, width: int, height: int) -> str:
        """Return the size of a picture in pixels."""
        return f"{self.number(width)} × {self.number(height)}"

    def listed(self, items: Sequence[str]) -> str:
        """Return items in one line, with the language's word for *and* before the last."""
        *others, last = items
        return self("list-last", others=", ".join(others), last=last) if others else last

    def preset(self, name: str) -> str:
        """Return a preset's name."""
        return self.find(f"preset-{name}") or name

    def motion(self, name: str) -> str:
        """Return a motion's name."""
        return self.find(f"motion-{name}") or name

    def thing(self, name: str) -> str:
        """Return the name of a thing to dream of; the English one if the language has none."""
        return self.thing_names.get(name, name)

    def _to_variable(self, value: Any, language: str) -> Any:
        if isinstance(value, DreamError):
            return self.error(value)
        if not isinstance(value, (int, float)) or not abs(value) < _MAX_GROUPED_NUMBER:
            return str(value)
        if abs(value) < _MIN_GROUPED_NUMBERS.get(language, 0):
            return fluent_number(value, useGrouping=False)
        return value


class Catalogue:
    """The texts of all languages.

    Args:
        sources: The files' contents by language, including English; by default the packaged files.

    Attributes:
        command_ids: The ids of the registered commands by their English names, with which sentences mention
            commands; empty as long as they are unknown.
        support_url: The page where users get help; ``None`` if the operator has set none.
    """

    def __init__(self, sources: Mapping[str, str] | None = None) -> None:
        sources = _packaged() if sources is None else sources
        self._bundles = {language: _bundle(language, source) for language, source in sources.items()}
        self._thing_names = _packaged_thing_names()
        self.command_ids: Mapping[str, int] = MappingProxyType({})
        self.support_url: str | None = None

    def mentioning(self, command_ids: Mapping[str, int]) -> Self:
        """Return a catalogue of the same texts that mentions commands by these ids."""
        catalogue = copy.copy(self)
        catalogue.command_ids = command_ids
        return catalogue

    def with_support(self, url: str | None) -> Self:
        """Return a catalogue of the same texts that sends users with problems to a page."""
        catalogue = copy.copy(self)
        catalogue.support_url = url
        return catalogue

    @property
    def languages(self) -> tuple[str, ...]:
        """The languages: each a locale of Discord, or the part of one before the hyphen."""
        return tuple(self._bundles)

    def texts(self, locale: str) -> Texts:
        """Return the texts for a locale such as ``en-GB`` or ``ko``."""
        languages = dict.fromkeys((locale, locale.split("-", maxsplit=1)[0], ENGLISH))
        bundles = (self._bundles[language] for language in languages if language in self._bundles)
        thing_names = (self._thing_names.get(language, {}) for language in languages)
        return Texts(tuple(bundles), next(filter(None, thing_names), {}), self.command_ids, self.support_url)

    def has(self, key: str, locale: str) -> bool:
        """Return whether the language of a locale itself has a message."""
        return any(
            self._bundles[language].has_message(key)
            for language in (locale, locale.split("-", maxsplit=1)[0])
            if language in self._bundles
        )


@cache
def packaged_catalogue() -> Catalogue:
    """Return the texts that come with the bot, read only once because that takes time."""
    return Catalogue()


def relative_time(seconds: float) -> str:
    """Return a timestamp that Discord shows relative to the current time, such as "in 2 minutes".

    Args:
        seconds: The Unix time.
    """
    return f"<t:{math.ceil(seconds)}:R>"


def error_key(kind: type) -> str:
    """Return the key of the sentence for a class of errors."""
    name = re.sub(r"(Error|Refusal)$", "", kind.__name__) or kind.__name__
    return "error-" + re.sub(r"(?<=[a-z])(?=[A-Z])|(?<=[A-Z])(?=[A-Z][a-z])", "-", name).lower()


def _packaged() -> dict[str, str]:
    files = (file for file in resources.files(__package__).iterdir() if file.name.endswith(".ftl"))
    return {file.name.removesuffix(".ftl"): file.read_text("utf-8") for file in files}


@cache
def _packaged_thing_names() -> Mapping[str, Mapping[str, str]]:
    """Return the names of things to dream of: a language's by their English names, for each language."""
    prefix, suffix = "class_names_", ".toml"
    files = (file for file in resources.files(__package__).iterdir() if file.name.startswith(prefix))
    return {
        file.name.removeprefix(prefix).removesuffix(suffix): tomllib.loads(file.read_text("utf-8"))
        for file in files
    }


def _bundle(language: str, source: str) -> FluentBundle:
    # Isolation would put directional marks around values, and Discord shows these marks.
    functions: dict[str, Any] = {"MULTIPLIED": _multiplied, "COMMAND": mark}
    bundle = FluentBundle([language], functions=functions, use_isolating=False)
    bundle.add_resource(FluentResource(f"{_NUMBER} = {{ $number }}\n{source}"))
    return bundle


def _multiplied(value: Any, by: Any = 1) -> Any:
    """Return a number in another unit, for languages that count in other units than English."""
    return fluent_number(float(value) * float(by))

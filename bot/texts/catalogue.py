"""Reads the languages' files, which are in Project Fluent's format."""

import math
import re
from collections.abc import Mapping
from functools import cache
from importlib import resources
from typing import Any

from fluent.runtime import FluentBundle, FluentResource

from dream_engine.errors import DreamError, SettingsError

ENGLISH = "en"
_MOST_IN_DIGITS = 1e15
"""A number from here on, or one that is none, is written as Python writes it: it cannot be put in groups."""
_BETWEEN = re.compile(r"a (?:whole )?number from (\S+) to (\S+)")


class Texts:
    """Everything that the bot says, in one language, and in English where that has no words.

    Args:
        bundles: The languages to look in, one after the other.
    """

    def __init__(self, bundles: tuple[FluentBundle, ...]) -> None:
        self._bundles = bundles

    def __call__(self, key: str, **values: Any) -> str:
        """Say something.

        Args:
            key: The message's name in the catalogue.
            **values: What the message tells.

        Raises:
            KeyError: There is no such message, not even in English.
        """
        found = self.find(key, **values)
        if found is None:
            raise KeyError(key)
        return found

    def find(self, key: str, **values: Any) -> str | None:
        """Say something, if there are words for it."""
        shown = {name: self._shown(value) for name, value in values.items()}
        for bundle in self._bundles:
            if bundle.has_message(key) and (pattern := bundle.get_message(key).value) is not None:
                text, _ = bundle.format_pattern(pattern, shown)
                return str(text)
        return None

    def error(self, error: DreamError) -> str:
        """What a person is told about a mistake that they can put right."""
        details = dict(error.details)
        if "when" in details:
            details["when"] = moment(details["when"])
        if isinstance(error, SettingsError):
            details |= self._in_words(**error.details)
        for kind in type(error).__mro__:
            if text := self.find(error_key(kind), **details):
                return text
        raise KeyError(type(error).__name__)

    def _in_words(self, field: str, bound: str, **_: Any) -> dict[str, str]:
        """A setting and its bounds, which the engine names in English, as they are called here."""
        name = self.find(f"option-{field.replace('_', '-')}") or field
        if between := _BETWEEN.fullmatch(bound):
            bound = self("bound-between", low=between[1], high=between[2])
        return {"field": name, "bound": bound}

    def preset(self, name: str) -> str:
        """A preset's name."""
        return self.find(f"preset-{name}") or name

    def _shown(self, value: Any) -> Any:
        if isinstance(value, DreamError):
            return self.error(value)
        is_number = isinstance(value, (int, float)) and abs(value) < _MOST_IN_DIGITS
        return value if is_number else str(value)


class Catalogue:
    """All languages.

    Args:
        sources: The files' contents, by the language that each is in, English among them.
    """

    def __init__(self, sources: Mapping[str, str] | None = None) -> None:
        sources = _packaged() if sources is None else sources
        self._bundles = {language: _bundle(language, source) for language, source in sources.items()}

    @property
    def languages(self) -> tuple[str, ...]:
        """Every language, as Discord's locales name them, or their first half."""
        return tuple(self._bundles)

    def texts(self, locale: str) -> Texts:
        """The texts for a locale such as ``en-GB`` or ``ko``."""
        wanted = dict.fromkeys((locale, locale.split("-", maxsplit=1)[0], ENGLISH))
        return Texts(tuple(self._bundles[language] for language in wanted if language in self._bundles))

    def has(self, key: str, locale: str) -> bool:
        """Whether the very language of a locale has words for something."""
        return any(
            self._bundles[language].has_message(key)
            for language in (locale, locale.split("-", maxsplit=1)[0])
            if language in self._bundles
        )


@cache
def packaged_catalogue() -> Catalogue:
    """The languages that come with the bot, read once: that takes a moment."""
    return Catalogue()


def moment(seconds: float) -> str:
    """A moment, which Discord shows as so long from now, and keeps up to date.

    Args:
        seconds: The Unix time.
    """
    return f"<t:{math.ceil(seconds)}:R>"


def error_key(kind: type) -> str:
    """Where the catalogue has the sentence of a class of errors."""
    name = re.sub(r"(Error|Refusal)$", "", kind.__name__) or kind.__name__
    return "error-" + re.sub(r"(?<=[a-z])(?=[A-Z])|(?<=[A-Z])(?=[A-Z][a-z])", "-", name).lower()


def _packaged() -> dict[str, str]:
    files = (file for file in resources.files(__package__).iterdir() if file.name.endswith(".ftl"))
    return {file.name.removesuffix(".ftl"): file.read_text("utf-8") for file in files}


def _bundle(language: str, source: str) -> FluentBundle:
    # Discord shows the marks of direction that would isolate what is put in.
    bundle = FluentBundle([language], use_isolating=False)
    bundle.add_resource(FluentResource(source))
    return bundle

"""The things that the bot does not offer, or only in age-restricted channels."""

import tomllib
from collections.abc import Mapping
from dataclasses import dataclass, fields
from importlib import resources
from pathlib import Path
from typing import Any, Self

from bot.errors import ConfigurationError
from dream_engine import image_classes
from dream_engine.errors import SettingsError

VARIABLE = "DREAM_RESTRICTED_THINGS_FILE"
"""The variable that names the operator's own file."""


@dataclass(frozen=True, slots=True)
class ThingRestrictions:
    """Which things may be dreamed of, and where.

    Attributes:
        never_offered: The names of the things that are refused everywhere.
        age_restricted: The names of the things that are refused outside age-restricted channels.
    """

    never_offered: frozenset[str] = frozenset()
    age_restricted: frozenset[str] = frozenset()

    @classmethod
    def read(cls, file: Path | None = None) -> Self:
        """Read the lists of a TOML file.

        Args:
            file: The operator's file; ``None`` for the one that comes with the bot.

        Raises:
            ConfigurationError: The file cannot be read, or names something that is no thing.
        """
        source = resources.files("bot") / "restricted_things.toml" if file is None else file
        try:
            lists = tomllib.loads(source.read_text("utf-8"))
        except UnicodeDecodeError:
            raise _error(file, "must be text in UTF-8; save it so") from None
        except tomllib.TOMLDecodeError as error:
            raise _error(file, f"is not TOML: {error}") from None
        except (OSError, ValueError) as error:
            raise _error(file, f"cannot be read: {getattr(error, 'strerror', None) or error}") from None
        known = [field.name for field in fields(cls)]
        if unknown := [name for name in lists if name not in known]:
            raise _error(file, f"has a list {unknown[0]!r}; it can have {' and '.join(known)}")
        return cls(**{name: _names(file, name, lists) for name in known})

    def allows(self, name: str, *, in_age_restricted_channel: bool) -> bool:
        """Return whether a thing may be dreamed of.

        Args:
            name: The name of its class.
            in_age_restricted_channel: Whether the channel is surely age-restricted.
        """
        if name in self.never_offered:
            return False
        return in_age_restricted_channel or name not in self.age_restricted

    def dreamable(self) -> tuple[str, ...]:
        """Return the names of the things that dream best and are allowed in every channel, the best first."""
        names = (found.name for found in image_classes.dreamable_classes())
        return tuple(name for name in names if self.allows(name, in_age_restricted_channel=False))


def _names(file: Path | None, key: str, lists: Mapping[str, Any]) -> frozenset[str]:
    listed = lists.get(key, [])
    if not isinstance(listed, list) or not all(isinstance(name, str) for name in listed):
        raise _error(file, f"must have {key} as a list of names in quotation marks")
    try:
        return frozenset(image_classes.get(name).name for name in listed)
    except SettingsError as error:
        value, bound = error.details["value"], error.details["bound"]
        raise _error(file, f"has {value} in {key}, which must be {bound}") from None


def _error(file: Path | None, problem: str) -> ConfigurationError:
    return ConfigurationError(f"{VARIABLE}: {file} {problem}.")

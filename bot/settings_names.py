"""Finds variables that look like settings and are none, because a setting's name is misspelt."""

import re
from collections.abc import Iterable, Mapping

from dream_engine import backbones
from dream_engine.suggestions import did_you_mean, similar

_PREFIX = re.compile(r"(?:DREAM_|DISCORD_)+")
_SIMILARITY = 0.7
_OTHERS = ("DREAM_ENV_FILE", "DREAM_DEBUG", "DREAM_IMAGE")
"""Variables of the settings file, of the ``dream`` command and of ``compose.yaml``."""
_SERVICE = re.compile(r".*(?:_SERVICE_HOST|_SERVICE_PORT(?:_\w+)?|_PORT_\d+_(?:TCP|UDP|SCTP)(?:_\w+)?)")
_SERVICE_ADDRESS = re.compile(r"(?:tcp|udp|sctp)://.*")
"""Kubernetes names the services of a namespace to its containers, such as ``DREAM_BOT_SERVICE_HOST``."""


def misspelt_names(given: Mapping[str, str | None], known: Iterable[str], place: str) -> list[str]:
    """Describe each variable whose name resembles that of a setting.

    Args:
        given: The variables and their values. A name's case does not matter.
        known: The variables of the settings.
        place: Where the variables are from, for the sentences.

    Returns:
        A sentence for each misspelt variable.
    """
    known = {*known, *_variables_of_others()}
    return [
        f"{name} in {place} is not a setting: {did_you_mean(meant)}"
        for name in unknown_names(given, known)
        if (meant := _meant(name, given, known))
    ]


def unknown_names(given: Mapping[str, str | None], known: Iterable[str]) -> list[str]:
    """Return the variables that begin with ``DREAM_`` or ``DISCORD_`` and that nothing of the project reads.

    Args:
        given: The variables and their values. Empty ones count as unset.
        known: The variables of the settings.
    """
    known = {*known, *_variables_of_others()}
    return [
        name
        for name, value in given.items()
        if value
        and _PREFIX.match(name.upper())
        and name.upper() not in known
        and not _is_of_a_service(name, value)
    ]


def _meant(name: str, given: Mapping[str, str | None], known: Iterable[str]) -> tuple[str, ...]:
    """The settings that a name resembles, without the prefix that all of them share."""
    if name.upper().startswith("DISCORD_"):  # other programs' variables have this prefix too
        present = {each.upper() for each in given}
        known = [each for each in known if each.startswith("DISCORD_") and each not in present]
    by_rest = {_PREFIX.sub("", setting): setting for setting in known}
    rest = _PREFIX.sub("", name.upper())
    return tuple(by_rest[near] for near in similar(rest, by_rest, _SIMILARITY))


def _is_of_a_service(name: str, value: str) -> bool:
    return bool(_SERVICE.fullmatch(name.upper()) or _SERVICE_ADDRESS.fullmatch(value))


def _variables_of_others() -> set[str]:
    return {*_OTHERS, *(backbone.weights_variable for backbone in backbones.all_backbones().values())}

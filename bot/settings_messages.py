"""Describes wrong settings: a sentence for each, with its variable, what it takes, and its value."""

import re
from typing import Any, Literal, get_args, get_origin

from pydantic import ValidationError
from pydantic.fields import FieldInfo
from pydantic_settings import BaseSettings

from dream_engine import backbones
from dream_engine.bounds import bounds
from dream_engine.presets import PRESETS
from dream_engine.suggestions import did_you_mean, similar

_TOKEN = re.compile(r"^[\w-]+\.[\w-]+\.[\w-]+$ | [\w-]{15,}\.[\w-]+\.[\w-]{15,}", re.VERBOSE)
"""Matches what may be a token, wherever it was pasted: some hosts as well."""
_CREDENTIALS = re.compile(r"//[^/]*@")
_MAX_CHARACTERS = 60


def variable_of(model: type[BaseSettings], name: str) -> str:
    """Return the environment variable of a field."""
    alias = model.model_fields[name].validation_alias
    return alias if isinstance(alias, str) else f"{model.model_config['env_prefix']}{name.upper()}"


def wrong_values(error: ValidationError, model: type[BaseSettings]) -> list[str]:
    """Describe each setting that a validation refuses.

    No sentence repeats a token, or the credentials in an address.

    Args:
        error: The error of the validation.
        model: The settings that were validated.

    Returns:
        A sentence for each setting.
    """
    sentences: dict[str, str] = {}
    for detail in error.errors(include_url=False):
        where = str(detail["loc"][0])
        (name,) = (
            known
            for known in model.model_fields
            if where.upper() in (known.upper(), variable_of(model, known))
        )
        value = detail["input"]  # of a list, the wrong part
        value = ",".join(map(str, value)) if isinstance(value, tuple) else value
        sentences.setdefault(name, _sentence(model, name, value))
    return list(sentences.values())


def _sentence(model: type[BaseSettings], name: str, value: Any) -> str:
    field = model.model_fields[name]
    bound, choices = bounds(field), _choices(name, field)
    if isinstance(value, str) and (meant := similar(value, choices)):
        bound += f" ({did_you_mean(meant)})"
    elif choices:
        bound = f"one of {', '.join(choices)}"
    if name == "discord_token" or not isinstance(value, str | int | float) or _is_secret(str(value)):
        return f"{variable_of(model, name)} must be {bound}."
    return f"{variable_of(model, name)} must be {bound}, not {_abbreviated(value)}."


def _choices(name: str, field: FieldInfo) -> tuple[str, ...]:
    if name == "default_preset":
        return tuple(PRESETS)
    if name == "backbone":
        return tuple(backbones.all_backbones())
    kinds = (field.annotation, *get_args(field.annotation))
    return next((get_args(kind) for kind in kinds if get_origin(kind) is Literal), ())


def _is_secret(value: str) -> bool:
    return bool(_TOKEN.search(value) or _CREDENTIALS.search(value))


def _abbreviated(value: Any) -> str:
    text = repr(value)
    return text if len(text) <= _MAX_CHARACTERS else f"{text[: _MAX_CHARACTERS - 1]}…"

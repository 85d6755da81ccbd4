"""Describes the bounds of settings and the values that break them, in words."""

import types
from typing import Any, Literal, Union, get_args, get_origin

import annotated_types
from pydantic import BaseModel, ValidationError
from pydantic.fields import FieldInfo

from dream_engine.errors import SettingsError
from dream_engine.suggestions import did_you_mean, similar, unknown_name

OPTIONS = {"classes": "of"}
"""The options of the command and the bot whose names differ from those of their settings."""


def bounds(field: FieldInfo) -> str:
    """Describe a field's type and bounds, such as ``a whole number from 1 to 12``."""
    if isinstance(field.json_schema_extra, dict):  # a bound that pydantic's constraints do not express
        return str(field.json_schema_extra["bound"])
    low = high = above = None
    for constraint in field.metadata:
        if isinstance(constraint, annotated_types.Ge):
            low = constraint.ge
        elif isinstance(constraint, annotated_types.Gt):
            above = constraint.gt
        elif isinstance(constraint, annotated_types.Le):
            high = constraint.le
    words = _type_in_words(field.annotation)
    if above is not None:
        words += f" above {above}"
    if low is not None:
        words += f" from {low}"
    if high is not None:
        words += f" to {high}" if low is not None else f" and at most {high}"
    return words


def first_error(error: ValidationError, model: type[BaseModel]) -> SettingsError:
    """Convert the first of pydantic's errors into a sentence for users.

    Args:
        error: The error.
        model: The class of settings that raised it.
    """
    first = error.errors(include_url=False)[0]
    location, value = first["loc"], first["input"]
    if not location:
        return SettingsError(field="settings", bound="a JSON object", value=_abbreviated(value))
    name = str(location[0])
    field = model.model_fields.get(name)
    if field is None:
        return unknown_name("a setting", name, model.model_fields)
    shown = _abbreviated(value) if first["type"] != "too_long" else f"{len(value)} of them"
    bound = bounds(field)
    if first["type"] == "literal_error" and (
        hint := did_you_mean(similar(str(value), choices_of(field.annotation)))
    ):
        bound += f" ({hint})"
    return SettingsError(field=OPTIONS.get(name, name), bound=bound, value=shown)


def choices_of(annotation: Any) -> tuple[str, ...]:
    """Return the words that a setting may be; empty if it is not one of some words."""
    kind = type_of(annotation)
    return get_args(kind) if get_origin(kind) is Literal else ()


def type_of(annotation: Any) -> Any:
    """Return the type of a setting, without ``None`` if it is optional."""
    if get_origin(annotation) in (types.UnionType, Union):
        return next(kind for kind in get_args(annotation) if kind is not types.NoneType)
    return annotation


def _type_in_words(annotation: Any) -> str:
    if choices := choices_of(annotation):
        return f"one of {', '.join(choices)}"
    kind = type_of(annotation)
    return {int: "a whole number", float: "a number", bool: "yes or no", str: "a word"}[kind]


def _abbreviated(value: Any, max_length: int = 60) -> str:
    text = repr(value)
    return text if len(text) <= max_length else f"{text[: max_length - 1]}…"

"""Describes the bounds of settings and the values that break them, in words."""

import types
from typing import Any, Literal, Union, get_args, get_origin

import annotated_types
from pydantic import BaseModel, ValidationError
from pydantic.fields import FieldInfo

from dream_engine.errors import SettingsError

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
        known = ", ".join(model.model_fields)
        return SettingsError(field="a setting", bound=f"one of {known}", value=_abbreviated(name))
    shown = _abbreviated(value) if first["type"] != "too_long" else f"{len(value)} of them"
    return SettingsError(field=OPTIONS.get(name, name), bound=bounds(field), value=shown)


def _type_in_words(annotation: Any) -> str:
    kind = annotation
    if get_origin(annotation) in (types.UnionType, Union):  # an optional setting
        kind = next(kind for kind in get_args(annotation) if kind is not types.NoneType)
    if get_origin(kind) is Literal:
        return f"one of {', '.join(get_args(kind))}"
    return {int: "a whole number", float: "a number", bool: "yes or no", str: "a word"}[kind]


def _abbreviated(value: Any, max_length: int = 60) -> str:
    text = repr(value)
    return text if len(text) <= max_length else f"{text[: max_length - 1]}…"

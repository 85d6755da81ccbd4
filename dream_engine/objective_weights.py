"""The types of settings that weigh the parts of an objective: layers and classes."""

from collections.abc import Mapping
from typing import Annotated, Any

from pydantic import AfterValidator, BeforeValidator, Field, PlainSerializer

from dream_engine import image_classes

MAX_CLASSES = 5
"""The most classes that one dream can maximise."""


def _pairs(weights: Any) -> Any:
    return tuple(weights.items()) if isinstance(weights, Mapping) else weights


def _with_full_names(classes: tuple[tuple[str, float], ...]) -> tuple[tuple[str, float], ...]:
    return tuple((image_classes.get(name).name, weight) for name, weight in classes)


LayerWeights = Annotated[
    tuple[tuple[str, Annotated[float, Field(ge=-100, le=100, allow_inf_nan=False)]], ...],
    BeforeValidator(_pairs),
    PlainSerializer(dict),
]
"""Layer weights by name: given and serialised as a mapping, stored as an immutable tuple of pairs."""

ClassWeights = Annotated[
    tuple[tuple[str, Annotated[float, Field(gt=0, le=100, allow_inf_nan=False)]], ...],
    Field(max_length=MAX_CLASSES),
    BeforeValidator(_pairs),
    AfterValidator(_with_full_names),
    PlainSerializer(dict),
]
"""Class weights by name, like :data:`LayerWeights`. Aliases become the names of their classes."""

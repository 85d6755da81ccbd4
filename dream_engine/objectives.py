"""Objectives as values: ``2 * layer("block9/expand") + layer("block11/expand")``.

An objective is a weighted sum of layers, or of channels of one layer. :meth:`Objective.settings` turns it
into the values of :attr:`DreamSettings.layers` and :attr:`DreamSettings.channels`.
"""

from collections.abc import Iterable
from dataclasses import dataclass
from typing import Any, Self

from dream_engine.errors import SettingsError


@dataclass(frozen=True, slots=True)
class Term:
    """One summand of an objective.

    Attributes:
        layer: The layer, such as ``block9/expand``.
        channel: The index of the channel that is raised; ``None`` for the whole layer.
        weight: The factor of its loss; a negative one lowers the activations.
    """

    layer: str
    channel: int | None
    weight: float


@dataclass(frozen=True, slots=True)
class Objective:
    """A weighted sum of layers or channels. It supports ``+``, ``-``, and ``*`` and ``/`` by a number.

    Attributes:
        terms: The summands; terms of the same layer and channel are added up.
    """

    terms: tuple[Term, ...]

    def __add__(self, other: Self) -> Self:
        if not isinstance(other, Objective):
            return NotImplemented
        return type(self)(_merged([*self.terms, *other.terms]))

    def __radd__(self, other: int) -> Self:
        """Let ``sum`` add objectives: it begins with 0."""
        return self if other == 0 else NotImplemented

    def __sub__(self, other: Self) -> Self:
        return self + -other if isinstance(other, Objective) else NotImplemented

    def __neg__(self) -> Self:
        return self * -1.0

    def __mul__(self, factor: float) -> Self:
        if not isinstance(factor, int | float):
            return NotImplemented
        return type(self)(tuple(Term(t.layer, t.channel, t.weight * factor) for t in self.terms))

    __rmul__ = __mul__

    def __truediv__(self, divisor: float) -> Self:
        return self * (1 / divisor) if isinstance(divisor, int | float) else NotImplemented

    def settings(self) -> dict[str, Any]:
        """The settings that express this objective, for ``DreamSettings(**objective.settings())``.

        A sum of whole layers can have any weights. A sum of channels must stay within one layer, and its
        channels must share one positive weight: the ascent divides the gradient by its mean size, so that
        weight changes nothing.

        Returns:
            ``layers``, by name with their weights, and ``channels``, a tuple of indices.

        Raises:
            SettingsError: The settings cannot express this sum.
        """
        if not self.terms:
            raise SettingsError(field="objective", bound="a sum of at least one term", value="empty")
        whole = [term for term in self.terms if term.channel is None]
        if len(whole) == len(self.terms):
            return {"layers": {term.layer: term.weight for term in whole}, "channels": ()}
        layers = {term.layer for term in self.terms}
        if whole or len(layers) > 1:
            bound = "a sum of whole layers, or of channels of one layer"
            raise SettingsError(field="objective", bound=bound, value=f"{self}")
        weights = {term.weight for term in self.terms}
        if len(weights) > 1 or min(weights) <= 0:
            bound = "a sum of channels with one positive weight"
            raise SettingsError(field="objective", bound=bound, value=f"{self}")
        channels = tuple(term.channel for term in self.terms)
        return {"layers": {self.terms[0].layer: 1.0}, "channels": channels}

    def __str__(self) -> str:
        return " + ".join(_in_words(term) for term in self.terms) or "nothing"


def layer(name: str) -> Objective:
    """Raise a whole layer.

    Args:
        name: The layer, such as ``block9/expand``; ``dream --list-layers BACKBONE`` names them all.
    """
    return Objective((Term(name, None, 1.0),))


def channel(layer: str, number: int) -> Objective:
    """Raise one channel of a layer.

    Args:
        layer: The layer.
        number: The index of the channel, from 0.
    """
    return Objective((Term(layer, number, 1.0),))


def _merged(terms: Iterable[Term]) -> tuple[Term, ...]:
    weights: dict[tuple[str, int | None], float] = {}
    for term in terms:
        key = term.layer, term.channel
        weights[key] = weights.get(key, 0.0) + term.weight
    return tuple(Term(*key, weight) for key, weight in weights.items())


def _in_words(term: Term) -> str:
    name = f'"{term.layer}"' if term.channel is None else f'"{term.layer}", {term.channel}'
    kind = "layer" if term.channel is None else "channel"
    return f"{term.weight:g} * {kind}({name})"

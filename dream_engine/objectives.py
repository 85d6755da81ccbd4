"""Objectives as values: ``2 * layer("block9/expand") + channel("block11/expand", 3)``.

An objective is a weighted sum of layers and channels. :meth:`Objective.settings` turns it into the value of
:attr:`DreamSettings.layers`.
"""

from collections.abc import Iterable
from dataclasses import dataclass
from typing import Any, Self

from dream_engine.errors import SettingsError


@dataclass(frozen=True, slots=True)
class Term:
    """One term of an objective.

    Attributes:
        layer: The layer, such as ``block9/expand``.
        channel: The index of the channel to maximise; ``None`` for the whole layer.
        weight: The factor of the term's loss; a negative factor lowers the activations.
    """

    layer: str
    channel: int | None
    weight: float


@dataclass(frozen=True, slots=True)
class Objective:
    """A weighted sum of layers and channels. It supports ``+``, ``-``, and ``*`` and ``/`` by a number.

    Attributes:
        terms: The terms; those of the same layer and channel are added up.
    """

    terms: tuple[Term, ...]

    def __add__(self, other: Self) -> Self:
        if not isinstance(other, Objective):
            return NotImplemented
        return type(self)(_merged([*self.terms, *other.terms]))

    def __radd__(self, other: int) -> Self:
        """Support ``sum``, which starts with 0."""
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

        Returns:
            ``layers``: weights by name, where ``LAYER:NUMBER`` is a single channel. ``channels``: empty.

        Raises:
            SettingsError: The objective has no terms.
        """
        if not self.terms:
            raise SettingsError(field="objective", bound="a sum of at least one term", value="empty")
        return {"layers": {_name(term): term.weight for term in self.terms}, "channels": ()}

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


def _name(term: Term) -> str:
    return term.layer if term.channel is None else f"{term.layer}:{term.channel}"


def _in_words(term: Term) -> str:
    name = f'"{term.layer}"' if term.channel is None else f'"{term.layer}", {term.channel}'
    kind = "layer" if term.channel is None else "channel"
    return f"{term.weight:g} * {kind}({name})"

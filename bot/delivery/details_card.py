"""Draws the details of a finished dream, which its own card leaves out."""

from collections.abc import Iterator, Mapping

from bot.delivery.cards import Card, said
from bot.delivery.dream_names import name_of
from bot.delivery.message_limits import cut
from bot.models import Outcome
from bot.options import DreamOptions
from bot.texts import Texts

_MAX_LAYERS_CHARACTERS = 1000
"""The limit on the layer names, so that the other details still fit."""
_FORMATS: Mapping[str, str] = {"webp": "WebP", "webm": "WebM"}
"""The names of file formats that are not written in capitals."""


def details(texts: Texts, options: DreamOptions, outcome: Outcome) -> Card:
    """Draw everything that is needed to dream a dream again.

    Args:
        texts: The texts in the reader's language.
        options: The options of the dream.
        outcome: The facts about the dream.
    """
    title = texts("details-title", name=name_of(texts, options, outcome.motion))
    return said("\n".join([f"### {title}", *_lines(texts, options, outcome)]))


def _lines(texts: Texts, options: DreamOptions, outcome: Outcome) -> Iterator[str]:
    if outcome.things:
        yield texts("details-things", things=", ".join(map(texts.thing, outcome.things)))
    if outcome.layers:  # a dream of a thing alone has none
        yield texts("details-layers", layers=cut(outcome.layers, _MAX_LAYERS_CHARACTERS))
    yield texts("details-octaves", octaves=outcome.octaves, steps=outcome.iterations)
    if options.strength != 1.0:
        yield texts("details-strength", strength=options.strength)
    yield texts("details-size", width=outcome.width, height=outcome.height)
    yield texts("details-seed", seed=str(outcome.seed))  # without separators, as the option takes it
    file_format = outcome.file_format
    yield texts("details-format", format=_FORMATS.get(file_format, file_format.upper()))

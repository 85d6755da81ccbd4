"""The lines of a finished motion's card."""

from collections.abc import Mapping

from bot.models import Outcome
from bot.texts import Texts

_REDUCED: Mapping[str, str] = {"quality": "reduced-quality", "rate": "reduced-rate", "size": "reduced-size"}


def moved_line(texts: Texts, outcome: Outcome) -> str:
    """Return how many frames a motion has, and how fast they follow each other.

    Args:
        texts: The texts in the reader's language.
        outcome: The facts about the motion.
    """
    return texts("card-moved", frames=outcome.frames, fps=round(outcome.fps or 0, 1))


def reduced_lines(texts: Texts, outcome: Outcome) -> list[str]:
    """Return what a motion lacks: the rest of a long clip, and what was reduced so that its file fits.

    Args:
        texts: The texts in the reader's language.
        outcome: The facts about the motion.
    """
    reduced = [texts(_REDUCED[name]) for name in outcome.reduced if name in _REDUCED]
    seconds = round(outcome.frames / (outcome.fps or 1), 1)
    return [
        *([texts("card-first-seconds", seconds=seconds)] if outcome.has_more else []),
        *([texts("card-reduced", reduced=", ".join(reduced))] if reduced else []),
    ]

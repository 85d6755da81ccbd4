"""The options of the selects below a finished dream."""

from collections.abc import Sequence

from discord import SelectOption

from bot.delivery.emoji import COMPARE_EMOJI, MOTION_EMOJI, PRESET_EMOJI
from bot.options import OF_STILLS, DreamOptions
from bot.texts import Texts
from dream_engine.presets import PRESETS

COMPARE = "compare"
"""The value of the option that compares presets."""

_MAX_OPTIONS = 25
MAX_CHARACTERS = 100
"""Discord's limits on the options of a select, and on the texts of each."""


def preset_or_comparison_options(texts: Texts) -> list[SelectOption]:
    """Return the comparison of presets, and every preset with its description."""
    compare = SelectOption(
        label=texts("button-compare-four"),
        value=COMPARE,
        description=texts("button-compare-four-description")[:MAX_CHARACTERS],
        emoji=COMPARE_EMOJI,
    )
    return [compare, *preset_options(texts)]


def preset_options(texts: Texts) -> list[SelectOption]:
    """Return every preset with its description."""
    return [
        SelectOption(
            label=texts.preset(name),
            value=name,
            description=texts(f"preset-{name}-description")[:MAX_CHARACTERS],
            emoji=PRESET_EMOJI.get(name),
        )
        for name in PRESETS
    ]


def motion_options(texts: Texts) -> list[SelectOption]:
    """Return the motions that the dream of a still picture offers."""
    return [
        SelectOption(
            label=texts.motion(name),
            value=name,
            description=texts(f"motion-{name}-description")[:MAX_CHARACTERS],
            emoji=MOTION_EMOJI.get(name),
        )
        for name in OF_STILLS
    ]


def thing_options(texts: Texts, options: DreamOptions, things: Sequence[str]) -> list[SelectOption]:
    """Return the things that a dream of a thing offers to dream of next; none for other dreams.

    Args:
        texts: The texts in the reader's language.
        options: The options of the dream.
        things: The names of the things, the best first.
    """
    others = [name for name in things if options.of and name != options.of]
    return [
        SelectOption(label=texts.thing(name)[:MAX_CHARACTERS], value=name) for name in others[:_MAX_OPTIONS]
    ]

"""How cards name a dream: by its preset, by the thing that it is of, or by both."""

from collections.abc import Mapping
from typing import Literal

from bot.models import Outcome
from bot.options import DreamOptions
from bot.texts import Texts
from dream_engine.presets import THING

Status = Literal["waiting", "dreaming", "done", "cancelled", "failed", "paused"]
"""How far a dream is, as the title of its card says."""

_TITLES: Mapping[Status, str] = {
    "waiting": "card-title-waiting",
    "dreaming": "card-title",
    "done": "card-title-done",
    "cancelled": "card-title-cancelled",
    "failed": "card-title-failed",
    "paused": "card-title-paused",
}


def name_of(texts: Texts, options: DreamOptions, motion: str | None = None) -> str:
    """Return a short name, such as ``Glass``, ``jellyfish`` or ``Glass · jellyfish · Zoom``.

    Args:
        texts: The texts in the reader's language.
        options: The options of the dream.
        motion: How the dream moves, if that is known; by default as the options say.
    """
    names = [] if _is_of_thing_alone(options) else [texts.preset(options.preset)]
    things = [texts.thing(options.of)] if options.of else []
    return " · ".join([*names, *things, *_motion_names(texts, motion or options.motion)])


def title_of(
    texts: Texts, options: DreamOptions, motion: str | None = None, status: Status = "dreaming"
) -> str:
    """Return the title of a card without a dream, such as ``Dreaming of jellyfish`` or ``Cancelled: Glass``.

    Args:
        texts: The texts in the reader's language.
        options: The options of the dream.
        motion: How the dream moves, if that is known; by default as the options say.
        status: How far the dream is.
    """
    if not options.of or status != "dreaming":
        return texts(_TITLES[status], name=name_of(texts, options, motion))
    title = texts("card-title-of", thing=texts.thing(options.of))
    preset = [] if _is_of_thing_alone(options) else [texts.preset(options.preset)]
    return " · ".join([title, *preset, *_motion_names(texts, motion or options.motion)])


def describe_dream(texts: Texts, options: DreamOptions, outcome: Outcome) -> str:
    """Return the alternative text of a dream."""
    size = {"width": outcome.width, "height": outcome.height}
    if outcome.motion is not None:
        return texts("alt-moving", name=name_of(texts, options, outcome.motion), **size)
    if options.of:
        return texts("alt-dream-of", thing=texts.thing(options.of), **size)
    return texts("alt-dream", preset=texts.preset(options.preset), **size)


def describe_preview(texts: Texts, options: DreamOptions) -> str:
    """Return the alternative text of a preview."""
    if options.of:
        return texts("alt-preview-of", thing=texts.thing(options.of))
    return texts("alt-preview", preset=texts.preset(options.preset))


def _is_of_thing_alone(options: DreamOptions) -> bool:
    return options.of is not None and options.preset == THING


def _motion_names(texts: Texts, motion: str | None) -> list[str]:
    return [] if motion in (None, "still") else [texts.motion(motion)]

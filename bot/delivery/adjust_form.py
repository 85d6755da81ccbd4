"""Draws the form in which a user adjusts a dream."""

from __future__ import annotations

from typing import Any

import discord
from discord import ui

from bot.delivery.message_limits import cut
from bot.delivery.select_options import preset_options
from bot.models import Job
from bot.texts import Texts
from dream_engine.presets import THING
from dream_engine.settings import MAX_STRENGTH, MIN_STRENGTH, limits_of

PRESET, THING_NAME, STRENGTH, NUMBERS, GUIDE = "preset", "of", "strength", "numbers", "guide"
"""The custom ids of the form's fields."""
NUMBER_LINES = ("size", "seed", "guide")
"""The lines of the field for numbers: Discord allows five fields in a form, and there are six values."""

STRENGTHS = (MIN_STRENGTH, 0.5, 1.0, 1.5, 2.0, MAX_STRENGTH)
"""The strengths that the form offers, beside the dream's own."""
_MAX_OPTIONS, _MAX_TITLE, _MAX_DESCRIPTION = 25, 45, 100
"""Discord's limits on the options of a select, and on the characters of a form's titles and descriptions."""
_MAX_TYPED = 100


def adjust_form(
    texts: Texts, custom_id: str, job: Job | None, *, largest_size: int, knows_things: bool
) -> ui.Modal:
    """Draw the form.

    Args:
        texts: The texts in the user's language.
        custom_id: The form's custom id, which is all that any process needs to answer the form.
        job: The job whose values the form shows; ``None`` for a form without values.
        largest_size: The longest side in pixels that the user may choose.
        knows_things: Whether the bot can dream of things.
    """
    form = ui.Modal(title=texts("adjust-title")[:_MAX_TITLE], custom_id=custom_id)
    form.add_item(_label(texts, "adjust-preset", _preset_select(texts, job, knows_things=knows_things)))
    if knows_things:
        form.add_item(_label(texts, "adjust-of", _thing_input(texts, job)))
    form.add_item(_label(texts, "adjust-strength", _strength_select(texts, job)))
    is_guided = job is not None and job.guide is not None
    sizes = {"low": limits_of("size")[0], "largest": largest_size}
    numbers = _number_input(texts, job, largest_size)
    key = "adjust-numbers-guided" if is_guided else "adjust-numbers"
    form.add_item(_label(texts, key, numbers, **sizes))
    upload = ui.FileUpload[ui.Modal](custom_id=GUIDE, required=False, min_values=0, max_values=1)
    form.add_item(_label(texts, "adjust-guide-again" if is_guided else "adjust-guide", upload))
    form.stop()  # otherwise the client would keep it and wait for its submission
    return form


def line_name(texts: Texts, line: str) -> str:
    """Return the name of a line in the field for numbers, as the form shows it."""
    return texts(f"option-{line}").capitalize()


def _label(texts: Texts, key: str, component: ui.Item[ui.Modal], **values: Any) -> ui.Label[ui.Modal]:
    """Put a component under its title and, if there is one, its description."""
    description = texts.find(f"{key}-description", **values)
    return ui.Label(
        text=texts(key)[:_MAX_TITLE],
        description=None if description is None else cut(description, _MAX_DESCRIPTION),
        component=component,
    )


def _preset_select(texts: Texts, job: Job | None, *, knows_things: bool) -> ui.Select[ui.Modal]:
    options = preset_options(texts)
    if knows_things:
        label, description = texts("adjust-thing-alone"), texts("adjust-thing-alone-description")
        options = [
            *options[: _MAX_OPTIONS - 1],
            discord.SelectOption(label=label, value=THING, description=cut(description, _MAX_DESCRIPTION)),
        ]
    return _select(texts, PRESET, options, None if job is None else job.options.preset)


def _strength_select(texts: Texts, job: Job | None) -> ui.Select[ui.Modal]:
    strengths = {*STRENGTHS, *([] if job is None else [job.options.strength])}
    options = []
    for strength in sorted(strengths):
        factor = f"× {texts.number(strength)}"
        word = texts.find(f"adjust-strength-{strength:g}".replace(".", "-"))
        label = factor if word is None else f"{word} ({factor})"
        options.append(discord.SelectOption(label=label, value=str(strength)))
    return _select(texts, STRENGTH, options, None if job is None else str(job.options.strength))


def _select(
    texts: Texts, field: str, options: list[discord.SelectOption], chosen: str | None
) -> ui.Select[ui.Modal]:
    for option in options:
        option.default = option.value == chosen
    has_chosen = any(option.default for option in options)
    return ui.Select(
        custom_id=field,
        options=options,
        placeholder=texts("adjust-unchanged"),
        required=has_chosen,
        min_values=1 if has_chosen else 0,
    )


def _thing_input(texts: Texts, job: Job | None) -> ui.TextInput[ui.Modal]:
    thing = None if job is None or job.options.of is None else texts.thing(job.options.of)
    return ui.TextInput(
        custom_id=THING_NAME,
        default=None if thing is None else thing[:_MAX_TYPED],
        required=False,
        max_length=_MAX_TYPED,
    )


def _number_input(texts: Texts, job: Job | None, largest_size: int) -> ui.TextInput[ui.Modal]:
    default = None
    if job is not None:
        size = min(job.options.size or largest_size, largest_size)
        values: dict[str, Any] = {"size": size, "seed": job.options.seed}
        if job.guide is not None:
            values["guide"] = texts("adjust-keep")
        default = "\n".join(
            f"{line_name(texts, line)}: {'' if value is None else value}" for line, value in values.items()
        )
    return ui.TextInput(
        custom_id=NUMBERS,
        style=discord.TextStyle.paragraph,
        default=default,
        required=False,
        max_length=_MAX_TYPED,
    )

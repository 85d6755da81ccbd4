"""Things to dream of: completes their names, and checks which may be dreamed of where."""

from __future__ import annotations

import asyncio
import difflib
from typing import TYPE_CHECKING

from discord import app_commands

from bot.commands._interaction import age_restriction, texts_of
from bot.errors import (
    AgeRestrictedThingRefusal,
    GuidedThingRefusal,
    NeverOfferedThingRefusal,
    NoThingsRefusal,
    UnknownThingRefusal,
)
from bot.thing_restrictions import ThingRestrictions
from dream_engine import backbones, image_classes
from dream_engine.errors import SettingsError

if TYPE_CHECKING:
    from bot.commands._interaction import Interaction
    from bot.options import DreamOptions
    from bot.texts import Texts

_MAX_CHOICES = 25
_MAX_CHOICE_CHARACTERS = 100
_MAX_SUGGESTIONS = 3
_MIN_SIMILARITY = 0.6
"""How alike a typed name and a suggested one are at least; Korean names are short."""
_SURE_SIMILARITY = 0.8
"""How alike they are for the language's own names to precede English ones."""
_MAX_QUOTED_CHARACTERS = 60
_LOOKUP_SECONDS = 1.0
"""How long a completion looks the channel up; Discord accepts completions for three seconds."""


async def complete_thing(interaction: Interaction, typed: str) -> list[app_commands.Choice[str]]:
    """Complete the names of the things that may be dreamed of in the interaction's channel."""
    if not _knows_things(interaction):
        return []
    texts, restrictions = texts_of(interaction), interaction.client.services.thing_restrictions
    found = image_classes.search(typed, None, texts.thing_names)

    def choices(*, in_age_restricted_channel: bool) -> list[app_commands.Choice[str]]:
        offered = [
            (known.name, matched)
            for known, matched in found
            if restrictions.allows(known.name, in_age_restricted_channel=in_age_restricted_channel)
        ]
        return [_choice(texts, name, matched, typed) for name, matched in offered[:_MAX_CHOICES]]

    everywhere = choices(in_age_restricted_channel=False)
    with_restricted = choices(in_age_restricted_channel=True)
    if everywhere == with_restricted:
        return everywhere
    try:
        async with asyncio.timeout(_LOOKUP_SECONDS):
            is_restricted = await age_restriction(interaction)
    except TimeoutError:
        is_restricted = None
    return with_restricted if is_restricted else everywhere


async def resolve_thing(interaction: Interaction, options: DreamOptions, *, guided: bool) -> DreamOptions:
    """Return options with the full name of their thing, if they have one.

    Args:
        interaction: The interaction.
        options: The options, whose thing may be as a user typed it.
        guided: Whether the request has a guide.

    Raises:
        Refusal: There is no such thing, or it may not be dreamed of here, or not beside a guide.
    """
    if options.of is None:
        return options
    if not _knows_things(interaction):
        raise NoThingsRefusal
    if guided:
        raise GuidedThingRefusal
    texts, restrictions = texts_of(interaction), interaction.client.services.thing_restrictions
    name = _find(texts, restrictions, options.of)
    if not restrictions.allows(name, in_age_restricted_channel=True):
        raise NeverOfferedThingRefusal(thing=texts.thing(name))
    if not (restrictions.allows(name, in_age_restricted_channel=False) or await age_restriction(interaction)):
        raise AgeRestrictedThingRefusal(thing=texts.thing(name))
    return options.model_copy(update={"of": name})


def _knows_things(interaction: Interaction) -> bool:
    return backbones.get(interaction.client.services.settings.backbone).has_classifier


def _choice(texts: Texts, name: str, matched: str, typed: str) -> app_commands.Choice[str]:
    """Make a choice that shows the name in the user's language, and what else matched."""
    shown = texts.thing(name)
    if typed.strip() and matched != shown:
        shown = f"{shown} ({matched})"
    return app_commands.Choice(name=shown[:_MAX_CHOICE_CHARACTERS], value=name)


def _find(texts: Texts, restrictions: ThingRestrictions, typed: str) -> str:
    """Return the name of the thing that a user typed, in English or in the user's language.

    Raises:
        UnknownThingRefusal: There is no such thing, or there are several.
    """
    localized = {_compact(shown): name for name, shown in texts.thing_names.items()}
    if (name := localized.get(_compact(typed))) is not None:
        return name
    try:
        return image_classes.get(typed).name
    except SettingsError as error:
        close = _spelled_like(texts, typed, _SURE_SIMILARITY)
        similar = close or error.details["suggestions"] or _similar(texts, typed)
    suggestions = ", ".join(
        texts.thing(name) for name in similar if restrictions.allows(name, in_age_restricted_channel=False)
    )
    raise UnknownThingRefusal(thing=typed[:_MAX_QUOTED_CHARACTERS], suggestions=suggestions or "none")


def _similar(texts: Texts, typed: str) -> list[str]:
    """Return the things whose name in the user's language contains a text, or else is spelled nearly so."""
    if not typed.strip():
        return []
    if found := image_classes.search(typed, _MAX_SUGGESTIONS, texts.thing_names):
        return [known.name for known, _ in found]
    return _spelled_like(texts, typed, _MIN_SIMILARITY)


def _spelled_like(texts: Texts, typed: str, similarity: float) -> list[str]:
    """Return the things whose name in the user's language is spelled nearly like a text."""
    names = {image_classes.fold(shown): name for name, shown in texts.thing_names.items()}
    close = difflib.get_close_matches(image_classes.fold(typed), names, _MAX_SUGGESTIONS, similarity)
    return [names[shown] for shown in close]


def _compact(name: str) -> str:
    return image_classes.fold(name).replace(" ", "")

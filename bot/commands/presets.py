"""`/presets`: a gallery of all presets, to use on one's own picture."""

from __future__ import annotations

import asyncio
import re
from functools import cache, partial
from importlib import resources
from typing import TYPE_CHECKING, Any, Self, cast

import discord
from discord import app_commands, ui

from bot.commands._interaction import handle_interaction, hides_answer, texts_of
from bot.commands._last_picture import (
    dream_with_preset,
    is_private_here,
    last_job_with_picture,
)
from bot.commands.comparison import compare
from bot.delivery.numbering import numbered
from bot.delivery.preset_cards import PresetPicture, gallery
from bot.delivery.preset_categories import CATEGORIES
from bot.delivery.retry import RETRY_SECONDS, retry_while_busy
from bot.errors import NoLastPictureRefusal
from bot.models import Reply
from bot.texts import localized
from dream_engine import backbones

if TYPE_CHECKING:
    from bot.commands._interaction import Interaction


_KERAS_EXAMPLE = ("inception_v3", "float32")
"""The backbone and precision with which *Classic* reproduces the Keras example exactly."""
_FIRST = next(iter(CATEGORIES))


@app_commands.command(name=localized("command-presets"), description=localized("command-presets-description"))
@app_commands.allowed_installs(guilds=True, users=True)
@app_commands.allowed_contexts(guilds=True, dms=True, private_channels=True)
async def presets(interaction: Interaction) -> None:
    """Show the presets."""
    await _show(interaction, _FIRST, in_place=False)


class PresetsButton(
    ui.DynamicItem[ui.Button[ui.LayoutView]],
    template=r"presets:(?P<action>back|next|compare):(?P<shown>[a-z]{1,20}|\d{1,2})",
):
    """Compares the presets of a category; in messages of earlier versions, shows another page.

    Args:
        item: The button.
        action: The action of the button.
        shown: The category; in messages of earlier versions, the page's number from 0.
    """

    def __init__(self, item: ui.Button[ui.LayoutView], action: str, shown: str) -> None:
        super().__init__(item)
        self._action = action
        self._shown = shown

    @classmethod
    async def from_custom_id(cls, _: Any, item: ui.Item[Any], match: re.Match[str]) -> Self:
        """Make the button from its custom id."""
        return cls(cast("ui.Button[ui.LayoutView]", item), match["action"], match["shown"])

    async def callback(self, interaction: discord.Interaction[Any]) -> None:
        """Answer a click."""
        if self._action == "compare":
            await compare(interaction, partial(last_job_with_picture, interaction), self._shown)
        else:
            page = int(self._shown) if self._shown.isdecimal() else 0
            await _show(interaction, list(CATEGORIES)[min(page, len(CATEGORIES) - 1)], in_place=True)


class PresetsSelect(
    ui.DynamicItem[ui.Select[ui.LayoutView]],
    template=r"presets:(?P<action>category|use)(?::(?P<who>[a-z]+))?",
):
    """Shows another category, or dreams the picture of the last dream with a preset.

    Args:
        item: The select.
        action: What is chosen: ``category``, or ``use`` for a preset.
        private: Whether only the select's user sees the dream.
    """

    def __init__(self, item: ui.Select[ui.LayoutView], action: str, *, private: bool) -> None:
        super().__init__(item)
        self._action = action
        self._private = private

    @classmethod
    async def from_custom_id(cls, _: Any, item: ui.Item[Any], match: re.Match[str]) -> Self:
        """Make the select from its custom id."""
        private = match["who"] != "open"
        return cls(cast("ui.Select[ui.LayoutView]", item), match["action"], private=private)

    async def callback(self, interaction: discord.Interaction[Any]) -> None:
        """Answer a choice."""
        chosen = self.item.values[0] if self.item.values else ""
        if self._action == "category":
            await _show(interaction, chosen if chosen in CATEGORIES else _FIRST, in_place=True)
        else:
            await _use(interaction, chosen, private=self._private)


async def _use(interaction: Interaction, preset: str, *, private: bool) -> None:
    """Dream the picture of the last dream, or of the last one that may be shown here."""

    async def run(reply: Reply) -> None:
        job = await last_job_with_picture(
            interaction, lambda job: private or not is_private_here(interaction, job)
        )
        await dream_with_preset(interaction, reply, job, preset, private=reply.private)

    await handle_interaction(interaction, run, private=hides_answer(interaction, private=private))


async def _show(interaction: Interaction, category: str, *, in_place: bool) -> None:
    async def run(reply: Reply) -> None:
        services, texts = interaction.client.services, texts_of(interaction)
        exact = (services.settings.backbone, services.settings.precision) == _KERAS_EXAMPLE
        things = backbones.get(services.settings.backbone).has_classifier
        private = await _is_private(interaction)
        pictures = await asyncio.to_thread(_examples, category)
        draw = partial(gallery, texts, category, pictures, exact=exact, things=things, private=private)
        await retry_while_busy(lambda: services.transport.edit(reply, draw()), RETRY_SECONDS)

    await handle_interaction(interaction, run, in_place=in_place)


async def _is_private(interaction: Interaction) -> bool:
    """Return whether only the interaction's user may see the picture of their last dream here."""
    try:
        return is_private_here(interaction, await last_job_with_picture(interaction))
    except NoLastPictureRefusal:
        return True


@cache
def _examples(category: str) -> tuple[PresetPicture, ...]:
    """Return an example of each preset of a category, numbered in their order; drawn once for a process."""
    return tuple(
        PresetPicture(name, numbered(thumbnail(name), number))
        for number, name in enumerate(CATEGORIES[category], start=1)
    )


@cache
def thumbnail(preset: str) -> bytes:
    """Return a preset's thumbnail, a WebP that this program made."""
    return (resources.files("bot") / "thumbnails" / f"{preset}.webp").read_bytes()

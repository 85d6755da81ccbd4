"""`/presets`: all presets with their descriptions and thumbnails."""

from __future__ import annotations

import re
from functools import cache, partial
from importlib import resources
from typing import TYPE_CHECKING, Any, Self, cast

import discord
from discord import app_commands, ui

from bot.commands._interaction import handle_interaction, texts_of
from bot.delivery.preset_cards import PAGES, presets_page
from bot.delivery.retry import RETRY_SECONDS, retry_while_busy
from bot.models import Reply
from bot.texts import localized
from dream_engine import backbones

if TYPE_CHECKING:
    from bot.commands._interaction import Interaction


_KERAS_EXAMPLE = ("inception_v3", "float32")
"""The backbone and precision with which *Classic* reproduces the Keras example exactly."""


@app_commands.command(name=localized("command-presets"), description=localized("command-presets-description"))
@app_commands.allowed_installs(guilds=True, users=True)
@app_commands.allowed_contexts(guilds=True, dms=True, private_channels=True)
async def presets(interaction: Interaction) -> None:
    """Show the presets."""
    await _show_page(interaction, 0, in_place=False)


class PresetsPageButton(
    ui.DynamicItem[ui.Button[ui.LayoutView]], template=r"presets:(?:back|next):(?P<page>\d{1,2})"
):
    """Shows another page of the presets.

    Args:
        item: The button.
        page: The page's number, from 0.
    """

    def __init__(self, item: ui.Button[ui.LayoutView], page: int) -> None:
        super().__init__(item)
        self._page = page

    @classmethod
    async def from_custom_id(cls, _: Any, item: ui.Item[Any], match: re.Match[str]) -> Self:
        """Make the button from its custom id."""
        return cls(cast("ui.Button[ui.LayoutView]", item), int(match["page"]))

    async def callback(self, interaction: discord.Interaction[Any]) -> None:
        """Answer a click."""
        await _show_page(interaction, min(self._page, PAGES - 1), in_place=True)


async def _show_page(interaction: Interaction, page: int, *, in_place: bool) -> None:
    async def run(reply: Reply) -> None:
        services, texts = interaction.client.services, texts_of(interaction)
        exact = (services.settings.backbone, services.settings.precision) == _KERAS_EXAMPLE
        things = backbones.get(services.settings.backbone).has_classifier
        draw = partial(presets_page, texts, page, thumbnail, exact=exact, things=things)
        await retry_while_busy(lambda: services.transport.edit(reply, draw()), RETRY_SECONDS)

    await handle_interaction(interaction, run, in_place=in_place)


@cache
def thumbnail(preset: str) -> bytes:
    """Return a preset's thumbnail, a WebP that this program made."""
    return (resources.files("bot") / "thumbnails" / f"{preset}.webp").read_bytes()

"""*Dream this* on a message with several pictures: asks which one, and dreams the chosen one."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, Self, cast

import discord
from discord import ui

from bot.commands._interaction import handle_interaction, hides_answer, send_private_card, texts_of
from bot.commands.dream import submit
from bot.delivery.picture_choice import CHOICE_ID, ChoosablePicture, chosen_picture, picture_choice
from bot.errors import NoLongerKeptRefusal
from bot.options import DreamOptions
from bot.submission.requests import ImageRef

if TYPE_CHECKING:
    import re
    from collections.abc import Sequence

    from bot.commands._interaction import Interaction
    from bot.models import Reply
    from bot.submission.message_pictures import FoundPicture


class PictureSelect(ui.DynamicItem[ui.Select[ui.LayoutView]], template=CHOICE_ID):
    """Dreams the chosen picture. The card itself holds the pictures, so it works after a restart too."""

    @classmethod
    async def from_custom_id(cls, _: Any, item: ui.Item[Any], _match: re.Match[str]) -> Self:
        """Make the select from its custom id."""
        return cls(cast("ui.Select[ui.LayoutView]", item))

    async def callback(self, interaction: discord.Interaction[Any]) -> None:
        """Answer a choice with a public dream, as *Dream this* does on a message with one picture."""
        message, values = interaction.message, self.item.values

        async def run(reply: Reply) -> None:
            chosen = None if message is None else chosen_picture(message, values)
            if chosen is None:
                raise NoLongerKeptRefusal
            options = options_for(spoiler=chosen.spoiler, is_gif=chosen.is_gif)
            await submit(interaction, options, ImageRef(chosen.url, shape=chosen.shape), None, reply)

        await handle_interaction(interaction, run, private=hides_answer(interaction, private=False))


async def offer_pictures(interaction: Interaction, found: Sequence[FoundPicture], reply: Reply) -> None:
    """Ask privately which of a message's pictures to dream.

    Args:
        interaction: The interaction.
        found: The pictures.
        reply: The address of the answer.
    """
    pictures = [
        ChoosablePicture(one.picture.url, one.spoiler, one.is_gif, one.name)
        for one in found
        if one.picture.url is not None
    ]
    texts = texts_of(interaction)
    await send_private_card(interaction, reply, lambda: picture_choice(texts, pictures))


def options_for(*, spoiler: bool, is_gif: bool) -> DreamOptions:
    """Return the options of a dream of a message's picture.

    Args:
        spoiler: Whether the picture is hidden until it is clicked.
        is_gif: Whether it is the video copy of a GIF, whose dream plays by itself like the GIF.
    """
    return DreamOptions(preset="", spoiler=spoiler, file_format="webp" if is_gif else None)

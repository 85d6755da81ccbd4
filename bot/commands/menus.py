"""The context menu commands of messages and users."""

from __future__ import annotations

from functools import partial
from typing import TYPE_CHECKING

import discord
from discord import app_commands

from bot.commands._interaction import handle_interaction
from bot.commands.dream import submit
from bot.models import Reply
from bot.options import DreamOptions
from bot.submission.message_pictures import find_picture
from bot.submission.requests import ImageRef
from bot.texts import said

if TYPE_CHECKING:
    from bot.commands._interaction import Interaction

_AVATAR_SIDE = 1024


@app_commands.context_menu(name=said("menu-dream-this"))
@app_commands.allowed_installs(guilds=True, users=True)
@app_commands.allowed_contexts(guilds=True, dms=True, private_channels=True)
async def dream_this(interaction: Interaction, message: discord.Message) -> None:
    """Dream the first picture of a message."""

    async def work(reply: Reply) -> None:
        found = find_picture(message, interaction.client.services.downloader)
        spoiler = found.spoiler or (found.forwarded and await _is_from_adult_channel(interaction, message))
        await submit(interaction, DreamOptions(preset="", spoiler=spoiler), found.picture, None, reply)

    await handle_interaction(interaction, work, private=False)


@app_commands.context_menu(name=said("menu-dream-avatar"))
@app_commands.allowed_installs(guilds=True, users=True)
@app_commands.allowed_contexts(guilds=True, dms=True, private_channels=True)
async def dream_avatar(interaction: Interaction, user: discord.User | discord.Member) -> None:
    """Dream a user's avatar."""
    avatar = user.display_avatar.replace(size=_AVATAR_SIDE, static_format="png", format="png")
    source = ImageRef(avatar.url, shape=(_AVATAR_SIDE, _AVATAR_SIDE))
    await handle_interaction(
        interaction, partial(submit, interaction, DreamOptions(preset=""), source, None), private=False
    )


async def _is_from_adult_channel(interaction: Interaction, message: discord.Message) -> bool:
    """Return whether a message was forwarded from a channel that the bot knows to be age-restricted."""
    origin = message.reference
    if origin is None or origin.guild_id is None:
        return False
    channels = interaction.client.services.channels
    return bool(await channels.age_restriction(origin.guild_id, origin.channel_id))

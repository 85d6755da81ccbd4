"""The context menu commands of messages and users."""

from __future__ import annotations

from dataclasses import replace
from functools import partial
from typing import TYPE_CHECKING

import discord
from discord import app_commands

from bot.commands._interaction import handle_interaction, hides_answer
from bot.commands.dream import submit
from bot.commands.picture_choice import offer_pictures, options_for
from bot.models import Reply
from bot.options import DreamOptions
from bot.submission.message_pictures import count_pictures, find_pictures
from bot.submission.requests import ImageRef
from bot.texts import localized

if TYPE_CHECKING:
    from bot.commands._interaction import Interaction

_AVATAR_SIDE = 1024


@app_commands.context_menu(name=localized("menu-dream-this"))
@app_commands.allowed_installs(guilds=True, users=True)
@app_commands.allowed_contexts(guilds=True, dms=True, private_channels=True)
async def dream_this(interaction: Interaction, message: discord.Message) -> None:
    """Dream the picture of a message, or ask which one if it has several."""
    downloader = interaction.client.services.downloader
    count = count_pictures(message, downloader)

    async def run(reply: Reply) -> None:
        found = find_pictures(message, downloader)
        is_hidden = any(one.forwarded for one in found) and await _is_from_adult_channel(interaction, message)
        found = [replace(one, spoiler=one.spoiler or (one.forwarded and is_hidden)) for one in found]
        if count > 1:
            await offer_pictures(interaction, found, reply)
            return
        (one,) = found
        options = options_for(spoiler=one.spoiler, is_gif=one.is_gif)
        await submit(interaction, options, one.picture, None, reply)

    await handle_interaction(interaction, run, private=hides_answer(interaction, private=count != 1))


@app_commands.context_menu(name=localized("menu-dream-avatar"))
@app_commands.allowed_installs(guilds=True, users=True)
@app_commands.allowed_contexts(guilds=True, dms=True, private_channels=True)
async def dream_avatar(interaction: Interaction, user: discord.User | discord.Member) -> None:
    """Dream a user's avatar."""
    avatar = user.display_avatar.replace(size=_AVATAR_SIDE, static_format="png", format="png")
    source = ImageRef(avatar.url, shape=(_AVATAR_SIDE, _AVATAR_SIDE))
    run = partial(submit, interaction, DreamOptions(preset=""), source, None)
    await handle_interaction(interaction, run, private=hides_answer(interaction, private=False))


async def _is_from_adult_channel(interaction: Interaction, message: discord.Message) -> bool:
    """Return whether a message was forwarded from a channel that the bot knows to be age-restricted."""
    origin = message.reference
    if origin is None or origin.guild_id is None:
        return False
    channels = interaction.client.services.channels
    return bool(await channels.age_restriction(origin.guild_id, origin.channel_id))

"""What a right click on a message or a person offers."""

from __future__ import annotations

import itertools
from collections.abc import Iterator
from functools import partial
from typing import TYPE_CHECKING, Any

import discord
from discord import app_commands

from bot.commands.answering import attend
from bot.commands.dream import order, picture_of
from bot.errors import NoPictureRefusal
from bot.intake import Intake
from bot.jobs.record import Reply
from bot.reception import PictureAt
from bot.replies.media import gallery_items
from bot.texts import said
from bot.wish import Wish

if TYPE_CHECKING:
    from bot.commands.answering import Interaction

_PICTURE_ENDINGS = (
    ".png",
    ".jpg",
    ".jpeg",
    ".jfif",
    ".webp",
    ".gif",
    ".bmp",
    ".tif",
    ".tiff",
    ".avif",
    ".heic",
)
_AVATAR_SIDE = 1024


@app_commands.context_menu(name=said("menu-dream-this"))
@app_commands.allowed_installs(guilds=True, users=True)
@app_commands.allowed_contexts(guilds=True, dms=True, private_channels=True)
async def dream_this(interaction: Interaction, message: discord.Message) -> None:
    """Dream the first picture of a message."""

    async def work(reply: Reply) -> None:
        source, spoiler = first_picture(message, interaction.client.parts.intake)
        await order(interaction, Wish(preset="", spoiler=spoiler), source, None, reply)

    await attend(interaction, work, private=False)


@app_commands.context_menu(name=said("menu-dream-avatar"))
@app_commands.allowed_installs(guilds=True, users=True)
@app_commands.allowed_contexts(guilds=True, dms=True, private_channels=True)
async def dream_avatar(interaction: Interaction, user: discord.User | discord.Member) -> None:
    """Dream a person's avatar."""
    avatar = user.display_avatar.replace(size=_AVATAR_SIDE, static_format="png", format="png")
    source = PictureAt(avatar.url, shape=(_AVATAR_SIDE, _AVATAR_SIDE))
    await attend(interaction, partial(order, interaction, Wish(preset=""), source, None), private=False)


def first_picture(message: discord.Message, intake: Intake) -> tuple[PictureAt, bool]:
    """The first picture of a message: attachments first, then galleries and embeds that Discord serves.

    Returns:
        The picture, and whether it is hidden as a spoiler.

    Raises:
        NoPictureRefusal: There is none.
    """
    forwarded = (snapshot.attachments for snapshot in message.message_snapshots)
    for attachment in itertools.chain(message.attachments, *forwarded):
        if _is_picture(attachment):
            return picture_of(attachment), attachment.is_spoiler()
    for media, spoiler in _shown_in(message):
        for url in (media.proxy_url, media.url):
            if url and intake.serves(url):
                shape = (media.height, media.width) if media.height and media.width else None
                return PictureAt(url, shape=shape), spoiler
    raise NoPictureRefusal


def _shown_in(message: discord.Message) -> Iterator[tuple[Any, bool]]:
    """The pictures in a message that are no attachments, and whether each is hidden as a spoiler."""
    for item in gallery_items(message):
        yield item.media, item.spoiler
    for embed in message.embeds:
        yield embed.image, False
        yield embed.thumbnail, False


def _is_picture(attachment: discord.Attachment) -> bool:
    kind = attachment.content_type or ""
    return kind.startswith("image/") or attachment.filename.lower().endswith(_PICTURE_ENDINGS)

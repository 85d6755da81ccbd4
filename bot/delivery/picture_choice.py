"""The card on which a person chooses one of a message's pictures. It holds all that its answer needs."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from itertools import islice

import discord
from discord import ui

from bot.delivery.cards import NEUTRAL, Card, gap, layout
from bot.delivery.media import gallery_items
from bot.texts import Texts

CHOICE_ID = "dream-this:picture"
"""The custom id of the select."""
_MAX_CHOICES = 25
_GALLERY_ITEMS = 10
_GIF = "gif"
_MAX_NAME = 100


@dataclass(frozen=True, slots=True)
class ChoosablePicture:
    """A picture that can be chosen.

    Attributes:
        url: Its URL.
        spoiler: Whether Discord hides it until it is clicked.
        is_gif: Whether it is the video copy of a GIF.
        name: The name of its file; empty if it has none.
        shape: Its height and width in pixels, if Discord reports them.
    """

    url: str
    spoiler: bool
    is_gif: bool = False
    name: str = ""
    shape: tuple[int, int] | None = None


def picture_choice(texts: Texts, pictures: Sequence[ChoosablePicture]) -> Card:
    """Draw the pictures, and a select to choose one of them.

    Args:
        texts: The texts in the person's language.
        pictures: The pictures; those that exceed Discord's limit on a select are left out.
    """
    pictures = pictures[:_MAX_CHOICES]
    items = [
        discord.MediaGalleryItem(one.url, description=one.name[:256] or None, spoiler=one.spoiler)
        for one in pictures
    ]
    galleries = (
        ui.MediaGallery[ui.LayoutView](*items[begin : begin + _GALLERY_ITEMS])
        for begin in range(0, len(items), _GALLERY_ITEMS)
    )
    options = [
        discord.SelectOption(
            label=texts("choose-picture-option", number=number + 1),
            description=one.name[:_MAX_NAME] or None,
            value=f"{number}{_GIF if one.is_gif else ''}",
        )
        for number, one in enumerate(pictures)
    ]
    select = ui.Select[ui.LayoutView](
        custom_id=CHOICE_ID, placeholder=texts("choose-picture-placeholder"), options=options
    )
    title = ui.TextDisplay[ui.LayoutView](texts("choose-picture"))
    return Card(layout(ui.Container(title, gap(), *galleries, ui.ActionRow(select), accent_colour=NEUTRAL)))


def chosen_picture(message: discord.Message, values: Iterable[str]) -> ChoosablePicture | None:
    """Read a choice from its card.

    Args:
        message: The message with the card.
        values: The values of the select.

    Returns:
        The picture; ``None`` if the card does not show it any more.
    """
    value = next(iter(values), "")
    number = value.removesuffix(_GIF)
    if not (number.isascii() and number.isdigit()):
        return None
    item = next(islice(gallery_items(message), int(number), None), None)
    if item is None:
        return None
    media = item.media
    shape = (media.height, media.width) if media.height and media.width else None
    return ChoosablePicture(media.url, item.spoiler, value.endswith(_GIF), shape=shape)

"""The pictures that stand inside the components of a message."""

from collections.abc import Iterable, Iterator
from typing import Any

import discord


def gallery_items(message: discord.Message) -> Iterator[discord.MediaGalleryItem]:
    """The pictures of a message's galleries; Discord need not list them among its attachments.

    Args:
        message: Any message.
    """
    return _items_in(message.components)


def _items_in(components: Iterable[Any]) -> Iterator[discord.MediaGalleryItem]:
    for component in components:
        if isinstance(component, discord.MediaGalleryComponent):
            yield from component.items
        else:
            yield from _items_in(getattr(component, "children", ()))

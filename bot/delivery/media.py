"""The pictures that stand inside the components of a message."""

from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from typing import Any

import discord


@dataclass(frozen=True, slots=True)
class ShownMedia:
    """A file that a component shows.

    Attributes:
        media: Where it lies, and what Discord knows of it.
        spoiler: Whether it is hidden until it is clicked, by itself or by what it stands in.
        is_file: Whether it is offered as a file, which may be anything, and not shown as a picture or video.
        size: How large it is, in bytes, if Discord tells.
    """

    media: discord.UnfurledMediaItem
    spoiler: bool
    is_file: bool = False
    size: int | None = None


def media_in(components: Iterable[Any], *, hidden: bool = False) -> Iterator[ShownMedia]:
    """The files that components show, those in containers and sections as well, from top to bottom.

    Args:
        components: Components as discord.py reads them.
        hidden: Whether all of them stand in something that is hidden.
    """
    for component in components:
        if isinstance(component, discord.MediaGalleryComponent):
            for item in component.items:
                yield ShownMedia(item.media, hidden or item.spoiler)
        elif isinstance(component, discord.ThumbnailComponent):
            yield ShownMedia(component.media, hidden or component.spoiler)
        elif isinstance(component, discord.FileComponent):
            yield ShownMedia(component.media, hidden or component.spoiler, is_file=True, size=component.size)
        else:
            inner = [*getattr(component, "children", ()), *filter(None, [_accessory(component)])]
            yield from media_in(inner, hidden=hidden or getattr(component, "spoiler", False))


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


def _accessory(component: Any) -> Any:
    return component.accessory if isinstance(component, discord.SectionComponent) else None

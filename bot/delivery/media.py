"""Finds the pictures in the components of a message."""

from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from typing import Any

import discord


@dataclass(frozen=True, slots=True)
class ShownMedia:
    """A file that a component shows.

    Attributes:
        media: Its URLs and the properties that Discord reports.
        spoiler: Whether it, or a component around it, is hidden until it is clicked.
        is_file: Whether Discord offers it as a file of any kind, and does not show it as a picture or video.
        size: Its size in bytes, if Discord reports it.
    """

    media: discord.UnfurledMediaItem
    spoiler: bool
    is_file: bool = False
    size: int | None = None


def media_in(components: Iterable[Any], *, hidden: bool = False) -> Iterator[ShownMedia]:
    """Return the files that components show, from top to bottom, also inside containers and sections.

    Args:
        components: Components as discord.py parses them.
        hidden: Whether a component around all of them is a spoiler.
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
    """Return the pictures of a message's galleries, which Discord may not list among its attachments.

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

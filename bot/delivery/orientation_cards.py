"""Draws the pages of `/help` and `/privacy`."""

import math
from collections.abc import Sequence
from dataclasses import dataclass

import discord
from discord import ui

from bot.delivery.cards import Card, layout
from bot.texts import Texts

_COLOUR = discord.Colour(0x8E5BD6)
_DAY, _HOUR, _MINUTE = 86400, 3600, 60


@dataclass(frozen=True, slots=True)
class Links:
    """The operator's pages.

    Attributes:
        support: The address of the page where users get help.
        privacy: The address of the privacy policy.
    """

    support: str | None = None
    privacy: str | None = None


def help_page(texts: Texts, links: Links, *, is_manager: bool, has_things: bool) -> Card:
    """Draw the page of `/help`.

    Args:
        texts: The texts in the reader's language.
        links: The operator's pages.
        is_manager: Whether the reader can change the settings of the server.
        has_things: Whether the bot can dream of things.
    """
    more = [
        texts("help-presets"),
        *([texts("help-things")] if has_things else []),
        texts("help-motion"),
        texts("help-queue"),
    ]
    rest = [*([texts("help-managers")] if is_manager else []), texts("help-privacy")]
    paragraphs = [
        "### " + texts("help-title") + "\n" + texts("help-intro"),
        texts("help-start"),
        texts("help-buttons"),
        "\n".join([texts("help-more"), *(f"- {line}" for line in more)]),
        "\n".join(rest),
    ]
    return _page(texts, paragraphs, links)


def describe_duration(texts: Texts, seconds: float) -> str:
    """Describe a duration in the largest unit of which it is a multiple, or in minutes, rounded up."""
    if seconds >= _DAY and seconds % _DAY == 0:
        return texts("duration-days", days=int(seconds // _DAY))
    if seconds >= _HOUR and seconds % _HOUR == 0:
        return texts("duration-hours", hours=int(seconds // _HOUR))
    return texts("duration-minutes", minutes=max(1, math.ceil(seconds / _MINUTE)))


def privacy_page(texts: Texts, links: Links, paragraphs: Sequence[str]) -> Card:
    """Draw the page of `/privacy`.

    Args:
        texts: The texts in the reader's language.
        links: The operator's pages.
        paragraphs: What is stored, who can see it, and how to delete it.
    """
    first, *rest = paragraphs
    policy = [texts("privacy-policy", url=links.privacy)] if links.privacy else []
    return _page(texts, ["### " + texts("privacy-title") + "\n" + first, *rest, *policy], links)


def _page(texts: Texts, paragraphs: Sequence[str], links: Links) -> Card:
    """Draw paragraphs with space between them, and buttons that open the operator's pages."""
    parts: list[ui.Item[ui.LayoutView]] = []
    for number, paragraph in enumerate(paragraphs):
        parts += [ui.Separator(visible=False)] if number else []
        parts.append(ui.TextDisplay(paragraph))
    pages = {"button-policy": links.privacy, "button-support": links.support}
    buttons = [ui.Button[ui.LayoutView](label=texts(key), url=url) for key, url in pages.items() if url]
    if buttons:
        parts.append(ui.ActionRow(*buttons))
    return Card(layout(ui.Container(*parts, accent_colour=_COLOUR)))

"""The pages that show the presets."""

from collections.abc import Callable, Iterable

import discord
from discord import ui

from bot.delivery.cards import Card, layout, picture_file
from bot.texts import Texts
from dream_engine.presets import PRESETS

_PER_PAGE = 7
"""The largest number of sections that, with texts, thumbnails and buttons, stay below 40 components."""

PAGES = -(-len(PRESETS) // _PER_PAGE)
"""The number of pages."""


def presets_page(
    texts: Texts, page: int, thumbnail: Callable[[str], bytes], *, exact: bool, things: bool = False
) -> Card:
    """Draw one page of presets.

    Args:
        texts: The texts in the reader's language.
        page: The page's number, from 0.
        thumbnail: Returns the thumbnail of a preset.
        exact: Whether the backbone reproduces the Keras example exactly, so that *Classic* may say so.
        things: Whether the backbone can dream of things, so that the page may say so.
    """
    shown = list(PRESETS)[page * _PER_PAGE : (page + 1) * _PER_PAGE]
    files = [
        picture_file(thumbnail(name), f"{name}.webp", texts("alt-thumbnail", preset=texts.preset(name)))
        for name in shown
    ]
    title = ui.TextDisplay[ui.LayoutView](
        "## " + texts("presets-title", page=str(page + 1), pages=str(PAGES))
    )
    sections = [_section(texts, name, file, exact=exact) for name, file in zip(shown, files, strict=True)]
    buttons = ui.ActionRow(*_buttons(texts, page))
    hint_lines = [*([texts("presets-things")] if things else []), texts("presets-motion")]
    hints = [ui.TextDisplay[ui.LayoutView]("\n".join(f"-# {line}" for line in hint_lines))]
    return Card(layout(ui.Container(title, *sections, *hints, buttons)), tuple(files))


def _section(texts: Texts, name: str, file: discord.File, *, exact: bool) -> ui.Section[ui.LayoutView]:
    description = "classic-exact" if exact and name == "classic" else f"{name}-description"
    words = f"**{texts.preset(name)}**\n{texts(f'preset-{description}')}"
    return ui.Section(words, accessory=ui.Thumbnail(file, description=file.description))


def _buttons(texts: Texts, page: int) -> Iterable[ui.Button[ui.LayoutView]]:
    for direction, to in (("back", page - 1), ("next", page + 1)):
        custom_id = f"presets:{direction}:{max(to, 0)}"
        yield ui.Button(label=texts(f"button-{direction}"), custom_id=custom_id, disabled=not 0 <= to < PAGES)

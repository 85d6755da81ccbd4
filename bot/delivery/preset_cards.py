"""The gallery of presets, and the comparison of presets on one picture."""

from collections.abc import Sequence
from dataclasses import dataclass

import discord
from discord import ui

from bot.delivery.cards import Card, layout, picture_file
from bot.delivery.emoji import COMPARE_EMOJI, GROUP_EMOJI, PRESET_EMOJI
from bot.delivery.preset_categories import CATEGORIES, GROUPS
from bot.delivery.select_options import MAX_CHARACTERS
from bot.texts import Texts

_COLOUR = discord.Colour(0x8E5BD6)


@dataclass(frozen=True, slots=True)
class PresetPicture:
    """A picture that shows a preset.

    Attributes:
        preset: The preset's name.
        picture: The file's content: a WebP with the preset's number in it.
    """

    preset: str
    picture: bytes


def gallery(
    texts: Texts,
    category: str,
    pictures: Sequence[PresetPicture],
    *,
    exact: bool,
    things: bool,
    private: bool,
) -> Card:
    """Draw the presets of a category.

    Args:
        texts: The texts in the reader's language.
        category: The category.
        pictures: An example of each of its presets.
        exact: Whether the backbone reproduces the Keras example exactly, so that *Classic* may say so.
        things: Whether the backbone can dream of things, so that the card may say so.
        private: Whether only the reader may see a dream that begins here.
    """
    title = "## " + texts("presets-title", category=texts(f"category-{category}"))
    files = [
        _file(texts, number, shown, alt="alt-thumbnail") for number, shown in enumerate(pictures, start=1)
    ]
    lines = [
        f"**{number} · {texts.preset(shown.preset)}**\n{_description(texts, shown.preset, exact=exact)}"
        for number, shown in enumerate(pictures, start=1)
    ]
    hints = [*([texts("presets-things")] if things else []), texts("presets-motion")]
    categories = _group_select(texts, "presets:category", "button-category", tuple(CATEGORIES), category)
    options = [
        discord.SelectOption(
            label=f"{number} · {texts.preset(shown.preset)}",
            value=shown.preset,
            description=_description(texts, shown.preset, exact=exact)[:MAX_CHARACTERS],
            emoji=PRESET_EMOJI[shown.preset],
        )
        for number, shown in enumerate(pictures, start=1)
    ]
    use = ui.Select[ui.LayoutView](
        custom_id=f"presets:use:{_visibility(private)}", placeholder=texts("button-use"), options=options
    )
    compare = ui.Button[ui.LayoutView](
        label=texts("button-compare"),
        emoji=COMPARE_EMOJI,
        style=discord.ButtonStyle.primary,
        custom_id=f"presets:compare:{category}",
    )
    return Card(
        layout(
            ui.Container(
                ui.TextDisplay(title),
                ui.Separator(visible=False),
                _grid(files),
                ui.Separator(visible=False),
                ui.TextDisplay("\n".join(lines)),
                ui.ActionRow(categories),
                ui.ActionRow(use),
                ui.ActionRow(compare),
                ui.TextDisplay("\n".join(f"-# {line}" for line in hints)),
                accent_colour=_COLOUR,
            )
        ),
        tuple(files),
    )


def comparing(texts: Texts, group: str, job_id: str) -> Card:
    """Draw a comparison that is being dreamed.

    Args:
        texts: The texts in the reader's language.
        group: The group of presets.
        job_id: The id of the job whose picture it shows.
    """
    again = ui.Button[ui.LayoutView](
        label=texts("button-compare-again"), custom_id=f"compare:again:{group}:{job_id}"
    )
    lines = [_comparison_title(texts), texts("comparison-waiting"), "-# " + texts("comparison-stuck")]
    text = ui.TextDisplay[ui.LayoutView]("\n".join(lines))
    return Card(layout(ui.Container(text, ui.ActionRow(again), accent_colour=_COLOUR)))


def comparison(
    texts: Texts,
    group: str,
    job_id: str,
    pictures: Sequence[PresetPicture],
    *,
    spoiler: bool,
    private: bool,
) -> Card:
    """Draw one picture in several presets.

    Args:
        texts: The texts in the reader's language.
        group: The group of presets.
        job_id: The id of the job whose picture it shows.
        pictures: The small dreams.
        spoiler: Whether Discord hides them until they are clicked.
        private: Whether only the reader may see a dream that begins here.
    """
    files = [
        _file(texts, number, shown, alt="alt-compared", spoiler=spoiler)
        for number, shown in enumerate(pictures, start=1)
    ]
    buttons = [
        ui.Button[ui.LayoutView](
            label=f"{number} · {texts.preset(shown.preset)}",
            custom_id=f"compare:dream:{shown.preset}:{job_id}:{_visibility(private)}",
        )
        for number, shown in enumerate(pictures, start=1)
    ]
    others = _group_select(texts, f"compare:group:{job_id}", "button-compare-others", tuple(GROUPS), group)
    return Card(
        layout(
            ui.Container(
                ui.TextDisplay(_comparison_title(texts)),
                ui.Separator(visible=False),
                _grid(files),
                ui.Separator(visible=False),
                ui.TextDisplay(texts("comparison-choose")),
                ui.ActionRow(*buttons),
                ui.ActionRow(others),
                accent_colour=_COLOUR,
            )
        ),
        tuple(files),
    )


def _comparison_title(texts: Texts) -> str:
    return "### " + texts("comparison-title")


def _description(texts: Texts, preset: str, *, exact: bool) -> str:
    return texts(f"preset-{'classic-exact' if exact and preset == 'classic' else f'{preset}-description'}")


def _visibility(private: bool) -> str:
    return "private" if private else "open"


def _file(
    texts: Texts, number: int, shown: PresetPicture, *, alt: str, spoiler: bool = False
) -> discord.File:
    description = f"{number}: {texts(alt, preset=texts.preset(shown.preset))}"
    return picture_file(shown.picture, f"{shown.preset}.webp", description, spoiler=spoiler)


def _grid(files: Sequence[discord.File]) -> ui.MediaGallery[ui.LayoutView]:
    items = [
        discord.MediaGalleryItem(file, description=file.description, spoiler=file.spoiler) for file in files
    ]
    return ui.MediaGallery(*items)


def _group_select(
    texts: Texts, custom_id: str, placeholder: str, groups: Sequence[str], shown: str
) -> ui.Select[ui.LayoutView]:
    """Make a select of groups of presets. The one that is shown cannot be chosen again.

    Args:
        texts: The texts in the reader's language.
        custom_id: The select's custom id.
        placeholder: The key of the text that the select shows.
        groups: All groups.
        shown: The group that the card shows.
    """
    options = [
        discord.SelectOption(
            label=texts(f"category-{group}"),
            value=group,
            emoji=GROUP_EMOJI[group],
            description=", ".join(map(texts.preset, GROUPS[group]))[:MAX_CHARACTERS],
        )
        for group in groups
        if group != shown
    ]
    return ui.Select(custom_id=custom_id, placeholder=texts(placeholder), options=options)

"""Draws the questions before something is deleted, and what becomes of them."""

import discord
from discord import ui

from bot.delivery.cards import NEUTRAL, QUESTION, SUCCESS, Card, layout
from bot.texts import Texts


def question(texts: Texts, title: str, details: str, *, label: str, custom_id: str) -> Card:
    """Draw a question, with a button that deletes and one that keeps.

    Args:
        texts: The texts in the reader's language.
        title: The question.
        details: The data that is deleted, in words.
        label: The label of the button that deletes.
        custom_id: Its custom id.
    """
    row = ui.ActionRow[ui.LayoutView](
        ui.Button(label=label, style=discord.ButtonStyle.danger, custom_id=custom_id),
        ui.Button(label=texts("button-keep"), custom_id="confirm:keep"),
    )
    text = ui.TextDisplay[ui.LayoutView](f"### {title}\n{details}")
    return Card(layout(ui.Container(text, row, accent_colour=QUESTION)))


def done(sentence: str) -> Card:
    """Draw that something is deleted."""
    return Card(layout(ui.Container(ui.TextDisplay(sentence), accent_colour=SUCCESS)))


def unchanged(sentence: str) -> Card:
    """Draw that nothing was deleted."""
    return Card(layout(ui.Container(ui.TextDisplay(sentence), accent_colour=NEUTRAL)))

"""Lends the catalogue's words to the names and descriptions of the commands."""

import discord
from discord import app_commands

from bot.texts.catalogue import ENGLISH, packaged_catalogue


def said(key: str) -> app_commands.locale_str:
    """A text of a command, in the person's language.

    Args:
        key: The message's name in the catalogue.
    """
    return app_commands.locale_str(packaged_catalogue().texts(ENGLISH)(key), key=key)


class CommandTranslator(app_commands.Translator):
    """Answers discord.py, which asks for every text of every command in every locale."""

    async def translate(
        self,
        string: app_commands.locale_str,
        locale: discord.Locale,
        context: app_commands.TranslationContextTypes,  # noqa: ARG002 - a text is the same wherever it stands
    ) -> str | None:
        """The text in a locale; ``None`` where its language has none: Discord shows the English one then."""
        key = string.extras.get("key")
        if key is None or not packaged_catalogue().has(key, locale.value):
            return None
        return packaged_catalogue().texts(locale.value)(key)

"""Translates the names and descriptions of the commands."""

import discord
from discord import app_commands

from bot.texts.catalogue import ENGLISH, packaged_catalogue


def localized(key: str) -> app_commands.locale_str:
    """Return a text of a command, which Discord shows in the user's language.

    Args:
        key: The message's key in the catalogue.
    """
    return app_commands.locale_str(packaged_catalogue().texts(ENGLISH)(key), key=key)


class CommandTranslator(app_commands.Translator):
    """Gives discord.py every text of every command in every locale."""

    async def translate(
        self,
        string: app_commands.locale_str,
        locale: discord.Locale,
        context: app_commands.TranslationContextTypes,  # noqa: ARG002 - a text is the same in every context
    ) -> str | None:
        """Return the text in a locale; ``None`` if there is none, so that Discord shows the English one."""
        key = string.extras.get("key")
        if key is None or not packaged_catalogue().has(key, locale.value):
            return None
        return packaged_catalogue().texts(locale.value)(key)

"""Discord gets the commands' texts in its users' languages."""

import discord
import pytest
from discord import app_commands

from bot.texts import CommandTranslator, localized


async def translated(string, locale):
    return await CommandTranslator().translate(string, locale, None)


def test_a_command_text_is_english_by_default():
    assert str(localized("command-dream")) == "dream"


async def test_a_command_text_is_translated_to_korean():
    assert await translated(localized("command-dream"), discord.Locale.korean) == "꿈"


@pytest.mark.parametrize("locale", [discord.Locale.spain_spanish, discord.Locale.latin_american_spanish])
async def test_a_command_text_is_translated_for_every_locale_of_its_language(locale):
    assert await translated(localized("command-dream"), locale) == "soñar"
    assert await translated(localized("menu-dream-this"), locale) == "Soñar con esto"


@pytest.mark.parametrize("locale", [discord.Locale.german, discord.Locale.japanese])
async def test_a_language_without_a_catalogue_is_left_to_discord(locale):
    assert await translated(localized("command-dream"), locale) is None


async def test_a_text_that_is_not_in_the_catalogue_is_not_translated():
    assert await translated(app_commands.locale_str("on"), discord.Locale.korean) is None

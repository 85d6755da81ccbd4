"""The texts that the bot shows to people, in one file for each language."""

from bot.texts.catalogue import Catalogue, Texts, packaged_catalogue
from bot.texts.translator import CommandTranslator, localized

__all__ = ["Catalogue", "CommandTranslator", "Texts", "localized", "packaged_catalogue"]
